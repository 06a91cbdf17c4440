"""The desk's first page: whose alerts, in which order, and what stands when a service has no figures to give."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from candia.core import service as core
from candia.core.access import Grant, Machine, Person
from candia.core.alert import Alert
from candia.core.event import Happened, record
from candia.services.water.models import District
from candia.web.desk import views

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client):
    """Signs somebody in who holds a role."""

    def has(role, service):
        person = Person.objects.create_user("staff@example.gr", "a long enough password")
        Grant.objects.create(person=person, role=role, service=service)
        client.force_login(person)
        return person

    return has


@pytest.fixture
def alerts():
    """Two districts with an alert each: the newer one minor, the older one severe."""
    now = timezone.now()
    for name, severity, age in [("north", "minor", 1), ("south", "severe", 30)]:
        district = District.objects.create(id=f"water.district:{name}", name=name.title())
        opened = record("core.alert_opened", Happened(district), by=Machine("rule:water.night_flow"))
        Alert.objects.create(
            rule="water.night_flow",
            entity=district,
            severity=severity,
            text=f"Water runs in the {name}.",
            opened=now - timedelta(hours=age),
            last_seen=now,
            opened_by=opened,
        )


def test_an_operator_sees_the_worst_first_with_the_way_to_its_page(client, member, alerts):
    member(Grant.OPERATOR, "water")

    text = client.get("/en/desk/").content.decode()

    assert text.index("South") < text.index("North")
    for alert in Alert.objects.all():
        assert f'href="/en/desk/water/alerts/{alert.pk}/"' in text


def test_a_district_that_is_its_own_zone_has_one_name_in_the_readers_language(client, member, alerts):
    member(Grant.OPERATOR, "water")
    District.objects.filter(pk="water.district:north").update(
        name="Φορτέτσα", names={"en": "Fortetsa"}, zone="h"
    )

    assert client.get("/desk/").content.decode().count("Φορτέτσα") == 1
    told = client.get("/en/desk/").content.decode()
    assert "Φορτέτσα" not in told
    assert told.count("Fortetsa") == 1


def test_staff_of_another_service_see_none_of_them(client, member, alerts):
    member(Grant.OPERATOR, "dialogue")

    text = client.get("/en/desk/").content.decode()

    assert "Water runs" not in text
    assert "owed an answer" in text


def test_who_operates_nothing_is_not_told_of_alerts(client, member, alerts):
    member(Grant.CLERK, "")

    text = client.get("/en/desk/").content.decode()

    assert "Open alerts" not in text
    assert "Letters to print" in text
    assert "Water runs" not in text


def test_figures_that_can_not_be_had_are_named_and_the_alerts_stand(client, member, alerts, monkeypatch):
    member(Grant.OPERATOR, "water")

    def fails(_person):
        raise OSError("the stream is away")

    water = replace(core.services()["water"], desk=fails)
    monkeypatch.setattr(views, "services", lambda: {**core.services(), "water": water})

    text = client.get("/en/desk/").content.decode()

    assert "no answer" in text
    assert "Water runs in the south." in text


def test_the_styleguide_shows_itself_in_both_languages(client, member):
    member(Grant.CLERK, "")

    for address in ("/desk/styleguide", "/en/desk/styleguide"):
        assert client.get(address).status_code == 200
