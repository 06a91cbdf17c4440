"""Look back: the rules judge the sample's past, at the times they would have, so that its alerts have one too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from candia.core.access import Person
from candia.core.alert import Alert
from candia.core.jobs import run_rule
from candia.core.sample import clock
from candia.core.service import Service, services
from candia.core.telemetry import zone
from candia.operations import commands

# For each rule, on the mornings of how many days ago it looked; 0 is now.
DAYS: dict[str, Sequence[int]] = {
    "night_flow": range(30, -1, -1),
    "mains_burst": (0,),
    "continuous_flow": (4, 2, 0),
    "burst": (0,),
    "backflow": (4, 2, 0),
    "stuck": (15, 8, 1),
    "silent": (4, 2, 0),
    "low_battery": (5, 0),
}
# When the night is over and the shift looks at what it left.
MORNING = time(6, 30)
# What the shift made of two of them.
FOUND = "Ο κάτοχος ειδοποιήθηκε και περιμένει υδραυλικό."
NOTHING = "Το σπίτι είναι κλειστό αυτές τις εβδομάδες, όπως είπε ο κάτοχος."


def look_back(now: datetime) -> None:
    """Run each rule at the mornings that it needs, oldest first, and judge an alert or two."""
    water = services()["water"]
    for moment, name in sorted(_runs(now)):
        with clock(moment):
            run_rule(water, water.rule(name), moment)
    _judge(water, now)


def _runs(now: datetime) -> Iterator[tuple[datetime, str]]:
    today = now.astimezone(zone()).date()
    for name, days in DAYS.items():
        for back in days:
            yield (min(_morning(today - timedelta(days=back)), now) if back else now), name


def _morning(day: date) -> datetime:
    return datetime.combine(day, MORNING, zone())


def _judge(water: Service, now: datetime) -> None:
    operator = Person.objects.filter(grants__role="operator", grants__service=water.name).first()
    if operator is None:
        return
    standing = Alert.objects.filter(closed=None, status=Alert.OPEN, opened__lt=now - timedelta(hours=6))
    leak = standing.filter(rule="water.continuous_flow").order_by("opened", "id").first()
    still = standing.filter(rule="water.stuck").order_by("opened", "id").first()
    if leak is not None:
        with clock(leak.opened + timedelta(hours=3)):
            commands.confirm_alert(by=operator, alert=leak.pk, reason="reported", note=FOUND)
    if still is not None:
        with clock(still.opened + timedelta(hours=4)):
            commands.dismiss_alert(by=operator, alert=still.pk, reason="expected", note=NOTHING)
