"""What a window takes of an entity stands at its place in the list, whatever was not observed."""

import secrets
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candia.telemetry import questions
from candia.telemetry.observation import Observation, Window
from candia.telemetry.rollup import record
from candia.telemetry.tests.conftest import PROPERTIES, QUALIFIED

ATHENS = ZoneInfo("Europe/Athens")
BEGIN = datetime(2026, 3, 27, 22, tzinfo=UTC)  # midnight in Athens; the next night the clocks go forward
HOURS = 72

observed = st.dictionaries(st.integers(0, HOURS - 1), st.floats(-999, 999), min_size=1, max_size=20)


def asked(store, entity, **window):
    table = questions.window(
        store, "water", PROPERTIES["water"]["flow"], Window("flow", take=("min", "count"), **window),
        until=BEGIN + timedelta(hours=HOURS), zone=ATHENS, entities=[entity],
    )  # fmt: skip
    (row,) = table.to_pylist()
    return row


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flows=observed)
def test_each_hour_and_each_night_has_its_place(store, flows):
    entity = f"water.meter:{secrets.token_hex(6)}"
    begin = int(BEGIN.timestamp() * 1000)
    seen = [Observation(entity, "water.flow", begin + hour * 3_600_000, flow) for hour, flow in flows.items()]
    record(store, seen, QUALIFIED, BEGIN)
    hourly = asked(store, entity, hours=HOURS, each="hour")
    assert hourly["min"] == [flows.get(hour) for hour in range(HOURS)]
    assert hourly["count"] == [1 if hour in flows else None for hour in range(HOURS)]
    nights = [[] for _ in range(3)]
    for hour, flow in flows.items():
        local = (BEGIN + timedelta(hours=hour)).astimezone(ATHENS)
        if 2 <= local.hour < 5:
            nights[(local.date() - BEGIN.astimezone(ATHENS).date()).days].append(flow)
    if any(nights):
        found = asked(store, entity, days=3, each="day", between=(2, 5))
        assert found["min"] == [min(night, default=None) for night in nights]
