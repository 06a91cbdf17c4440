"""Whatever a row holds, every format says the same of it."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candia.core.dataset import Dataset
from candia.core.field import Field
from candia.doors.opendata import formats, parquet

SCHEMA = (
    Field("id", "string", "Identifier"),
    Field("text", "string", "Text"),
    Field("count", "integer", "Count"),
    Field("flow", "number", "Flow", unit="l/s"),
    Field("cost", "money", "Cost", unit="EUR"),
    Field("open", "boolean", "Open"),
    Field("day", "date", "Day"),
    Field("moment", "datetime", "Moment"),
    Field("place", "geometry", "Place"),
)
MARK = "'"
degree = st.floats(-80, 80).map(lambda number: round(number, 6))
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "id": words,
            "text": st.none() | words | words.map("=".__add__),
            "count": st.none() | st.integers(-(2**60), 2**60),
            "flow": st.none() | st.floats(allow_nan=False, allow_infinity=False),
            "cost": st.none() | st.decimals(-(10**15), 10**15, places=2),
            "open": st.none() | st.booleans(),
            "day": st.none() | st.dates(date(1900, 1, 1)),
            "moment": st.none() | st.datetimes(datetime(1950, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
            "place": st.none()
            | st.tuples(degree, degree).map(lambda at: {"type": "Point", "coordinates": list(at)}),
        }
    ),
    max_size=8,
)


def written(told: list[dict], tmp_path) -> dict[str, bytes]:
    dataset = Dataset(
        name="d",
        title="D",
        description="",
        licence="CC0-1.0",
        rhythm="DAILY",
        schema=SCHEMA,
        query=lambda: told,
    )
    for one in formats.of(dataset, listed=False):
        writer = one.write(tmp_path / one.name, dataset)
        for start in range(0, len(told), 3):
            writer.add(told[start : start + 3])
        writer.close()
    return {one.name: (tmp_path / one.name).read_bytes() for one in formats.of(dataset, listed=False)}


@given(told=rows)
@settings(max_examples=25, deadline=None)
def test_every_format_holds_the_same(told, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("files")
    files = written(told, folder)

    in_json = json.loads(files["json"])
    table = pq.read_table(folder / "parquet")
    in_csv = list(csv.DictReader(io.StringIO(files["csv"].decode(), newline="")))
    features = json.loads(files["geojson"])["features"]

    plain = [name for name in SCHEMA if name.type != "geometry"]
    for name in plain:
        assert [row[name.name] for row in table.to_pylist()] == [row[name.name] for row in told]
    assert (
        [row["place"] for row in in_json]
        == [row["place"] for row in told]
        == [one["geometry"] for one in features]
    )
    assert [row["count"] for row in in_json] == [row["count"] for row in told]
    assert [row["flow"] for row in in_json] == [row["flow"] for row in told]
    assert [one["properties"]["text"] for one in features] == [row["text"] for row in told]
    for row, line in zip(told, in_csv, strict=True):
        assert line["text"].removeprefix(MARK) == (row["text"] or "").removeprefix(MARK)
        assert line["flow"] == ("" if row["flow"] is None else repr(row["flow"]))
        assert line["moment"] == (
            "" if row["moment"] is None else row["moment"].isoformat().replace("+00:00", "Z")
        )


@given(told=rows)
@settings(max_examples=25, deadline=None)
def test_no_cell_is_a_formula(told, tmp_path_factory) -> None:
    files = written(told, tmp_path_factory.mktemp("files"))

    for name, encoding, delimiter in (("csv", "utf-8", ","), ("excel.csv", "utf-8-sig", ";")):
        for line in csv.DictReader(
            io.StringIO(files[name].decode(encoding), newline=""), delimiter=delimiter
        ):
            assert not line["text"].startswith(formats.FORMULA)
            assert not line["id"].startswith(formats.FORMULA)


def test_a_greek_spreadsheet_opens_its_own_file(tmp_path) -> None:
    told = {
        "id": "a",
        "text": "Βρύση; και σκιά",
        "count": 3,
        "flow": 2.5,
        "cost": Decimal("1234.50"),
        "open": True,
        "day": date(2026, 3, 1),
        "moment": datetime(2026, 5, 4, 12, tzinfo=UTC),
        "place": {"type": "Point", "coordinates": [25.1, 35.3]},
    }

    text = written([told], tmp_path)["excel.csv"]

    assert text.startswith(b"\xef\xbb\xbf")
    assert text.decode("utf-8-sig").splitlines()[1] == (
        'a;"Βρύση; και σκιά";3;2,5;1234,50;true;01/03/2026;04/05/2026 15:00:00;POINT (25.1 35.3)'
    )


@pytest.mark.parametrize(("begin", "count"), [(0, 3), (1998, 5), (4000, 10), (4999, 5), (5000, 1)])
def test_rows_are_read_back_a_stretch_at_a_time(tmp_path, begin: int, count: int) -> None:
    told = [{"id": f"n{number}", "place": None} for number in range(5000)]
    schema = (Field("id", "string", ""), Field("place", "geometry", ""))
    dataset = Dataset(
        name="d", title="", description="", licence="x", rhythm="x", schema=schema, query=lambda: told
    )
    writer = parquet.Parquet(tmp_path / "rows", dataset)
    for start in range(0, len(told), parquet.GROUP):
        writer.add(told[start : start + parquet.GROUP])
    writer.close()

    assert parquet.read(tmp_path / "rows", dataset, begin, count) == told[begin : begin + count]


def test_geoparquet_names_its_geometry(tmp_path) -> None:
    written([], tmp_path)

    schema = pq.read_schema(tmp_path / "parquet")

    assert json.loads(schema.metadata[b"geo"])["columns"]["place"]["encoding"] == "WKB"
    assert str(schema.field("moment").type) == "timestamp[us, tz=UTC]"
    assert schema.field("flow").metadata[b"unit"] == b"l/s"
