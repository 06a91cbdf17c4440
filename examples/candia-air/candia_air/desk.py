"""The desk's page of air: which stations measure what, at a glance; each leads to its orders."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from candia_air import index
from candia_air.models import Station


def stations(request: HttpRequest) -> HttpResponse:
    """Every one in a table, with its index and the interval at which it reports."""
    now, intervals = index.now(), index.latest("interval")
    told = [
        (one, *now.get(one.pk, ("", "")), intervals.get(one.pk)) for one in Station.objects.order_by("name")
    ]
    return render(request, "air/desk.html", {"told": told})
