"""Bulk: what is written in one statement reads back as if Django had written row by row."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from candia.core import bulk
from candia.core.access import Device
from candia.core.entity import Entity
from candia.core.event import Event

# PostgreSQL knows no NUL, and no half of a surrogate pair.
words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
facts = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words,
    lambda more: st.dictionaries(words, more),
)


class TestWhatIsWritten(TestCase):
    @settings(max_examples=12)
    @given(st.lists(st.tuples(words, st.dictionaries(words, facts)), max_size=8))
    def test_each_row_has_its_own_key_and_reads_back_the_same(self, told):
        events = [
            Event(kind="core.x", by=by, entity=f"a.b:{n}", data=data) for n, (by, data) in enumerate(told)
        ]
        bulk.insert(events)
        for event, (by, data) in zip(events, told, strict=True):
            found = Event.objects.get(pk=event.pk)
            assert (found.entity, found.by, found.data) == (event.entity, by, data)

    @settings(max_examples=12)
    @given(st.lists(st.tuples(words, st.none() | st.floats(-180, 180)), min_size=1, max_size=8))
    def test_what_is_written_anew_is_written_of_these_rows_and_columns_alone(self, told):
        things = [
            Entity(id=f"a.b:{n}", kind_name="a.b", name="before", lat=1.5) for n in range(len(told) + 1)
        ]
        bulk.insert(things)
        for thing, (name, lon) in zip(things, told, strict=False):
            thing.name, thing.lon, thing.lat = name, lon, 99
        bulk.update(things[:-1], ["name", "lon"])
        found = list(
            Entity.objects.filter(kind_name="a.b").order_by("created", "id").values("name", "lon", "lat")
        )
        expected = [{"name": name, "lon": lon, "lat": 1.5} for name, lon in told]
        assert found == [*expected, {"name": "before", "lon": None, "lat": 1.5}]


@pytest.mark.django_db
def test_however_many_rows_it_is_one_statement():
    at = datetime(2026, 3, 29, 1, 30, 0, 123456, UTC)
    devices = [Device(id=f"d-{n}", secret_hash="x", entities=[f"a.b:{n}"], revoked=at) for n in range(300)]
    with CaptureQueriesContext(connection) as queries:
        bulk.insert(devices)
        bulk.update(devices, ["entities"])
        bulk.insert([])
        bulk.update([], ["entities"])
    assert len(queries) == 2
    assert Device.objects.get(pk="d-7").entities == ["a.b:7"]
    assert Device.objects.filter(revoked=at).count() == 300


@pytest.mark.django_db
def test_what_is_there_already_is_left_as_it_is():
    bulk.insert([Device(id="d", title="first", secret_hash="x")])
    bulk.insert([Device(id=id, title="second", secret_hash="x") for id in ("d", "e")], unless_there=True)
    assert dict(Device.objects.values_list("id", "title")) == {"d": "first", "e": "second"}
    with pytest.raises(DataError), transaction.atomic():
        bulk.insert([Device(id="f", title="t" * 200, secret_hash="x")])
