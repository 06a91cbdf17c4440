"""SenML packs in JSON and CBOR; names are `<entity>/<property>`, or a property of the speaker's sole entity.

Source: RFC 8428. Base fields hold from their record on; a time below 2**28 is relative to the receipt.
A boolean is 1 or 0. A record with a sum and no value gives the sum, which is what a counter shows.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import cbor2
import msgspec

from candia.telemetry.formats.bounds import DEPTH, VALUES, check_cbor, check_pack, too_many
from candia.telemetry.formats.errors import DecodeError
from candia.telemetry.formats.values import entity_of, in_range, property_of, scale
from candia.telemetry.observation import Observation, Speaker

VERSION = 10
RELATIVE_BELOW = 2**28


class Record(msgspec.Struct, gc=False):
    """One record of a pack, as it stands there."""

    bn: str | None = None
    bt: float | None = None
    bu: str | None = None
    bv: float | None = None
    bs: float | None = None
    bver: int | None = None
    n: str | None = None
    u: str | None = None
    v: float | None = None
    vs: str | None = None
    vb: bool | None = None
    vd: str | None = None
    s: float | None = None
    t: float | None = None


_decoder = msgspec.json.Decoder(list[Record])
# Names alone: what they name stays as it came.
_names = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_labels = {-1: "bver", -2: "bn", -3: "bt", -4: "bu", -5: "bv", -6: "bs"} | {
    0: "n", 1: "u", 2: "v", 3: "vs", 4: "vb", 5: "s", 6: "t", 7: "ut", 8: "vd",
}  # fmt: skip
_numbers = {"bt", "bv", "bs", "v", "s", "t"}


def decode_json(payload: bytes, speaker: Speaker) -> list[Observation]:
    """Read `application/senml+json`; raises DecodeError."""
    check_pack(payload)
    try:
        records = _decoder.decode(payload)
        if b'_"' in payload:
            _refuse_unknown_musts(_names.decode(payload))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise DecodeError("The SenML pack can't be read: {wrong}.", wrong=wrong) from wrong
    return resolve(records, speaker)


def looks_like_cbor(payload: bytes) -> bool:
    """Whether the first byte opens a CBOR array, which no text begins with."""
    body = payload.removeprefix(b"\xd9\xd9\xf7")
    return bool(body) and 0x80 <= body[0] <= 0x9F  # noqa: PLR2004 — CBOR's major type 4


def decode_cbor(payload: bytes, speaker: Speaker) -> list[Observation]:
    """Read `application/senml+cbor`; raises DecodeError."""
    check_cbor(payload)
    stream = io.BytesIO(payload)
    try:
        pack = cbor2.CBORDecoder(stream, max_depth=DEPTH).decode()
    except Exception as wrong:
        raise DecodeError(
            "The CBOR can't be read: {wrong}.", wrong=str(wrong)[:120] or type(wrong).__name__
        ) from wrong
    if stream.read(1):
        raise DecodeError("Something follows after the end of the CBOR.")
    if not isinstance(pack, list) or not all(isinstance(record, dict) for record in pack):
        raise DecodeError("A SenML pack in CBOR is an array of maps.")
    if len(pack) > VALUES:
        raise too_many()
    named = [{_labels.get(key, key): value for key, value in record.items()} for record in pack]
    _refuse_unknown_musts(named)
    try:
        return resolve([_record(fields) for fields in named], speaker)
    except (msgspec.ValidationError, ValueError, TypeError, ArithmeticError) as wrong:
        raise DecodeError("The SenML pack can't be read: {wrong}.", wrong=wrong) from wrong


def _record(fields: dict[Any, Any]) -> Record:
    known = {name: value for name, value in fields.items() if name in Record.__struct_fields__}
    for name in _numbers & known.keys():
        if isinstance(known[name], str | bytes | bool):
            raise DecodeError("The field {name} must be a number.", name=name)
        known[name] = float(known[name])
    if isinstance(known.get("vd"), bytes):
        known["vd"] = ""
    return msgspec.convert(known, Record)


def _refuse_unknown_musts(records: Iterable[dict[Any, Any]]) -> None:
    for record in records:
        for name in record:
            if isinstance(name, str) and name.endswith("_"):
                raise DecodeError(
                    "The pack has the field '{name}', which must be understood and is not known.",
                    name=name[:40],
                )


def resolve(records: list[Record], speaker: Speaker) -> list[Observation]:
    """Work the base fields into each record and make observations of them."""
    if not records:
        raise DecodeError("The SenML pack is empty.")
    name, unit, moment, value, total = "", "", 0.0, 0.0, None
    # A pack tells a few names over and over; each is taken apart once.
    named: dict[tuple[str, str], tuple[str, str, float]] = {}
    found: list[Observation] = []
    add, now = found.append, speaker.received
    for record in records:
        if record.bver is not None and record.bver != VERSION:
            raise DecodeError(
                "The pack is SenML version {version}; version {known} is known here.",
                version=record.bver,
                known=VERSION,
            )
        name = record.bn if record.bn is not None else name
        unit = record.bu if record.bu is not None else unit
        moment = record.bt if record.bt is not None else moment
        value = record.bv if record.bv is not None else value
        total = record.bs if record.bs is not None else total
        number, state = _value(record, value, total)
        if number is None and state is None:
            continue
        key = (name + record.n if record.n else name, unit if record.u is None else record.u)
        known = named.get(key)
        if known is None:
            known = named[key] = _named(*key, speaker)
        time = moment if record.t is None else moment + record.t
        milliseconds = now + time * 1000 if time < RELATIVE_BELOW else time * 1000
        if number is not None and known[2] != 1.0:
            number *= known[2]
        add(Observation(known[0], known[1], in_range(milliseconds), number, state))
        if state is not None:
            _join_last_two(found)
    if not found:
        raise DecodeError("The SenML pack holds no value.")
    return found


def _join_last_two(found: list[Observation]) -> None:
    """A number and then a state of the same name and time are one: a reading at the meter's exchange."""
    if len(found) > 1:
        one, two = found[-2:]
        same = (one.entity, one.property, one.time) == (two.entity, two.property, two.time)
        if same and one.state is None:
            found[-2:] = [Observation(one.entity, one.property, one.time, one.value, two.state)]


