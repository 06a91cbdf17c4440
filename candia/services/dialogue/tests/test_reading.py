"""Reading, supporting, commenting and following, with JavaScript and without."""

import pytest
from django.urls import reverse

from candia.participation import commands as participation
from candia.participation.models import Comment, Report
from candia.services.dialogue import commands
from candia.services.dialogue.tests.samples import ANSWER, submitted
from tests.html import tight

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def url(proposal) -> str:
    return reverse("dialogue-proposal", args=[proposal.number])


def test_a_press_without_javascript_comes_back_to_the_page(client, maria, nikos) -> None:
    proposal = submitted(maria)
    client.force_login(nikos)

    answer = client.post(url(proposal), {"act": "support"})

    assert answer["Location"] == url(proposal)
    assert proposal.supports.filter(person=nikos).exists()


def test_a_press_with_htmx_brings_the_new_count_and_the_way_back(client, maria, nikos) -> None:
    proposal = submitted(maria)
    client.force_login(nikos)

    given = client.post(url(proposal), {"act": "support"}, headers=HTMX).content.decode()
    again = client.post(url(proposal), {"act": "support"}, headers=HTMX).content.decode()

    for part in (given, again):
        assert "<b>1</b>" in part
        assert 'value="withdraw-support"' in part
        assert "<html" not in part


def test_who_is_not_signed_in_is_led_to_the_door_and_back(client, maria) -> None:
    proposal = submitted(maria)

    plain = client.post(url(proposal), {"act": "support"})
    htmx = client.post(url(proposal), {"act": "support"}, headers=HTMX)

    assert "login" in plain["Location"]
    assert url(proposal) in plain["Location"]
    assert "login" in htmx["HX-Redirect"]


def test_the_unverified_are_told_why_and_refused(client, maria, unverified) -> None:
    proposal = submitted(maria)
    client.force_login(unverified)

    assert 'value="support"' not in client.get(url(proposal)).content.decode()
    assert client.post(url(proposal), {"act": "support"}).status_code == 403


def test_a_comment_that_is_too_short_is_kept_in_its_field(client, maria, nikos) -> None:
    proposal = submitted(maria)
    client.force_login(nikos)

    answer = client.post(url(proposal), {"act": "comment", "stance": "against", "text": "Ω"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_text_error"' in page
    assert ">\nΩ</textarea>" in page
    assert not Comment.objects.exists()


def test_names_are_shown_as_people_chose(client, maria, nikos) -> None:
    proposal = submitted(maria, signed=False)
    participation.comment(by=nikos, entity=proposal, stance="for", text="Ναι.", signed=True)

    page = client.get(url(proposal)).content.decode()

    assert "Maria" not in page
    assert "Nikos" in page


def test_greek_words_are_said_to_be_greek_to_who_reads_in_english(client, maria) -> None:
    proposal = submitted(maria)
    latin = submitted(maria, "More shade on Knossos Avenue")
    own = url(proposal)

    greek = tight(client.get(own))
    pages = [tight(client.get(f"/en{address}")) for address in (own, url(latin), "/dialogue/proposals/")]

    assert f'<h1 lang="el">{proposal.heading}</h1>' in pages[0]
    assert f"<h1>{latin.heading}</h1>" in pages[1]
    assert f'lang="el">{proposal.heading}</a>' in pages[2]
    assert f"<h1>{proposal.heading}</h1>" in greek


def test_what_is_hidden_tells_why_and_nothing_else(client, maria, moderator) -> None:
    proposal = submitted(maria, "Ένας τίτλος που κρύβεται")
    participation.hide(by=moderator, entity=proposal, reason="Αναφέρει ασθένεια γείτονα.")

    page = client.get(url(proposal)).content.decode()

    assert "Αναφέρει ασθένεια γείτονα." in page
    for place in (url(proposal), reverse("dialogue-proposals"), reverse("dialogue-proposals-layer")):
        assert proposal.heading not in client.get(place).content.decode()


def test_the_list_narrows_and_the_map_with_it(client, maria, officer) -> None:
    one = submitted(maria, "Βρύσες στην πλατεία", theme="water")
    other = submitted(maria, "Σκιά στη στάση", theme="transport")
    commands.accept_proposal(by=officer, proposal=one, text=ANSWER)

    for query in ({"theme": "water"}, {"status": "accepted"}, {"q": "ΒΡΥΣΗ"}, {"sort": "answered"}):
        page = client.get(reverse("dialogue-proposals"), query).content.decode()
        points = client.get(reverse("dialogue-proposals-layer"), query).json()["features"]
        assert one.heading in page
        assert other.heading not in page
        assert [point["properties"]["name"] for point in points] == [one.heading]


@pytest.mark.parametrize("query", ["status=hidden", "sort=';--", "page=-1", "page=x", "zone=%27"])
def test_a_filter_that_makes_no_sense_is_left_out(query, client, maria, moderator) -> None:
    hidden = submitted(maria, "Κάτι που κρύφτηκε")
    participation.hide(by=moderator, entity=hidden, reason="Δεν είναι πρόταση προς την πόλη.")

    answer = client.get(f"{reverse('dialogue-proposals')}?{query}")

    assert answer.status_code == 200
    assert hidden.heading not in answer.content.decode()


def test_a_report_reaches_the_moderators_queue(client, maria, nikos, moderator) -> None:
    proposal = submitted(maria)
    client.force_login(nikos)
    client.post(url(proposal), {"act": "report", "reason": "Γράφει το τηλέφωνό μου."})
    client.force_login(moderator)

    queue = client.get(reverse("dialogue-desk-queue"), {"tab": "reported"}).content.decode()
    desk = reverse("dialogue-desk-handle", args=[proposal.number])
    assert proposal.heading in queue
    assert "Γράφει το τηλέφωνό μου." in client.get(desk).content.decode()
    client.post(desk, {"act": "dismiss"})
    assert not Report.objects.filter(settled=False).exists()


def test_an_officer_answers_at_the_desk_and_a_bad_answer_is_kept(client, maria, officer) -> None:
    proposal = submitted(maria)
    client.force_login(officer)
    desk = reverse("dialogue-desk-handle", args=[proposal.number])

    bad = client.post(desk, {"act": "answer", "status": "accepted", "text": "Ναι."})
    good = client.post(desk, {"act": "answer", "status": "accepted", "text": ANSWER, "office": "Έργα"})

    assert bad.status_code == 422
    assert "Ναι.</textarea>" in bad.content.decode()
    assert good.status_code == 302
    assert ANSWER in client.get(url(proposal)).content.decode()


def test_a_moderator_gives_no_answer_and_an_officer_hides_nothing(client, maria, moderator, officer) -> None:
    desk = reverse("dialogue-desk-handle", args=[submitted(maria).number])

    client.force_login(moderator)
    assert client.post(desk, {"act": "answer", "status": "accepted", "text": ANSWER}).status_code == 403
    client.force_login(officer)
    assert client.post(desk, {"act": "hide", "reason": "Δεν μου αρέσει καθόλου."}).status_code == 403
