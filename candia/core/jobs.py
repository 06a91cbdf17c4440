"""Jobs: runs rules on their rhythm and on the events they hear, outside any request."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime

from django.conf import settings
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.manager import JobManager
from procrastinate.types import JSONDict

from candia.backup import records
from candia.core import alert, rule_run, sample_progress
from candia.core.event import Event
from candia.core.rule import CLEAR, TOLD, Do, Row, Rule, Unsure, Verdict
from candia.core.service import Service, services, told_kinds
from candia.core.telemetry import newest, nothing, query_window

log = logging.getLogger(__name__)
# A worker gives a sign of life every ten seconds; one that was silent for so long has died.
SILENT = 35
#: The queue of jobs that do nothing but write to somebody: a city that is restored does not send them again.
MAIL = records.MAIL


def wake(events: Sequence[Event]) -> None:
    """Defer each rule that hears one of these events, in the events' own transaction (an outbox for free)."""
    hearing = {kind: list(_hearing(kind)) for kind in {event.kind for event in events}}
    woken: list[JSONDict] = [
        {"service": service.name, "rule": rule.name, "event": event.pk}
        for event in events
        for service, rule in hearing[event.kind]
        if event.by != rule.actor(service.name).actor_id and rule.is_woken_by(event)
    ]
    if woken:
        hear.batch_defer(*woken)


def _hearing(kind: str) -> Iterator[tuple[Service, Rule]]:
    told = kind in told_kinds()
    for service in services().values():
        for rule in service.rules:
            if rule.listens_to(kind) or (told and rule.hears == TOLD):
                yield service, rule


@app.task(name="core.hear", retry=5)
def hear(*, service: str, rule: str, event: int) -> None:
    """Let a rule judge one event, and do what it says."""
    heard = Event.objects.get(pk=event)
    declared = services()[service].rule(rule)
    for verdict in declared.judge(heard, **thresholds(service, declared)):
        _carry_out(service, declared, heard.entity, verdict, because=heard)


@app.periodic(cron="* * * * *")
@app.task(name="core.tick", queueing_lock="core.tick", pass_context=False)
def tick(timestamp: int) -> None:
    """Once a minute: defer each scheduled rule whose rhythm falls on this minute."""
    # Half of a city looks wrong in many ways.
    if sample_progress.filling() is not None:
        return
    minute = timestamp // 60
    for service in services().values():
        for rule in service.rules:
            if rule.every and minute % max(1, int(rule.every.total_seconds() // 60)) == 0:
                lock = f"rule:{service.name}.{rule.name}"
                run.configure(lock=lock).defer(service=service.name, rule=rule.name)


@app.periodic(cron="* * * * *")
@app.task(name="core.rescue", queueing_lock="core.rescue", pass_context=True)
async def rescue(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 — the worker's signature
    """Once a minute: let what a worker that died had begun run again; its lock would bar the rule for good."""
    await rescue_all(context.app.job_manager)


async def rescue_all(jobs: JobManager) -> None:
    """Let each job whose worker has died wait for another."""
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=SILENT):
        log.warning("%s was cut off and runs again.", job.call_string)
        await jobs.retry_job(job)


@app.task(name="core.run")
def run(*, service: str, rule: str) -> None:
    """Run one scheduled rule over all its entities."""
    run_rule(services()[service], services()[service].rule(rule), timezone.now())


def run_rule(service: Service, rule: Rule, now: datetime, *, only: Collection[str] | None = None) -> int:
    """Ask the rule's one question, judge every entity and apply the verdicts; answers with how many.

    `now` is the end of the window, so that a rule can be run over the past; `only` are the entities that it is
    asked about, where it is not asked about all.
    """
    limits, name = thresholds(service.name, rule), f"{service.name}.{rule.name}"
    verdicts: list[tuple[str, Verdict]] = []
    seen = rows(service, rule, now, only)
    for row in seen:
        for verdict in rule.judge(row, **limits):
            if isinstance(verdict, Do):
                _carry_out(service.name, rule, row.entity, verdict)
            else:
                verdicts.append((row.entity, verdict))
    if only is not None:
        alert.apply(rule, service.name, verdicts, now)
        return len(verdicts)
    gone = alert.standing_at(name) - {row.entity for row in seen}
    alert.apply(rule, service.name, [*verdicts, *((entity, CLEAR) for entity in gone)], now)
    rule_run.keep(
        name, now, len(seen), [entity for entity, verdict in verdicts if isinstance(verdict, Unsure)]
    )
    return len(verdicts)


def rows(service: Service, rule: Rule, now: datetime, only: Collection[str] | None = None) -> list[Row]:
    """One row for each thing that the rule looks at; those without data come with None everywhere."""
    facts = rule.things(now) if only is None else rule.things(now).filter(pk__in=only)
    if rule.over is None:
        return [Row(fact["id"], {}, fact, now) for fact in facts]
    taken = query_window(service, rule.over, now.astimezone(UTC), only)
    empty, last = nothing(rule.over), newest(rule.over, taken)
    return [Row(fact["id"], taken.get(fact["id"], empty), fact, now, last) for fact in facts]


def thresholds(service: str, rule: Rule) -> dict[str, object]:
    """The rule's thresholds as the city set them, over its defaults."""
    return {**rule.thresholds, **settings.CANDIA_CITY.thresholds.get(service, {}).get(rule.name, {})}


def _carry_out(service: str, rule: Rule, entity: str, verdict: Verdict, because: Event | None = None) -> None:
    if isinstance(verdict, Do):
        verdict.command(by=rule.actor(service), because=because, **verdict.arguments)
    else:
        alert.apply(rule, service, [(entity, verdict)], timezone.now(), because)
