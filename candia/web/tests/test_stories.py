"""A story: what happened over and over is one line, a step leads to its cause, and only what is public is told."""

import re

import pytest

from candia.core import service
from candia.core.access import Machine
from candia.core.event import EventType, Happened, record
from candia.core.relation import relate
from candia.services.dialogue.tests.samples import person, submitted
from candia.services.water.models import District, Meter
from tests.html import tight

pytestmark = pytest.mark.django_db
RULE = Machine("rule:water.night_flow")


@pytest.fixture
def district():
    return District.objects.create(id="water.district:north", name="Βορράς", connections=400)


def opened(entity, because=None, about=None):
    data = {"rule": "water.night_flow"}
    return record("core.alert_opened", Happened(entity, about=about, data=data), by=RULE, because=because)


def cleared(entity, because):
    data = {"rule": "water.night_flow"}
    return record("core.alert_cleared", Happened(entity, data=data), by=RULE, because=because)


def steps(text):
    return re.findall(r'<li class="tone-\w+" id="(e\d+)">', text)


def test_a_step_leads_to_its_cause_and_names_its_rule(client, district):
    first = opened(district)
    second = cleared(district, because=first)

    text = tight(client.get(f"/stories/{district.pk}"))

    assert steps(text) == [f"e{first.pk}", f"e{second.pk}"]
    assert f'<a href="#e{first.pk}">' in text
    assert text.count(": Νυχτερινή παροχή") == 2
    assert 'href="/water/districts/north/"' in text


def test_what_happened_many_times_is_one_line_that_opens(client, district):
    events = [opened(district) for _time in range(7)]

    text = tight(client.get(f"/stories/{district.pk}"))

    assert steps(text) == [f"e{events[0].pk}"]
    assert "7 φορές" in text
    assert len(re.findall(r"<li><time", text)) == 7


def test_a_cause_in_the_story_of_another_thing_is_told_there(client, district):
    other = District.objects.create(id="water.district:south", name="Νότος", connections=400)
    cause = opened(other)
    opened(district, because=cause, about=district)

    text = tight(client.get(f"/stories/{district.pk}"))

    assert f'href="/stories/water.district:south#e{cause.pk}"' in text


def test_a_cause_that_is_nobodys_business_is_no_link(client, district):
    meter = Meter.objects.create(id="water.meter:1", name="1", district=district)
    cause = opened(meter)
    opened(district, because=cause, about=district)

    text = tight(client.get(f"/stories/{district.pk}"))

    assert "water.meter:1" not in text
    assert client.get("/stories/water.meter:1").status_code == 404


def test_a_thing_to_which_nothing_happened_has_an_empty_story(client, district):
    assert "Δεν έχει συμβεί ακόμη τίποτα" in client.get(f"/stories/{district.pk}").content.decode()


def test_what_three_proposals_led_to_shows_all_three_and_each_of_them_shows_it(client, district):
    """A district stands for the project that was built."""
    proposals = [submitted(person(name), f"Πρόταση του {name}") for name in ("maria", "nikos", "eleni")]
    hidden = submitted(person("kostas"), "Πρόταση που κρύφτηκε")
    type(hidden).objects.filter(pk=hidden.pk).update(hidden=True)
    for proposal in (*proposals, hidden):
        relate(district, "came_from", proposal)
    built = opened(district)

    whole = tight(client.get(f"/stories/{district.pk}"))

    assert "Προήλθε από" in whole
    for proposal in proposals:
        # Its own link, and that of each of its lines.
        assert whole.count(f'<a href="/stories/{proposal.id}">{proposal.heading}</a>') >= 2
        one = tight(client.get(f"/stories/{proposal.id}"))
        assert "Οδήγησε σε" in one
        assert f'<a href="/stories/{district.pk}">Βορράς</a>' in one
        assert f"e{built.pk}" in steps(one)
        assert not any(other.heading in one for other in proposals if other != proposal)
    assert hidden.heading not in whole
    assert hidden.id not in whole


@pytest.fixture
def for_staff():
    """Lets an event be for staff alone, for one test."""

    def alone(monkeypatch, kind):
        known = service.event_types() | {kind: EventType(kind, "Secret", staff=True)}
        monkeypatch.setattr(service, "event_types", lambda: known)
        service.staff_events.cache_clear()

    yield alone
    service.staff_events.cache_clear()


def test_what_is_for_staff_alone_is_in_no_public_story_not_even_as_a_cause(
    client, district, monkeypatch, for_staff
):
    first = opened(district)
    second = cleared(district, because=first)
    for_staff(monkeypatch, "core.alert_opened")

    text = tight(client.get(f"/stories/{district.pk}"))
    told = client.get(f"/api/v1/entities/{district.pk}/story").json()["items"]

    assert steps(text) == [f"e{second.pk}"]
    assert "Άνοιξε ειδοποίηση" not in text
    assert [(item["id"], item["data"]["because"]) for item in told] == [(str(second.pk), None)]
