"""The districts at a glance: what is the same for everyone, asked of the store for all at once and kept a while."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone

from candia.core.entity import Entity
from candia.core.errors import NotFound
from candia.core.telemetry import zone
from candia.services.water import models, published, readings
from candia.services.water.models import District
from candia.services.water.published import Told
from candia.services.water.readings import NIGHT, Balance, Reading

Thing = TypeVar("Thing", bound=Entity)
DAYS = 30
TOLD = published.TOLD
# Of fewer published days nothing is told of the month.
LEAST = 7
FEW = models.FEW
# Past this share of losses a district needs a look, and then work.
FAIR, HIGH = 0.2, 0.35
# Seconds for which balances are good; a job renews them each hour, so that it is seldom a reader who waits.
BALANCED = 2 * 3600
# Tenths of a second that an asker waits for another's first answer.
PATIENCE = 100


@dataclass(frozen=True)
class Glance:
    """A district at a glance: its newest inflow, the least inflow of its nights (oldest first), its balance."""

    inflow: Reading | None
    nights: tuple[float | None, ...]
    balance: Balance | None

    @property
    def night(self) -> float | None:
        """The least inflow of the last finished night, L/s."""
        return self.nights[-1] if self.nights else None

    @property
    def told(self) -> bool:
        """Whether enough meters report for the losses to be told without telling about a household."""
        return self.balance is not None and self.balance.public and self.balance.input_m3 > 0

    @property
    def share(self) -> float | None:
        """The share of the inflow that is lost, as far as it may be told."""
        return self.balance.share if self.balance is not None and self.told else None


@dataclass(frozen=True)
class Whole:
    """The city's water together: inflow and last night's least inflow (L/s), volumes of the month (m³)."""

    inflow: float | None
    night: float | None
    nights: tuple[float | None, ...]
    input_m3: float
    metered_m3: float

    @property
    def losses_m3(self) -> float:
        """What flowed in and no meter counted."""
        return self.input_m3 - self.metered_m3

    @property
    def share(self) -> float | None:
        """The share of the inflow that is lost."""
        return self.losses_m3 / self.input_m3 if self.input_m3 > 0 else None


def whole(told: Mapping[str, Glance]) -> Whole:
    """The districts added up, as far as each may be told."""
    now = [
        glance.inflow.value for glance in told.values() if glance.inflow and glance.inflow.value is not None
    ]
    # A district that is not told stays out, or else it could be had by subtraction.
    balances = [glance.balance for glance in told.values() if glance.balance and glance.told]
    nights = tuple(
        None if None in night else math.fsum(value for value in night if value is not None)
        for night in zip(*(glance.nights for glance in told.values() if glance.nights), strict=True)
    )
    return Whole(
        math.fsum(now) if now else None,
        nights[-1] if nights else None,
        nights,
        math.fsum(each.input_m3 for each in balances),
        math.fsum(each.metered_m3 for each in balances),
    )


def districts() -> list[District]:
    """Every district, by name."""
    return list(District.objects.order_by("name"))


def public_districts() -> list[District]:
    """The districts that everyone may know of, by name."""
    return list(District.published().order_by("name"))


def public_glances() -> dict[str, Glance]:
    """The glances at those, and at no others, so that none can be had by subtraction; balances as published."""
    since = month()[0].date()
    told, sums = glances(), published.balances((one for one in finished_days() if one.day >= since), LEAST)
    shown: dict[str, Glance] = {}
    for id in District.published().values_list("pk", flat=True):
        if glance := told.get(id):
            live = glance.balance
            # Of too few meters it is said that they are too few; all else is what was published, and no more.
            few = live if live is not None and not live.public else None
            shown[id] = replace(glance, balance=sums.get(id, few))
    return shown


def one(things: QuerySet[Thing], name: str) -> Thing:
    """The thing of this name within its kind; raises NotFound."""
    # PostgreSQL knows no text with a NUL in it.
    thing = None if "\0" in name else things.filter(pk=f"{things.model.kind}:{name}").first()
    if thing is None:
        raise NotFound
    return thing


def glances() -> dict[str, Glance]:
    """Every district at a glance, by id; the inflow is of this minute, the rest as old as it may be kept."""
    inflow = kept("water.inflow", 30, lambda: readings.latest("inflow"))
    nights, balances = kept("water.nights", 600, _nights), kept("water.balances", BALANCED, _balances)
    return {
        district: Glance(inflow.get(district), nights.get(district, ()), balances.get(district))
        for district in inflow.keys() | nights.keys() | balances.keys()
    }


def finished_days() -> tuple[Told, ...]:
    """The last finished days of every district, as many as the open data tell of, oldest first."""
    told: tuple[Told, ...] = kept("water.days", BALANCED, published.days)
    return told


def renew() -> None:
    """Ask anew for what reads a month of every meter, before it ages and a reader has to wait."""
    _keep("water.balances", BALANCED, _balances())
    _keep("water.days", BALANCED, published.days())


def last_night(now: datetime | None = None) -> date:
    """The day of the last night that is over: today's from five in the morning on."""
    here = (now or timezone.now()).astimezone(zone())
    return here.date() if here.hour >= NIGHT[1] else here.date() - timedelta(days=1)


def midnight(day: date) -> datetime:
    """The moment at which a day of the city begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone())


def month() -> tuple[datetime, datetime]:
    """The thirty whole days before today."""
    today = timezone.localdate(timezone=zone())
    return midnight(today - timedelta(days=DAYS)), midnight(today)


def tone(share: float | None) -> str:
    """How a share of losses looks: in order, needs a look, alarm; quiet where it is not known."""
    if share is None:
        return "quiet"
    told = round(share, 2)
    return "good" if told < FAIR else "warn" if told < HIGH else "bad"


def kept(key: str, seconds: int, ask: Callable[[], Any]) -> Any:
    """An answer kept for so many seconds; when it has aged, one asker renews it and the others take the old.

    The very first is waited for, so that many who come at once don't all ask what costs a second.
    """
    for _wait in range(PATIENCE):
        found = cache.get(key)
        now = timezone.now().timestamp()
        if found is not None and found[0] > now:
            return found[1]
        if cache.add(f"{key}.renewing", 1, 30):
            break
        if found is not None:
            return found[1]
        time.sleep(0.1)
    try:
        answer = ask()
        _keep(key, seconds, answer)
    finally:
        cache.delete(f"{key}.renewing")
    return answer


def _keep(key: str, seconds: int, answer: object) -> None:
    cache.set(key, (timezone.now().timestamp() + seconds, answer), 24 * 3600)


def _nights() -> dict[str, tuple[float | None, ...]]:
    last = last_night()
    days = [last - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    least = readings.least_inflow(days[0], last)
    return {district: tuple(map(found.get, days)) for district, found in least.items()}


def _balances() -> dict[str, Balance]:
    return dict(readings.balances(*month()))
