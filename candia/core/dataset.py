"""Dataset: open data with its schema, licence and rhythm (DCAT-AP)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from candia.core.field import Field

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from candia.core.entity import Entity


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


def dataset_of(
    model: type[Entity],
    *,
    name: str,
    title: str | Promise,
    description: str | Promise,
    licence: str,
    rhythm: str,
) -> Dataset:
    """Open data of everything public of a kind: its names, zone, attributes and place, a row for each thing."""
    others = settings.CANDIA_CITY.languages[1:]
    names = [Field(f"name_{one}", "string", format_lazy("{} ({})", _("Name"), one)) for one in others]

    def rows() -> Iterable[dict[str, Any]]:
        for thing in model.published().order_by("pk").iterator(2000):
            yield {
                "id": thing.pk,
                "name": thing.name,
                **{f"name_{language}": thing.names.get(language) for language in others},
                "zone": thing.zone,
                **thing.attribute_values(),
                "synthetic": thing.synthetic,
                "place": thing.point(),
            }

    return Dataset(
        name=name,
        title=title,
        description=description,
        licence=licence,
        rhythm=rhythm,
        schema=(
            Field("id", "string", _("Identifier")),
            Field("name", "string", _("Name")),
            *names,
            Field("zone", "string", _("Zone")),
            *model.attributes,
            Field("synthetic", "boolean", _("Whether the position is made up for the sample city")),
            Field("place", "geometry", _("Place")),
        ),
        query=rows,
    )
