"""Events: one per deed, never changed, and a story in one query."""

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from candia.core import event
from candia.core.access import Machine, system
from candia.core.event import Event, Happened, record, story

pytestmark = pytest.mark.django_db


def test_the_database_refuses_to_change_or_delete_an_event() -> None:
    opened = record("core.alert_opened", Happened("water.meter:1"), by=system)

    for deed in (lambda: Event.objects.update(kind="x"), lambda: Event.objects.all().delete()):
        with pytest.raises((DatabaseError, InternalError, ProgrammingError)), transaction.atomic():
            deed()

    assert Event.objects.get(pk=opened.pk).kind == "core.alert_opened"


def test_a_story_follows_causes_across_services_in_one_query() -> None:
    proposed = record("dialogue.proposal_submitted", Happened("dialogue.proposal:1"), by=system)
    funded = record(
        "budgeting.item_funded",
        Happened("budgeting.item:9"),
        by=Machine("rule:budgeting.fund"),
        because=proposed,
    )
    record("projects.built", Happened("projects.project:3"), by=system, because=funded)
    record("dialogue.proposal_submitted", Happened("dialogue.proposal:2"), by=system)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        told = [event.entity for event in story("dialogue.proposal:1")]

    assert told == ["dialogue.proposal:1", "budgeting.item:9", "projects.project:3"]
    assert len(queries) == 1


def test_an_event_is_a_cloudevent() -> None:
    confirmed = record("water.leak_confirmed", Happened("water.meter:1", data={"alert": 7}), by=system)

    told = confirmed.cloudevent()

    assert told["specversion"] == "1.0"
    assert told["type"] == "water.leak_confirmed"
    assert told["subject"] == "water.meter:1"
    assert told["data"]["by"] == "system"


@pytest.fixture
def listening(monkeypatch):
    """Nobody but the test hears of events; whoever listened before does so again afterwards."""
    heard: list[Event] = []
    monkeypatch.setattr(event, "_listeners", ())
    event.listen(heard.extend)
    return heard


def test_whoever_listens_is_told_of_each_event_and_recording_needs_nobody_else(listening) -> None:
    told = record("core.alert_opened", Happened("water.meter:1"), by=system)

    assert listening == [told]


def test_an_event_that_a_listener_can_not_bear_did_not_happen(listening) -> None:
    def refuse(_events: list[Event]) -> None:
        raise RuntimeError

    event.listen(refuse)
    with pytest.raises(RuntimeError), transaction.atomic():
        record("core.alert_opened", Happened("water.meter:1"), by=system)

    assert not Event.objects.filter(entity="water.meter:1").exists()
