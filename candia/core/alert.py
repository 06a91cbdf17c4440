"""Alert: what a rule opened and has not closed; at most one per rule and entity."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from candia.core.access import Machine
from candia.core.event import Happened, record
from candia.core.rule import SEVERITIES, Clear, Open, Verdict

if TYPE_CHECKING:
    from candia.core.event import Event
    from candia.core.rule import Rule

#: What is told of an alert from its opening to its closing, but for what persons decide.
OPENED, GREW, CLEARED = "core.alert_opened", "core.alert_grew", "core.alert_cleared"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Alert(models.Model):
    """Something that a rule found wrong with an entity, from its opening to its closing.

    A person may confirm it, dismiss it or say that it is repaired; either way it stays the one alert of its
    rule and entity until the rule says CLEAR, so a dismissed alert does not come back each run. `loss` is what
    goes lost in a day while nothing is done, in euros, where the rule can tell. What is wrong `began` before the
    alert opened where the rule looks back; `worst` is the worst severity that it had.
    """

    OPEN, CONFIRMED, DISMISSED, REPAIRED = "open", "confirmed", "dismissed", "repaired"
    STATUSES = (
        (OPEN, _("open")),
        (CONFIRMED, _("confirmed")),
        (DISMISSED, _("dismissed")),
        (REPAIRED, _("repaired")),
    )

    rule = models.CharField(max_length=80)
    entity = models.ForeignKey("core.Entity", models.CASCADE, related_name="alerts")
    status = models.CharField(max_length=12, choices=STATUSES, default=OPEN)
    severity = models.CharField(max_length=12, default="moderate")
    worst = models.CharField(max_length=12, blank=True, db_default="", default="")
    text = models.TextField()
    evidence = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    loss = models.FloatField(null=True)
    # Of whoever judged it: which of the list of reasons (operations/judging.py), and in their own words.
    reason = models.CharField(max_length=20, blank=True)
    note = models.TextField(blank=True)
    opened = models.DateTimeField()
    began = models.DateTimeField(null=True)
    last_seen = models.DateTimeField()
    seen = models.PositiveIntegerField(default=1)
    clear_since = models.DateTimeField(null=True)
    closed = models.DateTimeField(null=True)
    opened_by = models.ForeignKey("core.Event", models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "entity"], condition=models.Q(closed=None), name="one_open_alert"
            )
        ]
        indexes = [models.Index(fields=["closed", "-opened"], name="alert_open_first")]

    def __str__(self) -> str:
        return self.sentence()

    @property
    def service_name(self) -> str:
        """The service whose rule opened it."""
        return self.rule.partition(".")[0]

    def sentence(self) -> str:
        """What is wrong, in the reader's language; a number stays on one line with what it counts."""
        words = gettext(self.text).replace("} ", "}\N{NO-BREAK SPACE}")
        told = {name: spoken(value) for name, value in self.evidence.items()}
        if "{lasting}" in words:
            told = {"lasting": spoken_time(self.lasting)} | told
        return words.format(**told)

    @property
    def since(self) -> datetime:
        """Since when it is wrong, as far as the rule looked back."""
        return self.began or self.opened

    @property
    def lasting(self) -> timedelta:
        """For how long it has been wrong, by the last time that the rule found it so."""
        return self.last_seen - self.since


def spoken(value: Any) -> Any:
    """A piece of evidence as a reader expects it: in their language; numbers with at most two decimals."""
    from django.utils.formats import number_format

    if isinstance(value, float):
        decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2  # noqa: PLR2004
        rounded = round(value, decimals)
        decimals = 0 if rounded.is_integer() else decimals
        return number_format(rounded, decimal_pos=decimals, force_grouping=True)
    # What a service calls something is kept as its msgid.
    return gettext(value) if isinstance(value, str) and value else value


