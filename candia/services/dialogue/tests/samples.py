"""One valid use of everything that dialogue declares, for the contract tests."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core import signing
from django.utils import timezone
from PIL import Image

from candia.core.access import Grant, Person
from candia.core.page import Page
from candia.core.upload import Upload, judged
from candia.participation import commands as participation
from candia.services.dialogue import commands as verbs
from candia.services.dialogue.models import Proposal

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


def picture(format: str = "JPEG", size: tuple[int, int] = (400, 300), **how: Any) -> Upload:
    return judged(photo(format, size, **how))


def commands() -> dict[str, dict[str, Any]]:
    author, officer = person("author"), person("officer", Grant.OPERATOR)
    begun = draft(author)
    open_ = submitted(author)
    answer = {"by": officer, "proposal": open_, "text": ANSWER}
    return {
        "draft_proposal": {"by": author, "heading": "Μια ιδέα", "text": "", "signed": False},
        "edit_proposal": {"by": author, "proposal": begun, "heading": "Σκιά σε κάθε στάση"},
        "discard_draft": {"by": author, "proposal": begun},
        "submit_proposal": {"by": author, "proposal": begun},
        "withdraw_proposal": {"by": author, "proposal": open_, "reason": "Έγινε ήδη από άλλους."},
        "accept_proposal": answer,
        "postpone_proposal": answer,
        "decline_proposal": answer,
    }


def pages() -> dict[str, dict[str, Any]]:
    author = person("writer")
    begun = draft(author)
    participation.attach_file(by=author, entity=begun, file=picture())
    verbs.submit_proposal(by=author, proposal=begun)
    return {
        "proposal": {"number": begun.number},
        "stop-following": {"token": signing.dumps([author.pk, begun.number], salt="dialogue.unfollow")},
        "desk-handle": {"number": begun.number},
    }


def reader(page: Page) -> Person | None:
    if page.desk:
        return person("clerk", Grant.MODERATOR)
    return None if page.may.name == "anyone" else person("reader")
