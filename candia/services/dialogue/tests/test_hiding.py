"""Hidden is hidden until a moderator restores it, whatever is asked for meanwhile, through every public door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candia.core import errors
from candia.core.attachment import Attachment
from candia.core.event import Event
from candia.participation import commands as participation
from candia.participation import mail
from candia.participation import personal as voices
from candia.participation.inbox import reported
from candia.participation.models import Follow, Hiding, Notice
from candia.services.dialogue import commands, datasets, home, inbox, personal, search
from candia.services.dialogue.models import Proposal
from candia.services.dialogue.tests.samples import draft, person, picture

pytestmark = pytest.mark.django_db

# One word for each kind of text, found nowhere else: whoever reads one of them read what is hidden.
HEADING, TEXT, SAID, ANSWER, WHY = "Ξυλοπόδαρο", "κρυφολόγιο", "παραμιλητό", "χαρτοβασίλειο", "μετανόημα"
WORDS = (HEADING, TEXT, SAID, ANSWER, WHY)
ROLES = ("author", "resident", "other", "moderator", "operator")
FILLER = " Περιμένουμε στον ήλιο μισή ώρα και κανείς δεν απαντά."
VERBS: dict[str, Callable[[Proposal], dict[str, Any]]] = {
    "edit_proposal": lambda _p: {"heading": HEADING},
    "attach_file": lambda _p: {"file": picture()},
    "discard_draft": lambda _p: {},
    "submit_proposal": lambda _p: {},
    "withdraw_proposal": lambda _p: {"reason": f"Ήταν {WHY}."},
    "support": lambda _p: {},
    "withdraw_support": lambda _p: {},
    "comment": lambda _p: {"stance": "for", "text": f"Σκέτο {SAID}."},
    "follow": lambda _p: {},
    "unfollow": lambda _p: {},
    "report": lambda _p: {"reason": "Έχει προσωπικά στοιχεία."},
    "hide": lambda _p: {"reason": "Περιέχει προσωπικά στοιχεία."},
    "restore": lambda _p: {},
    "hide_comment": lambda p: {"comment": _first_comment(p), "reason": "Περιέχει ύβρεις."},
    "restore_comment": lambda p: {"comment": _first_comment(p)},
    "dismiss_reports": lambda _p: {},
    "accept_proposal": lambda _p: {"text": ANSWER + FILLER},
    "postpone_proposal": lambda _p: {"text": ANSWER + FILLER},
    "decline_proposal": lambda _p: {"text": ANSWER + FILLER},
}
STEPS = st.tuples(st.sampled_from(ROLES), st.sampled_from([*VERBS, "erase"]))


def _first_comment(proposal: Proposal) -> int:
    return proposal.comments.values_list("pk", flat=True).first() or 0


def asked(people: dict[str, Any], proposal: Proposal, role: str, verb: str) -> bool:
    """Ask for it as this role; whether it was done."""
    try:
        if verb == "erase":
            for record in (*voices.records, *personal.records):
                record.erase(people[role])
        else:
            told = {"by": people[role], **VERBS[verb](proposal)}
            if command := getattr(participation, verb, None):
                command(entity=proposal, **told)
            else:
                getattr(commands, verb)(proposal=proposal, **told)
    except errors.Refused:
        return False
    return True


def doors(proposal: Proposal, reader: Any) -> Iterator[tuple[str, str]]:
    """What everyone can read, door by door; `reader` is a signed-in resident who did not write it."""
    number, stranger, signed_in = proposal.number, Client(), Client()
    signed_in.force_login(reader)
    kept = Attachment.objects.filter(of=proposal.pk).values_list("pk", flat=True).first() or "none"
    page = f"/dialogue/proposals/{number}/"
    addresses = [
        page,
        f"/participation/{proposal.id}/",
        f"/participation/{proposal.id}/?part=voice_now",
        f"/participation/{proposal.id}/?part=said",
        "/dialogue/proposals/",
        f"/dialogue/proposals/?q={TEXT[:6]}",
        "/dialogue/proposals/?status=withdrawn",
        "/dialogue/proposals.geojson",
        f"/dialogue/proposals/similar/?heading={HEADING}&text={TEXT}",
        f"/stories/{proposal.id}",
        "/api/v1/entities?kind=dialogue.proposal",
        f"/api/v1/entities/{proposal.id}",
        f"/api/v1/entities/{proposal.id}/story",
        "/dialogue/my-proposals/",
        "/participation/mine/",
    ]
    for address in addresses:
        yield (
            address,
            (signed_in if "my-" in address or "mine" in address else stranger).get(address).content.decode(),
        )
    shown = stranger.get(reverse("file", args=[kept, "small"]))
    yield "picture", HEADING if shown.status_code == 200 else ""
    for act, headers in (
        ("support", {"HX-Request": "true"}),
        ("follow", {"HX-Request": "true"}),
        ("comment", {"HX-Request": "true"}),
        ("comment", {}),
        ("report", {}),
        ("withdraw", {}),
    ):
        with transaction.atomic():
            answer = signed_in.post(page, {"act": act, "stance": "for", "text": ""}, headers=headers)
            yield f"POST {act} {headers}", answer.content.decode()
            transaction.set_rollback(True)
    yield "dataset", repr(list(datasets.rows()))
    yield "home", repr(home.home())
    yield "search", "".join(match.proposal.heading for match in search.similar(HEADING, TEXT))
    yield "inbox", repr(list(inbox.waiting(reader)) + list(reported(reader)))
    Follow.objects.get_or_create(entity_id=proposal.pk, person=reader)
    for event in Event.objects.filter(entity=proposal.id).exclude(kind__contains="follow"):
        letter = mail.letter(Notice(event=event.pk, entity=proposal, person=reader))
        yield f"mail on {event.kind}", letter.subject + letter.body


@pytest.fixture
def people(db) -> dict[str, Any]:
    named = {"moderator": "moderator", "operator": "operator"}
    return {role: person(role, named.get(role, "")) for role in ROLES}


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(before=st.lists(STEPS, max_size=4), after=st.lists(STEPS, max_size=8))
def test_no_series_of_commands_brings_back_what_was_hidden(before, after, people) -> None:
    with transaction.atomic():
        proposal = draft(people["author"], HEADING, text=TEXT + FILLER)
        commands.submit_proposal(by=people["author"], proposal=proposal)
        for role, verb in before:
            asked(people, proposal, role, verb)
        hidden = asked(people, proposal, "moderator", "hide") or Hiding.objects.filter(until=None).exists()
        for role, verb in after:
            if asked(people, proposal, role, verb) and verb in {"hide", "restore"}:
                hidden = verb == "hide"
            now = Proposal.objects.get(pk=proposal.pk)
            assert now.hidden is hidden
            assert now.public is now.is_public is not hidden
            assert Proposal.published().filter(pk=now.pk).exists() is not hidden
            assert (now.name == "" and now.lon is None) is hidden
        transaction.set_rollback(True)


@pytest.mark.parametrize("answer", [None, "accept_proposal"])
def test_no_door_tells_of_what_is_hidden(answer, people, client) -> None:
    proposal = draft(people["author"], HEADING, text=TEXT + FILLER)
    participation.attach_file(by=people["author"], entity=proposal, file=picture())
    commands.submit_proposal(by=people["author"], proposal=proposal)
    asked(people, proposal, "resident", "support")
    asked(people, proposal, "resident", "comment")
    if answer:
        assert asked(people, proposal, "operator", answer)
    proposal.refresh_from_db()
    assert sum(any(word in told for word in WORDS) for _door, told in doors(proposal, people["other"])) > 10

    participation.hide(by=people["moderator"], entity=proposal, reason="Περιέχει προσωπικά στοιχεία.")
    # What used to bring it back.
    asked(people, proposal, "author", "withdraw_proposal")
    asked(people, proposal, "operator", "accept_proposal")
    proposal.refresh_from_db()

    for door, told in doors(proposal, people["other"]):
        assert not [word for word in WORDS if word in told], door


def test_the_desk_still_sees_the_picture_of_what_is_hidden(people, client) -> None:
    proposal = draft(people["author"], HEADING, text=TEXT + FILLER)
    participation.attach_file(by=people["author"], entity=proposal, file=picture())
    address = reverse("file", args=[Attachment.objects.get(of=proposal.pk).pk, "small"])
    client.force_login(people["moderator"])
    assert client.get(address).status_code == 404

    commands.submit_proposal(by=people["author"], proposal=proposal)
    participation.hide(by=people["moderator"], entity=proposal, reason="Περιέχει προσωπικά στοιχεία.")

    assert client.get(address).status_code == 200


def test_a_kept_picture_is_asked_for_anew_each_time(people, client) -> None:
    proposal = draft(people["author"], HEADING, text=TEXT + FILLER)
    participation.attach_file(by=people["author"], entity=proposal, file=picture())
    commands.submit_proposal(by=people["author"], proposal=proposal)
    address = reverse("file", args=[Attachment.objects.get(of=proposal.pk).pk, "small"])
    first = client.get(address)

    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    participation.hide(by=people["moderator"], entity=proposal, reason="Περιέχει προσωπικά στοιχεία.")
    hidden = client.get(address, headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code, hidden.status_code) == (200, 304, 404)
