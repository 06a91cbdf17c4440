"""Formats: the same rows as CSV, JSON, Parquet and GeoJSON, written in one pass, a batch at a time.

CSV is RFC 4180 in UTF-8 without a byte-order mark, as programs expect it. A spreadsheet under Greek settings
wants semicolons, decimal commas and the mark, so it gets a file of its own: the mark alone would leave each row
in one cell. In both, a text that a spreadsheet would take for a formula begins with an apostrophe; JSON and
Parquet hold it unchanged.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import msgspec
import shapely
from django.utils.translation import gettext_lazy as _
from shapely.geometry import shape

from candia.core.dataset import Dataset
from candia.core.telemetry import zone
from candia.doors.opendata.parquet import Parquet

Row = Mapping[str, Any]
# What Excel, LibreOffice and Sheets may take for a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
METRE = 7


class Writer(Protocol):
    """Takes batches of rows and puts them into a file."""

    def add(self, rows: Sequence[Row]) -> None:
        """Write these."""

    def close(self) -> None:
        """Write the end."""


class Csv:
    """Comma-separated values; `spreadsheet` makes them those of a Greek desk."""

    def __init__(self, path: Path, dataset: Dataset, *, spreadsheet: bool = False) -> None:
        self._file = path.open("w", encoding="utf-8-sig" if spreadsheet else "utf-8", newline="")
        self._writer = csv.writer(self._file, delimiter=";" if spreadsheet else ",")
        self._cell = _desk_cell if spreadsheet else cell
        self._names = [field.name for field in dataset.schema]
        self._writer.writerow(self._names)

    def add(self, rows: Sequence[Row]) -> None:
        """One line each."""
        self._writer.writerows([self._cell(row[name]) for name in self._names] for row in rows)

    def close(self) -> None:
        """Nothing follows."""
        self._file.close()


class Json:
    """An array of objects."""

    opening, closing = b"[", b"]\n"

    def __init__(self, path: Path, dataset: Dataset) -> None:
        self._file = path.open("wb")
        self._file.write(self.opening)
        self._dataset = dataset
        self._between = b"\n"

    def add(self, rows: Sequence[Row]) -> None:
        """One object each, on a line of its own."""
        for row in rows:
            self._file.write(self._between + msgspec.json.encode(self.as_json(row)))
            self._between = b",\n"

    def as_json(self, row: Row) -> Row:
        """The object of a row."""
        return row

    def close(self) -> None:
        """Close the array."""
        self._file.write(b"\n" + self.closing)
        self._file.close()


class GeoJson(Json):
    """A collection of features (RFC 7946); what has no place is a feature without geometry."""

    opening, closing = b'{"type":"FeatureCollection","features":[', b"]}\n"

    def as_json(self, row: Row) -> Row:
        """The feature of a row."""
        column = self._dataset.geometry or ""
        properties = {name: value for name, value in row.items() if name != column}
        feature = {"type": "Feature", "geometry": row[column], "properties": properties}
        return {**feature, "id": row["id"]} if "id" in row else feature


class OnMap(GeoJson):
    """What the page's map needs to know: each place once, and how it is called."""

    def __init__(self, path: Path, dataset: Dataset) -> None:
        super().__init__(path, dataset)
        self._seen: set[bytes] = set()

    def add(self, rows: Sequence[Row]) -> None:
        """Only places that were not drawn yet: a district has a row for each day."""
        column = self._dataset.geometry or ""
        for row in rows:
            key = msgspec.json.encode(row[column])
            if row[column] and key not in self._seen:
                self._seen.add(key)
                super().add([row])

    def as_json(self, row: Row) -> Row:
        """The feature of a row."""
        names = [str(row[name]) for name in ("name", "title", "id") if row.get(name)]
        properties = {"name": names[0] if names else "", "text": names[1] if len(names) > 1 else ""}
        return {"type": "Feature", "geometry": row[self._dataset.geometry or ""], "properties": properties}


@dataclass(frozen=True)
class Format:
    """A way to write rows: the end of its files' names, what it is, and the EU's word for it."""

    name: str
    media_type: str
    title: Any
    write: Callable[[Path, Dataset], Writer]
    file_type: str = ""
    placed: bool = False
    listed: bool = True


formats = {
    one.name: one
    for one in (
        Format("csv", "text/csv; charset=utf-8; header=present", "CSV", Csv, "CSV"),
        Format(
            "excel.csv",
            "text/csv; charset=utf-8; header=present",
            _("CSV for Excel"),
            lambda path, dataset: Csv(path, dataset, spreadsheet=True),
            "CSV",
        ),
        Format("json", "application/json", "JSON", Json, "JSON"),
        Format("parquet", "application/vnd.apache.parquet", "Parquet", Parquet, "PARQUET"),
        Format("geojson", "application/geo+json", "GeoJSON", GeoJson, "GEOJSON", placed=True),
        Format("map.geojson", "application/geo+json", "", OnMap, placed=True, listed=False),
    )
}


def of(dataset: Dataset, *, listed: bool = True) -> list[Format]:
    """The formats in which a dataset can be had."""
    return [
        one
        for one in formats.values()
        if (one.listed or not listed) and (dataset.geometry is not None or not one.placed)
    ]


def cell(value: Any) -> Any:
    """A value as a cell of CSV."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return shapely.to_wkt(shape(value), rounding_precision=METRE)
    return "" if value is None else value


def _desk_cell(value: Any) -> Any:
    """A value as Excel under Greek settings reads it; moments on the city's clock."""
    if isinstance(value, float | Decimal):
        return str(value).replace(".", ",")
    if isinstance(value, datetime):
        return value.astimezone(zone()).strftime("%d/%m/%Y %H:%M:%S")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return cell(value)
