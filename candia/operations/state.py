"""How an alert stands now: whether what it tells of is still there, whoever judged it or nobody yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils import timezone
from django.utils.translation import gettext as _

from candia.core.access import names_of
from candia.core.alert import Alert
from candia.core.rule import Rule
from candia.core.service import services
from candia.operations import judging

State = Literal["over", "easing", "still", "unsure"]
# So many rounds of its rule without a word, and nobody can say that the thing is still there.
ROUNDS = 3


@dataclass(frozen=True)
class Standing:
    """How it stands and when the alert closes if that holds; who judged it and when, where somebody did."""

    state: State
    closes: datetime | None
    by: str = ""
    judged: datetime | None = None
    reason: str = ""

    @property
    def tone(self) -> str:
        """How it looks: in order, needs a look, unknown."""
        return {"still": "warn", "unsure": "quiet"}.get(self.state, "good")


def standing(alert: Alert) -> Standing:
    """How an alert stands now, and what became of it."""
    event = judging.decision(alert)
    rule = rule_of(alert)
    closes = alert.clear_since + rule.settle if alert.clear_since and rule else None
    return Standing(
        state(alert),
        closes,
        name_of(event.by) if event else "",
        event.time if event else None,
        str(judging.REASONS.get(alert.reason, "")),
    )


def state(alert: Alert) -> State:
    """Whether the rule finds it still, finds nothing for a while, cannot say, or has closed the alert."""
    if alert.closed:
        return "over"
    if alert.clear_since:
        return "easing"
    rule = rule_of(alert)
    every = rule.every if rule else None
    known = every is None or timezone.now() - alert.last_seen <= ROUNDS * every
    return "still" if known else "unsure"


def in_short(alert: Alert) -> str:
    """The same in two words, for a list; nothing where it is as one expects of an alert that waits."""
    if alert.closed or (alert.status == Alert.OPEN and not alert.clear_since):
        return ""
    return {"easing": _("nothing found lately"), "still": _("still there")}.get(state(alert), "")


def rule_of(alert: Alert) -> Rule | None:
    """The rule that opened it; None where the city has it no more."""
    service = services().get(alert.service_name)
    name = alert.rule.partition(".")[2]
    return next((rule for rule in service.rules if rule.name == name), None) if service else None


def name_of(actor: str) -> str:
    """A colleague's name, from the name that events keep."""
    return names_of([actor])[actor]
