"""Districts at the desk, for whoever plans the search for leaks: which one loses most, since when, and why.

They compare ten lines at a glance, then read one district: inflow, nights, balance, and the meters that fail them.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core.alert import Alert
from candia.operations.pages.inbox import rows as alert_rows
from candia.operations.severity import WORST_FIRST
from candia.services.water.models import District, Meter
from candia.services.water.overview import Glance, glances, one, tone
from candia.services.water.overview import districts as every_district
from candia.services.water.pages import curves
from candia.ui.spans import span_of

SPANS = (7, 30, 90)
# What a meter may lack, by the rule that finds it: a list of the desk shows each.
FAILINGS = {
    "silent": gettext_lazy("Silent"),
    "stuck": gettext_lazy("Stuck"),
    "low_battery": gettext_lazy("Low battery"),
    "backflow": gettext_lazy("Backflow"),
    "continuous_flow": gettext_lazy("Leak in the house"),
    "burst": gettext_lazy("Burst pipe"),
}


def districts(request: HttpRequest) -> HttpResponse:
    """Every district in a line: inflow now, last night, losses, open alerts."""
    told, waiting = glances(), _waiting()
    table = [_line(place, told.get(place.id), waiting[place.id]) for place in every_district()]
    table.sort(key=lambda row: row["share"] if row["share"] is not None else -1, reverse=True)
    return render(request, "water/districts.html", {"table": table})


def district(request: HttpRequest, name: str) -> HttpResponse:
    """One district: its curves over a week, a month or a quarter, its balance, its meters and alerts."""
    place = one(District.objects.all(), name)
    days, tabs = span_of(request, SPANS, SPANS[0])
    glance = glances().get(place.id)
    here = Alert.objects.filter(entity=place.pk).select_related("entity")
    context = {
        "place": place,
        "name": str(place),
        "crumbs": [(_("Districts"), reverse("water-desk-districts")), (str(place), "")],
        "row": _line(place, glance, 0),
        "balance": glance.balance if glance else None,
        "tabs": tabs,
        "charts": [curves.inflow(place.id, days, ahead=7), curves.nights(place.id, max(days, 30))],
        "failings": _failings(place),
        "meters": Meter.objects.filter(district=place).count(),
        "open_alerts": alert_rows(here.filter(closed=None).order_by(WORST_FIRST, "-opened")),
        "past_alerts": alert_rows(here.exclude(closed=None).order_by("-closed")[:5]),
    }
    return render(request, "water/district_desk.html", context)


def _line(place: District, glance: Glance | None, waiting: int) -> dict[str, Any]:
    """A district as a line of the table; what is not known is None."""
    share = glance.balance.share if glance and glance.balance else None
    return {
        "place": place,
        "name": str(place),
        "glance": glance,
        "share": share,
        "tone": tone(share),
        "waiting": waiting,
    }


def _waiting() -> Counter[str]:
    """How many alerts of a district, or of a meter in it, wait for a decision; by district."""
    waiting: Counter[str] = Counter()
    found = Alert.objects.filter(closed=None, status=Alert.OPEN, rule__startswith="water.")
    for row in found.values("entity", "entity__meter__district").annotate(n=Count("pk")):
        waiting[row["entity__meter__district"] or row["entity"]] += row["n"]
    return waiting


def _failings(place: District) -> list[dict[str, Any]]:
    """How many meters of a district fail in which way, and the list that shows them."""
    found = Alert.objects.filter(closed=None, entity__meter__district=place)
    counts = dict(found.values_list("rule").annotate(Count("entity", distinct=True)))
    meters = reverse("water-desk-meters")
    return [
        {
            "label": title,
            "count": counts.get(f"water.{rule}", 0),
            "url": f"{meters}?district={place.local_id}&state={rule}",
        }
        for rule, title in FAILINGS.items()
    ]
