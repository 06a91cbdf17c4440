"""Dataset: open data with its schema, licence and rhythm (DCAT-AP)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from django.utils.functional import Promise

FieldType = Literal["string", "integer", "number", "boolean", "date", "datetime", "geometry"]


@dataclass(frozen=True)
class Field:
    """One column: its name, type, meaning and, for numbers, its unit."""

    name: str
    type: FieldType
    title: str | Promise
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Rows that anyone may take; `query` yields mappings that hold exactly the schema's fields.

    `licence` is an SPDX identifier, `rhythm` an EU frequency code such as `DAILY`. A field of type
    geometry holds a GeoJSON geometry or None, and opens the GeoJSON format.
    """

    name: str
    title: str | Promise
    description: str | Promise
    licence: str
    rhythm: str
    schema: tuple[Field, ...]
    query: Callable[[], Iterable[dict[str, Any]]]

    @property
    def geometry(self) -> str | None:
        """The name of the geometry field, where there is one."""
        return next((field.name for field in self.schema if field.type == "geometry"), None)
