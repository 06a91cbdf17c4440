"""Who keeps devices, and what they see of them at the desk."""

import re

import pytest
from django.urls import reverse

from candia.core.access import Device, Grant, Person, system
from candia.core.errors import Conflict, Forbidden, Refused
from candia.devices import commands, credentials
from candia.devices.tests.samples import keeper

pytestmark = pytest.mark.django_db
METERS = "water.meter"


@pytest.fixture
def operator():
    """The operator of water, and of nothing else."""
    person = Person.objects.create_user("operator@example.gr", "a long enough password")
    Grant.objects.create(person=person, role=Grant.OPERATOR, service="water")
    return person


@pytest.fixture
def desk(client, operator):
    client.force_login(operator)
    return client


def test_an_operator_adds_a_device_and_sees_its_secret_once(desk):
    given = {"id": "meter-17", "title": "At the mill", "kinds": [METERS]}
    shown = desk.post(reverse("devices-desk-listing"), given)
    assert shown["Cache-Control"] == "no-store"
    secret = re.search(r"<code>([\w-]{43})</code>", shown.content.decode())[1]
    assert credentials.authenticate("meter-17", secret).kinds == [METERS]
    for page in (
        reverse("devices-desk-listing"),
        reverse("devices-desk-device", kwargs={"name": "meter-17"}),
    ):
        told = desk.get(page).content.decode()
        assert "meter-17" in told
        assert secret not in told
    assert secret not in str(Device.objects.values().get(pk="meter-17"))


def test_another_secret_is_shown_once_and_a_revoked_device_stays_out(desk, operator):
    _, old = credentials.issue(operator, "meter-18", kinds=[METERS])
    page = reverse("devices-desk-device", kwargs={"name": "meter-18"})
    new = re.search(r"<code>([\w-]{43})</code>", desk.post(page, {"renew": "1"}).content.decode())[1]
    assert credentials.authenticate("meter-18", new)
    assert not credentials.authenticate("meter-18", old)
    desk.post(page, {"revoke": "1"})
    assert Device.objects.get(pk="meter-18").revoked
    with pytest.raises(Conflict):
        commands.renew_secret(by=operator, device="meter-18", fingerprint="sha256:")
    with pytest.raises(Conflict):
        credentials.issue(operator, "meter-18", kinds=[METERS])


def test_a_device_is_given_more_and_less(desk, operator):
    credentials.issue(operator, "meter-19", kinds=[METERS])
    page = reverse("devices-desk-device", kwargs={"name": "meter-19"})
    desk.post(page, {"grant": "1", "kinds": ["water.district"]})
    desk.post(page, {"take": METERS})
    assert Device.objects.get(pk="meter-19").kinds == ["water.district"]
    refused = desk.post(page, {"grant": "1", "entities": "water.meter:nowhere, nonsense"})
    assert "water.meter:nowhere" in refused.content.decode()
    assert Device.objects.get(pk="meter-19").entities == []


def test_an_operator_keeps_the_devices_of_their_own_services_alone(desk, operator):
    credentials.issue(system, "mixed", kinds=[METERS, "dialogue.proposal"])
    with pytest.raises(Forbidden):
        credentials.issue(operator, "voice", kinds=["dialogue.proposal"])
    with pytest.raises(Forbidden):
        commands.revoke_device(by=operator, device="mixed")
    assert desk.get(reverse("devices-desk-device", kwargs={"name": "mixed"})).status_code == 404
    assert "mixed" not in desk.get(reverse("devices-desk-listing")).content.decode()
    assert commands.revoke_device(by=keeper(), device="mixed")


def test_the_desks_own_names_are_not_given_away(operator):
    with pytest.raises(Refused):
        credentials.issue(operator, "desk-water", kinds=[METERS])


def test_an_operator_who_left_keeps_nothing(operator):
    operator.is_active = False
    with pytest.raises(Forbidden):
        credentials.issue(operator, "meter-20", kinds=[METERS])
