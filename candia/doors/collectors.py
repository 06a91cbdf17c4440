"""Collectors: what stands in the engines at this moment; one that is away leaves its gauges out and says so."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import nats.errors
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count
from procrastinate.contrib.django.models import ProcrastinateJob
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from candia.backup import retention
from candia.core import rule_run
from candia.core.alert import Alert
from candia.doors import health, stream_client
from candia.telemetry import deadletters, progress
from candia.telemetry.stream import StreamAway

log = logging.getLogger(__name__)
COUNTED = {
    "messages": "Messages that ingest has taken from the stream.",
    "accepted": "Observations that were stored.",
    "refused": "Observations that were refused.",
    "dead": "Messages that became dead letters.",
}
WAITING = ("todo", "doing", "failed")


class CityCollector(Collector):
    """Asks when it is asked."""

    def collect(self) -> Iterator[Metric]:
        """Every gauge that can be had now."""
        away = health.away()
        up = GaugeMetricFamily("candia_up", "Whether an engine answers.", labels=["engine"])
        for engine in health.ENGINES:
            up.add_metric([engine], float(engine not in away))
        yield up
        wrong = GaugeMetricFamily(
            "candia_condition", "1 while this is wrong with the installation.", labels=["name"]
        )
        for condition in health.standing():
            wrong.add_metric([condition.name], 1.0)
        yield wrong
        if age := retention.Desk(settings.CANDIA.home).last().age:
            what = "How old what the newest whole backup holds is; absent where there is none."
            yield GaugeMetricFamily("candia_backup_age_seconds", what, age.total_seconds())
        if "nats" not in away:
            yield from _tried(_ingest)
            yield from _tried(_dead_letters)
        if "postgres" not in away:
            yield from _tried(_alerts)
            yield from _tried(_rules)
            yield from _tried(_jobs)
        yield from _tried(_pool)


def _tried(part: Callable[[], list[Metric]]) -> list[Metric]:
    try:
        return part()
    except (DatabaseError, StreamAway, nats.errors.Error) as away:
        log.warning("No metrics of %s: %s", part.__name__, away)
        return []


def _ingest() -> list[Metric]:
    seen: progress.Progress = stream_client.asked(progress.look)
    told = seen.told
    # By what the stream has and not by what ingest says: one that hangs says nothing.
    found: list[Metric] = [
        GaugeMetricFamily("candia_ingest_behind", "Messages in the stream not yet stored.", seen.behind),
        GaugeMetricFamily("candia_ingest_answers", "Whether ingest answers.", float(told is not None)),
    ]
    if told is not None:
        waits = float(bool(told["waiting"]))
        found += [
            GaugeMetricFamily("candia_ingest_waiting", "1 while ingest waits for an engine.", waits),
            *(
                CounterMetricFamily(f"candia_ingest_{name}", what, told[name])
                for name, what in COUNTED.items()
            ),
        ]
    return found


def _dead_letters() -> list[Metric]:
    count = stream_client.asked(deadletters.count)
    return [GaugeMetricFamily("candia_dead_letters", "Messages that could not be taken, kept.", count)]


def _alerts() -> list[Metric]:
    standing = GaugeMetricFamily(
        "candia_alerts_standing", "Alerts not closed, by rule and status.", labels=["rule", "status"]
    )
    found = Alert.objects.filter(closed=None).order_by().values_list("rule", "status").annotate(Count("pk"))
    for rule, status, count in found:
        standing.add_metric([rule, status], count)
    return [standing]


def _rules() -> list[Metric]:
    things = GaugeMetricFamily(
        "candia_rule_things", "Things that a rule looked at in its newest run.", labels=["rule"]
    )
    unsure = GaugeMetricFamily(
        "candia_rule_unsure", "Things that it could not judge, for lack of data.", labels=["rule"]
    )
    ran = GaugeMetricFamily(
        "candia_rule_ran_timestamp_seconds", "The moment of a rule's newest run.", labels=["rule"]
    )
    for name, run in rule_run.runs().items():
        things.add_metric([name], run.things)
        unsure.add_metric([name], run.unsure)
        ran.add_metric([name], run.time.timestamp())
    return [things, unsure, ran]


def _jobs() -> list[Metric]:
    jobs = GaugeMetricFamily("candia_jobs", "Jobs to do, under way, or failed.", labels=["status"])
    found = dict(
        ProcrastinateJob.objects.filter(status__in=WAITING)
        .order_by()
        .values_list("status")
        .annotate(Count("pk"))
    )
    for status in WAITING:
        jobs.add_metric([status], found.get(status, 0))
    return [jobs]


def _pool() -> list[Metric]:
    pool = getattr(connection, "pool", None)
    told = pool.get_stats() if pool else {}
    gauges = GaugeMetricFamily(
        "candia_database_pool",
        "Connections of this process, and requests that wait for one.",
        labels=["what"],
    )
    for name in ("pool_size", "pool_available", "requests_waiting"):
        gauges.add_metric([name], told.get(name, 0))
    return [gauges]
