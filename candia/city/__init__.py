"""The city: what makes one city differ from another, as data in its city.toml, read once and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

LANGUAGES = ("el", "en")
EAST, NORTH, NEAREST = 180, 90, 22


class ConfigError(Exception):
    """A setting or a key of city.toml that can't be used: a sentence that names it and says what to do."""


@dataclass(frozen=True)
class City:
    """The facts of a city; a city differs from another by these alone.

    Shapes: `centre` is (longitude, latitude) in degrees; `thresholds` is service → rule → name → value;
    `basemap` and `basemap_dark` are addresses of MapLibre styles, empty for the built-in map alone;
    `sample` marks a city whose figures are partly made up; `feeds` is service → feed → the address from which it is
    fetched, or whether it is fetched at all.
    """

    name: str
    name_en: str
    languages: tuple[str, ...]
    timezone: str
    centre: tuple[float, float]
    zoom: float
    services: tuple[str, ...]
    folder: Path
    basemap: str = ""
    basemap_dark: str = ""
    zones: Path | None = None
    sample: bool = False
    thresholds: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    feeds: Mapping[str, Mapping[str, str | bool]] = field(default_factory=dict)

    @property
    def basemap_origin(self) -> str:
        """The one other host that a map may ask, as scheme and name; empty where there is none."""
        parts = urlsplit(self.basemap)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""

    def beside(self, name: str) -> dict[str, Any]:
        """What a service's own file beside the city's says, such as `water.toml`; nothing where there is none."""
        path = self.folder / name
        return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}

    @classmethod
    def read(cls, path: Path) -> City:
        """Read a city's file; raises ConfigError with a sentence for each key that is wrong."""
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
            raise ConfigError(f"CANDIA_CITY is {path}, which can't be read: {wrong}.") from wrong
        problems = [
            f"has the key {key!r}. The keys known are: {', '.join(_keys)}" for key in table.keys() - _keys
        ]
        problems += [f"lacks the key {key!r}" for key in _needed if key not in table]
        values: dict[str, Any] = {}
        for key in table.keys() & _keys:
            try:
                values[key] = _keys[key](table[key], path.parent)
            except ValueError as wrong:
                problems.append(f"has {key} = {table[key]!r}: {wrong}")
        if problems:
            raise ConfigError("\n".join(f"{path} {problem}." for problem in sorted(problems)))
        return cls(**{"name_en": values["name"], "zoom": 12.0, **values, "folder": path.parent})


def _text(value: object, _folder: Path) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("write some text")
    return value


def _languages(value: object, _folder: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or any(language not in LANGUAGES for language in value):
        raise ValueError(f"write a list from {', '.join(LANGUAGES)}; the first is the default")
    return tuple(value)


def _timezone(value: object, _folder: Path) -> str:
    if not isinstance(value, str) or value not in available_timezones():
        raise ValueError("write a name such as 'Europe/Athens'")
    return value


def _centre(value: object, _folder: Path) -> tuple[float, float]:
    match value:
        case [int() | float() as lon, int() | float() as lat] if abs(lon) <= EAST and abs(lat) <= NORTH:
            return float(lon), float(lat)
    raise ValueError("write [longitude, latitude] in degrees")


def _zoom(value: object, _folder: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= NEAREST:
        raise ValueError(f"write a number from 0 to {NEAREST}")
    return float(value)


def _services(value: object, _folder: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError("write a list of names")
    if len(set(value)) < len(value):
        raise ValueError("name each service once")
    return tuple(value)


def _address(value: object, _folder: Path) -> str:
    if not isinstance(value, str) or (value and urlsplit(value).scheme not in {"http", "https"}):
        raise ValueError('write the https address of a map style, or "" for the built-in map')
    return value


def _file(value: object, folder: Path) -> Path:
    if not isinstance(value, str) or not (folder / value).is_file():
        raise ValueError(f"there is no such file in {folder}")
    return folder / value


def _switch(value: object, _folder: Path) -> bool:
    if value is True or value is False:
        return value
    raise ValueError("write true or false")


def _thresholds(value: object, _folder: Path) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    rules = [rule for service in _tables(value) for rule in _tables(service)]
    for rule in rules:
        _tables(rule, of=object)
    return value  # type: ignore[return-value]  # just found to be three tables deep


def _feeds(value: object, _folder: Path) -> Mapping[str, Mapping[str, str | bool]]:
    if not isinstance(value, dict) or not all(isinstance(service, dict) for service in value.values()):
        raise ValueError("write tables [feeds.<service>]")
    told = [address for service in value.values() for address in service.values()]
    if not all(address and isinstance(address, str | bool) for address in told if address is not False):
        raise ValueError("write an address for each feed, or false for none")
    return value


def _tables(value: object, of: type = dict) -> list[object]:
    if not isinstance(value, dict) or not all(isinstance(inner, of) for inner in value.values()):
        raise ValueError("write tables [thresholds.<service>.<rule>]")
    return list(value.values())


_keys: dict[str, Callable[[object, Path], Any]] = {
    "name": _text,
    "name_en": _text,
    "languages": _languages,
    "timezone": _timezone,
    "centre": _centre,
    "zoom": _zoom,
    "zones": _file,
    "services": _services,
    "sample": _switch,
    "basemap": _address,
    "basemap_dark": _address,
    "thresholds": _thresholds,
    "feeds": _feeds,
}
_needed = ("name", "languages", "timezone", "centre", "services")
