"""Areas: a whole zone, or all that belongs to one thing, in maintenance at once, each thing as by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __
from django.utils.translation import ngettext

from candia.core import errors
from candia.core.access import May, RoleHolder, operator
from candia.core.command import command
from candia.core.entity import Entity
from candia.core.event import Happened
from candia.core.relation import Relation
from candia.core.service import services
from candia.core.zones import zones
from candia.operations import causes, inbox
from candia.operations.maintenance import Reason, check_time, wrong
from candia.operations.models import Maintenance, MaintenanceArea

#: More than this is no area but half a city.
MOST = 20_000
# How a thing belongs to another.
BELONGING = ("part_of", "stands_at")


def _operates(by: Any, area: object) -> bool:
    return isinstance(by, RoleHolder) and (
        operator(area.service)(by) if isinstance(area, MaintenanceArea) else bool(inbox.served_by(by))
    )


operates = May("operator of the things' service", _operates)


@command(
    event="operations.area_maintenance_begun",
    title=__("Maintenance of an area begun"),
    may=operates,
    staff=True,
)
def begin_area_maintenance(
    by: RoleHolder, *, service: str, reason: Reason, until: datetime, zone: str = "", at: str = ""
) -> Happened:
    """Silence all things of a service in a zone, or all that belong to one thing, for at most three months."""
    if service not in services() or not operator(service)(by):
        raise errors.Forbidden
    check_time(reason, until)
    if bool(zone) == bool(at):
        raise wrong("zone", _("Choose a zone, or name a thing: one of the two."))
    if zone and zone not in zones():
        raise wrong("zone", _("Choose a zone."))
    things = list(_things(service, zone, at).values_list("pk", flat=True)[: MOST + 1])
    if not things:
        raise wrong("zone" if zone else "at", _("The service has nothing there."))
    if len(things) > MOST:
        raise wrong("zone" if zone else "at", _("That is more than can be silenced at once. Choose less."))
    now = timezone.now()
    told = {"reason": reason, "begun": now, "until": until, "by": by.actor_id}
    area = MaintenanceArea.objects.create(service=service, zone=zone, at=at, **told)
    area.things = _silence(area, things, now)
    area.save(update_fields=["things"])
    facts = {"service": service, "zone": zone, "at": at, "reason": reason, "until": until}
    return Happened(area.story_id, data={**facts, "things": area.things})


@command(
    event="operations.area_maintenance_ended",
    title=__("Maintenance of an area ended"),
    may=operates,
    staff=True,
)
def end_area_maintenance(by: RoleHolder, *, area: MaintenanceArea) -> Happened:  # noqa: ARG001 — who asks
    """Let the things of an area be heard again; what is in maintenance for a reason of its own stays so."""
    now = timezone.now()
    if area.ended is not None or area.until <= now:
        raise errors.Conflict(_("It is not in maintenance any more."))
    area.ended = now
    area.save(update_fields=["ended"])
    area.silenced.filter(ended=None).update(ended=now)
    return Happened(area.story_id)


def _things(service: str, zone: str, at: str) -> QuerySet[Entity]:
    own = Entity.objects.filter(kind_name__startswith=f"{service}.").order_by("pk")
    if zone:
        return own.filter(zone=zone)
    related = Relation.objects.filter(kind__in=BELONGING, target=at).values("origin")
    belonging = Q(pk=at) | Q(pk__in=related)
    for model in services()[service].entities:
        # What its own service hangs on it by a column, such as the meters of a district.
        for column in {cause.by for cause in services()[service].causes}:
            if causes.has_column(model, column):
                belonging |= Q(pk__in=model._default_manager.filter(**{column: at}).values("pk"))
    return own.filter(belonging)


def _silence(area: MaintenanceArea, things: Sequence[str], now: datetime) -> int:
    """Put these in maintenance; one that is so for longer already stays as it is. How many were."""
    standing = Maintenance.objects.filter(entity__in=things, ended=None)
    longer = set(standing.filter(until__gte=area.until).values_list("entity_id", flat=True))
    standing.exclude(entity__in=longer).update(ended=now)
    told = {"reason": area.reason, "begun": now, "until": area.until, "by": area.by, "area": area}
    made = [Maintenance(entity_id=id, **told) for id in things if id not in longer]
    Maintenance.objects.bulk_create(made)
    return len(made)


def titles(found: Iterable[MaintenanceArea]) -> dict[int, str]:
    """What areas are called, by their keys: the zone's name or the thing's, and how many of its things."""
    found = list(found)
    places = Entity.objects.in_bulk({area.at for area in found if area.at})
    return {area.pk: _title(area, places.get(area.at)) for area in found}


def _title(area: MaintenanceArea, place: Entity | None) -> str:
    where = str(zones().get(area.zone, "")) if area.zone else str(place or area.at)
    things = ngettext("%(n)d thing", "%(n)d things", area.things) % {"n": area.things}
    service = services().get(area.service)
    return f"{where}: {service.title if service else area.service}, {things}"
