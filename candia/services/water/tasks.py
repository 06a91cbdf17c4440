"""Water's jobs: an exchanged meter's first reading is stored, and what reads much is asked before it is needed."""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from candia.core.telemetry import declared, store
from candia.services.water import overview
from candia.telemetry.observation import EXCHANGE, Observation
from candia.telemetry.rollup import record
from candia.telemetry.store import StoreAway

# A register's range, m³.
MOST = 100_000
again = RetryStrategy(max_attempts=200, wait=30, retry_exceptions=[StoreAway])


@app.task(name="water.begin_anew", retry=again)
def begin_anew(*, meter: str, time: int, index: float) -> None:
    """Store the reading (m³) with which a new meter's register began, at a time in ms; twice is as good as once."""
    from candia.core.service import services

    counter = declared(services()["water"], "index")
    first = Observation(meter, "water.index", time, index, EXCHANGE)
    record(store(), [first], {first.property: counter}, datetime.now(UTC))


@app.periodic(cron="5 * * * *")
@app.task(name="water.renew", queueing_lock="water.renew", pass_context=False)
def renew(timestamp: int) -> None:  # noqa: ARG001 — procrastinate's signature
    """Once an hour: the balances that every page of losses shows, and the days of the open data."""
    overview.renew()
