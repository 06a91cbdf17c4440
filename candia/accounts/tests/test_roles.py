"""Stories of power: who grants what, who is refused, and that the city is never locked out."""

import threading

import pytest
from django.db import close_old_connections, connection
from django.test import Client
from django.urls import reverse

from candia.accounts import commands, residency
from candia.accounts.tests import samples
from candia.accounts.tests.samples import somebody
from candia.contract.dummy import installed
from candia.core import errors
from candia.core.access import Grant, Person, anyone, system
from candia.core.event import Event
from candia.core.service import services

pytestmark = pytest.mark.django_db
service = services()["people"]


@pytest.mark.parametrize("role", ["resident", "operator", "moderator", "clerk"])
@pytest.mark.parametrize("page", [page for page in service.pages if page.desk], ids=lambda page: page.name)
def test_only_the_named_role_opens_a_desk_page(role, page, client):
    who = somebody("who", *([] if role == "resident" else [(role, "")]))
    client.force_login(who)
    address = reverse(f"people-{page.name}", kwargs=samples.pages().get(page.name, {}))

    answer = client.get(address)

    assert answer.status_code == (200 if page.may(who) else 403)
    assert page.may is not anyone
    if role != "clerk":
        assert answer.status_code == 403


@pytest.mark.parametrize("role", ["operator", "moderator", "clerk"])
def test_staff_cannot_raise_themselves(role, client):
    who = somebody("who", (role, ""))
    client.force_login(who)

    client.post(f"/desk/people/{who.pk}/", {"grant": "1", "role": "administrator", "service": ""})
    with pytest.raises(errors.Forbidden):
        commands.grant_role(by=who, person=who, role="administrator")

    assert not Person.objects.get(pk=who.pk).has_role("administrator")
    assert not Event.objects.exists()


def test_an_administrator_of_one_service_is_no_such_thing():
    admin = somebody("admin", (Grant.ADMINISTRATOR, ""))
    friend = somebody("friend")

    with pytest.raises(errors.Refused):
        commands.grant_role(by=admin, person=friend, role="administrator", service="people")
    # Even a row that stands there by mistake opens nothing.
    Grant.objects.create(person=friend, role="administrator", service="people")
    with pytest.raises(errors.Forbidden):
        commands.grant_role(by=friend, person=friend, role="clerk")


def test_a_role_is_granted_and_revoked_at_the_desk_and_the_trail_says_by_whom(client):
    admin, anna = somebody("admin", (Grant.ADMINISTRATOR, ""), name="Σοφία"), somebody("anna")
    client.force_login(admin)
    address = f"/desk/people/{anna.pk}/"

    client.post(address, {"grant": "1", "role": "clerk", "service": ""})
    at_desk = Client()
    at_desk.force_login(anna)
    assert at_desk.get("/desk/people/residents/").status_code == 200
    client.post(address, {"revoke": "clerk:"})

    assert at_desk.get("/desk/people/residents/").status_code == 403
    commands.grant_role(by=system, person=anna, role="operator", service="water")
    trail = client.get(address).context["trail"]
    assert [step["by"] for step in trail] == ["Σοφία", "Σοφία", "η ίδια η πόλη"]
    assert trail[-1]["text"] == "Χειριστής, Νερό"
    commands.grant_role(by=system, person=anna, role="administrator")
    commands.erase_account(by=admin)
    client.force_login(anna)
    trail = client.get(address).context["trail"]
    assert [step["by"] for step in trail[:2]] == ["διαγραμμένος λογαριασμός"] * 2


def test_a_deactivated_account_does_not_stay_signed_in(client):
    clerk = somebody("clerk", (Grant.CLERK, ""))
    client.force_login(clerk)
    assert client.get("/desk/people/residents/").status_code == 200

    Person.objects.filter(pk=clerk.pk).update(is_active=False)

    assert client.get("/desk/people/residents/").status_code != 200


def test_the_last_administrator_stays():
    admin = somebody("admin", (Grant.ADMINISTRATOR, ""))
    closed = somebody("closed", (Grant.ADMINISTRATOR, ""), is_active=False)

    with pytest.raises(errors.Refused):
        commands.revoke_role(by=admin, person=admin, role="administrator")
    with pytest.raises(errors.Refused):
        commands.erase_account(by=admin)

    assert closed.has_role("administrator")
    assert Person.objects.get(pk=admin.pk).is_active


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_remove_each_other_at_once_leave_one():
    one, two = (somebody(name, (Grant.ADMINISTRATOR, "")) for name in ("one", "two"))
    start = threading.Barrier(2)
    refusals = []

    def remove(by: Person, other: Person) -> None:
        start.wait()
        try:
            commands.revoke_role(by=by, person=other, role="administrator")
        except errors.Refused as error:
            refusals.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=remove, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    close_old_connections()

    assert len(refusals) == 1
    assert Grant.objects.filter(role="administrator").count() == 1


def test_nobody_prints_their_own_letter():
    clerk = somebody("clerk", (Grant.CLERK, ""))
    residency.request_code(by=clerk, addressee="Κ", address="Οδός 1")

    with pytest.raises(errors.Refused):
        residency.print_letter(by=clerk, letter=clerk.letter.pk)


def test_the_desk_says_what_each_role_may_do_and_gives_nothing_by_leaving_something_out(client):
    admin, anna = somebody("admin", (Grant.ADMINISTRATOR, "")), somebody("anna")
    client.force_login(admin)
    address = f"/desk/people/{anna.pk}/"

    form = client.get(address).context["form"]
    told = dict(form.fields["role"].choices)
    assert {"operator", "moderator", "clerk", "administrator"} <= told.keys()
    assert all(len(str(line)) > 60 for line in told.values())
    where = [name for name, _title in form.fields["service"].choices]
    assert (where[0], where[-1]) == ("", "*")
    again = client.post(address, {"grant": "1", "role": "operator", "service": ""})
    assert again.status_code == 200
    assert again.context["form"].errors.keys() == {"service"}
    assert not anna.grants.exists()

    client.post(address, {"grant": "1", "role": "operator", "service": "water"})
    client.post(address, {"grant": "1", "role": "moderator", "service": "*"})
    # Of the whole city, whatever stands in the list beside it.
    client.post(address, {"grant": "1", "role": "clerk", "service": "water"})
    assert set(anna.grants.values_list("role", "service")) == {
        ("operator", "water"),
        ("moderator", ""),
        ("clerk", ""),
    }


def test_a_role_that_a_service_declares_counts_there_alone_and_harms_nothing_once_it_is_off(client):
    admin, anna = somebody("admin", (Grant.ADMINISTRATOR, "")), somebody("anna")
    client.force_login(admin)
    address = f"/desk/people/{anna.pk}/"
    with installed():
        client.post(address, {"grant": "1", "role": "jury:dummy", "service": ""})
        assert "Chooses among what was proposed." in client.get(address).content.decode()
        for elsewhere in ("water", ""):
            with pytest.raises(errors.Refused):
                commands.grant_role(by=admin, person=anna, role="jury", service=elsewhere)
    holder = Person.objects.get(pk=anna.pk)
    assert holder.has_role("jury", "dummy")
    assert not holder.has_role("jury", "water")

    page = client.get(address)
    assert "jury:dummy" not in dict(page.context["form"].fields["role"].choices)
    assert "απενεργοποιημένη" in page.content.decode()
    own = Client()
    own.force_login(anna)
    assert [own.get(path).status_code for path in ("/desk/", "/people/me/", "/desk/people/residents/")] == [
        200,
        200,
        403,
    ]
    client.post(address, {"revoke": "jury:dummy"})
    assert not anna.grants.exists()
