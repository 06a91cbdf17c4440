"""Load: takes entities from tables and maps of others, row by row, and says what is wrong with each."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from shapely.geometry import Point, mapping, shape
from shapely.geometry.base import BaseGeometry

from candia.core.entity import Entity
from candia.core.errors import Refused
from candia.core.names import translations


@dataclass
class Report:
    """What became of the rows of one file; `bad` holds (row number from 1, sentence)."""

    made: int = 0
    changed: int = 0
    same: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)


def load(
    path: Path,
    model: type[Entity],
    *,
    zones: dict[str, BaseGeometry] | None = None,
    dry_run: bool = False,
    step: Callable[[], None] = lambda: None,
) -> Report:
    """Make or change one entity for each row; a bad row is reported and the others go on.

    A row names its entity by `id` (with or without the kind before it). Columns are the model's
    fields, and `name_en` is its name in another language; what a row leaves out stays as it is. `step` is
    called after each row.
    """
    report = Report()
    with transaction.atomic():
        for number, row in enumerate(read(path), start=1):
            try:
                with transaction.atomic():
                    _take(model, row, zones or {}, report)
            except (ValidationError, ValueError) as wrong:
                report.bad.append((number, _sentence(wrong)))
            step()
        transaction.set_rollback(dry_run)
    return report


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a CSV table or of a GeoJSON collection (geometry under `geometry`)."""
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8-sig") as table:
            yield from csv.DictReader(table)
    elif path.suffix in {".geojson", ".json"}:
        for feature in json.loads(path.read_text("utf-8"))["features"]:
            own = {"id": feature["id"]} if "id" in feature else {}
            yield {**own, **feature["properties"], "geometry": feature["geometry"]}
    else:
        msg = f"{path.name} is neither .csv nor .geojson. Save it as one of these."
        raise Refused(msg)


def zones_of(path: Path) -> dict[str, BaseGeometry]:
    """The zones of a GeoJSON collection by id."""
    return {str(row["id"]): shape(row["geometry"]) for row in read(path) if row.get("id")}


def _take(model: type[Entity], row: dict[str, Any], zones: dict[str, BaseGeometry], report: Report) -> None:
    key = str(row.get("id") or "").strip()
    if not key:
        msg = "The row has no id."
        raise ValueError(msg)
    key = key if key.startswith(f"{model.kind}:") else f"{model.kind}:{key}"
    entity = model._default_manager.filter(pk=key).first()
    wanted = dict(_values(model, row, zones))
    if names := translations(row):
        wanted["names"] = {**(entity.names if entity else {}), **names}
    if entity is not None and all(getattr(entity, name) == value for name, value in wanted.items()):
        report.same += 1
        return
    report.made, report.changed = report.made + (entity is None), report.changed + (entity is not None)
    entity = entity or model(id=key)
    moved = any(getattr(entity, axis) != wanted[axis] for axis in wanted.keys() & {"lon", "lat"})
    if moved and "zone" not in wanted:
        entity.zone = ""  # the city's map says in which it stands now
    for name, value in wanted.items():
        setattr(entity, name, value)
    entity.kind_name = model.kind
    entity.full_clean(validate_unique=False, validate_constraints=False)
    entity.save()


def _values(
    model: type[Entity], row: dict[str, Any], zones: dict[str, BaseGeometry]
) -> Iterable[tuple[str, Any]]:
    fields = {column.name: column for column in model._meta.fields if column.editable}
    languages = (f"name_{language}" for language in settings.CANDIA_CITY.languages[1:])
    known = {"geometry", "kind", "source", None, *languages}
    for name in row.keys() - fields.keys() - known:
        msg = f"The column {name!r} is none of {', '.join(sorted(fields))}."
        raise ValueError(msg)
    for name, column in fields.items():
        if name in row and name not in {"id", "geometry", "names"} and row[name] not in ("", None):
            yield name, _python(column, row[name])
    yield from _position(row, zones)


def _python(column: models.Field[Any, Any], text: Any) -> Any:
    if isinstance(column, models.FloatField) and isinstance(text, str):
        text = text.replace(",", ".")
    return column.to_python(text)


def _position(row: dict[str, Any], zones: dict[str, BaseGeometry]) -> Iterable[tuple[str, Any]]:
    if row.get("geometry"):
        place = shape(row["geometry"])
        if not place.is_valid:
            msg = "The geometry crosses itself."
            raise ValueError(msg)
        point = place.representative_point()
        yield "lon", round(point.x, 7)
        yield "lat", round(point.y, 7)
        if place.geom_type != "Point":
            yield "geometry", json.loads(json.dumps(mapping(place)))
    elif row.get("lon") and row.get("lat"):
        point = Point(_degrees(row["lon"], 180), _degrees(row["lat"], 90))
    else:
        return
    zone = next((name for name, area in zones.items() if area.covers(point)), None)
    if zone and not row.get("zone"):
        yield "zone", zone


def _degrees(text: Any, limit: int) -> float:
    value = float(str(text).replace(",", "."))
    if abs(value) > limit:
        msg = f"{text} is no position in degrees."
        raise ValueError(msg)
    return value


def _sentence(wrong: ValidationError | ValueError) -> str:
    if isinstance(wrong, ValidationError):
        return " ".join(f"{name}: {' '.join(messages)}" for name, messages in wrong.message_dict.items())
    return str(wrong)
