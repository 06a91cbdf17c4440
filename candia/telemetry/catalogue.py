"""Catalogue: what ingest must know of the city: its properties, its entities, and who may speak for which."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from candia.telemetry.observation import Property, Source


class Catalogue(Protocol):
    """Answers from memory; `refresh` may ask a database and runs in a thread of its own."""

    @property
    def properties(self) -> Mapping[str, Mapping[str, Property]]:
        """The properties of each service by their plain names."""

    @property
    def sources(self) -> Mapping[str, Source]:
        """The decoders of vendors by name, such as a LoRaWAN device profile's."""

    def entity_known(self, id: str) -> bool:
        """Whether the city has this entity."""

    def may_speak(self, device: str, entity: str) -> bool:
        """Whether this credential may send observations of this entity."""

    def sole_entity(self, device: str) -> str | None:
        """The entity of a credential that has only one."""

    def by_alias(self, alias: str) -> str | None:
        """The entity that its network knows under this name."""

    def source_of(self, device: str) -> Source | None:
        """The decoder that this credential's payloads need; None lets the formats find out."""

    def refresh(self) -> None:
        """Take note of what changed since."""


@dataclass
class FixedCatalogue:
    """A catalogue that is given: for measurements, recorded data and tests.

    `speakers` names the entities of each device; one that is not listed may speak for all of them.
    """

    properties: Mapping[str, Mapping[str, Property]]
    entities: Collection[str]
    speakers: Mapping[str, Collection[str]] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    decoders: Mapping[str, Source] = field(default_factory=dict)

    def entity_known(self, id: str) -> bool:
        """Whether it is listed."""
        return id in self.entities

    def may_speak(self, device: str, entity: str) -> bool:
        """Whether the device is not listed, or with this entity."""
        return entity in self.speakers.get(device, self.entities)

    def sole_entity(self, device: str) -> str | None:
        """The one entity listed for the device."""
        own = self.speakers.get(device, ())
        return next(iter(own)) if len(own) == 1 else None

    def by_alias(self, alias: str) -> str | None:
        """The entity listed under this alias."""
        return self.aliases.get(alias)

    def source_of(self, device: str) -> Source | None:
        """The decoder listed for the device."""
        return self.decoders.get(device)

    def refresh(self) -> None:
        """What is given does not change."""
