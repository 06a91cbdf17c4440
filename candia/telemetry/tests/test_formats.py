"""What devices send is read as they mean it; what can't be read is refused by a sentence, whatever it is."""

import base64
import json

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candia.telemetry.formats import DecodeError, decode, senml
from candia.telemetry.observation import Observation, Source, Speaker
from candia.telemetry.tests.conftest import QUALIFIED
from candia.telemetry.units import factor

NOW = 1_790_000_000_000
METER = "water.meter:17"


def speaker(entity=METER, sources=()):
    return Speaker(
        "gateway",
        NOW,
        entity,
        QUALIFIED,
        {"a84041ffff123456": METER}.get,
        {source.name: source for source in sources},
    )


def read(payload, **own):
    if not isinstance(payload, bytes):
        payload = json.dumps(payload).encode()
    return [
        tuple(getattr(seen, name) for name in seen.__struct_fields__)
        for seen in decode(payload, speaker(**own))
    ]


def test_the_examples_of_rfc_8428_resolve_their_base_fields():
    pack = [
        {"bn": "water.meter:17/", "bt": 1.7e9, "bu": "l/h", "bver": 10, "n": "flow", "v": 120.1},
        {"n": "flow", "t": -5, "v": 1.2},
        {"n": "flow", "t": -4, "v": 1.3},
    ]
    assert read(pack, entity=None) == [
        (METER, "water.flow", 1_700_000_000_000, 120.1, None),
        (METER, "water.flow", 1_699_999_995_000, 1.2, None),
        (METER, "water.flow", 1_699_999_996_000, 1.3, None),
    ]


@pytest.mark.parametrize(
    ("record", "seen"),
    [
        ({"n": "flow", "v": 5}, ("water.flow", NOW, 5.0, None)),
        ({"n": "flow", "v": 5, "t": -60}, ("water.flow", NOW - 60_000, 5.0, None)),
        ({"n": "flow", "bv": 100, "v": 5}, ("water.flow", NOW, 105.0, None)),
        ({"n": "flow", "u": "l/s", "v": 0.5}, ("water.flow", NOW, 1800.0, None)),
        ({"n": "flow", "u": "m3/h", "v": 1.5}, ("water.flow", NOW, 1500.0, None)),
        ({"n": "index", "u": "l", "v": 2500}, ("water.index", NOW, 2.5, None)),
        ({"n": "index", "s": 12.5}, ("water.index", NOW, 12.5, None)),
        ({"n": "index", "bs": 10, "s": 2.5}, ("water.index", NOW, 12.5, None)),
        ({"n": "valve", "vs": "open"}, ("water.valve", NOW, None, "open")),
        ({"n": "flow", "vb": True}, ("water.flow", NOW, 1.0, None)),
    ],
)
def test_a_senml_record_says_the_same_in_json_and_cbor(record, seen):
    labels = {name: label for label, name in senml._labels.items()}
    packed = cbor2.dumps([{labels[name]: value for name, value in record.items()}])
    assert read([record]) == read(packed) == [(METER, *seen)]


def test_a_number_and_a_state_of_one_moment_are_a_reading_at_an_exchange():
    assert read([{"n": "index", "v": 0.2}, {"n": "index", "vs": "exchange"}]) == [
        (METER, "water.index", NOW, 0.2, "exchange")
    ]
    assert read({"index": {"value": 0.2, "state": "exchange"}}) == [
        (METER, "water.index", NOW, 0.2, "exchange")
    ]


@pytest.mark.parametrize(
    ("told", "time"),
    [
        ("2026-05-01T10:00:00Z", 1_777_629_600_000),
        ("2026-05-01T13:00:00+03:00", 1_777_629_600_000),
        (1_777_629_600, 1_777_629_600_000),
        (1_777_629_600_500, 1_777_629_600_500),
    ],
)
def test_a_plain_object_tells_its_time_in_any_usual_way(told, time):
    assert read({"time": told, "flow": 12, "valve": "open"}) == [
        (METER, "water.flow", time, 12.0, None),
        (METER, "water.valve", time, None, "open"),
    ]


def test_a_plain_object_names_its_entity_or_has_only_one():
    assert read({"entity": "water.meter:4", "flow": 1}, entity=None)[0][0] == "water.meter:4"
    with pytest.raises(DecodeError, match="names no entity"):
        read({"flow": 1}, entity=None)


def test_history_comes_as_csv_also_from_a_greek_spreadsheet():
    want = [
        (METER, "water.index", 1_777_629_600_000, 12.5, None),
        (METER, "water.valve", 1_777_629_600_000, None, "open"),
    ]
    rows = f"entity,property,time,value\n{METER},index,2026-05-01T10:00:00Z,12.5\n{METER},valve,1777629600,open\n"
    assert read(rows.encode()) == want
    greek = f"\ufeffTime;Entity;Value;Property\r\n1777629600;{METER};12,5;index\r\n"
    greek += f"1777629600;{METER};open;valve\r\n"
    assert read(greek.encode()) == want


def uplink(**fields):
    return {"time": "2026-05-01T10:00:00Z", "deviceInfo": {"devEui": "A84041FFFF123456"}, "fCnt": 7} | fields


def test_a_lorawan_uplink_gives_what_the_service_declared_and_leaves_the_rest():
    assert read(uplink(object={"index": 3.5, "rssi": -90, "valve": "closed"}), entity=None) == [
        (METER, "water.index", 1_777_629_600_000, 3.5, None),
        (METER, "water.valve", 1_777_629_600_000, None, "closed"),
    ]


