"""Reporting: what a crew's phone says is written down once, and the order follows from all that was said."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.core import errors
from candia.core.access import Person, per_hour
from candia.core.attachment import attach
from candia.core.command import command
from candia.core.event import Happened
from candia.core.upload import Upload
from candia.operations.work.crews import runs, sent
from candia.operations.work.field_events import Told, derive
from candia.operations.work.models import Assignment, FieldEvent, WorkOrder, WorkPhoto
from candia.operations.work.states import OPEN, after


@command(
    event="operations.work_reported",
    title=__("Word from the crew"),
    may=sent,
    staff=True,
    limit=per_hour(1000),
)
def report_work(by: Person, *, order: WorkOrder, told: Sequence[Told], clock_ahead: float = 0.0) -> Happened:
    """Write down what a phone says that is not written yet, and let the order follow from it.

    Of a crew that was taken off, or of work that the desk has closed, it stands aside until the desk decides.
    `clock_ahead`: by how many seconds the phone's clock is ahead. Raises Conflict where all was known.
    """
    known = set(FieldEvent.objects.filter(pk__in=[one.id for one in told]).values_list("pk", flat=True))
    new = {one.id: one for one in told if one.id not in known}
    if not new:
        raise errors.Conflict(_("All of this had arrived before."))
    on_it = Assignment.objects.filter(order=order, person=by, until=None).exists()
    standing = FieldEvent.COUNTED if on_it and not order.decided else FieldEvent.ASIDE
    FieldEvent.objects.bulk_create(_row(order, by, one, clock_ahead, standing) for one in new.values())
    follow(order)
    return _happened(order, reports=len(new), aside=len(new) if standing == FieldEvent.ASIDE else 0)


@command(event="operations.work_photographed", title=__("Photograph from the crew"), may=sent, staff=True)
def add_photo(by: Person, *, order: WorkOrder, photo: UUID, file: Upload) -> Happened:
    """Keep a photograph under the id that the phone gave it; sent again it is there once.

    Raises Conflict where it is there already, and what an attachment is refused for.
    """
    if WorkPhoto.objects.filter(pk=photo).exists():
        raise errors.Conflict(_("All of this had arrived before."))
    kept = attach(by, order, file, stays=True)
    WorkPhoto.objects.create(id=photo, order=order, attachment=kept)
    return _happened(order)


@command(event="operations.work_reports_weighed", title=__("Word of the crew weighed"), may=runs, staff=True)
def weigh_reports(by: Person, *, order: WorkOrder, count: bool) -> Happened:  # noqa: ARG001 — who asks
    """Count what stands aside, or leave it out; either way it stays to be read."""
    standing = FieldEvent.COUNTED if count else FieldEvent.LEFT_OUT
    weighed = FieldEvent.objects.filter(order=order, standing=FieldEvent.ASIDE).update(standing=standing)
    if not weighed:
        raise errors.Conflict(_("Nothing stands aside any more."))
    follow(order)
    return _happened(order, reports=weighed, counted=count)


def follow(order: WorkOrder) -> None:
    """Bring an order in line with all that its crews said; what the desk decided stays."""
    rows = list(FieldEvent.objects.filter(order=order).exclude(standing=FieldEvent.LEFT_OUT))
    order.aside = sum(row.standing == FieldEvent.ASIDE for row in rows)
    work = derive(row.told() for row in rows if row.standing == FieldEvent.COUNTED)
    if not order.decided and work.act:
        order.state = after(order.state, work.act) or order.state
        order.contradicted, order.reason = work.contradicted, work.reason
        order.ended = None if order.state in OPEN else order.ended or timezone.now()
    order.save()


def _row(order: WorkOrder, by: Person, one: Told, clock_ahead: float, standing: str) -> FieldEvent:
    return FieldEvent(
        id=one.id,
        order=order,
        person=by,
        phone=one.phone,
        sequence=one.sequence,
        base=one.base,
        kind=one.kind,
        data=one.data,
        at=one.at,
        clock_ahead=clock_ahead,
        standing=standing,
    )


def _happened(order: WorkOrder, **facts: int) -> Happened:
    return Happened(order, about=order, data={"state": str(order.state), **facts})
