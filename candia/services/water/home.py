"""What the city's first page shows of water: the inflow of this minute, last night, losses, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from candia.core.alert import Alert
from candia.services.water import promise
from candia.services.water.models import District
from candia.services.water.overview import Whole, public_glances, whole
from candia.services.water.pages.losses import layer


def home() -> dict[str, Any]:
    """The figures of the city's water and the layer of its districts."""
    city = whole(public_glances())
    url = reverse("water-losses")
    standing = Alert.objects.filter(closed=None, entity__in=District.published().values("pk")).exclude(
        status=Alert.DISMISSED
    )
    tiles: list[dict[str, Any]] = []
    if city.inflow is not None:
        tiles.append({"label": _("Inflow of the city now"), "value": _figure(city.inflow), "unit": "L/s"})
    if city.night is not None:
        tiles.append(
            {
                "label": _("Last night's flow"),
                "value": _figure(city.night),
                "unit": "L/s",
                "series": city.nights,
            }
        )
    if city.share is not None:
        tiles.append({"label": _("Water lost in 30 days"), "value": _figure(city.share * 100), "unit": "%"})
    troubled = standing.values("entity").distinct().count()
    # What is wrong comes before what is as it always is.
    tiles.append(
        {"label": _("Water districts with an alert"), "value": troubled, "weight": 2 if troubled else 1}
    )
    return {
        "tiles": [{**tile, "url": url} for tile in tiles],
        "layers": [layer("now")],
        "measures": list(_measures(city, url)),
        "steps": {"measure": url},
        "topics": "water",
    }


def _measures(city: Whole, url: str) -> Iterator[dict[str, Any]]:
    """What is lost, beside what the city means to lose at most; of public districts with enough meters alone."""
    goal = promise.losses()
    if goal is None or city.share is None:
        return
    yield {
        "label": _("Water lost in 30 days"),
        "value": _figure(city.share * 100),
        "unit": "%",
        "promise": _("at most %(goal)s %% of the inflow") % {"goal": _figure(goal * 100)},
        "met": promise.met(city.share),
        "notes": [
            _("%(lost)s of %(all)s m³") % {"lost": _figure(city.losses_m3), "all": _figure(city.input_m3)}
        ],
        "url": url,
        "url_label": _("Losses by district"),
    }


def _figure(value: float) -> str:
    return number_format(round(value), 0, force_grouping=True)
