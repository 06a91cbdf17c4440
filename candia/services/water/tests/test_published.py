"""Published days are final: nothing that a household does or is later changes a byte of what everyone was told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.core.serializers.json import DjangoJSONEncoder
from django.db import Error, transaction
from django.utils import timezone

from candia.services.water import datasets, overview, published
from candia.services.water.daily import Rises
from candia.services.water.models import FEW, Counted, District, Meter, PublishedDay
from candia.services.water.tests.city import Town, counted, flowed, hours, keep, record, seen_of, town

pytestmark = pytest.mark.django_db


DAYS = 10


def measured(meters: int, heard: int | None = None) -> Town:
    """A district whose inflow and meters have been measured for ten days, each home its own way."""
    place = town(meters)
    flowed(place.district, DAYS, level=2.0)
    homes = enumerate(place.meters[:heard])
    record(
        [
            seen
            for number, meter in homes
            for seen in seen_of(
                meter.pk,
                "water.index",
                [(at, 100 + n * (8.0 + number) / 1000) for n, at in enumerate(hours(DAYS * 24))],
            )
        ]
    )
    return place


@pytest.fixture
def two() -> tuple[Town, Town]:
    """Two districts beside each other."""
    return measured(12), measured(12)


def public(*places: Town) -> str:
    """Every figure over households that anyone can get of these districts, as text; asked for anew."""
    cache.clear()
    own = {place.district.pk for place in places}
    losses = [row for row in datasets.losses() if row["district"] in own and row["metered_m3"] is not None]
    glances = {id: repr(glance.balance) for id, glance in overview.public_glances().items() if id in own}
    return json.dumps([losses, glances], cls=DjangoJSONEncoder, sort_keys=True)


def moved(one: Town, other: Town) -> None:
    Meter.objects.filter(pk=one.meters[0].pk).update(district=other.district)


def hung_nowhere(one: Town, _other: Town) -> None:
    Meter.objects.filter(pk=one.meters[0].pk).update(district=None)


def removed(one: Town, _other: Town) -> None:
    one.meters[0].delete()


def read_again(one: Town, _other: Town) -> None:
    """Readings come late, or are corrected, for days that were told already."""
    keep(one.meters[0].pk, "water.index", [(at, 500 + n * 0.3) for n, at in enumerate(hours(7 * 24))])


def one_more(one: Town, _other: Town) -> None:
    new = Meter.objects.create(id=f"{one.meters[0].pk}-new", name="new", district=one.district)
    counted(new, days=DAYS, litres=77.0)


def others_inflow(one: Town, _other: Town) -> None:
    flowed(one.district, DAYS, level=3.0)


@pytest.mark.parametrize("happens", [moved, hung_nowhere, removed, one_more, read_again, others_inflow])
def test_what_was_published_stays_as_it_was(happens: Callable[[Town, Town], None], two) -> None:
    before, groups = public(*two), dict(members(*two))
    assert before.count('"day"') >= 2 * (DAYS - 2)

    happens(*two)

    assert public(*two) == before
    # What is told next counts the same households.
    assert dict(members(*two)) == groups
    assert {len(group) for group in groups.values()} == {12}


def members(*places: Town) -> Iterator[tuple[str, set[str]]]:
    for place in places:
        found = set(Counted.objects.filter(district=place.district).values_list("meter", flat=True))
        if found:
            yield place.district.pk, found


def test_a_group_changes_by_enough_households_or_not_at_all(two) -> None:
    one, _other = two
    public(*two)
    for number in range(FEW):
        if number == FEW - 1:
            public(one)
            assert len(dict(members(one))[one.district.pk]) == 12
        Meter.objects.create(id=f"{one.meters[0].pk}-more-{number}", name="more", district=one.district)
    public(one)

    assert len(dict(members(one))[one.district.pk]) == 12 + FEW


def test_a_member_that_is_gone_is_counted_as_it_used_to_be(two) -> None:
    one, _other = two
    public(*two)
    used = Counted.objects.get(meter=one.meters[5].pk).usual
    group = {one.meters[5].pk + "-gone": used}

    rises, counts = Rises.ask(7).of(group)

    # Ten days back from this hour the first is a part of a day, late in the evening next to nothing of it.
    assert 0.899 * 13.0 * 24 / 1000 <= used <= 1.001 * 13.0 * 24 / 1000
    assert rises.tolist() == [[used] * 7]
    assert counts.sum() == 0


def test_nothing_is_told_of_fewer_than_ten_and_no_day_before_its_readings_are_in() -> None:
    small, late = measured(FEW - 1), measured(12, heard=FEW)
    District.objects.filter(pk=small.district.pk).update(connections=40)

    assert '"day"' not in public(small)
    told = json.loads(public(late))[0]
    youngest = max(row["day"] for row in told)
    # Ten of twelve were heard: the days wait for the others, and then go without them.
    assert youngest <= f"{timezone.localdate() - published.LATEST:%Y-%m-%d}"


def test_the_database_refuses_to_change_what_was_published(two) -> None:
    public(*two)

    with pytest.raises(Error, match="final"), transaction.atomic():
        PublishedDay.objects.update(metered_m3=0)
