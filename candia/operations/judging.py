"""Judging: for which reasons an alert is confirmed or dismissed, and what its events are called."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.core import errors
from candia.core.access import Actor
from candia.core.alert import Alert
from candia.core.event import Event, Happened

OTHER = "other"
CONFIRMING = {
    "evidence": __("The evidence shows it"),
    "seen": __("Seen on site"),
    "reported": __("A resident reported it"),
    OTHER: __("Another reason"),
}
DISMISSING = {
    "expected": __("Expected, such as unusual use"),
    "works": __("Works or maintenance"),
    "sensor": __("The sensor is at fault"),
    "duplicate": __("Another alert says the same"),
    OTHER: __("Another reason"),
}
REASONS = CONFIRMING | DISMISSING
#: For so long whoever decided may take it back.
UNDO = timedelta(minutes=15)
# Of the core, and of services that recorded their own before it did.
_JUDGED = (
    Q(kind__endswith=".alert_confirmed")
    | Q(kind__endswith=".alert_dismissed")
    | Q(kind="core.alert_repaired")
)


def judge(alert: Alert, status: str, reason: str, note: str, *, over: tuple[str, ...]) -> Happened:
    """Write down what a person found of an alert that stands at one of `over`; the note never enters the event.

    Raises Conflict where somebody judged it before or it is over, Refused where the reason says nothing.
    """
    if alert.closed is not None:
        raise errors.Conflict(_("The alert is over: the rule finds nothing wrong any more."))
    if alert.status not in over:
        raise errors.Conflict(_("Somebody has judged this alert already. Look again."))
    note = note.strip()[:1000]
    if reason == OTHER and not note:
        wrong = _("Say in a sentence which reason that is.")
        raise errors.Refused(wrong, note=wrong)
    alert.status, alert.reason, alert.note = status, reason, note
    alert.save(update_fields=["status", "reason", "note"])
    return told(alert, reason=reason)


def told(alert: Alert, **data: str) -> Happened:
    """What happened to an alert, as its event says it."""
    facts = {name: value for name, value in data.items() if value}
    return Happened(
        alert.entity_id, data={"alert": alert.pk, "rule": alert.rule, **facts}, because=alert.opened_by
    )


def listed(reason: str, reasons: object, name: str) -> str:
    """The reason, if the list has it; raises Refused beside the field of this name."""
    if not isinstance(reasons, dict) or reason not in reasons:
        wrong = _("Choose a reason.")
        raise errors.Refused(wrong, **{name: wrong})
    return reason


def decision(alert: Alert) -> Event | None:
    """The event of the last decision on an alert; None while it waits for one."""
    if alert.status == Alert.OPEN:
        return None
    own = Event.objects.filter(_JUDGED, entity=alert.entity_id, data__alert=alert.pk)
    return own.order_by("-id").first()


def undoable(alert: Alert, by: Actor) -> bool:
    """Whether this person decided on the alert so lately that they may take it back."""
    last = decision(alert) if alert.closed is None else None
    return last is not None and last.by == by.actor_id and timezone.now() - last.time <= UNDO