def _value(record: Record, base: float, total: float | None) -> tuple[float | None, str | None]:
    if record.v is not None:
        if record.vs is not None or record.vb is not None or record.vd is not None:
            raise DecodeError("A record has more than one value.")
        return base + record.v, None
    if record.vd is not None:
        raise DecodeError(
            "A record holds binary data (vd), which is no observation. Send a number or a text."
        )
    if record.vs is not None:
        if record.vb is not None:
            raise DecodeError("A record has more than one value.")
        return None, record.vs
    if record.vb is not None:
        return float(record.vb), None
    if record.s is not None or (total is not None and (record.n is not None or record.t is not None)):
        return (total or 0.0) + (record.s or 0.0), None
    if base and (record.n is not None or record.t is not None):
        return base, None
    return None, None


def _named(name: str, unit: str, speaker: Speaker) -> tuple[str, str, float]:
    told, slash, plain = name.rpartition("/")
    entity = entity_of(told if slash else None, speaker)
    name = property_of(entity, plain)
    return entity, name, scale(name, unit, speaker) if unit else 1.0


def encode_json(observations: Iterable[Observation]) -> bytes:
    """Write a pack that `decode_json` reads back as the same observations."""
    return msgspec.json.encode([record for seen in observations for record in _records(seen)])


def _records(seen: Observation) -> Iterator[dict[str, Any]]:
    own = seen.property.removeprefix(seen.entity.partition(".")[0] + ".")
    base = {"n": f"{seen.entity}/{own}", "t": seen.time / 1000}
    if seen.value is not None:
        yield {**base, "v": seen.value}
    if seen.state is not None:
        yield {**base, "vs": seen.state}
