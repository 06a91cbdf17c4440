"""A bad day: what readers and programs are told while an engine is away, and what goes on without it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client

from candia.core import telemetry
from candia.core.page_cache import forget
from candia.core.telemetry import store
from candia.doors.tests.samples import district
from candia.telemetry.store import Store

CURVE = "/api/v1/entities/water.district:{}/observations?property=inflow"


@pytest.fixture
def no_store(monkeypatch) -> None:
    """Nobody listens where the observations should be."""
    forget()
    away = Store("clickhouse://candia:secret@127.0.0.1:9/candia")
    monkeypatch.setattr(telemetry, "_store", lambda: away)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "sentence"),
    [("/water/districts/gone/", "δεν απαντά"), ("/en/water/districts/gone/", "not answering")],
)
def test_a_page_says_in_its_own_language_that_a_part_is_away(
    client: Client, no_store, path: str, sentence: str
) -> None:
    district("gone")

    answer = client.get(path)

    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert sentence in answer.content.decode()
    assert "secret" not in answer.content.decode()


@pytest.mark.django_db
def test_a_program_is_told_when_to_come_again(client: Client, no_store) -> None:
    district("gone")

    answer = client.get(CURVE.format("gone"))

    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer["Retry-After"]


@pytest.mark.django_db
def test_a_program_is_told_so_too_while_the_records_are_away(client: Client, monkeypatch) -> None:
    def away():
        raise OperationalError("the password is hunter2")

    monkeypatch.setattr("candia.core.things.open_kinds", away)

    answer = client.get("/api/v1/entities")

    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer["Retry-After"]
    assert b"hunter2" not in answer.content


@pytest.mark.django_db(transaction=True)
def test_who_waits_for_the_store_holds_no_connection_to_the_records(engines) -> None:
    connection.ensure_connection()

    store()

    assert connection.connection is None


@pytest.mark.django_db(transaction=True)
def test_a_job_whose_worker_died_runs_again() -> None:
    """Its lock would bar the rule for ever."""
    from asgiref.sync import async_to_sync
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.models import ProcrastinateJob

    from candia.core import jobs

    left = jobs.run.configure(lock="rule:water.leak").defer(service="water", rule="leak")
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s) RETURNING id", [long_ago]
        )
        (worker,) = cursor.fetchone()
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", [worker, left]
        )

    async def rescued() -> None:
        with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
            async with app.open_async():
                await jobs.rescue_all(app.job_manager)

    async_to_sync(rescued)()

    assert ProcrastinateJob.objects.get(pk=left).status == "todo"
