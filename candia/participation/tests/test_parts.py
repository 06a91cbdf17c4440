"""The parts that any page takes in: what is pressed is said, what is written stands there or is kept."""

import re

import pytest
from django.test import Client

from candia.core import errors
from candia.core.service import commands as all_commands
from candia.participation import commands
from candia.participation.models import Comment
from candia.participation.tests.samples import person, proposal
from tests.html import tight

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def thing(maria):
    return proposal(maria)


@pytest.fixture
def reader(client: Client, nikos) -> Client:
    client.force_login(nikos)
    return client


def at(thing) -> str:
    return f"/participation/{thing.pk}/"


def test_what_a_press_has_led_to_is_said_and_the_focus_finds_its_button_again(reader, thing) -> None:
    for act, told in (
        ("support", "Η υποστήριξή σας μετρήθηκε."),
        ("support", "Έχετε ήδη δώσει την υποστήριξή σας"),
        ("withdraw-support", "Η υποστήριξή σας αποσύρθηκε."),
    ):
        part = reader.post(at(thing), {"act": act}, headers=HTMX).content.decode()
        said = re.search(r'id="voice-told"[^>]*hx-swap-oob="innerHTML"[^>]*>\s*([^<]*)<', part)
        assert said
        assert told in said[1]
        # The region that is read out, and the button that had the focus, are the ones that were there.
        button = re.search(r'<button[^>]*id="press-support"[^>]*>', part)
        assert button
        assert "autofocus" in button[0]
        assert part.count("autofocus") == 1
        assert 'id="voice"' not in part


def test_a_new_comment_is_said_takes_the_focus_and_leaves_an_empty_form(reader, thing) -> None:
    told = {"act": "comment", "stance": "for", "text": "Συμφωνώ απολύτως."}
    part = reader.post(at(thing), told, headers=HTMX).content.decode()

    number = Comment.objects.get().pk
    article = re.search(rf'<article[^>]*id="comment-{number}"[^>]*>', part)
    assert article
    assert "autofocus" in article[0]
    assert part.count("autofocus") == 1
    assert "Το σχόλιό σας είναι πλέον εδώ." in part
    form = part[part.index('id="comment-form"') :]
    assert "Συμφωνώ απολύτως." not in form
    assert "autofocus" not in reader.get(f"{at(thing)}?part=said").content.decode()


def test_a_comment_that_is_refused_comes_back_in_the_place_of_its_form(reader, thing) -> None:
    answer = reader.post(at(thing), {"act": "comment", "stance": "for", "text": "Ω"}, headers=HTMX)

    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#comment-form", "outerHTML")
    assert ">\nΩ</textarea>" in answer.content.decode()
    assert not Comment.objects.exists()


def test_replies_stand_one_level_below_and_take_no_side(reader, thing, maria, nikos) -> None:
    first = commands.comment(by=maria, entity=thing, stance="against", text="Δεν χωράει.").data["comment"]
    asked = reader.get(f"{at(thing)}?part=reply_to&reply={first}").content.decode()
    assert f'name="reply_to" value="{first}"' in asked
    reader.post(at(thing), {"act": "comment", "text": "Χωράει, το μέτρησα.", "reply_to": first})
    reply = Comment.objects.get(author=nikos)
    commands.comment(by=maria, entity=thing, text="Με τι;", reply_to=reply.pk)

    levels = Comment.objects.order_by("pk").values_list("stance", "reply_to")
    assert list(levels) == [("against", None), ("neutral", first), ("neutral", first)]
    page = tight(reader.get(at(thing)))
    assert "Κατά<span" in page
    assert page.index("Δεν χωράει.") < page.index('class="replies"') < page.index("Χωράει, το μέτρησα.")


def test_nobody_replies_to_what_is_hidden_or_belongs_elsewhere(thing, maria, nikos, moderator) -> None:
    said = commands.comment(by=maria, entity=thing, stance="for", text="Ναι.").data["comment"]
    with pytest.raises(errors.NotFound):
        commands.comment(by=nikos, entity=proposal(maria, "Βρύση στην πλατεία"), text="Όχι.", reply_to=said)
    commands.hide_comment(by=moderator, entity=thing, comment=said, reason="Περιέχει ύβρεις.")

    with pytest.raises(errors.Conflict):
        commands.comment(by=nikos, entity=thing, text="Όχι.", reply_to=said)
    with pytest.raises(errors.NotFound):
        commands.vote_comment(by=nikos, entity=thing, comment=said)


def test_one_agrees_once_with_others_and_can_take_it_back(reader, thing, maria, nikos) -> None:
    said = commands.comment(by=maria, entity=thing, stance="for", text="Ναι.").data["comment"]
    votes = []
    for act in ("vote", "vote", "withdraw-vote", "vote"):
        part = reader.post(at(thing), {"act": act, "comment": said}, headers=HTMX).content.decode()
        assert f'id="vote-{said}"' in part
        votes.append(Comment.objects.get().votes)

    assert votes == [1, 1, 0, 1]
    with pytest.raises(errors.Conflict):
        commands.vote_comment(by=maria, entity=thing, comment=said)


def test_who_gave_no_name_is_not_asked_to_show_it(client, thing) -> None:
    nameless = person("nameless", name="")
    client.force_login(nameless)

    page = client.get(at(thing)).content.decode()
    client.post(at(thing), {"act": "comment", "stance": "for", "text": "Συμφωνώ."})

    assert 'name="signed"' not in page
    assert "Δώστε όνομα" in page
    assert Comment.objects.get().signed is False
    new = client.get("/dialogue/proposals/new/").content.decode()
    assert 'name="signed"' not in new
    assert "Δώστε όνομα" in new


def test_who_gave_a_name_is_asked(reader, thing) -> None:
    assert re.search(r'name="signed"[^>]*checked', reader.get(at(thing)).content.decode())


def test_a_comment_is_reported_by_itself(reader, thing, maria) -> None:
    said = commands.comment(by=maria, entity=thing, stance="for", text="Ναι, και ύβρεις.").data["comment"]
    page = reader.get(f"{at(thing)}?report={said}").content.decode()
    assert re.search(rf'name="comment"\s+value="{said}"', page)

    reader.post(at(thing), {"act": "report", "comment": said, "reason": "Βρίζει κάποιον."})
    assert thing.reports.get().comment_id == said


def test_what_was_hidden_meanwhile_leads_to_why_and_a_draft_to_nowhere(
    reader, thing, maria, moderator
) -> None:
    commands.hide(by=moderator, entity=thing, reason="Περιέχει προσωπικά στοιχεία.")
    draft = all_commands()["dialogue.draft_proposal"](by=maria, heading="Ένα πρόχειρο").entity

    assert reader.get(at(thing))["Location"] == thing.page()
    assert reader.get(f"{at(thing)}?part=said", headers=HTMX)["HX-Redirect"] == thing.page()
    assert reader.post(at(thing), {"act": "comment", "text": "Τι έγινε;"})["Location"] == thing.page()
    for entity in (draft, "water.meter:1", "nonsense", "dialogue.proposal:0"):
        assert reader.get(f"/participation/{entity}/").status_code == 404
        assert reader.post(f"/participation/{entity}/", {"act": "follow"}).status_code == 404
