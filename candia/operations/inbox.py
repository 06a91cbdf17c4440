"""Inbox: everything that waits for a member of staff in one list, by what is lost and by deadline."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.accounts import departments
from candia.accounts.models import Department
from candia.core import errors
from candia.core.access import Grant, Person, operator
from candia.core.alert import Alert
from candia.core.entity import Entity
from candia.core.evidence import Place
from candia.core.inbox import Item
from candia.core.numbers import number_of
from candia.core.service import Service, services
from candia.core.zones import zone_name
from candia.operations import causes, maintenance, shifts
from candia.operations.causes import Bundle
from candia.operations.models import Triage

log = logging.getLogger(__name__)
ALERT = "core.alert:"
# What a word of CAP is worth where nobody can tell the loss, in euros a day; danger to life stands above all.
WORTH = {"minor": 1.0, "moderate": 10.0, "severe": 100.0, "extreme": float("inf")}
SOON = timedelta(days=2)
#: So many small things of one kind are one line.
MANY = 4
STATES: dict[str, tuple[Any, Q]] = {
    "open": (__("Waiting"), Q(closed=None, status=Alert.OPEN)),
    "confirmed": (__("Confirmed"), Q(closed=None, status=Alert.CONFIRMED)),
    "repaired": (__("Repaired"), Q(closed=None, status=Alert.REPAIRED)),
    "dismissed": (__("Dismissed"), Q(closed=None, status=Alert.DISMISSED)),
    "over": (__("Over"), Q(closed__isnull=False)),
}
# Of what is over, the newest so many.
PAST = 500


@dataclass(frozen=True)
class Line:
    """An item as a line of the inbox: its alert, who has it, whether it rests, and whether it is new.

    `department` is whose work it is: the one it was given to, else the one its kind or its service is routed to;
    `bundle` are the alerts with which it has its cause in common.
    """

    item: Item
    alert: Alert | None = None
    place: Place = field(default_factory=lambda: Place(""))
    assignee: Person | None = None
    snoozed_until: datetime | None = None
    new: bool = False
    department: Department | None = None
    bundle: Bundle | None = None

    def worth(self, now: datetime) -> float:
        """What it weighs: the loss in euros a day, else what its severity stands for; more by its deadline."""
        item = self.item
        worth = WORTH.get(item.severity, 1.0)
        if item.loss is not None and item.severity != "extreme":
            worth = item.loss
        if item.due is None or item.due > now + SOON:
            return worth
        return max(worth, WORTH["severe"] if item.due <= now else WORTH["moderate"] * 5)


@dataclass(frozen=True)
class Group:
    """Lines that are one decision: alerts with one cause, many small things of one kind, or a single line."""

    lines: tuple[Line, ...]
    bundle: Bundle | None = None

    @property
    def first(self) -> Line:
        """The line that stands for all."""
        return self.lines[0]

    @property
    def url(self) -> str:
        """Where it is decided: of alerts with one cause the inbox with nothing else in it."""
        if self.bundle and self.many:
            return self.bundle.url
        return self.first.item.url

    @property
    def many(self) -> bool:
        """Whether there is more than one."""
        return len(self.lines) > 1

    def worth(self, now: datetime) -> float:
        """What it weighs: as much as the worst of it, and at least what goes lost of all together."""
        lost = sum(line.item.loss or 0.0 for line in self.lines)
        return max(lost, *(line.worth(now) for line in self.lines))


def lines(by: Person, state: str = "open") -> list[Line]:
    """Everything that this person may see in a state, the weightiest first."""
    now, since = timezone.now(), shifts.began(by)
    found = [
        *_of_alerts(alerts_of(by, state)),
        *(Line(item, place=Place(item.place)) for item in (_of_services(by) if state == "open" else ())),
    ]
    kept = {
        one.item: one
        for one in Triage.objects.filter(item__in=[line.item.key for line in found]).select_related(
            "assignee", "department"
        )
    }
    routes = departments.routes()
    if state != "over":
        found = with_causes(found, served(by))
    told = [_triaged(line, kept.get(line.item.key), since, routes) for line in found]
    return sorted(told, key=lambda line: (-line.worth(now), line.item.due or line.item.since or now))


def with_causes(found: Iterable[Line], names: Iterable[str]) -> list[Line]:
    """The same, each with the alerts of these services that stand with its cause."""
    bundles = causes.bundles(names)
    return [
        replace(line, bundle=bundles[line.alert.pk]) if line.alert and line.alert.pk in bundles else line
        for line in found
    ]


def grouped(found: Iterable[Line], *, many: int = MANY) -> list[Group]:
    """The same, with what has one cause, and many small things of a kind, folded into one; the weightiest first."""
    now, lots = timezone.now(), dict[Any, list[Line]]()
    for line in found:
        lots.setdefault(_lot(line), []).append(line)
    groups: list[Group] = []
    for lot in lots.values():
        bundle = lot[0].bundle
        if bundle or len(lot) >= many:
            groups.append(Group(tuple(lot), bundle))
        else:
            groups += [Group((line,)) for line in lot]
    return sorted(groups, key=lambda group: -group.worth(now))


def _lot(line: Line) -> Any:
    """With which others a line may be one: those of its cause, else small ones of its kind, else none."""
    if line.bundle:
        return line.bundle.key
    if line.alert is None or line.item.severity != "minor" or line.item.loss:
        return line.item.key
    return line.item.service, str(line.item.kind)


def served(by: Person) -> list[str]:
    """The services with rules, or with things that others' rules look at, that this person operates."""
    return [
        name
        for name, service in services().items()
        if by.has_role(Grant.OPERATOR, name) and (service.rules or service.entities)
    ]


