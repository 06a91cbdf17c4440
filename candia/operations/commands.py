"""What staff may ask for about anything that waits: judge it, take it, let it rest, write at it, hand it over."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.accounts.models import Department
from candia.core import errors
from candia.core.access import May, Person, RoleHolder
from candia.core.alert import Alert
from candia.core.command import OneOf, command
from candia.core.event import Happened
from candia.core.service import services
from candia.operations import inbox, judging
from candia.operations.models import Handover, Note, Triage


def _operates(by: Any, alert: Any) -> bool:
    return isinstance(alert, Alert) and inbox.operates(by, alert)


def _works_here(by: Any, _item: object) -> bool:
    return isinstance(by, Person) and by.is_active and any(by.is_staff_of(name) for name in services())


at_work = May("operator of the alert's service", _operates)
# Which items are theirs, the commands look up: a key is no entity that a condition could be asked of.
on_duty = May("staff who have it in the inbox", _works_here)

Confirming = Annotated[str, OneOf(*judging.CONFIRMING)]
Dismissing = Annotated[str, OneOf(*judging.DISMISSING)]


@command(event="core.alert_confirmed", title=__("Alert confirmed"), may=at_work, api=True)
def confirm_alert(
    by: RoleHolder, *, alert: Alert, reason: Confirming = "evidence", note: str = ""
) -> Happened:
    """Say that an alert is real, and how one knows; it stays until the rule finds nothing wrong any more."""
    judging.listed(reason, judging.CONFIRMING, "confirm_reason")
    return judging.judge(alert, Alert.CONFIRMED, reason, note, over=(Alert.OPEN,))


@command(event="core.alert_dismissed", title=__("Alert dismissed"), may=at_work, api=True)
def dismiss_alert(by: RoleHolder, *, alert: Alert, reason: Dismissing, note: str = "") -> Happened:
    """Say that nothing is wrong, and why; the alert does not come back before the rule has said so too."""
    judging.listed(reason, judging.DISMISSING, "dismiss_reason")
    return judging.judge(alert, Alert.DISMISSED, reason, note, over=(Alert.OPEN,))


@command(event="core.alert_repaired", title=__("Repaired"), may=at_work, api=True)
def report_repair(by: RoleHolder, *, alert: Alert, note: str = "") -> Happened:
    """Say that what was wrong is repaired; the alert closes once the rule finds nothing wrong any more."""
    return judging.judge(alert, Alert.REPAIRED, "", note, over=(Alert.OPEN, Alert.CONFIRMED))


@command(event="core.alert_reopened", title=__("Decision taken back"), may=at_work, api=True)
def reopen_alert(by: RoleHolder, *, alert: Alert) -> Happened:
    """Take back one's own decision on an alert, within a quarter of an hour."""
    if not judging.undoable(alert, by):
        raise errors.Conflict(_("Only who decided takes it back, within a quarter of an hour."))
    alert.status, alert.reason, alert.note = Alert.OPEN, "", ""
    alert.save(update_fields=["status", "reason", "note"])
    return judging.told(alert)


@command(event="operations.item_assigned", title=__("Assigned"), may=on_duty, api=True)
def assign(by: Person, *, item: str, to: int | None = None, department: int | None = None) -> Happened:
    """Give an item of the inbox to a colleague, to oneself, to a department, or to nobody (no number).

    A department has it as a whole, until one of its people takes it; whose work it is stays so then.
    """
    service = inbox.service_of(by, item)
    if to is not None and not inbox.staff_of(service).filter(pk=to).exists():
        raise errors.Refused(_("This colleague has no role in the service. Choose another."))
    if department is None:
        Triage.objects.update_or_create(item=item, defaults={"assignee_id": to})
        return _at(item, to=f"person:{to}" if to else "")
    if not Department.objects.filter(pk=department, closed=None).exists():
        raise errors.Refused(_("This department is closed. Choose another."))
    given = {"assignee_id": None, "department_id": department}
    Triage.objects.update_or_create(item=item, defaults=given)
    return _at(item, to=f"department:{department}")


@command(event="operations.item_snoozed", title=__("Put off"), may=on_duty, api=True)
def snooze(by: Person, *, item: str, until: datetime) -> Happened:
    """Let an item rest until a moment to come; then it stands in the inbox again."""
    inbox.service_of(by, item)
    if until <= timezone.now():
        raise errors.Refused(_("The moment has passed. Choose a later one."))
    Triage.objects.update_or_create(item=item, defaults={"snoozed_until": until})
    return _at(item, until=until)


@command(event="operations.note_added", title=__("Note"), may=at_work, api=True)
def add_note(by: Person, *, alert: Alert, text: str) -> Happened:
    """Write at an alert what colleagues should know; the event doesn't hold the words."""
    text = text.strip()[:2000]
    if not text:
        wrong = _("Write what the others should know.")
        raise errors.Refused(wrong, text=wrong)
    key = inbox.key_of(alert)
    note = Note.objects.create(item=key, person=by, text=text)
    return Happened(key, data={"note": note.pk})


@command(event="operations.shift_handed_over", title=__("Shift handed over"), may=on_duty)
def hand_over(by: Person, *, note: str = "") -> Happened:
    """End one's shift with a word for the next; what comes afterwards is new to whoever hands over."""
    if not by.is_staff:
        raise errors.Forbidden
    left = Handover.objects.create(person=by, services=inbox.served(by), text=note.strip()[:2000])
    return Happened(f"people.person:{by.pk}", data={"handover": left.pk})


def _at(item: str, **data: Any) -> Happened:
    """What was done with an item: a story of its own, as the public one of a thing tells nothing of the shift."""
    return Happened(item, about=f"operations.item:{item}", data=data)
