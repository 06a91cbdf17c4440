"""The desk's first page: what waits for whom, and what stands when a service can't say what waits for it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from candia.accounts.models import Letter
from candia.core import service as core
from candia.core.access import Grant, Machine, Person
from candia.core.alert import Alert
from candia.core.event import Happened, record
from candia.operations import inbox
from candia.services.water.models import District

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

    assert text.index("Water runs in the south.") < text.index("Water runs in the north.")
    for alert in Alert.objects.all():
        assert f'href="/en/desk/operations/alerts/{alert.pk}/"' in text


def test_a_clerk_has_the_letters_and_no_alerts(client, member, alerts):
    member(Grant.CLERK, "")
    waits = Person.objects.create_user("waits@example.gr")
    Letter.objects.create(person=waits, addressee="Α. Β.", address="Οδός 1", nonce="n")

    text = client.get("/en/desk/").content.decode()

    assert "1 letter is to be printed" in text
    assert "Water runs" not in text


def test_a_service_that_can_not_say_what_waits_is_named_and_the_alerts_stand(
    client, member, alerts, monkeypatch
):
    member(Grant.OPERATOR, "water")

    def fails(_person):
        raise OSError("the stream is away")

    water = replace(core.services()["water"], inbox=fails)
    monkeypatch.setattr(inbox, "services", lambda: {**core.services(), "water": water})

    text = client.get("/en/desk/").content.decode()

    assert "say what waits" in text
    assert "Water runs in the south." in text


def test_the_styleguide_shows_itself_in_both_languages(client, member):
    member(Grant.CLERK, "")

    for address in ("/desk/styleguide", "/en/desk/styleguide"):
        assert client.get(address).status_code == 200
