"""CSV for history: a header with entity, property, time, value, in any order; `state` may stand beside them.

Instead of the entity's id, or beside it where that is empty, `serial` may say what is written on the thing.
A file that a Greek spreadsheet wrote has semicolons between and decimal commas within; it is read as well.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain

from candia.telemetry.formats.bounds import check_table
from candia.telemetry.formats.errors import DecodeError, Unknown
from candia.telemetry.formats.values import entity_of, property_of, time_of
from candia.telemetry.observation import Observation, Speaker


def decode(payload: bytes, speaker: Speaker) -> list[Observation]:
    """The rows of the file; raises DecodeError that names the row."""
    check_table(payload)
    try:
        text = payload.decode("utf-8-sig")
        found = []
        for number, seen in each(io.StringIO(text, newline=""), speaker):
            if isinstance(seen, DecodeError):
                raise seen.in_row(number)
            found.append(seen)
    except UnicodeDecodeError as wrong:
        raise DecodeError(
            "The payload is none of SenML, JSON, CSV and a ChirpStack event; as CSV it must be UTF-8."
        ) from wrong
    if not found:
        raise DecodeError("The CSV has a first row and no other.")
    return found


def each(lines: Iterable[str], speaker: Speaker) -> Iterator[tuple[int, Observation | DecodeError]]:
    """Each row's number and what it says, or why it says nothing; raises DecodeError where the file is no table."""
    told = iter(lines)
    first = next(told, "")
    delimiter = ";" if ";" in first else ","
    rows = csv.reader(chain([first], told), delimiter=delimiter, strict=True)
    try:
        header = _header(next(rows, []))
        for number, row in enumerate(rows, start=2):
            if row:
                yield number, _read(header, row, delimiter == ";", speaker)
    except csv.Error as wrong:
        raise DecodeError("The CSV can't be read: {wrong}.", wrong=wrong) from wrong


def _by_serial(serial: str, speaker: Speaker) -> str | None:
    """The entity with this serial number; None where none is told."""
    serial = "".join(serial.split())
    if not serial:
        return None
    found = speaker.by_alias(serial)
    if found is None:
        raise Unknown("No one thing of the city has the serial number '{serial}'.", serial=serial[:40])
    return found


def _header(first: list[str]) -> list[str]:
    header = [name.strip().lower() for name in first]
    missing = {"property", "time", "value"} - set(header)
    if missing:
        raise DecodeError(
            "The CSV's first row lacks {missing}. It needs entity, property, time, value.",
            missing=", ".join(sorted(missing)),
        )
    return header


def _read(header: list[str], row: list[str], comma: bool, speaker: Speaker) -> Observation | DecodeError:
    if len(row) != len(header):
        return DecodeError(
            "It has {fields} fields where the first row has {header}.", fields=len(row), header=len(header)
        )
    try:
        return _observation(dict(zip(header, row, strict=True)), comma, speaker)
    except DecodeError as wrong:
        return wrong


def _observation(row: dict[str, str], comma: bool, speaker: Speaker) -> Observation:
    entity = entity_of(row.get("entity") or _by_serial(row.get("serial", ""), speaker), speaker)
    name = property_of(entity, row["property"].strip())
    told = row["time"].strip()
    moment = time_of(
        float(told) if told.replace(".", "", 1).isascii() and told.replace(".", "", 1).isdigit() else told
    )
    text, state = row["value"].strip(), row.get("state", "").strip() or None
    try:
        return Observation(entity, name, moment, float(text.replace(",", ".", 1) if comma else text), state)
    except ValueError:
        if not text or state:
            raise DecodeError("'{text}' is no value.", text=text[:40]) from None
        return Observation(entity, name, moment, None, text)
