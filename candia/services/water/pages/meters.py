"""Meters at the desk, for the field crew's planner: find the one in question, or all that fail in one way.

They type a serial from a phone call, or take a district's silent meters as a round; a household's use is not
their business unless they say why.
"""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from candia.services.water import readings
from candia.services.water.models import Meter
from candia.services.water.pages import everywhere
from candia.services.water.pages.meter_filter import MeterFilter, narrowed


def meters(request: HttpRequest) -> HttpResponse:
    """The meters that were asked for, fifty to a page."""
    form = MeterFilter(request.GET)
    found = narrowed(form).select_related("district")
    found = found.annotate(open_alerts=Count("alerts", filter=Q(alerts__closed=None)))
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page_obj": page,
        "rows": rows(list(page.object_list)),
        "found": page.paginator.count,
        "narrowed": form.narrows,
        "layers": [everywhere.layer()],
        "synthetic": Meter.objects.filter(synthetic=True).exists(),
    }
    return render(request, "water/meters.html", context)


def rows(found: list[Meter]) -> list[dict[str, Any]]:
    """The meters of one page with battery and last reading; one question each for all of them."""
    ids = [each.pk for each in found]
    battery = readings.latest("battery", ids) if ids else {}
    index = readings.latest("index", ids) if ids else {}
    return [
        {
            "meter": each,
            "district": str(each.district) if each.district else "",
            "battery": battery.get(each.pk),
            "last": index.get(each.pk),
        }
        for each in found
    ]