def test_a_vendors_decoder_reads_the_raw_data_of_its_profile():
    def four_bytes(payload, speaker):
        litres = int.from_bytes(payload[:4], "little")
        return [Observation(speaker.entity, "water.index", speaker.received, litres / 1000)]

    event = uplink(data=base64.b64encode((12_500).to_bytes(4, "little")).decode())
    event["deviceInfo"]["deviceProfileName"] = "Acme W1"
    assert read(event, sources=[Source("Acme W1", four_bytes)]) == [
        (METER, "water.index", 1_777_629_600_000, 12.5, None)
    ]
    broken = Source("Acme W1", lambda payload, speaker: [payload[99]])
    with pytest.raises(DecodeError, match=r"'Acme W1' can't read .* IndexError"):
        read(event, sources=[broken])


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"", "empty"),
        (b"   ", "empty"),
        (b"{", "no JSON object"),
        (b"{}", "no value"),
        (b"[]", "empty"),
        (b"\x80", "empty"),
        (b"\x81\x80", "array of maps"),
        (b"\x81\xa0", "no value"),
        (b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", "CBOR can't be read"),
        (b"hello", "first row lacks"),
        (b"\xff\xfe", "must be UTF-8"),
        ([{"n": "flow", "vd": "aGk"}], "binary data"),
        ([{"n": "flow", "v": 1, "vs": "x"}], "more than one value"),
        ([{"n": "flow", "v": 1, "u": "Cel"}], "can't be converted"),
        ([{"n": "flow", "v": 1, "bver": 11}], "version 11"),
        ([{"n": "flow", "v": 1, "must_": 1}], "must be understood"),
        ([{"n": "flow", "v": 1, "t": 1e300}], "1900 to 2299"),
        ([{"n": "flow", "v": "1"}], "can't be read"),
        ([{"v": 1}], "has no property"),
        ([{"n": "17/flow", "v": 1}], "is no entity"),
        ({"time": "yesterday", "flow": 1}, "is no time"),
        ({"time": "2026-05-01T10:00:00", "flow": 1}, "lacks its zone"),
        ({"time": True, "flow": 1}, "is no time"),
        ({"time": None, "flow": 1}, "must be a text"),
        ({"flow": None}, "neither a number nor a text"),
        ({"flow": [1]}, "neither a number nor a text"),
        ({"entity": 17, "flow": 1}, "is no entity"),
        ({"deviceInfo": 1}, "no devEui"),
        ({"deviceInfo": {"devEui": "00"}, "object": {}}, "No entity has the alias"),
        (uplink(), "no `object`"),
        (uplink(object={"rssi": 1}), "no declared property"),
        (b"entity,property,time,value\nx", "Row 2: It has 1 fields"),
        (b"entity,property,time,value\n,flow,now,1", "Row 2: 'now' is no time"),
        (b'entity,property,time,value\n"', "CSV can't be read"),
    ],
)
def test_what_cannot_be_read_is_refused_by_a_sentence(payload, sentence):
    with pytest.raises(DecodeError, match=sentence):
        read(payload)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(
    [*senml.Record.__struct_fields__, "flow", "valve", "entity", "time", "deviceInfo", "object"]
)
objects = st.dictionaries(fields | st.text(max_size=3), json_values, max_size=5)
payloads = (
    st.binary(max_size=200)
    | st.text(max_size=100).map(str.encode)
    | objects.map(lambda told: json.dumps(told).encode())
    | st.lists(objects, max_size=4).map(lambda told: json.dumps(told).encode())
    | st.lists(st.dictionaries(st.integers(-7, 9), json_values, max_size=5), max_size=4).map(cbor2.dumps)
    | st.binary(max_size=60).map(lambda tail: b"\x82" + tail)
    | st.text(max_size=60).map(lambda tail: ("entity,property,time,value\n" + tail).encode())
    | objects.map(lambda told: json.dumps(uplink(object=told)).encode())
)


@given(payloads)
def test_any_bytes_give_observations_or_a_sentence(payload):
    try:
        seen = decode(payload, speaker())
    except DecodeError as refused:
        assert str(refused).endswith((".", ")"))
        assert "\n" not in str(refused).strip()
    else:
        assert seen
        for one in seen:
            assert isinstance(one.time, int)
            assert one.value is not None or one.state is not None
            assert isinstance(one.value, float | None)


observations = st.builds(
    Observation,
    st.sampled_from(["water.meter:1", "water.meter:2", "water.district:a"]),
    st.sampled_from(["water.flow", "water.valve", "other.thing"]),
    st.integers(300_000_000_000, 4_000_000_000_000),
    st.floats(allow_nan=False, allow_infinity=False),
    st.none() | st.text(max_size=20),
)


@given(
    st.lists(
        observations, min_size=1, max_size=20, unique_by=lambda seen: (seen.entity, seen.property, seen.time)
    )
)
def test_a_pack_that_is_written_is_read_back(seen):
    assert decode(senml.encode_json(seen), speaker()) == seen


@pytest.mark.parametrize(
    ("given", "wanted", "times"),
    [
        ("%EL", "%", 1),
        ("l/h", "l/s", 1 / 3600),
        ("L", "m3", 0.001),
        ("m³/h", "L/s", 1 / 3.6),
        ("K", "Cel", None),
        ("µg/m³", "ug/m3", 1),
        ("μg/m³", "mg/m3", 0.001),
        ("mg/L", "g/m3", 1),
        ("ppb", "ppm", 0.001),
        ("ppb", "µg/m³", None),
    ],
)
def test_units_of_meters_and_of_senml_are_known(given, wanted, times):
    assert factor(given, wanted) == (times if times is None else pytest.approx(times))
