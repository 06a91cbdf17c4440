"""Staff who look at an account leave a trace that its owner can take along, and that is no line of its story."""

import pytest
from django.urls import reverse

from candia.accounts import commands
from candia.accounts.tests.samples import somebody
from candia.core import errors, look
from candia.core.access import Grant
from candia.core.event import Event

pytestmark = pytest.mark.django_db


def test_each_look_at_an_account_is_an_event_once_for_a_while_and_its_owner_learns_of_it(client) -> None:
    officer, anna = somebody("clerk", (Grant.CLERK, "")), somebody("anna")
    client.force_login(officer)
    for _click in range(3):
        client.get(reverse("people-desk-residents"), {"email": anna.email})
    seen = Event.objects.filter(kind="people.account_viewed")
    assert list(seen.values_list("by", "entity")) == [(officer.actor_id, f"people.person:{anna.pk}")]

    look.Look.objects.update(time=look.of(commands.story_of(anna)).get().time - look.TERM)
    client.get(reverse("people-desk-residents"), {"email": anna.email})
    assert seen.count() == 2
    # Whoever is not found was not looked at, and nobody looks at themselves.
    client.get(reverse("people-desk-residents"), {"email": "nobody@example.gr"})
    client.get(reverse("people-desk-residents"), {"email": officer.email})
    assert seen.count() == 2

    client.force_login(anna)
    told = client.get(reverse("people-my-data")).json()["services"]["people"]
    assert len(told["account"]["looked_at_by_staff"]) == 2
    assert officer.email not in str(told)


def test_administrators_see_who_did_what_and_not_who_looked(client) -> None:
    admin, anna = somebody("admin", (Grant.ADMINISTRATOR, "")), somebody("anna")
    client.force_login(admin)
    page = reverse("people-desk-person", kwargs={"number": anna.pk})
    client.get(page)

    assert client.get(page).context["trail"] == []
    assert look.of(commands.story_of(anna)).get().person == admin
    with pytest.raises(errors.Forbidden):
        commands.view_account(by=anna, person=admin.pk)
