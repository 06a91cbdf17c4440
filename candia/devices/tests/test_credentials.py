"""Who a device is, answered from memory, and a memory that never falls behind the records."""

import pytest
from django.db import connection

from candia.core.access import Device, system
from candia.core.entity import Entity
from candia.core.errors import Conflict, Refused
from candia.core.service import commands, services
from candia.devices import credentials
from candia.devices.catalogue import CityCatalogue

pytestmark = pytest.mark.django_db


def test_a_new_device_is_let_in_at_once_with_its_secret_and_no_other():
    device, secret = credentials.issue(system, "meter-1", kinds=["water.meter"])
    other, _ = credentials.issue(system, "meter-2", kinds=["water.meter"])
    known = credentials.authenticate("meter-1", secret)
    assert known is not None
    assert (known.id, known.kinds, known.actor_id) == ("meter-1", ["water.meter"], "device:meter-1")
    assert credentials.authenticate("meter-1", secret + "x") is None
    assert credentials.authenticate("meter-1", "") is None
    assert credentials.authenticate(other.id, secret) is None
    assert credentials.authenticate("nobody", secret) is None
    assert secret not in device.secret_hash


def test_a_renewed_secret_opens_at_once_and_a_revoked_device_soon_finds_the_door_shut(monkeypatch):
    device, old = credentials.issue(system, "meter-3", kinds=["water.meter"])
    assert credentials.authenticate(device.id, old)
    new = credentials.new_secret()
    commands()["devices.renew_secret"](by=system, device=device, fingerprint=credentials.fingerprint(new))
    assert credentials.authenticate(device.id, new)
    assert credentials.authenticate(device.id, old) is None
    commands()["devices.revoke_device"](by=system, device=device)
    monkeypatch.setattr(credentials, "FRESH", 0)
    assert credentials.authenticate(device.id, new) is None


@pytest.mark.parametrize("id", ["", "Meter", "a.b", "a b", "-a", "a-", "μ", "a" * 65, "a*", ">", "a/b"])
def test_a_name_that_would_mean_something_to_the_stream_is_refused(id):
    with pytest.raises(Refused):
        credentials.issue(system, id, kinds=["water.meter"])


def test_a_name_is_given_once():
    credentials.issue(system, "meter-4", kinds=["water.meter"])
    with pytest.raises(Conflict):
        credentials.issue(system, "meter-4", kinds=["water.meter"])


def test_whoever_guesses_costs_the_records_little(monkeypatch):
    asked = []

    def ask(sql, parameters):
        asked.append(sql)
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()

    monkeypatch.setattr(credentials, "SAVED", 0.01)
    book = credentials.Book(ask)
    for number in range(3000):
        assert book.check(f"stranger-{number}", "guessed") is None
    assert len(asked) < 1000


@pytest.fixture
def catalogue(monkeypatch):
    """The catalogue as ingest has it, but over the test's own connection, which sees its rows."""
    from candia.devices import catalogue as module

    monkeypatch.setattr(module, "Line", lambda _url: credentials._ask)
    found = CityCatalogue("", services().values())
    found.refresh()
    return found


def thing(id, alias=None):
    return Entity.objects.create(id=id, kind_name=id.partition(":")[0], name=id, alias=alias)


def test_the_catalogue_follows_what_is_loaded_renamed_and_removed(catalogue):
    thing("water.meter:1", "A1"), thing("water.meter:2", "A2")
    assert not catalogue.entity_known("water.meter:1")
    catalogue.refresh()
    assert catalogue.entity_known("water.meter:1")
    assert catalogue.by_alias("A2") == "water.meter:2"
    # The alias moves on, as a radio module does that is put into another meter.
    Entity.objects.filter(id="water.meter:2").update(alias=None)
    Entity.objects.filter(id="water.meter:1").update(alias="A2")
    catalogue.refresh()
    assert catalogue.by_alias("A2") == "water.meter:1"
    assert catalogue.by_alias("A1") is None
    Entity.objects.filter(id="water.meter:1").delete()
    thing("water.meter:3")
    catalogue.refresh()
    assert not catalogue.entity_known("water.meter:1")
    assert catalogue.entity_known("water.meter:3")
    assert catalogue.by_alias("A2") is None


def test_the_catalogue_says_who_may_speak_for_what(catalogue):
    thing("water.meter:1"), thing("water.meter:2")
    credentials.issue(system, "one", entities=["water.meter:1"])
    gateway, _ = credentials.issue(system, "gateway", kinds=["water.meter"])
    catalogue.refresh()
    assert catalogue.may_speak("one", "water.meter:1")
    assert not catalogue.may_speak("one", "water.meter:2")
    assert catalogue.may_speak("gateway", "water.meter:2")
    assert not catalogue.may_speak("gateway", "water.district:1")
    assert not catalogue.may_speak("stranger", "water.meter:1")
    assert (catalogue.sole_entity("one"), catalogue.sole_entity("gateway")) == ("water.meter:1", None)
    Device.objects.filter(pk=gateway.pk).update(revoked="2026-01-01T00:00Z")
    catalogue.refresh()
    assert not catalogue.may_speak("gateway", "water.meter:2")
    assert catalogue.properties["water"]["inflow"].unit == "l/s"
