"""The desk's own pages: what is open for this member of staff, and the pages' building blocks."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Case, Count, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from candia.backup import retention
from candia.core import errors
from candia.core.access import Grant, Person
from candia.core.alert import Alert
from candia.core.service import Service, services
from candia.core.zones import zone_name
from candia.doors import health
from candia.web.desk.styleguide import blocks

if TYPE_CHECKING:
    from django.utils.functional import Promise

log = logging.getLogger(__name__)

TONES = {"extreme": "bad", "severe": "bad", "moderate": "warn"}
WORST_FIRST = Case(
    When(severity="extreme", then=Value(0)),
    When(severity="severe", then=Value(1)),
    When(severity="moderate", then=Value(2)),
    default=Value(3),
)


def _member(request: HttpRequest) -> Person:
    person = request.user
    if not isinstance(person, Person) or not person.is_staff:
        raise errors.Forbidden
    return person


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The open alerts of the services that this person operates, the worst first, and figures of the day."""
    person = _member(request)
    mine = [service for service in services().values() if person.has_role(Grant.OPERATOR, service.name)]
    concerned = _concerning([service.name for service in mine])
    mine = [one for one in mine if one.capabilities or any(rule.on for rule in one.rules)]
    titles = {f"{service.name}.{rule.name}": rule.title for service in mine for rule in service.rules}
    standing = Alert.objects.filter(Q(rule__in=titles) | concerned, closed=None, status=Alert.OPEN)
    titles |= {f"{service.name}.{rule.name}": rule.title for service in shared() for rule in service.rules}
    counts = dict(standing.values_list("rule").annotate(Count("pk")).order_by("rule"))
    chosen = request.GET.get("rule", "")
    shown = standing.filter(rule=chosen) if chosen in titles else standing
    ordered = shown.select_related("entity").order_by(WORST_FIRST, "-opened", "-pk")
    page = Paginator(ordered, 20).get_page(request.GET.get("page"))
    topics = [*(service.name for service in mine), "core"]
    told = {
        "alerts": page,
        "rows": [row(alert, titles[alert.rule]) for alert in page],
        "total": sum(counts.values()),
        "mine": mine,
        "conditions": list(health.notices()),
        "backup": _backup(person),
        "tabs": tabs(counts, titles, chosen),
        # News asks for the alerts alone.
        "figures": [] if "HX-Request" in request.headers else figures(person),
        "topics": " ".join(topics),
        "news": ", ".join(f"live:{topic} from:body throttle:3s" for topic in topics),
    }
    return render(request, "desk/home.html", told)


def shared() -> list[Service]:
    """Those whose rules are about the things of all services: they have none of their own."""
    return [service for service in services().values() if service.rules and not service.entities]


def _concerning(names: Iterable[str]) -> Q:
    """The alerts that shared rules opened about things of these services."""
    rules = [f"{service.name}.{rule.name}" for service in shared() for rule in service.rules]
    things = Q(pk__in=[])
    for name in names:
        things |= Q(entity__kind_name__startswith=f"{name}.")
    return Q(rule__in=rules) & things


def _backup(person: Person) -> retention.Last | None:
    """The newest backup, for those who answer for the city's running."""
    last = retention.Desk(settings.CANDIA.home).last()
    return last if last.began and person.has_role(Grant.ADMINISTRATOR) else None


def row(alert: Alert, title: str | Promise) -> dict[str, Any]:
    """An alert as a line of the list, with the address of its page where its service has one."""
    try:
        url = reverse(f"{alert.service_name}-desk-alert", kwargs={"number": alert.pk})
    except NoReverseMatch:
        url = ""
    name, place = str(alert.entity), zone_name(alert.entity.zone)
    if name == place:
        # A thing that is its own zone needs one name.
        place = ""
    tone = TONES.get(alert.severity, "info")
    return {"alert": alert, "title": title, "url": url, "name": name, "place": place, "tone": tone}


def tabs(counts: Mapping[str, int], titles: Mapping[str, str | Promise], chosen: str) -> list[dict[str, Any]]:
    """One tab for each rule with open alerts, behind one for all."""
    if len(counts) < 2:  # noqa: PLR2004 — one rule needs no choice
        return []
    every = {"label": _("All"), "url": reverse("desk"), "current": not chosen, "count": sum(counts.values())}
    return [every] + [
        {
            "label": titles[rule],
            "url": f"{reverse('desk')}?rule={rule}",
            "current": rule == chosen,
            "count": count,
        }
        for rule, count in counts.items()
    ]


def figures(person: Person) -> list[dict[str, Any]]:
    """The figures that services put on the desk's first page, by service; one that fails says so in its place."""
    found: list[dict[str, Any]] = []
    for service in services().values():
        try:
            items = list(service.desk(person)) if service.desk else []
        except Exception:  # the alerts stand, whatever happens to one service
            log.exception("%s could not say its figures", service.name)
            items = [{"label": service.title, "value": "–", "note": _("no answer"), "tone": "warn"}]
        if items:
            found.append({"name": service.name, "title": service.title, "figures": items})
    return found


@login_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every building block of the pages on one page."""
    _member(request)
    return render(request, "desk/styleguide.html", blocks())
