"""Catalogue: what ingest must know of the city, from the records and the services' declarations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from candia.core.mirror import Line, Mirror
from candia.devices.credentials import Book, Known
from candia.telemetry.observation import Source

if TYPE_CHECKING:
    from candia.core.service import Service
    from candia.telemetry.observation import Property


class CityCatalogue:
    """The properties of these services, and all entities and devices in memory.

    `url` is PostgreSQL's. A refresh reads what changed and nothing else, in a thread of its own.
    """

    def __init__(self, url: str, services: Iterable[Service]) -> None:
        declared = list(services)
        self.properties: Mapping[str, Mapping[str, Property]] = {
            service.name: {item.name: item for item in service.properties} for service in declared
        }
        self.sources: Mapping[str, Source] = {
            source.name: source for service in declared for source in service.sources
        }
        self._feeds = {
            feed.device(service.name): (service.name, Source(feed.name, feed.decode))
            for service in declared
            for feed in service.feeds
        }
        self._line = Line(url)
        self._entities: Mirror[str | None] = Mirror(
            self._line, "core_entity", ("id", "alias"), lambda row: row[1]
        )
        self._aliases: dict[str, str] = {}
        self._book = Book(self._line)

    def entity_known(self, id: str) -> bool:
        """Whether the records have it."""
        return id in self._entities.rows

    def may_speak(self, device: str, entity: str) -> bool:
        """Whether the device was given this entity or its kind, and was not revoked; a feed has its service's."""
        if device in self._feeds:
            return entity.partition(".")[0] == self._feeds[device][0]
        known = self._book.devices.get(device)
        return known is not None and known.may_speak(entity)

    def sole_entity(self, device: str) -> str | None:
        """The entity of a device that was given one and no kind."""
        known = self._speaker(device)
        return known.entities[0] if known and len(known.entities) == 1 and not known.kinds else None

    def by_alias(self, alias: str) -> str | None:
        """The entity that has this alias now."""
        id = self._aliases.get(alias)
        # An alias that moved to another entity leaves its old word here until all is read anew.
        return id if id is not None and self._entities.rows.get(id) == alias else None

    def source_of(self, device: str) -> Source | None:
        """The decoder that was named when the device was added, or that of a feed."""
        if device in self._feeds:
            return self._feeds[device][1]
        known = self._speaker(device)
        return self.sources.get(known.source) if known else None

    def refresh(self) -> None:
        """Read the entities and devices that are new or changed."""
        changed = self._entities.refresh()
        for id in changed:
            if alias := self._entities.rows.get(id):
                self._aliases[alias] = id
        self._book.refresh()

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def _speaker(self, device: str) -> Known | None:
        known = self._book.devices.get(device)
        return None if known is None or known.revoked else known
