"""What `participation` on the model gives a tree: residents talk about it and hear what becomes of it."""

import pytest
from django.core import mail as outbox
from django.test import Client

from candia.core.access import Grant, Person
from candia.core.event import story
from candia.core.jobs import hear
from candia.participation import mail
from candia.participation.models import Notice
from candia_trees.models import Tree

pytestmark = pytest.mark.django_db
REASON = "Είναι διαφήμιση προϊόντος."


@pytest.fixture
def tree() -> Tree:
    return Tree.objects.create(id="trees.tree:7", name="Πλάτανος", species="Πλάτανος")


def signed_in(slug: str, role: str = "") -> Client:
    person = Person.objects.create_user(f"{slug}@example.gr", language="en")
    if role:
        Grant.objects.create(person=person, role=role, service="trees")
    client = Client()
    client.force_login(person)
    return client


def test_trees_are_talked_about_and_followed_by_one_line_on_their_model(tree: Tree, client: Client) -> None:
    address = f"/en/participation/{tree.pk}/"
    follower, speaker = signed_in("follower"), signed_in("speaker")
    follower.post(address, {"act": "follow"})
    speaker.post(address, {"act": "comment", "text": "It gives the best shade of the square."})

    event = story(tree.pk).get(kind="participation.commented")
    hear(service="participation", rule="tell_followers", event=event.pk)
    mail.send_notice(notice=Notice.objects.get().pk)

    page = client.get(address).content.decode()
    assert "It gives the best shade of the square." in page
    assert 'value="for"' not in page, "trees take no sides"
    assert 'value="support"' not in page, "and ask for no support"
    (letter,) = outbox.outbox
    assert letter.to == ["follower@example.gr"]
    assert address in letter.body
    assert address in client.get("/en/trees/").content.decode()
    assert "Πλάτανος" in follower.get("/en/participation/mine/").content.decode()


def test_a_moderator_of_trees_hides_a_comment_on_trees_and_one_of_elsewhere_does_not(
    tree: Tree, client: Client, settings
) -> None:
    settings.CANDIA_REQUIRE_MFA = False
    address, desk = f"/participation/{tree.pk}/", f"/desk/participation/{tree.pk}/"
    resident = signed_in("resident")
    resident.post(address, {"act": "comment", "text": "Buy my fertiliser."})
    said = tree.comments.get()
    resident.post(address, {"act": "report", "comment": said.pk, "reason": "An advertisement."})
    keeper, other = signed_in("keeper", Grant.MODERATOR), signed_in("other")
    Grant.objects.create(
        person=Person.objects.get(email="other@example.gr"), role=Grant.MODERATOR, service="elsewhere"
    )

    told = {"act": "hide", "comment": said.pk, "reason": REASON}
    elsewhere = other.get("/desk/participation/reports/")
    assert elsewhere.status_code == 200
    assert "Buy my fertiliser." not in elsewhere.content.decode()
    assert other.post(desk, told).status_code == 403
    assert "Buy my fertiliser." in keeper.get("/desk/participation/reports/").content.decode()
    assert keeper.post(desk, told).status_code == 302

    page = client.get(address).content.decode()
    assert REASON in page
    assert "Buy my fertiliser." not in page
    assert not tree.reports.filter(settled=False).exists()


def test_what_trees_do_not_declare_is_denied(tree: Tree) -> None:
    resident = signed_in("resident")

    assert resident.post(f"/participation/{tree.pk}/", {"act": "support"}).status_code == 403
    Person.objects.update(verified_at="2026-01-01T00:00Z")
    assert resident.post(f"/participation/{tree.pk}/", {"act": "support"}).status_code == 404
    assert not tree.supports.exists()
