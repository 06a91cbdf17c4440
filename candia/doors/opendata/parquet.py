"""Parquet: typed columns; a geometry as GeoParquet has it (WKB, WGS84), and rows read back a stretch at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from shapely.geometry import mapping, shape

from candia.core.dataset import Dataset
from candia.core.field import CENT, Field

#: Rows that are written, and read, at once.
GROUP = 2000
TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "money": pa.decimal128(18, 2),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", "UTC"),
    "geometry": pa.binary(),
}
VERSION = "1.1.0"


class Parquet:
    """A file whose columns have the types that the schema names."""

    def __init__(self, path: Path, dataset: Dataset) -> None:
        self._dataset = dataset
        self._schema = schema(dataset)
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """One row group each time."""
        if rows:
            columns = [_column(field, rows) for field in self._dataset.schema]
            self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


def schema(dataset: Dataset) -> pa.Schema:
    """The columns with their types, meanings and units."""
    fields = [
        pa.field(
            field.name,
            TYPES[field.type],
            metadata={"title": str(field.title).encode(), "unit": field.unit.encode()},
        )
        for field in dataset.schema
    ]
    if dataset.geometry is None:
        return pa.schema(fields)
    column = {"encoding": "WKB", "geometry_types": []}
    geo = {"version": VERSION, "primary_column": dataset.geometry, "columns": {dataset.geometry: column}}
    return pa.schema(fields, metadata={"geo": json.dumps(geo).encode()})


def read(path: Path, dataset: Dataset, begin: int, count: int) -> list[dict[str, Any]]:
    """Some rows of a file, as the dataset's query gave them."""
    with pq.ParquetFile(path) as file:
        first, last = begin // GROUP, min((begin + count - 1) // GROUP, file.num_row_groups - 1)
        if first > last:
            return []
        table = file.read_row_groups(list(range(first, last + 1)))
    rows: list[dict[str, Any]] = table.slice(begin - first * GROUP, count).to_pylist()
    if dataset.geometry:
        for row in rows:
            row[dataset.geometry] = _geometry(row[dataset.geometry])
    return rows


def _column(field: Field, rows: Sequence[Mapping[str, Any]]) -> pa.Array:
    values = [row[field.name] for row in rows]
    if field.type == "geometry":
        values = [shapely.to_wkb(shape(value)) if value else None for value in values]
    if field.type == "money":
        values = [None if value is None else value.quantize(CENT) for value in values]
    return pa.array(values, TYPES[field.type])


def _geometry(kept: bytes | None) -> dict[str, Any] | None:
    return mapping(shapely.from_wkb(kept)) if kept else None
