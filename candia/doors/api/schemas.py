"""The shapes of the API's answers; they are its documentation as well."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

from ninja import Schema
from pydantic import Field

Item = TypeVar("Item")


class Page(Schema, Generic[Item]):
    """Some of what was asked for; `next` is the address of more, null at the end (as in the Link header)."""

    items: list[Item]
    next: str | None


class Named(Schema):
    """Something with a name for programs and one for readers."""

    name: str
    title: str


class City(Schema):
    """The city, and what of it is switched on."""

    name: str
    name_en: str
    languages: list[str]
    timezone: str
    centre: list[float] = Field(description="longitude and latitude in degrees (WGS84)")
    sample: bool = Field(description="whether figures and positions are partly made up")
    services: list[Named]


class Property(Schema):
    """What is observed of a service's entities."""

    name: str
    title: str
    unit: str
    counter: bool = Field(description="whether it only rises, so that its differences are consumption")
    low: float | None
    high: float | None
    states: list[str] = Field(description="the words that stand instead of numbers")
    derived_from: list[str] = Field(
        description="the properties that it is computed from; of one that is measured there are none"
    )


class Column(Schema):
    """A column of a dataset, or an attribute of a kind."""

    name: str
    type: str = Field(description="string, integer, number, money, boolean, date, datetime or geometry")
    title: str
    unit: str = Field(description="of money its currency (ISO 4217)")


class Kind(Schema):
    """A kind of entity, and what anyone may know of each."""

    name: str
    title: str
    attributes: list[Column]


class Rule(Schema):
    """A pattern that opens alerts, with the thresholds that are in force."""

    name: str
    title: str
    every: int | None = Field(description="seconds between two looks; null where it hears an event instead")
    hears: str
    thresholds: dict[str, Any]


class ForecastDeclared(Schema):
    """That something is foretold."""

    property: str
    kind: str = Field(description="of which things")
    step: int = Field(description="seconds")
    horizon: int = Field(description="how far ahead, in seconds")
    levels: list[float] = Field(description="the quantiles that are told")


class Service(Schema):
    """A part of the city as it is declared."""

    name: str
    title: str
    description: str
    kinds: list[Kind]
    properties: list[Property]
    forecasts: list[ForecastDeclared]
    rules: list[Rule]
    datasets: list[Named]


class Entity(Schema):
    """A thing of the city that anyone may know of."""

    id: str
    kind: str
    name: str = Field(description="in the reader's language, as far as the city has named it in that")
    names: dict[str, str] = Field(description="its names by language")
    zone: str
    attributes: dict[str, Any] = Field(description="by name, as its kind declares them; money is a text")
    synthetic: bool = Field(description="whether its position is made up for the sample city")
    geometry: dict[str, Any] | None = Field(description="a GeoJSON geometry in WGS84 degrees")
    position_at: datetime | None = Field(description="when what moves was seen there; null for what stands")


class Relation(Schema):
    """What a thing is related to."""

    kind: str = Field(description="came_from, funded_by, part_of, stands_at or replaces")
    back: bool = Field(description="whether it is the other thing that came from, is part of, … this one")
    title: str = Field(description="what the other is to this one, in words")
    id: str
    name: str


class Related(Entity):
    """A thing, and what it is related to."""

    relations: list[Relation]


class Alert(Schema):
    """What a rule found wrong with an entity."""

    id: int
    rule: str
    title: str
    entity: str
    status: str = Field(description="open, confirmed, dismissed or repaired")
    severity: str
    text: str
    opened: datetime
    last_seen: datetime
    closed: datetime | None
    seen: int = Field(description="in how many looks it was found")


class Event(Schema):
    """What happened (CloudEvents 1.0); persons stay unnamed."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    data: dict[str, Any]


class Observation(Schema):
    """What was seen at a moment, or in a stretch that begins with it."""

    time: datetime
    value: float | None = None
    state: str | None = None
    count: int | None = None
    mean: float | None = None
    min: float | None = None
    max: float | None = None
    sum: float | None = None
    first: float | None = None
    last: float | None = None


class Series(Schema):
    """The curve of one property of one entity, oldest first."""

    entity: str
    property: str
    unit: str
    every: str
    since: datetime
    until: datetime
    observations: list[Observation]


class Foretold(Schema):
    """What was said of the step that begins at a moment."""

    time: datetime
    issued: datetime = Field(description="up to when the truth was known when it was said")
    levels: list[float] = Field(description="the chances with which the truth lies below each of the values")
    quantiles: list[float] = Field(description="the values, in the property's unit")


class Forecast(Schema):
    """What is foretold of one property of one entity, oldest first."""

    entity: str
    property: str
    unit: str
    step: int = Field(description="the length of a step in seconds")
    since: datetime
    until: datetime
    steps: list[Foretold]


class Latest(Schema):
    """The newest observation of one entity."""

    entity: str
    property: str
    unit: str
    time: datetime
    value: float | None
    state: str | None


class File(Schema):
    """A dataset as a file."""

    format: str
    media_type: str
    url: str


class Dataset(Schema):
    """Open data: what its columns mean, under which licence, and how often it changes."""

    service: str
    name: str
    title: str
    description: str
    licence: str
    rhythm: str
    columns: list[Column]
    files: list[File]


class Problem(Schema):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    retry: bool = Field(description="whether the same request may succeed later")
    errors: dict[str, str] | None = None
