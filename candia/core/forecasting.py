"""Forecasting: the jobs that issue each declared forecast, and hold it against what came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from django.utils import timezone
from procrastinate.contrib.django import app

from candia.core import live, sample_progress
from candia.core.forecast import Forecast, Moments, Past
from candia.core.service import Service, services
from candia.core.telemetry import declared, store, zone
from candia.telemetry import forecast_scores, forecasts, frame
from candia.telemetry.arrays import Floats
from candia.telemetry.forecast_scores import Scored
from candia.telemetry.frame import Span, aligned

# What belongs to the last hour has come by so many minutes after it, for the most part.
SETTLED = 5
# So many numbers of the past are held at once (32 MB).
AT_ONCE = 4_000_000
# Days that are scored again each night: what came late counts as well.
AGAIN = 7
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@app.periodic(cron="* * * * *")
@app.task(name="core.forecast_due", queueing_lock="core.forecast_due", pass_context=False)
def forecast_due(timestamp: int) -> None:
    """Once a minute: defer each forecast whose rhythm falls on this minute."""
    if sample_progress.filling() is not None:
        return
    minute = timestamp // 60
    for service, forecast in every():
        rhythm = int(forecast.every.total_seconds() // 60)
        if minute % rhythm == min(SETTLED, rhythm - 1) * (forecast.every >= HOUR):
            lock = f"forecast:{service.name}.{forecast.name}"
            issue_one.configure(lock=lock).defer(service=service.name, forecast=forecast.name)


def every() -> Iterator[tuple[Service, Forecast]]:
    """Every declared forecast with its service."""
    for service in services().values():
        for forecast in service.forecasts:
            yield service, forecast


@app.task(name="core.forecast")
def issue_one(*, service: str, forecast: str) -> None:
    """Issue one forecast for all its things."""
    own = services()[service]
    issue(own, {one.name: one for one in own.forecasts}[forecast], timezone.now())


def issue(service: Service, forecast: Forecast, now: datetime) -> int:
    """Say what will be, as known by now; how many steps were told. An issue that is made again replaces itself."""
    step = int(forecast.step.total_seconds())
    begin = int(now.timestamp()) // step * step
    past = Span(begin - int(forecast.past.total_seconds()) // step * step, begin, step)
    ahead = Span(begin, begin + int(forecast.horizon.total_seconds()) // step * step, step)
    name, told = f"{service.name}.{forecast.name}", 0
    for things in _some(sorted(forecast.on._default_manager.values_list("pk", flat=True)), past.steps):
        made = forecast.by(observed(service, forecast, things, past, ahead))
        told += forecasts.write(
            store(), name, ahead, things, forecast.levels, _within(service, forecast, made)
        )
    if told:
        live.publish(f"{service.name}.forecasts")
    return told


def hindcast(service: Service, now: datetime, days: int = 14) -> int:
    """Say, once for each of the last days and for now, what would have been said then, and score that.

    The functions see nothing that was observed later; so one that is new, or the sample city, is judged at once.
    """
    told = 0
    for forecast in service.forecasts:
        told += sum(issue(service, forecast, now - back * DAY) for back in range(days, -1, -1))
        _score(service, forecast, now, days)
    return told


def observed(service: Service, forecast: Forecast, things: Sequence[str], past: Span, ahead: Span) -> Past:
    """What the function gets to see of these things; one question."""
    prop = declared(service, forecast.name)
    asked = (store(), f"{service.name}.{prop.name}", prop, forecast.take, past)
    values = aligned(things, *frame.ask(*asked, things))
    return Past(things, values, local(past), local(ahead), forecast.levels)


def _within(service: Service, forecast: Forecast, made: Floats) -> Floats:
    """No promise of what the property's own bounds forbid."""
    prop = declared(service, forecast.name)
    return np.clip(
        made, -np.inf if prop.low is None else prop.low, np.inf if prop.high is None else prop.high
    )


def _some(things: Sequence[str], steps: int) -> Iterator[Sequence[str]]:
    most = max(1, AT_ONCE // max(steps, 1))
    for start in range(0, len(things), most):
        yield things[start : start + most]


def local(span: Span) -> Moments:
    """The beginnings of the steps by the city's clock."""
    here, moments = zone(), range(span.since, span.until, span.step)
    # The clock differs from UTC's by the same amount for hours on end, so it is asked once an hour at most.
    ahead = {hour: _offset(hour, here) for hour in {moment // 3600 for moment in moments}}
    seconds = [moment + ahead[moment // 3600] for moment in moments]
    return np.array(seconds, dtype="int64").astype("datetime64[s]")


def _offset(hour: int, here: object) -> int:
    offset = datetime.fromtimestamp(hour * 3600, here).utcoffset()  # type: ignore[arg-type]  # a zone
    return int(offset.total_seconds()) if offset else 0


@app.periodic(cron="23 3 * * *")
@app.task(name="core.score_forecasts", queueing_lock="core.score_forecasts", pass_context=False)
def score_forecasts(timestamp: int) -> None:
    """Once a night: hold what was said of the last days against what came, and drop what is too old."""
    now = datetime.fromtimestamp(timestamp, UTC)
    score_all(now)
    forecasts.forget_before(store(), now - forecasts.KEPT)


def score_all(now: datetime, days: int = AGAIN) -> int:
    """Score every forecast of the finished days before now; how many steps were held against the truth."""
    return sum(_score(service, forecast, now, days) for service, forecast in every())


def _score(service: Service, forecast: Forecast, now: datetime, days: int) -> int:
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return sum(
        forecast_scores.score(store(), scored(service, forecast), today - back * DAY, zone())
        for back in range(1, days + 1)
    )


def scored(service: Service, forecast: Forecast) -> Scored:
    """What the scores need to know of a forecast."""
    return Scored(
        name=f"{service.name}.{forecast.name}",
        declared=declared(service, forecast.name),
        step=int(forecast.step.total_seconds()),
        take=forecast.take,
        season=forecast.season,
        longest=int(forecast.horizon.total_seconds()),
    )
