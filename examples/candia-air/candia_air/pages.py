"""The portal's pages of air: for everyone, in two languages, with and without a map."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from candia.ui.map_layers import feature, geojson, one_place
from candia_air import index
from candia_air.models import Station


def stations(request: HttpRequest) -> HttpResponse:
    """Every one in a list and on a map, with its index."""
    now = index.now()
    told = [(one, *now.get(one.pk, ("", ""))) for one in Station.published().order_by("name")]
    words = {
        "good": _("Good or fair"),
        "info": _("Moderate or not known"),
        "warn": _("Poor"),
        "bad": _("Worse"),
    }
    layer = {"id": "stations", "title": pgettext("air", "Stations"), "kind": "points", "words": words}
    layers = [layer | {"src": reverse("air-stations-layer"), "fit": True, "live": "air"}]
    return render(request, "air/stations.html", {"told": told, "layers": layers})


def stations_layer(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 — the same for everyone
    """All of them as points of a map's layer."""
    now = index.now()
    placed = [(one, *now.get(one.pk, ("", "info"))) for one in Station.published().exclude(lon=None)]
    return geojson(
        feature(one.point(), name=str(one), text=word, tone=tone, url=one.page(), synthetic=one.synthetic)
        for one, word, tone in placed
    )


def station(request: HttpRequest, number: str) -> HttpResponse:
    """One of them: what it is, its last two days, and where it stands."""
    thing = get_object_or_404(Station.published(), pk=f"air.station:{number}")
    told = {
        "thing": thing,
        "crumbs": [(pgettext("air", "Air"), reverse("air-stations")), (str(thing), "")],
        "chart": index.curve(thing.pk),
        "layers": one_place(_("Place"), thing.point(), name=str(thing)),
        "centre": (thing.lon, thing.lat),
    }
    return render(request, "air/station.html", told)
