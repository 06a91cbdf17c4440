"""Whose work something is: by its route, or by the colleague who gave it to a department."""

from __future__ import annotations

import pytest
from django.urls import reverse

from candia.accounts.models import Department, Route
from candia.core import errors
from candia.core.event import Event
from candia.operations import commands
from candia.operations.inbox import key_of, lines
from candia.operations.tests.samples import raised, shift

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client):
    made = shift()
    client.force_login(made)
    return made


@pytest.fixture
def works():
    return Department.objects.create(name="Τεχνικά έργα")


def whose(by, *alerts) -> list[str]:
    found = {line.item.key: line for line in lines(by)}
    return [str(found[key_of(one)].department or "") for one in alerts]


def listed(client, whose: str) -> set[str]:
    page = client.get(reverse("desk"), {"whose": whose})
    return {row["item"].key for row in page.context["groups"]}


def test_the_inbox_shows_a_department_its_own_work_and_that_of_those_below(client, operator, works) -> None:
    water = Department.objects.create(name="Ύδρευση", parent=works)
    night, still = raised("water.night_flow"), raised("water.stuck")
    tabs = client.get(reverse("desk")).context["tabs"]
    assert "department" not in {tab["url"].rpartition("=")[2] for tab in tabs}
    Route.objects.create(service="water", kind="", department=works)
    Route.objects.create(service="water", kind="water.night_flow", department=water)
    assert whose(operator, night, still) == ["Ύδρευση", "Τεχνικά έργα"]

    water.members.add(operator)
    assert listed(client, "department") == {key_of(night)}
    works.members.add(operator)
    assert listed(client, "department") == {key_of(night), key_of(still)} <= listed(client, "all")


def test_what_is_given_to_a_department_is_its_work_until_one_of_its_people_takes_it(
    client, operator, works
) -> None:
    alert = raised()
    works.members.add(operator)
    key = key_of(alert)
    client.post(reverse("desk"), {"act": "assign", "to": f"department:{works.pk}", "item": [key]})
    assert whose(operator, alert) == ["Τεχνικά έργα"]
    assert Event.objects.latest("id").data == {"to": f"department:{works.pk}"}
    assert key in listed(client, "nobody")
    page = client.get(reverse("operations-desk-alert", kwargs={"number": alert.pk}))
    assert page.context["line"].department == works
    assert "Τεχνικά έργα" in [step.get("detail") for step in page.context["story"]]

    client.post(reverse("desk"), {"act": "take", "item": [key]})
    assert key in listed(client, "mine") & listed(client, "department")
    assert key not in listed(client, "nobody")
    # Given on as a whole, it is nobody's own again.
    commands.assign(by=operator, item=key, department=works.pk)
    assert key in listed(client, "nobody")


def test_nothing_is_given_to_a_department_that_is_closed(operator, works) -> None:
    alert = raised()
    commands.assign(by=operator, item=key_of(alert), department=works.pk)
    works.closed = alert.opened
    works.save()
    assert whose(operator, alert) == [""]
    with pytest.raises(errors.Refused):
        commands.assign(by=operator, item=key_of(alert), department=works.pk)
    with pytest.raises(errors.NotFound):
        commands.assign(by=operator, item=key_of(raised("lighting.dark_street")), department=works.pk)
