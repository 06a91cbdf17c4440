"""Departments: an administrator draws the tree, puts people into it and says whose work is whose."""

import threading

import pytest
from django.db import connection
from django.urls import reverse
from django.utils.translation import override

from candia.accounts import commands, departments
from candia.accounts.models import Department, Route
from candia.accounts.tests.samples import somebody
from candia.core import errors
from candia.core.access import Grant

pytestmark = pytest.mark.django_db
TREE = reverse("people-desk-departments")


@pytest.fixture
def admin(client):
    made = somebody("admin", (Grant.ADMINISTRATOR, ""))
    client.force_login(made)
    return made


def page(department: Department) -> str:
    return reverse("people-desk-department", kwargs={"number": department.pk})


def shown() -> list[tuple[int, str]]:
    return [(branch.depth, str(branch.department)) for branch in departments.tree()]


def made(client, name: str, parent: Department | None = None) -> Department:
    told = {
        "act": "make",
        "name": name,
        "name_en": f"{name} in English",
        "parent": parent.pk if parent else "",
    }
    assert client.post(TREE, told).status_code == 302
    return Department.objects.get(name=name)


def test_the_administration_is_drawn_moved_and_closed_at_the_desk(client, admin) -> None:
    works = made(client, "Τεχνικά έργα")
    water, lights = made(client, "Ύδρευση", works), made(client, "Φωτισμός", works)
    leaks = made(client, "Διαρροές", water)
    assert shown() == [(0, "Τεχνικά έργα"), (1, "Ύδρευση"), (2, "Διαρροές"), (1, "Φωτισμός")]
    with override("en"):
        assert str(leaks) == "Διαρροές in English"

    client.post(page(leaks), {"act": "move", "parent": lights.pk})
    client.post(page(lights), {"act": "rename", "name": "Ηλεκτροφωτισμός"})
    assert shown() == [(0, "Τεχνικά έργα"), (1, "Ηλεκτροφωτισμός"), (2, "Διαρροές"), (1, "Ύδρευση")]
    # What stands below is no place for what is above it, at the desk and by command.
    assert client.post(page(works), {"act": "move", "parent": leaks.pk}).status_code == 200
    with pytest.raises(errors.Refused):
        departments.move_department(by=admin, department=works.pk, parent=leaks.pk)
    client.post(page(lights), {"act": "close"})
    assert lights.pk in {branch.department.pk for branch in departments.tree()}
    client.post(page(leaks), {"act": "close"})
    assert shown() == [(0, "Τεχνικά έργα"), (1, "Ηλεκτροφωτισμός"), (1, "Ύδρευση")]
    assert client.get(page(leaks)).status_code == 404


def test_people_join_by_their_address_and_a_head_sees_what_is_below(client, admin) -> None:
    works = made(client, "Τεχνικά έργα")
    water = made(client, "Ύδρευση", works)
    anna, eleni = somebody("anna", (Grant.OPERATOR, "water")), somebody("eleni", (Grant.OPERATOR, "water"))
    client.post(page(works), {"act": "add", "email": "Anna@example.gr"})
    client.post(page(water), {"act": "add", "email": eleni.email})
    assert departments.of(anna) == {works.pk, water.pk}
    assert departments.of(eleni) == {water.pk}

    for email in ("nobody@example.gr", somebody("resident").email):
        again = client.post(page(water), {"act": "add", "email": email})
        assert again.context["forms"]["add"].errors.keys() == {"email"}
    client.post(page(water), {"remove": str(eleni.pk)})
    assert departments.of(eleni) == set()
    commands.erase_account(by=anna)
    assert not works.members.exists()


def test_work_is_routed_until_its_department_is_closed(client, admin) -> None:
    works = made(client, "Τεχνικά έργα")
    for what in ("water:", "water:water.night_flow"):
        client.post(TREE, {"act": "route", "what": what, "department": works.pk})
    assert departments.routes() == {("water", ""): works, ("water", "water.night_flow"): works}
    listed = [(str(one["service"]), one["what"]) for one in client.get(TREE).context["routes"]]
    assert listed == [("Νερό", "water:"), ("Νερό", "water:water.night_flow")]
    client.post(TREE, {"unroute": "water:water.night_flow"})
    assert departments.routes() == {("water", ""): works}
    for service, kind in (("nowhere", ""), ("water", "water.nothing")):
        with pytest.raises(errors.Refused):
            departments.route(by=admin, service=service, kind=kind, department=works.pk)

    departments.close_department(by=admin, department=works.pk)
    assert departments.routes() == {}
    assert not Route.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_move_at_once_make_no_circle() -> None:
    admin = somebody("admin", (Grant.ADMINISTRATOR, ""))
    one, two = (Department.objects.create(name=name) for name in ("one", "two"))
    start, refusals = threading.Barrier(2), []

    def move(below: Department, above: Department) -> None:
        start.wait()
        try:
            departments.move_department(by=admin, department=below.pk, parent=above.pk)
        except errors.Refused as error:
            refusals.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=move, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refusals) == 1
    assert len(departments.tree()) == 2
