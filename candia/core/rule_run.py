"""Rule runs: how the newest run of each rule went, and which things it could not judge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, models, transaction

# One statement for all things: of a hundred thousand that are silent, none is asked for alone.
_over = "DELETE FROM core_unjudged WHERE rule = %s AND NOT entity_id = ANY(%s)"
_new = """
INSERT INTO core_unjudged (rule, entity_id, since) SELECT %s, id, %s FROM core_entity WHERE id = ANY(%s)
ON CONFLICT (rule, entity_id) DO NOTHING
"""


class RuleRun(models.Model):
    """The newest run of a rule on a rhythm: when, over how many things, and of how many it was unsure."""

    rule = models.CharField(primary_key=True, max_length=80)
    time = models.DateTimeField()
    things = models.PositiveIntegerField()
    unsure = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.rule} {self.time:%Y-%m-%d %H:%M}"


class Unjudged(models.Model):
    """A thing of which a rule said UNSURE at its newest run, and has since that moment."""

    rule = models.CharField(max_length=80)
    entity = models.ForeignKey("core.Entity", models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "entity"], name="unjudged_once")]

    def __str__(self) -> str:
        return f"{self.rule} {self.entity_id}"


def keep(rule: str, now: datetime, things: int, unsure: Sequence[str]) -> None:
    """Write down a run of the rule (`water.night_flow`): over how many things, and of which it was unsure."""
    ids = list(set(unsure))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_over, [rule, ids])
        cursor.execute(_new, [rule, now, ids])
        RuleRun.objects.update_or_create(
            rule=rule, defaults={"time": now, "things": things, "unsure": len(ids)}
        )


def runs() -> dict[str, RuleRun]:
    """The newest run of each rule by its name, for the desk: how many things it saw and could not judge."""
    return {run.rule: run for run in RuleRun.objects.order_by("rule")}


def unjudged(rule: str) -> models.QuerySet[Unjudged]:
    """What this rule could not judge when it last ran, each with its entity, the longest first."""
    return Unjudged.objects.filter(rule=rule).select_related("entity").order_by("since", "entity_id")
