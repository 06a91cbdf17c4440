"""One valid use of everything that dialogue declares, for the contract tests."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.utils import timezone
from PIL import Image

from candia.core.access import Grant, Machine, Person
from candia.core.event import Event
from candia.core.page import Page
from candia.core.pictures import Copies
from candia.services.dialogue import commands as verbs
from candia.services.dialogue import mail, pictures
from candia.services.dialogue.models import Notice, Picture, Proposal

TEXT = "Στη στάση δεν υπάρχει σκιά και το καλοκαίρι περιμένουμε στον ήλιο μισή ώρα."
ANSWER = "Το εγκρίναμε στο σημερινό συμβούλιο και αρχίζει τον Μάρτιο."


def person(slug: str, role: str = "", *, verified: bool = True) -> Person:
    made = Person.objects.create_user(
        f"{slug}@example.gr", name=slug.title(), verified_at=timezone.now() if verified else None
    )
    if role:
        Grant.objects.create(person=made, role=role, service="dialogue")
    return made


def draft(author: Person, heading: str = "Σκιά στη στάση", **content: Any) -> Proposal:
    told = {"text": TEXT, "theme": "transport", "lon": 25.1367, "lat": 35.3388, **content}
    event = verbs.draft_proposal(by=author, heading=heading, **told)
    return Proposal.objects.get(pk=event.entity)


def submitted(author: Person, heading: str = "Σκιά στη στάση", **content: Any) -> Proposal:
    proposal = draft(author, heading, **content)
    verbs.submit_proposal(by=author, proposal=proposal)
    proposal.refresh_from_db()
    return proposal


def photo(format: str = "JPEG", size: tuple[int, int] = (400, 300), **how: Any) -> BytesIO:
    file = BytesIO()
    Image.new("RGB", size, "teal").save(file, format, **how)
    file.seek(0)
    return file


def copies(format: str = "JPEG", size: tuple[int, int] = (400, 300), **how: Any) -> Copies:
    return pictures.copies(photo(format, size, **how))


def commands() -> dict[str, dict[str, Any]]:
    author, other = person("author"), person("other")
    moderator, officer = person("moderator", Grant.MODERATOR), person("officer", Grant.OPERATOR)
    begun, pictured = draft(author), draft(author, "Με εικόνα")
    verbs.attach_picture(by=author, proposal=pictured, picture=copies())
    open_ = submitted(author)
    voted = submitted(author, "Βρύσες στην πλατεία")
    verbs.support_proposal(by=other, proposal=voted)
    verbs.follow(by=other, proposal=voted)
    said = verbs.comment(by=other, proposal=voted, stance="for", text="Ναι, και βρύση.").data["comment"]
    wrong = verbs.comment(by=other, proposal=voted, stance="for", text="Διαφήμιση.").data["comment"]
    verbs.hide_comment(by=moderator, proposal=voted, comment=wrong, reason="Είναι διαφήμιση προϊόντος.")
    verbs.report(by=other, proposal=open_, reason="Έχει προσωπικά στοιχεία.")
    hidden = submitted(author, "Κάτι άσχετο εντελώς")
    verbs.hide_proposal(by=moderator, proposal=hidden, reason="Δεν είναι πρόταση προς την πόλη.")
    answer = {"by": officer, "proposal": open_, "text": ANSWER}
    return {
        "draft_proposal": {"by": author, "heading": "Μια ιδέα", "text": "", "signed": False},
        "edit_proposal": {"by": author, "proposal": begun, "heading": "Σκιά σε κάθε στάση"},
        "attach_picture": {"by": author, "proposal": begun, "picture": copies(), "alt": "Η στάση"},
        "remove_picture": {"by": author, "proposal": pictured},
        "discard_draft": {"by": author, "proposal": begun},
        "submit_proposal": {"by": author, "proposal": begun},
        "withdraw_proposal": {"by": author, "proposal": open_, "reason": "Έγινε ήδη από άλλους."},
        "support_proposal": {"by": other, "proposal": open_},
        "withdraw_support": {"by": other, "proposal": voted},
        "comment": {"by": other, "proposal": open_, "stance": "against", "text": "Δεν χωράει στέγαστρο."},
        "follow": {"by": other, "proposal": open_},
        "unfollow": {"by": other, "proposal": voted},
        "report": {"by": other, "proposal": voted, "reason": "Βρίζει.", "comment": said},
        "hide_proposal": {"by": moderator, "proposal": open_, "reason": "Περιέχει προσωπικά στοιχεία."},
        "restore_proposal": {"by": moderator, "proposal": hidden},
        "hide_comment": {
            "by": moderator,
            "proposal": voted,
            "comment": said,
            "reason": "Περιέχει ύβρεις.",
        },
        "restore_comment": {"by": moderator, "proposal": voted, "comment": wrong},
        "dismiss_reports": {"by": moderator, "proposal": open_},
        "accept_proposal": answer,
        "postpone_proposal": answer,
        "decline_proposal": answer,
        "notify_followers": {
            "by": Machine("rule:dialogue.tell_of_comment"),
            "proposal": voted,
            "event": Event.objects.filter(entity=voted.id).latest("id").pk,
        },
    }


def _heard(kind: str) -> dict[str, Event]:
    proposal = Event(
        pk=7, kind=kind, by="person:1", entity="dialogue.proposal:3", about="dialogue.proposal:3"
    )
    other = Event(pk=8, kind=kind, by="person:1", entity="projects.project:3", about="projects.project:3")
    return {"firing": proposal, "silent": other}


rules = {
    "tell_of_acceptance": _heard("dialogue.proposal_accepted"),
    "tell_of_postponement": _heard("dialogue.proposal_postponed"),
    "tell_of_refusal": _heard("dialogue.proposal_declined"),
    "tell_of_comment": _heard("dialogue.proposal_commented"),
    "tell_of_hiding": _heard("dialogue.proposal_hidden"),
    "tell_of_withdrawal": _heard("dialogue.proposal_withdrawn"),
}


def pages() -> dict[str, dict[str, Any]]:
    author = person("writer")
    begun = draft(author)
    verbs.attach_picture(by=author, proposal=begun, picture=copies())
    verbs.submit_proposal(by=author, proposal=begun)
    notice = Notice(event=1, proposal=Proposal.objects.get(pk=begun.pk), person=author)
    return {
        "proposal": {"number": begun.number},
        "picture": {"picture": Picture.objects.get(proposal=begun).pk, "size": "small"},
        "stop-following": {"token": mail.token(notice)},
        "desk-handle": {"number": begun.number},
    }


def reader(page: Page) -> Person | None:
    if page.desk:
        return person("clerk", Grant.MODERATOR)
    return None if page.may.name == "anyone" else person("reader")
