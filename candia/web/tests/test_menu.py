"""The menu stays calm: as it was with two services, grouped by what somebody wants with eighteen."""

import pytest

from candia.core.access import Grant, Person
from candia.core.page import Menu, Page, View
from candia.core.service import Service
from candia.services.dialogue.pages import proposals
from candia.web import menu
from tests.html import tight

pytestmark = pytest.mark.django_db


def some(view: View, *groups: Menu) -> list[tuple[Service, Page]]:
    """As many services with a page each; all lead to the same address."""
    return [
        (Service(name="dialogue", title="One"), Page(view=view, title=f"Σελίδα {number}", menu=group))
        for number, group in enumerate(groups)
    ]


@pytest.fixture
def many(monkeypatch):
    groups = [*[Menu.SEE] * 8, *[Menu.SAY] * 3, Menu.DECIDE, Menu.ASK, *[Menu.TAKE_PART] * 4]
    monkeypatch.setattr(menu, "_pages", lambda: some(proposals, *groups))


def test_with_two_services_each_page_stands_for_itself(client):
    text = tight(client.get("/data/"))

    assert all(f">{title}</a>" in text for title in ("Νερό", "Προτάσεις", "Χάρτης"))
    assert "<summary>Δείτε" not in text


def test_with_eighteen_there_are_as_many_entries_as_wishes(client, many):
    groups = menu.portal(None)

    assert [str(group.title) for group in groups] == [
        "Δείτε",
        "Πείτε",
        "Αποφασίστε",
        "Ρωτήστε",
        "Πάρτε μέρος",
    ]
    assert [group.alone is not None for group in groups] == [False, False, True, True, False]
    text = tight(client.get("/data/"))
    wide = text.partition('<nav class="nav wide"')[2].partition("</nav>")[0]
    assert wide.count("<summary>") == 3
    assert wide.count("<a ") == 18


def test_the_desks_menu_is_by_what_people_do_and_holds_what_they_may():
    operator = Person.objects.create_user("staff@example.gr", "a long enough password")
    Grant.objects.create(person=operator, role=Grant.OPERATOR, service="water")

    groups = {group.title: [str(entry.title) for entry in group.entries] for group in menu.desk(operator)}

    assert "Ζώνες υδρομέτρησης" in groups["Εργασία"]
    assert "Υδρόμετρα" in groups["Συσκευές"]
    assert "Πρόσωπα" not in groups