def served_by(by: Any) -> list[str]:
    """The services with things that somebody operates, whoever or whatever asks."""
    return [name for name, service in services().items() if service.entities and operator(name)(by)]


def services_of(alert: Alert) -> set[str]:
    """Whose alert it is: its rule's service, or, of a rule for the things of all, the thing's own."""
    own = [alert.entity_id.partition(".")[0]] if is_for_all(alert.service_name) else ()
    return {alert.service_name, *own}


def is_for_all(service: str) -> bool:
    """Whether a service is one that every city has, so that its rules look at the things of all others."""
    return service in services() and service not in settings.CANDIA_CITY.services


def operates(by: Any, alert: Alert) -> bool:
    """Whether somebody operates a service whose alert it is."""
    return any(operator(name)(by) for name in services_of(alert))


def alerts_of(by: Person, state: str) -> QuerySet[Alert]:
    """The alerts of this person's services in a state."""
    own = Q(pk__in=[])
    shared = Q(pk__in=[])
    for name in filter(is_for_all, services()):
        shared |= Q(rule__startswith=f"{name}.")
    for name in served(by):
        own |= Q(rule__startswith=f"{name}.") | (shared & Q(entity__kind_name__startswith=f"{name}."))
    found = Alert.objects.filter(own, STATES[state][1]).select_related("entity").order_by("-opened", "-pk")
    found = found.annotate(quiet_until=maintenance.quiet_until())
    return found[:PAST] if state == "over" else found


def alert_lines(found: Sequence[Alert]) -> list[Line]:
    """These alerts as lines, as they are, for another page's list."""
    return [Line(line.item, line.alert, line.place) for line in _of_alerts(found)]


def key_of(alert: Alert) -> str:
    """An alert's key among all that waits."""
    return f"{ALERT}{alert.pk}"


def alert_number(key: str) -> int:
    """The number of the alert of a key; 0 where the key names something else."""
    return number_of(key.removeprefix(ALERT)) if key.startswith(ALERT) else 0


def alert_of(key: str) -> Alert | None:
    """The alert of a key; None where the key names something else, or nothing."""
    number = alert_number(key)
    return Alert.objects.select_related("entity").filter(pk=number).first() if number else None


def service_of(by: Person, key: str) -> str:
    """The service of an item that this person has in the inbox; raises NotFound."""
    if alert := alert_of(key):
        if operates(by, alert):
            return alert.entity_id.partition(".")[0]
        raise errors.NotFound
    found = next((item.service for item in _of_services(by) if item.key == key), None)
    if found is None:
        raise errors.NotFound
    return found


def staff_of(*names: str) -> QuerySet[Person]:
    """Those who hold a role at the desk in one of these services or in all."""
    held = Grant.objects.filter(service__in=[*names, ""]).exclude(role=Grant.CREW)
    return Person.objects.filter(pk__in=held.values("person"), is_active=True).order_by("name", "pk")


def _of_alerts(found: Iterable[Alert]) -> Iterator[Line]:
    by_service: dict[str, list[Alert]] = {}
    for alert in found:
        by_service.setdefault(alert.entity_id.partition(".")[0], []).append(alert)
    titles = {f"{one.name}.{rule.name}": rule.title for one in services().values() for rule in one.rules}
    for name, own in by_service.items():
        service = services().get(name)
        places = service.places(own) if service and service.places else {}
        for alert in own:
            place = places.get(alert.pk) or place_of(alert.entity)
            yield Line(_item(alert, titles), alert, place)


def place_of(thing: Entity) -> Place:
    """What any thing is called, and its zone, in the reader's language."""
    return Place(str(thing), thing.zone, zone_name(thing.zone))


def _item(alert: Alert, titles: Mapping[str, Any]) -> Item:
    return Item(
        key=key_of(alert),
        service=alert.entity_id.partition(".")[0],
        kind=titles.get(alert.rule, alert.rule),
        title=alert.sentence(),
        url=reverse("operations-desk-alert", kwargs={"number": alert.pk}),
        since=alert.opened,
        severity=alert.severity,
        loss=alert.loss,
    )


def _of_services(by: Person) -> Iterator[Item]:
    for service in services().values():
        if service.inbox is not None:
            yield from _told(service, by)


def _told(service: Service, by: Person) -> list[Item]:
    try:
        return list(service.inbox(by)) if service.inbox else []
    except Exception:  # the others' items stand, whatever happens to one service
        log.exception("%s could not say what waits", service.name)
        return [
            Item(
                key=f"{service.name}.away",
                service=service.name,
                kind=_("No answer"),
                title=_("%(service)s can't say what waits. Try again in a minute.")
                % {"service": service.title},
                url="",
                severity="moderate",
            )
        ]


def department_of(
    line: Line, kept: Triage | None, routes: Mapping[tuple[str, str], Department]
) -> Department | None:
    """Whose work a line is; None where nobody gave or routed it to a department that is open."""
    given = kept.department if kept else None
    if given and given.closed is None:
        return given
    own = routes.get((line.alert.service_name, line.alert.rule)) if line.alert else None
    return own or routes.get((line.item.service, ""))


def _triaged(
    line: Line,
    kept: Triage | None,
    since: datetime | None,
    routes: Mapping[tuple[str, str], Department],
) -> Line:
    rests = [kept.snoozed_until] if kept and kept.rests and kept.snoozed_until else []
    if quiet_until := getattr(line.alert, "quiet_until", None):
        rests.append(quiet_until)
    new = since is not None and line.item.since is not None and line.item.since > since
    department = department_of(line, kept, routes)
    has_it = kept.assignee if kept else None
    return replace(
        line, assignee=has_it, snoozed_until=max(rests, default=None), new=new, department=department
    )
