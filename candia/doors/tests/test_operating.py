"""An operator's monitoring: what is counted, who may look, and what is said while an engine is away."""

import pytest
from django.conf import settings as configured
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from candia.conditions import Conditions
from candia.core import rule_run
from candia.doors import health
from candia.doors.tests.samples import alarmed, district, meter
from candia.doors.tests.test_intake import SENML, post

pytestmark = pytest.mark.django_db


def samples(client: Client) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample by its name and the values of its labels."""
    text = client.get("/metrics").content.decode()
    return {
        (sample.name, tuple(value for _name, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_are_counted_by_route_and_not_by_address(client: Client, stream_url) -> None:
    def count() -> float:
        told = samples(client)
        return sum(
            value
            for (name, labels), value in told.items()
            if name == "candia_http_request_seconds_count" and "api/v1/entities/<id>" in labels
        )

    before = count()
    client.get("/api/v1/entities/water.district:x1")
    client.get("/api/v1/entities/water.district:x2")

    assert count() == before + 2
    assert not [labels for _name, labels in samples(client) if any("x1" in label for label in labels)]


def test_the_state_of_the_city_is_told(client: Client, device, stream_url) -> None:
    alarmed(district("metrics"))
    rule_run.keep("water.silent", timezone.now(), 5, [meter("silent").id])

    told = samples(client)

    for engine in ("postgres", "clickhouse", "nats"):
        assert told["candia_up", (engine,)] == 1
    assert [value for (name, _labels), value in told.items() if name == "candia_alerts_standing"] == [1]
    assert told["candia_rule_things", ("water.silent",)] == 5
    assert told["candia_rule_unsure", ("water.silent",)] == 1
    assert ("candia_dead_letters", ()) in told
    assert told["candia_jobs", ("failed",)] == 0
    assert told["candia_database_pool", ("pool_size",)] >= 1


def test_bodies_that_were_taken_are_counted(client: Client, device, stream_url) -> None:
    before = samples(client)

    post(client, SENML, device)
    post(client, SENML, ("gateway-1", "wrong"))

    after = samples(client)
    grown = {
        key: after[key] - before.get(key, 0)
        for key in (("candia_packs_total", ("202",)), ("candia_packs_total", ("401",)))
    }
    assert set(grown.values()) == {1}
    assert after["candia_packs_bytes_total", ()] - before.get(("candia_packs_bytes_total", ()), 0) == len(
        SENML
    )


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.9", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 403),
        ("203.0.113.9", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("203.0.113.9", {"Authorization": "Bearer wrong"}, 403),
        ("203.0.113.9", {"Authorization": "Bearer the-token"}, 200),
    ],
)
def test_metrics_are_for_this_machine_and_for_the_token(
    client: Client, stream_url, peer, headers, status
) -> None:
    object.__setattr__(configured.CANDIA, "metrics_token", "the-token")

    assert client.get("/metrics", headers=headers, REMOTE_ADDR=peer).status_code == status


@pytest.fixture(autouse=True)
def _token():
    kept = configured.CANDIA.metrics_token
    yield
    object.__setattr__(configured.CANDIA, "metrics_token", kept)


def test_without_a_token_nothing_opens_it_from_elsewhere(client: Client) -> None:
    answer = client.get("/metrics", headers={"Authorization": "Bearer "}, REMOTE_ADDR="203.0.113.9")

    assert answer.status_code == 403


def test_ready_says_which_engine_is_away(client: Client, monkeypatch) -> None:
    monkeypatch.setitem(health.ENGINES, "nats", lambda: health.nats.answers("nats://127.0.0.1:9"))

    away = client.get("/readyz")

    assert away.status_code == 503
    assert away.json()["engines"] == {"postgres": "ok", "clickhouse": "ok", "nats": "away"}
    assert away["Retry-After"]


def test_metrics_are_told_though_the_stream_is_away(client: Client, stream_url, monkeypatch) -> None:
    monkeypatch.setitem(health.ENGINES, "nats", lambda: health.nats.answers("nats://127.0.0.1:9"))

    told = samples(client)

    assert told["candia_up", ("nats",)] == 0
    assert ("candia_dead_letters", ()) not in told
    assert ("candia_jobs", ("todo",)) in told
    assert client.get("/readyz").status_code == 503


def test_ready_when_all_engines_answer(client: Client, engines) -> None:
    assert client.get("/readyz").json()["status"] == "ok"


@pytest.fixture
def conditions():
    standing = Conditions(configured.CANDIA.home)
    yield standing
    standing.clear("disk_on_fire")


def test_a_condition_that_stands_is_told_to_programs_until_it_is_over(client: Client, conditions) -> None:
    conditions.report("disk_on_fire", sectors=3)

    told = client.get("/readyz")
    assert (told.status_code, told.json()["status"]) == (200, "degraded")
    assert [(one["name"], one["sectors"]) for one in told.json()["conditions"]] == [("disk_on_fire", 3)]
    assert client.get("/readyz?strict").status_code == 503
    assert samples(client)["candia_condition", ("disk_on_fire",)] == 1

    conditions.clear("disk_on_fire")
    assert client.get("/readyz?strict").json()["status"] == "ok"
    assert ("candia_condition", ("disk_on_fire",)) not in samples(client)


def test_a_condition_keeps_the_moment_at_which_it_began(conditions) -> None:
    conditions.report("disk_on_fire", sectors=3)
    before = conditions.standing()[0].since

    conditions.report("disk_on_fire", sectors=4)

    assert [(one.since, one.facts) for one in conditions.standing()] == [(before, {"sectors": 4})]
