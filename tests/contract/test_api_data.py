"""A user of open data: finds a dataset, takes it in each format, and sees changes and only these."""

import csv
import io
import json
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.utils import translation

from candia.doors.opendata import snapshots
from candia.participation import commands as participation
from candia.services.dialogue.tests.samples import person, submitted
from candia.telemetry.store import StoreAway

pytestmark = pytest.mark.django_db
FILES = "/data/dialogue/proposals"


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path, monkeypatch) -> None:
    """A folder of its own for the files, so that no test reads those of another."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(snapshots, "home", lambda: tmp_path / "open-data")


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_data_user_takes_the_same_rows_in_every_format(client: Client) -> None:
    author = person("maria")
    wanted = {
        submitted(author, heading).id for heading in ("Σκιά στη στάση", "=HYPERLINK(0)", "Βρύσες παντού")
    }

    rows = json.loads(body(client.get(f"{FILES}.json")))
    table = pq.read_table(pa.BufferReader(body(client.get(f"{FILES}.parquet")))).to_pylist()
    lines = list(csv.DictReader(io.StringIO(body(client.get(f"{FILES}.csv")).decode(), newline="")))
    features = json.loads(body(client.get(f"{FILES}.geojson")))["features"]

    assert {row["id"] for row in rows} == wanted
    for row, typed, line, feature in zip(rows, table, lines, features, strict=True):
        plain = {name: value for name, value in row.items() if name not in {"place", "submitted", "answered"}}
        assert {name: typed[name] for name in plain} == plain
        assert typed["submitted"] == datetime.fromisoformat(row["submitted"])
        assert feature["geometry"] == row["place"]
        assert line["title"] == ("'" if row["title"].startswith("=") else "") + row["title"]
        assert int(line["supports"]) == row["supports"]


def test_the_api_gives_the_same_rows_page_by_page(client: Client) -> None:
    author = person("maria")
    for number in range(5):
        submitted(author, f"Πρόταση με αριθμό {number}")
    rows, address = [], "/api/v1/datasets/dialogue/proposals/rows?limit=2"

    while address:
        page = client.get(address).json()
        rows, address = rows + page["items"], page["next"]

    assert [row["id"] for row in rows] == [row["id"] for row in json.loads(body(client.get(f"{FILES}.json")))]


def test_a_file_is_sent_again_only_when_something_happened(client: Client) -> None:
    author = person("maria")
    submitted(author)
    first = client.get(f"{FILES}.csv")
    body(first)
    known = {"If-None-Match": first["ETag"]}

    same = client.get(f"{FILES}.csv", headers=known)
    dated = client.get(f"{FILES}.csv", headers={"If-Modified-Since": first["Last-Modified"]})
    submitted(author, "Άλλη μία πρόταση")
    other = client.get(f"{FILES}.csv", headers=known)

    assert (same.status_code, dated.status_code, other.status_code) == (304, 304, 200)
    assert same["ETag"] == first["ETag"] != other["ETag"]
    assert "Άλλη μία πρόταση".encode() in body(other)


def test_what_a_moderator_hid_is_gone_with_the_next_request(client: Client) -> None:
    proposal = submitted(person("maria"), "Κάτι απρεπές εντελώς")
    assert "απρεπές".encode() in body(client.get(f"{FILES}.json"))

    participation.hide(
        by=person("judge", "moderator"), entity=proposal, reason="Περιέχει προσωπικά στοιχεία άλλου."
    )

    for format in ("csv", "excel.csv", "json", "geojson", "map.geojson"):
        assert "απρεπές".encode() not in body(client.get(f"{FILES}.{format}"))


def test_head_says_how_large_a_file_is(client: Client) -> None:
    submitted(person("maria"))

    head = client.head(f"{FILES}.parquet")

    assert head.content == b""
    assert int(head["Content-Length"]) == len(body(client.get(f"{FILES}.parquet")))
    assert head["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("address", [f"{FILES}.xls", "/data/dialogue/none.csv", "/data/none/proposals.csv"])
def test_what_is_not_offered_is_a_problem(client: Client, address: str) -> None:
    answer = client.get(address)

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("language", ["el", "en"])
def test_the_pages_lead_from_the_catalogue_to_the_files(client: Client, language: str) -> None:
    submitted(person("maria"), "<script>alert(1)</script>")
    prefix = "" if language == "el" else "/en"

    catalogue = client.get(f"{prefix}/data/").content.decode()
    page = client.get(f"{prefix}{FILES}/").content.decode()

    assert f'href="{prefix}{FILES}/"' in catalogue
    assert all(
        f'href="{FILES}.{format}"' in page for format in ("csv", "excel.csv", "json", "parquet", "geojson")
    )
    assert "&lt;script&gt;alert(1)" in page
    with translation.override(language):
        assert translation.gettext("What the columns mean") in page
    assert client.get(f"{prefix}/data/api/").status_code == 200


def test_the_catalogue_has_what_dcat_ap_demands(client: Client) -> None:
    submitted(person("maria"))
    authority = "http://publications.europa.eu/resource/authority"

    told = json.loads(client.get("/data/catalog.jsonld").content)

    # DCAT-AP 3.0: the mandatory properties of each class, and the vocabularies it names.
    assert {"dct:title", "dct:description", "dct:publisher"} <= told.keys()
    assert told["dct:publisher"]["foaf:name"]
    assert {one["@language"] for one in told["dct:title"]} == {"el", "en"}
    datasets = {one["dct:identifier"]: one for one in told["dcat:dataset"]}
    for one in datasets.values():
        assert {"dct:title", "dct:description"} <= one.keys()
        assert one["dct:accrualPeriodicity"]["@id"].startswith(f"{authority}/frequency/")
        for distribution in one["dcat:distribution"]:
            assert distribution["dcat:accessURL"]["@id"].startswith("http://testserver/")
            assert distribution["dct:license"]["@id"].startswith(f"{authority}/licence/")
            assert distribution["dct:format"]["@id"].startswith(f"{authority}/file-type/")
    service = told["dcat:service"][0]
    assert {"dct:title", "dcat:endpointURL"} <= service.keys()
    assert {one["@id"] for one in service["dcat:servesDataset"]} == {one["@id"] for one in datasets.values()}
    for one in datasets["dialogue.proposals"]["dcat:distribution"]:
        assert body(client.get(one["dcat:downloadURL"]["@id"]))


def test_while_the_store_is_away_the_last_files_are_given(client: Client, monkeypatch) -> None:
    submitted(person("maria"))
    before = body(client.get(f"{FILES}.csv"))

    def away(*_arguments: object) -> None:
        raise StoreAway("The store of observations does not answer.")

    monkeypatch.setattr(snapshots, "_made", away)
    monkeypatch.setattr(snapshots, "KEPT", {"CONT": timedelta(0)})
    aged = client.get(f"{FILES}.csv")
    submitted(person("nikos"), "Κάτι που κανείς δεν έχει δει")
    changed = client.get(f"{FILES}.csv")

    assert body(aged) == before
    assert (changed.status_code, changed["Content-Type"]) == (503, "application/problem+json")
    assert client.get(f"{FILES}/").status_code == 503
