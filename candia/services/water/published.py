"""Published: what is told to everyone of a district's days, which is final (docs/decisions/0013).

A day is published once, when its readings have come in. It counts the meters of a group that changes only by at
least `FEW` of them at a time, so that no two publications differ by a household; nothing that happens later, a
meter that moves, goes or is corrected, changes what was published.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from candia.core.telemetry import zone
from candia.services.water import daily
from candia.services.water.daily import Day, Groups, Rises
from candia.services.water.models import FEW, Counted, District, Meter, PublishedDay
from candia.services.water.readings import Balance

#: Finished days that the open data tell of.
TOLD = 31
# Readings of a day come in until so many hours after it.
SETTLED = timedelta(hours=6)
# With so many of its meters heard a day is published; after so many days with those that there are.
MOST_HEARD, LATEST = 0.9, timedelta(days=3)


@dataclass(frozen=True)
class Told:
    """What everyone is told of a district's day: volumes in m³, the night's least inflow in L/s.

    What meters counted, and what follows from it, is there only once the day is published.
    """

    district: str
    day: date
    input_m3: float | None
    metered_m3: float | None
    losses_m3: float | None
    share: float | None
    night: float | None
    meters: int | None
    meters_reporting: int | None
    estimated: bool | None


def days() -> tuple[Told, ...]:
    """The last finished days of every district, oldest first; those that are ready are published by the way."""
    with transaction.atomic(), connection.cursor() as cursor:
        # One publishes, and whoever comes meanwhile reads what was published.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('water.published', 0))")
        return tuple(_days())


def _days() -> Iterator[Told]:
    today = timezone.localdate(timezone=zone())
    known = {(row.district_id, row.day): row for row in _kept(today)}
    counted = Rises.ask(TOLD)
    groups = _groups(counted)
    for one in daily.days(TOLD, groups, counted):
        row = known.get((one.district, one.day))
        if row is None and _ready(one, groups):
            row = _publish(one)
        yield _told(row) if row is not None else _unpublished(one)


def balances(among: Iterable[Told], least: int) -> dict[str, Balance]:
    """The balance of each district over its published days, where there are at least so many; by district."""
    own: dict[str, list[Told]] = {}
    for told in among:
        if told.metered_m3 is not None:
            own.setdefault(told.district, []).append(told)
    return {district: _sum(each) for district, each in own.items() if len(each) >= least}


def _sum(each: list[Told]) -> Balance:
    last = each[-1]
    return Balance(
        sum(told.input_m3 or 0.0 for told in each),
        sum(told.metered_m3 or 0.0 for told in each),
        last.meters or 0,
        last.meters_reporting or 0,
        estimated=any(told.estimated for told in each),
    )


def _kept(today: date) -> list[PublishedDay]:
    return list(PublishedDay.objects.filter(day__gte=today - timedelta(days=TOLD), day__lt=today))


def _ready(one: Day, groups: Groups) -> bool:
    """Whether a day may be published: told of enough households, of the group alone, and its readings are in."""
    balance, over = one.balance, daily.midnight(one.day + timedelta(days=1))
    if balance is None or not balance.public or len(groups.get(one.district, {})) < FEW:
        return False
    now = timezone.now()
    heard = balance.meters_reporting >= MOST_HEARD * balance.meters
    return now >= over + SETTLED and (heard or now >= over + LATEST)


def _publish(one: Day) -> PublishedDay:
    balance = one.balance
    assert balance is not None  # noqa: S101 — see _ready
    return PublishedDay.objects.create(
        district_id=one.district,
        day=one.day,
        input_m3=round(balance.input_m3, 1),
        metered_m3=round(balance.metered_m3, 1),
        losses_m3=round(balance.losses_m3, 1),
        share=None if balance.share is None else round(balance.share, 3),
        night=None if one.night is None else round(one.night, 2),
        meters=balance.meters,
        meters_reporting=balance.meters_reporting,
        estimated=balance.estimated,
    )


def _told(row: PublishedDay) -> Told:
    return Told(
        row.district_id,
        row.day,
        row.input_m3,
        row.metered_m3,
        row.losses_m3,
        row.share,
        row.night,
        row.meters,
        row.meters_reporting,
        row.estimated,
    )


def _unpublished(one: Day) -> Told:
    """The inflow alone: it is the network's, not a household's."""
    balance = one.balance
    return Told(
        one.district,
        one.day,
        round(balance.input_m3, 1) if balance else None,
        None,
        None,
        None,
        None if one.night is None else round(one.night, 2),
        balance.meters if balance else None,
        balance.meters_reporting if balance else None,
        balance.estimated if balance else None,
    )


def _groups(counted: Rises) -> Groups:
    """The meters that count in each district from now on; those that came or went wait until they are enough."""
    hung: dict[str, set[str]] = {place: set() for place in District.objects.values_list("pk", flat=True)}
    for meter, place in Meter.objects.exclude(district=None).values_list("pk", "district"):
        hung[place].add(meter)
    kept: dict[str, dict[str, float]] = {}
    for row in Counted.objects.all():
        kept.setdefault(row.district_id, {})[row.meter] = row.usual
    usual = counted.usual()
    for district, meters in hung.items():
        own = kept.setdefault(district, {})
        coming, going = meters - own.keys(), own.keys() - meters
        if len(coming) >= FEW:
            own |= {meter: usual.get(meter, 0.0) for meter in coming}
        if len(going) >= FEW and len(own) - len(going) >= FEW:
            for meter in going:
                del own[meter]
            Counted.objects.filter(district=district, meter__in=going).delete()
        own |= {meter: usual[meter] for meter in own.keys() & usual.keys()}
    Counted.objects.bulk_create(
        [Counted(meter=m, district_id=d, usual=u) for d, own in kept.items() for m, u in own.items()],
        update_conflicts=True,
        update_fields=["usual"],
        unique_fields=["meter", "district"],
        batch_size=2000,
    )
    # Of too few to be told, the meters of the moment serve: nothing of what they counted leaves the desk.
    return {place: kept[place] or dict.fromkeys(sorted(hung[place]), 0.0) for place in hung}
