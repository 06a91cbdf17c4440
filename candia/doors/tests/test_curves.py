"""Observations as a program asks for them: curves, steps, CSV, the newest, and the limits of one answer."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from candia.core.telemetry import properties, store
from candia.doors.tests.samples import NOON, district, meter, observed
from candia.telemetry.observation import Observation
from candia.telemetry.rollup import record

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("observed_store")]
SPAN = {"since": NOON.isoformat(), "until": (NOON + timedelta(hours=6)).isoformat()}


def curve(client: Client, entity: str, headers: dict[str, str] | None = None, **asked: str):
    query = {"property": "inflow", **SPAN, **asked}
    return client.get(f"/api/v1/entities/{entity}/observations", query, headers=headers or {})


def test_a_curve_as_it_came_and_by_the_hour(client: Client) -> None:
    area = district("curve")
    observed(area.id, "water.inflow", [1.0, 3.0, 5.0, 7.0])

    raw = curve(client, area.id, every="raw").json()
    hours = curve(client, area.id, every="hour").json()

    assert [one["value"] for one in raw["observations"]] == [1.0, 3.0, 5.0, 7.0]
    assert [(one["count"], one["mean"], one["max"]) for one in hours["observations"]] == [
        (2, 2.0, 3.0),
        (2, 6.0, 7.0),
    ]
    assert raw["unit"] == hours["unit"] == "l/s"
    assert raw["observations"][0]["time"] == "2026-05-04T12:00:00Z"


def test_a_day_is_the_citys_day(client: Client) -> None:
    area = district("days")
    evening = NOON.replace(hour=20, minute=30)  # half past eleven in Heraklion
    observed(area.id, "water.inflow", [1.0, 3.0], evening, minutes=60)

    days = curve(
        client, area.id, every="day", since="2026-05-01T00:00:00Z", until="2026-05-10T00:00:00Z"
    ).json()["observations"]

    assert [(one["time"], one["mean"]) for one in days] == [
        ("2026-05-03T21:00:00Z", 1.0),
        ("2026-05-04T21:00:00Z", 3.0),
    ]


def test_a_spreadsheet_gets_the_curve_as_csv(client: Client) -> None:
    area = district("csv")
    observed(area.id, "water.inflow", [1.5, 3.0])

    answer = curve(client, area.id, {"Accept": "text/csv"}, every="raw")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
    assert answer["Content-Type"].startswith("text/csv")
    assert [row["value"] for row in rows] == ["1.5", "3.0"]
    assert answer["ETag"] != curve(client, area.id, every="raw")["ETag"]


def test_the_newest_of_all_districts(client: Client) -> None:
    one, other = district("new1"), district("new2")
    observed(one.id, "water.inflow", [1.0, 2.0])
    observed(other.id, "water.inflow", [9.0])

    told = client.get("/api/v1/latest?property=water.inflow&kind=water.district").json()

    assert {row["entity"]: row["value"] for row in told} == {one.id: 2.0, other.id: 9.0}


def test_a_households_meter_has_no_curve_here(client: Client) -> None:
    hidden = meter("secret-17")
    observed(hidden.id, "water.index", [800.0, 801.0])

    assert curve(client, hidden.id, property="index", every="raw").status_code == 404
    assert client.get("/api/v1/latest?property=water.index&kind=water.meter").status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        {"every": "raw", "since": "2026-01-01T00:00:00Z"},
        {"every": "hour", "since": "2020-01-01T00:00:00Z"},
        {"since": SPAN["until"], "until": SPAN["since"]},
        {"since": "0001-01-01T00:00:00Z"},
        {"since": "2026-05-04T12:00:00"},
        {"every": "minute"},
    ],
)
def test_too_much_or_nonsense_is_refused_with_the_parameters_name(
    client: Client, asked: dict[str, str]
) -> None:
    answer = curve(client, district("wide").id, **asked)

    assert answer.status_code == 422
    assert answer.json()["errors"].keys() & asked.keys()


def test_more_rows_than_one_answer_holds_are_refused(client: Client, monkeypatch) -> None:
    area = district("many")
    observed(area.id, "water.inflow", [1.0, 2.0, 3.0])
    monkeypatch.setattr("candia.doors.api.observations.ROWS", 2)

    assert curve(client, area.id, every="raw").status_code == 422


def test_who_asks_twice_within_a_minute_is_answered_the_same(client: Client, monkeypatch) -> None:
    now = [NOON.replace(second=10)]
    monkeypatch.setattr(timezone, "now", lambda: now[0])
    address = f"/api/v1/entities/{district('minute').id}/observations?property=inflow"

    first = client.get(address)
    now[0] = NOON.replace(second=50)
    again = client.get(address, headers={"If-None-Match": first["ETag"]})

    assert again.status_code == 304


def test_how_long_in_which_state_and_what_is_no_state(client: Client) -> None:
    area = district("alarmed")
    words = [
        Observation(area.id, "water.alarm", at(hour), None, word) for hour, word in ((1, "leak"), (3, "none"))
    ]
    record(store(), words, properties(), NOON)

    told = client.get(f"/api/v1/entities/{area.id}/durations", {"property": "alarm", **SPAN}).json()

    assert {one["state"]: one["seconds"] for one in told["durations"]} == {
        "": 3600,
        "leak": 7200,
        "none": 10800,
    }
    assert [(one["state"], one["began"]) for one in told["spells"]] == [
        ("leak", "2026-05-04T13:00:00Z"),
        ("none", "2026-05-04T15:00:00Z"),
    ]
    refused = client.get(f"/api/v1/entities/{area.id}/durations", {"property": "inflow", **SPAN})
    assert refused.status_code == 422


def at(hour: int) -> int:
    return int((NOON + timedelta(hours=hour)).timestamp() * 1000)
