"""The pages of open data: the catalogue, and one for each dataset with its meaning, first rows, map and files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from candia.core.dataset import Dataset
from candia.core.field import Field, money
from candia.core.service import Service, services
from candia.doors.api.schema import reference
from candia.doors.opendata import formats, words
from candia.doors.opendata.files import find
from candia.doors.opendata.snapshots import Snapshot, snapshot

LONGEST = 60
KINDS = {"Point": "points", "LineString": "lines"}


def data(request: HttpRequest) -> HttpResponse:
    """Everything that the city gives away, by service."""
    groups = [
        {"service": service, "datasets": [summary(service, dataset) for dataset in service.datasets]}
        for service in services().values()
        if service.datasets
    ]
    return render(request, "doors/data.html", {"groups": groups})


def dataset(request: HttpRequest, service: str, name: str) -> HttpResponse:
    """One dataset."""
    owner, found = find(service, name)
    taken = snapshot(owner, found)
    context = {
        **summary(owner, found),
        "service": owner,
        "crumbs": [(_("Open data"), reverse("data")), (found.title, "")],
        "rows": taken.rows,
        "changed": taken.changed,
        "files": files(owner, found, taken),
        "columns": [
            {"field": field, "type": words.type_of(field.type), "unit": words.unit(field.unit)}
            for field in found.schema
        ],
        "preview": [[_cell(field, row[field.name]) for field in found.schema] for row in taken.preview],
        "layers": layers(owner, found, taken),
        "synthetic": settings.CANDIA_CITY.sample,
    }
    return render(request, "doors/dataset.html", context)


def summary(service: Service, dataset: Dataset) -> dict[str, Any]:
    """A dataset as the catalogue tells it."""
    return {
        "dataset": dataset,
        "url": reverse("dataset", args=(service.name, dataset.name)),
        "licence": words.licence(dataset.licence),
        "rhythm": words.rhythm(dataset.rhythm),
        "formats": [one.title for one in formats.of(dataset)],
    }


def files(service: Service, dataset: Dataset, taken: Snapshot) -> list[dict[str, Any]]:
    """The files of a dataset with their sizes."""
    return [
        {
            "title": one.title,
            "size": filesizeformat(taken.file(one.name).stat().st_size),
            "url": reverse("download", args=(service.name, dataset.name, one.name)),
        }
        for one in formats.of(dataset)
    ]


def layers(service: Service, dataset: Dataset, taken: Snapshot) -> list[dict[str, Any]]:
    """The map's layers, where the dataset has places."""
    places = [row[dataset.geometry] for row in taken.preview if dataset.geometry and row[dataset.geometry]]
    if not places:
        return []
    form = places[0]["type"].removeprefix("Multi")
    return [
        {
            "id": dataset.name,
            "title": str(dataset.title),
            "kind": KINDS.get(form, "zones"),
            "src": reverse("download", args=(service.name, dataset.name, "map.geojson")),
            "cluster": form == "Point",
            "shown": True,
            "tone": "info",
        }
    ]


def _cell(field: Field, value: Any) -> dict[str, Any]:
    """A value of the preview as the reader's language writes it."""
    if value is None or value == "":
        text = "–"
    else:
        text = money(Decimal(value), field.unit) if field.type == "money" else _shown[field.type](value)
    # Codes and names of programs are English to a screen reader, whatever the page is.
    latin = field.type == "string" and text.isascii()
    return {"text": text, "number": field.type in {"integer", "number", "money"}, "latin": latin}


def _number(value: float) -> str:
    return str(number_format(value, force_grouping=True))


def _moment(value: str) -> str:
    return date_format(timezone.localtime(datetime.fromisoformat(value)), "d/m/Y H:i")


def _text(value: str) -> str:
    return value if len(value) <= LONGEST else value[:LONGEST].rstrip() + "…"


def _place(geometry: dict[str, Any]) -> str:
    if geometry["type"] != "Point":
        return _("line") if "Line" in geometry["type"] else _("area")
    lon, lat = geometry["coordinates"][:2]
    return f"{lat:.5f}, {lon:.5f}"


_shown: dict[str, Callable[[Any], str]] = {
    "string": _text,
    "integer": _number,
    "number": _number,
    "boolean": lambda value: _("yes") if value else _("no"),
    "date": lambda value: date_format(date.fromisoformat(value), "d/m/Y"),
    "datetime": _moment,
    "geometry": _place,
}

urlpatterns = [
    path("", data, name="data"),
    path("api/", reference, name="api-reference"),
    path("<slug:service>/<slug:name>/", dataset, name="dataset"),
]
