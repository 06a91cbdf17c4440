"""Whatever a message is made of, it is read or becomes a dead letter, and those beside it are stored."""

import json
import math
import secrets
import time

import cbor2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candia.telemetry import batch as batches
from candia.telemetry import deadletters, reason
from candia.telemetry.batch import read
from candia.telemetry.catalogue import FixedCatalogue
from candia.telemetry.check import Check
from candia.telemetry.formats import bounds
from candia.telemetry.observation import Observation, Source
from candia.telemetry.stream import LARGEST, RECEIVED, Message
from candia.telemetry.tests.conftest import PROPERTIES

NOW = 1_790_000_000_000
METER, OTHER = "water.meter:17", "water.meter:18"


def checked(decode=None):
    decoders = {"odd": Source("odd", decode)} if decode else {}
    return Check(
        FixedCatalogue(PROPERTIES, {METER, OTHER}, {"one": {METER}, "odd": {METER}}, decoders=decoders)
    )


def message(payload, subject="v1.one", number=1, **headers):
    return Message(subject, payload, number, NOW * 1000, headers)


def beside(odd, check):
    """The batch of a message among good ones; the good ones are always there."""
    good = [message(b'{"entity":"water.meter:18","flow":1}', "v1.other", place) for place in (1, 3)]
    batch = read([good[0], odd, good[1]], check)
    assert batch.rows[0] == batch.rows[2] == 1
    assert sum(batch.rows) == batch.observations.num_rows
    for refused, why in batch.refused:
        assert refused is odd
        assert reason.load(why.dump()) == why
        assert str(why).encode()
    return batch


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(10**300, 10**400) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(
    ["time", "entity", "flow", "index", "valve", "n", "t", "v", "vs", "bn", "bt", "bver", "s", "u"]
)
likely = st.sampled_from(
    [METER, "flow", "water.flow", "open", "exchange", "2026-05-01T10:00:00Z", NOW, 10**400, 1e999]
)
told = st.dictionaries(names, likely | anything, max_size=5)
event = st.fixed_dictionaries(
    {"deviceInfo": st.just({"devEui": "x"}) | anything, "object": told, "time": anything}
)
payloads = (
    st.binary(max_size=200)
    | st.builds(lambda one: json.dumps(one).encode(), told | event | anything | st.lists(told, max_size=4))
    | st.builds(cbor2.dumps, st.lists(told | st.dictionaries(st.integers(-8, 9), likely | anything)))
    | st.builds(lambda rows: ("entity,property,time,value\n" + "\n".join(rows)).encode(), st.lists(st.text()))
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(payload=payloads)
def test_no_payload_keeps_its_neighbours_from_the_store(payload):
    beside(message(payload, number=2), checked())


@pytest.mark.parametrize(
    "payload",
    [
        b'{"time":%s,"index":1}' % (b"9" * 400),
        b'{"entity":%s,"index":1}' % (b"9" * 5000),
        b'{"index":%s}' % (b"9" * 400),
        b'[{"n":"index","v":1,"t":1e308}]',
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"\x81" * 200_000,
        b"\x9b\x00\x00\x00\x0f\xff\xff\xff\xff",
        cbor2.dumps([{"n": "index", "v": 10**2000}]),
        cbor2.dumps([{"bver": 10**6000}]),
        "entity,property,time,value\nwater.meter:17,index,١,1".encode(),
        b"x" * (LARGEST + 1),
    ],
    ids=lambda payload: repr(payload[:12]),
)
def test_what_once_stopped_the_city_is_one_dead_letter(payload):
    (letter,) = beside(message(payload, number=2), checked()).refused
    assert letter[1].words


def raises(error):
    def decode(_payload, _speaker):
        yield Observation(METER, "water.flow", NOW, 1.0)
        raise error

    return decode


ODD = [
    Observation(METER, "water.flow", NOW, 10**400),
    Observation(METER, "water.flow", NOW, "12"),
    Observation(METER, "water.flow", math.nan, 1.0),
    Observation(METER, "water.flow", "soon", 1.0),
    Observation([], {}, None, object()),
    Observation("water.meter:\ud800", "water.flow", NOW, 1.0),
    Observation(METER, "water.valve", NOW, None, 7),
    None,
    "observation",
]


@pytest.mark.parametrize("odd", ODD)
def test_whatever_a_vendors_decoder_gives_is_its_own_messages_fault(odd):
    batch = beside(message(b"", "v1.odd", 2), checked(lambda _payload, _speaker: [odd]))
    assert len(batch.refused) == 1
    assert batch.rows[1] == 0


@pytest.mark.parametrize(
    "error", [KeyError(), RecursionError(), MemoryError(), SystemExit(3), BaseException("panic")]
)
def test_whatever_a_vendors_decoder_raises_is_its_own_messages_fault(error):
    (letter,) = beside(message(b"", "v1.odd", 2), checked(raises(error))).refused
    assert type(error).__name__ in str(letter[1])


@pytest.mark.parametrize("first", ["9" * 30, "9" * 5000, "-1", "1e3", "٣", "", "\x00", str(NOW + 10**9), "7"])
def test_a_header_that_makes_no_sense_is_not_believed(first):
    batch = beside(message(b'{"flow":1}', "v1.one", 2, **{RECEIVED: first}), checked())
    assert batch.rows[1] == 1
    assert batch.observations["time"][1].as_py().timestamp() * 1000 == NOW


@pytest.mark.parametrize("subject", ["v1", "", "v1..x", "v1.one." + "x" * 60_000, "v1.one.\u2028é\x85"])
def test_a_subject_with_odd_parts_is_no_fault(subject):
    assert message(b"{}", subject).device
    beside(message(b'{"flow":1}', subject, 2), checked())


def test_a_message_that_holds_too_much_costs_nothing():
    many = [json.dumps({f"n{number}": 1 for number in range(200_000)}).encode()]
    many.append(json.dumps([{"n": "flow", "v": 1}] * 100_000).encode())
    many.append(cbor2.dumps([{"n": "flow", "v": 1}] * 100_000))
    many.append(b"entity,property,time,value\n" * 100_000)
    check = checked()
    for payload in many:
        began = time.process_time()
        whole = json.loads(payload) if payload[:1] in b"[{" else None
        once = time.process_time() - began
        began = time.process_time()
        (letter,) = beside(message(payload, number=2), check).refused
        assert letter[1].words.startswith("The message holds more than")
        # Less than it would take to decode it at all.
        assert whole is None or time.process_time() - began < once


def test_a_gateways_pack_of_thousands_is_taken():
    pack = [{"n": f"{METER}/flow", "v": 1, "t": -number} for number in range(bounds.VALUES)]
    for payload in (json.dumps(pack).encode(), cbor2.dumps(pack)):
        assert beside(message(payload, number=2), checked()).rows[1] == bounds.VALUES


class Choosy:
    """A store that refuses batches with some values, as one does that is given what it can't hold."""

    def __init__(self, store, refused, *, broken=False):
        self._store, self._refused, self._broken = store, refused, broken
        self.asked = 0

    def append(self, rows):
        self.asked += 1
        if self._broken or self._refused & set(rows["value"].to_pylist()):
            raise ValueError("the store can't hold that")
        self._store.append(rows)

    def ask(self, sql):
        return self._store.ask(sql)


def sent(name, values):
    check = Check(FixedCatalogue(PROPERTIES, {name(value) for value in values}))
    return read(
        [
            Message(
                "v1.g", json.dumps({"entity": name(value), "flow": value}).encode(), value, NOW * 1000, {}
            )
            for value in values
        ],
        check,
    )


def test_what_the_store_refuses_is_found_and_all_else_is_stored(store, name):
    batches.append(store, sent(name, [1]))
    batch = batches.append(Choosy(store, {20.0, 63.0}), sent(name, range(2, 100)))
    assert {one.sequence for one, _ in batch.refused} == {20, 63}
    assert all("the store can't hold that" in str(why) for _, why in batch.refused)
    assert batch.observations.num_rows == 96
    found = store.ask("SELECT value FROM observations FINAL WHERE entity LIKE {like:String}", like=name("%"))
    assert sorted(found["value"].to_pylist()) == [one for one in range(1, 100) if one not in {20, 63}]


def test_a_store_that_refuses_everything_condemns_nobody(store, name):
    batches.append(store, sent(name, [1]))
    choosy = Choosy(store, set(), broken=True)
    with pytest.raises(ValueError, match="can't hold"):
        batches.append(choosy, sent(name, range(2, 1000)))
    assert choosy.asked == 2


@pytest.mark.parametrize("subject", ["v1.{}.é\u2028\x85", "v1.{}." + "x" * 200_000, "v1.{}"])
async def test_a_letter_is_kept_however_odd_and_large_its_message_is(stream, subject):
    device = f"d-{secrets.token_hex(4)}"
    payload = b"x" * stream.client.max_payload
    odd = Message(subject.format(device), payload, time.time_ns(), NOW * 1000, {RECEIVED: "9" * 5000})
    why = reason.because("'{a}'", a="é" * 1000)

    await deadletters.bury(stream, [(odd, why)])

    (letter,) = [letter async for letter in deadletters.letters(stream, device)]
    assert odd.subject.startswith(letter.subject)
    assert payload.startswith(letter.payload)
    assert len(letter.payload) >= deadletters.LEAST
    assert letter.received == NOW
    assert letter.told == why