def spoken_time(lasting: timedelta) -> str:
    """A stretch of time in whole hours, from two days on in whole days, in the reader's language."""
    if lasting < 2 * DAY:
        hours = max(1, lasting // HOUR)
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    return ngettext("%(n)d day", "%(n)d days", lasting // DAY) % {"n": lasting // DAY}


def of_event(event: Event) -> models.QuerySet[Alert]:
    """The alert of whose opening, growing or closing an event tells."""
    return Alert.objects.filter(opened_by=opening(event))


def opening(event: Event) -> int | None:
    """The number of the event by which the alert opened that an event tells of."""
    return event.pk if event.kind == OPENED else event.because_id


def rank(severity: str) -> int:
    """How bad a severity is: 1 for the least; 0 for a word that nobody declared, such as none."""
    return SEVERITIES.index(severity) + 1 if severity in SEVERITIES else 0


def standing_at(rule: str) -> set[str]:
    """The entities at which an alert of this rule (`water.night_flow`) is not closed."""
    return set(Alert.objects.filter(rule=rule, closed=None).values_list("entity_id", flat=True))


def apply(
    rule: Rule,
    service: str,
    verdicts: Iterable[tuple[str, Verdict]],
    now: datetime,
    because: Event | None = None,
) -> None:
    """Bring the alerts of one rule in line with its verdicts, given as (entity id, verdict) pairs.

    `because` is the event that the rule heard, if it did: heard twice, it opens one alert and is found once.
    """
    name = f"{service}.{rule.name}"
    with transaction.atomic():
        with connection.cursor() as cursor:
            # A run on the rhythm and one at once wait for each other, or both would open the same alert.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        standing = {
            alert.entity_id: alert
            for alert in Alert.objects.select_for_update().filter(rule=name, closed=None)
        }
        for entity, verdict in verdicts:
            alert = standing.get(entity)
            match verdict:
                case Open() if alert and because and alert.opened_by.because_id == because.pk:
                    pass
                case Open() if alert:
                    _seen_again(alert, verdict, now)
                case Open():
                    began = rule.began(entity, now) if rule.began else None
                    _open(name, entity, verdict, now, began or now - verdict.lasted, because)
                case Clear() if alert:
                    _clear(rule, alert, now)


def _open(
    rule: str, entity: str, verdict: Open, now: datetime, began: datetime, because: Event | None
) -> None:
    event = record(
        OPENED,
        Happened(entity, entity, {"rule": rule, "severity": verdict.severity}),
        by=Machine(f"rule:{rule}"),
        because=because,
    )
    Alert.objects.create(
        rule=rule,
        entity_id=entity,
        severity=verdict.severity,
        worst=verdict.severity,
        text=verdict.text,
        evidence=verdict.evidence,
        loss=verdict.loss,
        opened=now,
        began=began,
        last_seen=now,
        opened_by=event,
    )


def _seen_again(alert: Alert, verdict: Open, now: datetime) -> None:
    alert.seen += 1
    alert.last_seen = now
    alert.clear_since = None
    alert.began = min(alert.since, now - verdict.lasted)
    worse = rank(verdict.severity) > rank(alert.worst or alert.severity)
    # What a person has judged keeps the evidence they judged by, unless they confirmed less than it is by now.
    if alert.status == Alert.OPEN or (worse and alert.status == Alert.CONFIRMED):
        alert.text, alert.evidence, alert.severity = verdict.text, verdict.evidence, verdict.severity
        alert.loss = verdict.loss
        if worse:
            alert.worst = verdict.severity
            record(
                GREW,
                Happened(alert.entity_id, data={"rule": alert.rule, "severity": alert.severity}),
                by=Machine(f"rule:{alert.rule}"),
                because=alert.opened_by,
            )
    alert.save()


def _clear(rule: Rule, alert: Alert, now: datetime) -> None:
    alert.clear_since = alert.clear_since or now
    if now - alert.clear_since >= rule.settle:
        alert.closed = now
        record(
            CLEARED,
            Happened(alert.entity_id, data={"rule": alert.rule, "status": alert.status}),
            by=Machine(f"rule:{alert.rule}"),
            because=alert.opened_by,
        )
    alert.save()
