"""What became of an alert after somebody judged it: who and when, and whether what it tells of is still there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils import timezone
from django.utils.translation import gettext as _

from candia.core.access import Person
from candia.core.alert import Alert
from candia.core.event import Event
from candia.core.rule import Rule
from candia.core.service import services
from candia.services.water import commands

State = Literal["over", "easing", "still", "unsure"]
# So many rounds of its rule without a word, and nobody can say that the thing is still there.
ROUNDS = 3


@dataclass(frozen=True)
class Outcome:
    """Who judged and when; how it stands now, and when the alert closes if that holds."""

    by: str
    judged: datetime | None
    state: State
    closes: datetime | None


def outcome(alert: Alert) -> Outcome:
    """What became of an alert that was judged or is over."""
    verbs = [commands.confirm_alert.event, commands.dismiss_alert.event]
    event = Event.objects.filter(entity=alert.entity_id, kind__in=verbs, data__alert=alert.pk).first()
    return Outcome(
        _name(event.by) if event else "", event.time if event else None, state(alert), _closes(alert)
    )


def state(alert: Alert) -> State:
    """Whether the rule finds it still, finds nothing for a while, cannot say, or has closed the alert."""
    if alert.closed:
        return "over"
    if alert.clear_since:
        return "easing"
    every = _rule(alert).every
    known = every is None or timezone.now() - alert.last_seen <= ROUNDS * every
    return "still" if known else "unsure"


def in_short(alert: Alert) -> str:
    """The same in two words, for a list; nothing where the alert waits for a decision or is over."""
    if alert.closed or alert.status == Alert.OPEN:
        return ""
    return {"easing": _("nothing found lately"), "still": _("still there")}.get(state(alert), "")


def _closes(alert: Alert) -> datetime | None:
    return alert.clear_since + _rule(alert).settle if alert.clear_since else None


def _rule(alert: Alert) -> Rule:
    return services()["water"].rule(alert.rule.partition(".")[2])


def _name(actor: str) -> str:
    kind, _colon, number = actor.partition(":")
    person = Person.objects.filter(pk=number, is_active=True).first() if number.isdecimal() else None
    return str(person) if person and kind == "person" else _("an account that is erased")
