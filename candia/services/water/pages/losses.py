"""Water for everyone: how much of it is lost on the way, district by district, and what is done about it.

A resident comes once, from the first page or a newspaper, and must understand in a minute what a loss is and
how their own district stands; a journalist or a student takes the figures along. Never a household: areas of a
few meters say nothing.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from candia.core.alert import Alert
from candia.operations.severity import WORST_FIRST
from candia.services.water import datasets, promise
from candia.services.water.models import District
from candia.services.water.overview import (
    FAIR,
    FEW,
    HIGH,
    Glance,
    one,
    public_districts,
    public_glances,
    tone,
    whole,
)
from candia.services.water.pages import curves
from candia.ui.map_layers import collection, feature, geojson


def losses(request: HttpRequest) -> HttpResponse:
    """The city's losses and each district's, on a map and in a table."""
    told, places = public_glances(), public_districts()
    city = whole(told)
    rows = [line(place, told.get(place.id)) for place in places]
    rows.sort(key=lambda row: row["share"] if row["share"] is not None else -1, reverse=True)
    context = {
        "city_water": city,
        "goal": promise.losses(),
        "met": None if city.share is None else promise.met(city.share),
        "rows": rows,
        "synthetic": any(place.synthetic for place in places),
        "layers": [layer("losses")],
        "data_url": data_url(),
    }
    return render(request, "water/losses.html", context)


def district(request: HttpRequest, name: str) -> HttpResponse:
    """One district for everyone: its curves, its balance, what was found there."""
    place = one(District.published(), name)
    glance = public_glances().get(place.id)
    found = Alert.objects.filter(entity=place.pk).order_by("-opened")[:6]
    context = {
        "place": place,
        "name": str(place),
        "crumbs": [(_("Water"), reverse("water-losses")), (str(place), "")],
        "row": line(place, glance),
        "charts": [curves.inflow(place.id, 7, ahead=2), curves.nights(place.id, 30)],
        "alerts": found,
        "centre": (place.lon, place.lat) if place.lon is not None else None,
        "layers": [_alone(place, glance)],
        "data_url": data_url(),
    }
    return render(request, "water/district.html", context)


def districts_layer(request: HttpRequest) -> JsonResponse:
    """The districts as outlines: `?by=losses` tones them by their losses, anything else by open alerts."""
    told = public_glances()
    if request.GET.get("by") == "losses":
        answer = geojson(_by_losses(place, told.get(place.id)) for place in public_districts())
    else:
        worst = _worst()
        answer = geojson(_now(place, told.get(place.id), worst.get(place.id)) for place in public_districts())
    # News of water comes each second; a map that asks for all of it gets a new answer every fifth.
    patch_cache_control(answer, max_age=5)
    return answer


def layer(by: str) -> dict[str, Any]:
    """The layer of districts, toned by `losses` or by what is wrong `now`."""
    return {
        "id": "districts",
        "title": _("Water losses by district") if by == "losses" else _("Water districts"),
        "kind": "zones",
        "src": f"{reverse('water-districts-layer')}?by={by}",
        "live": "water",
        "fit": True,
        "synthetic": True,
        "words": _words(by),
    }


def _words(by: str) -> dict[str, str]:
    """What each colour says of a district."""
    high, fair = percent(HIGH), percent(FAIR)
    if by == "losses":
        return {
            "bad": _("%(share)s or more is lost") % {"share": high},
            "warn": _("%(share)s or more is lost") % {"share": fair},
            "good": _("less than %(share)s is lost") % {"share": fair},
            "quiet": _("losses not known"),
        }
    return {
        "bad": _("severe alert, or %(share)s lost") % {"share": high},
        "warn": _("alert, or %(share)s lost") % {"share": fair},
        "good": _("no alert, less than %(share)s lost") % {"share": fair},
        "quiet": _("silent or unknown"),
    }


def _alone(place: District, glance: Glance | None) -> dict[str, Any]:
    """The layer of one district, which no news replaces by that of all."""
    shared = {name: value for name, value in layer("losses").items() if name not in {"src", "live"}}
    return {**shared, "data": collection([_by_losses(place, glance)])}


def line(place: District, glance: Glance | None) -> dict[str, Any]:
    """A district as a line of the table, without what would tell about households."""
    share = glance.share if glance else None
    return {
        "place": place,
        "name": str(place),
        "glance": glance,
        "share": share,
        "tone": tone(share),
        "balance": glance.balance if glance and glance.told else None,
        "few": few(glance),
    }


def few(glance: Glance | None) -> str:
    """A sentence where a district has too few meters for its losses to be told."""
    if glance is None or glance.balance is None or glance.balance.public:
        return ""
    return _("fewer than %(k)d meters: not told, to protect households") % {"k": FEW}


def data_url() -> str:
    """Where the same figures are taken along as open data."""
    return reverse("dataset", kwargs={"service": "water", "name": datasets.district_losses.name})


def percent(share: float) -> str:
    """A share as a reader writes it: 31 %."""
    return f"{number_format(round(share * 100))} %"


def _by_losses(place: District, glance: Glance | None) -> dict[str, Any]:
    share = glance.share if glance else None
    text = few(glance) or _("losses not known")
    if share is not None:
        text = _("Losses: %(share)s of the inflow") % {"share": percent(share)}
    # The share stands in the name, so that the map says it without its colours.
    name = str(place) if share is None else f"{place} · {percent(share)}"
    return _feature(place, name, text, tone(share))


def _now(place: District, glance: Glance | None, worst: Alert | None) -> dict[str, Any]:
    parts = []
    if glance and glance.inflow and glance.inflow.value is not None:
        parts.append(
            _("Inflow %(flow)s L/s") % {"flow": number_format(glance.inflow.value, 1, force_grouping=True)}
        )
    if glance and glance.share is not None:
        parts.append(_("losses %(share)s") % {"share": percent(glance.share)})
    # What is lost for good shows as well as what broke today: no district that loses a lot is green.
    tones = {tone(glance.share if glance else None), "good" if parts else "quiet"}
    if worst is not None:
        tones.add("bad" if worst.severity in {"severe", "extreme"} else "warn")
        parts.insert(0, worst.sentence())
    shown = next(one for one in ("bad", "warn", "good", "quiet") if one in tones)
    return _feature(place, str(place), " · ".join(parts), shown)


def _feature(place: District, name: str, text: str, tone: str) -> dict[str, Any]:
    url = reverse("water-district", kwargs={"name": place.local_id})
    return feature(place.point(), name=name, text=text, tone=tone, synthetic=place.synthetic, url=url)


def _worst() -> dict[str, Alert]:
    """The worst alert of each district that stands and was not dismissed."""
    standing = Alert.objects.filter(closed=None, entity__kind_name=District.kind).exclude(
        status=Alert.DISMISSED
    )
    worst: dict[str, Alert] = {}
    for alert in standing.order_by(WORST_FIRST, "-opened"):
        worst.setdefault(alert.entity_id, alert)
    return worst
