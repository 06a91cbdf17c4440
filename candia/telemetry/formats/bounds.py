"""Bounds: how much one message may hold, looked at before it is decoded, so that no message costs much.

A gateway's packs of some thousand readings come nowhere near; more belongs into several messages. Measured with a
5 MB object of 480,000 names: 10 s and 450 MB before there were bounds, a few milliseconds since.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from candia.telemetry.formats.errors import DecodeError
from candia.telemetry.observation import Observation

#: Observations of one message.
VALUES = 20_000
#: Fields of a record, on average.
FIELDS = 16
#: Letters of the name of an entity, a property or a unit.
NAME = 200
#: Containers within containers of a CBOR pack: the pack, its records, and what a tag may wrap.
DEPTH = 8
#: Bytes of a CBOR pack for each observation that it may hold; its containers can't be counted before.
CBOR_BYTES = 100


def check_object(payload: bytes) -> None:
    """Raise DecodeError where a JSON object has more members than a message may have values."""
    _at_most(VALUES, payload.count(b","), payload.count(b"["), payload.count(b"{"))


def check_pack(payload: bytes) -> None:
    """The same for a JSON array of records."""
    _at_most(VALUES, payload.count(b"{"))
    _at_most(VALUES * FIELDS, payload.count(b","), payload.count(b"["))


def check_cbor(payload: bytes) -> None:
    """The same for CBOR."""
    _at_most(VALUES * CBOR_BYTES, len(payload))


def check_table(payload: bytes) -> None:
    """The same for CSV; the first row names the columns."""
    _at_most(VALUES + 1, payload.count(b"\n"), -1 if payload.endswith(b"\n") else 0)
    _at_most(VALUES * FIELDS, payload.count(b","), payload.count(b";"))


def _at_most(limit: int, *counted: int) -> None:
    if sum(counted) > limit:
        raise too_many()


def too_many() -> DecodeError:
    """What is said of a message that holds more."""
    return DecodeError("The message holds more than {most} values. Send it in several.", most=VALUES)


def bounded(seen: Iterable[Observation]) -> list[Observation]:
    """All of these, unless they are too many; a decoder that never ends is stopped as well."""
    found = list(islice(seen, VALUES + 1))
    if len(found) > VALUES:
        raise too_many()
    return found
