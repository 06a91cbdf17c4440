"""Holders: whose a thing is hears of its alerts: when something is wrong, has become worse, and when it is over.

What stands at a thing by the rules that its kind names is one matter, so that a leak which two rules find is told
once, and not again each night.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from candia.core.alert import CLEARED, GREW, OPENED, Alert, of_event, opening, rank
from candia.core.entity import Entity
from candia.core.event import Event
from candia.core.service import entity_kinds, services
from candia.participation.declaration import Holders, of
from candia.participation.models import Notice

KINDS = (OPENED, GREW, CLEARED)


def hears(event: Event) -> Holders | None:
    """The declaration by which those whose the thing is hear of this event; None where nobody does."""
    kind = entity_kinds().get(event.entity.partition(":")[0])
    holders = of(kind).holders if kind is not None and event.kind in KINDS else None
    return holders if holders and event.data.get("rule") in holders.rules else None


def concerned(thing: Entity, event: Event, holders: Holders) -> set[int]:
    """Whom an event of an alert is news for; the thing is locked, so that two of them are looked at one by one."""
    standing = Alert.objects.filter(entity=thing.pk, rule__in=holders.rules, closed=None)
    ours = holders.whose(thing)
    levels = _told(thing, ours)
    if event.kind == CLEARED:
        return {person for person, level in levels.items() if level} if not standing.exists() else set()
    began = opening(event)
    if not standing.filter(opened_by=began).exclude(status=Alert.DISMISSED).exists():
        return set()
    if not standing.filter(opened_by__lt=began).exists() and event.kind == OPENED:
        return ours
    return {person for person in ours if rank(event.data["severity"]) > levels[person]}


def told(event: Event, thing: Entity, holders: Holders) -> dict[str, str]:
    """A notice in words, as they are true now: what happened to which thing, what is said, and where it leads."""
    alert = of_event(event).first()
    lines = [] if alert is None else _over(alert) if event.kind == CLEARED else _wrong(alert, holders)
    return {
        "what": _what(event),
        "name": holders.name(thing),
        "said": "\n".join(lines),
        "url": holders.page(thing),
    }


def _wrong(alert: Alert, holders: Holders) -> Sequence[str]:
    return [alert.sentence(), *map(str, holders.words(alert))]


def _over(alert: Alert) -> Sequence[str]:
    told = {"since": _moment(alert.since), "until": _moment(alert.last_seen)}
    return [_("It lasted from %(since)s to %(until)s. You need to do nothing more.") % told]


def _moment(moment: object) -> str:
    return date_format(localtime(moment), "SHORT_DATETIME_FORMAT")  # type: ignore[arg-type]


def _what(event: Event) -> str:
    service, _dot, name = event.data["rule"].partition(".")
    rules = {rule.name: rule.title for rule in services()[service].rules} if service in services() else {}
    what = str(rules.get(name, event.data["rule"]))
    if event.kind == OPENED:
        return what
    said = _("%(what)s: it has become worse") if event.kind == GREW else _("%(what)s: it is over")
    return said % {"what": what}


def _told(thing: Entity, persons: set[int]) -> dict[int, int]:
    """How bad the matter is that each was told of last; 0 for whom nothing stands."""
    rows = Notice.objects.filter(entity=thing.pk, person__in=persons).order_by("pk")
    pairs = list(rows.values_list("person", "event"))
    events = Event.objects.filter(pk__in={event for _person, event in pairs}, kind__in=KINDS).in_bulk()
    levels = dict.fromkeys(persons, 0)
    for person, number in pairs:
        if event := events.get(number):
            over = event.kind == CLEARED
            levels[person] = 0 if over else max(levels[person], rank(event.data.get("severity", "")))
    return levels
