"""One valid use of everything that participation declares, for the contract tests; done to proposals."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

from django.utils import timezone
from PIL import Image

from candia.core.access import Grant, Machine, Person
from candia.core.attachment import Attachment
from candia.core.entity import Entity
from candia.core.event import Event
from candia.core.page import Page
from candia.core.rule import Row
from candia.core.service import commands as all_commands
from candia.core.upload import Upload, judged
from candia.participation import commands as verbs
from candia.participation import mail
from candia.participation.attachments import of_comment
from candia.participation.models import AnswerDue
from candia.participation.tests.seat import Seat

TEXT = "Στη στάση δεν υπάρχει σκιά και το καλοκαίρι περιμένουμε στον ήλιο μισή ώρα."
APPEAL = "Δεν διαφημίζει τίποτα· περιγράφει τι υπάρχει σήμερα στη στάση."
ANSWER = "Το εγκρίναμε στο σημερινό συμβούλιο και αρχίζει τον Μάρτιο."


def person(
    slug: str,
    role: str = "",
    *,
    verified: bool = True,
    name: str | None = None,
    service: str = "dialogue",
) -> Person:
    made = Person.objects.create_user(
        f"{slug}@example.gr",
        name=slug.title() if name is None else name,
        verified_at=timezone.now() if verified else None,
    )
    if role:
        Grant.objects.create(person=made, role=role, service=service)
    return made


def proposal(author: Person, heading: str = "Σκιά στη στάση") -> Entity:
    """A public proposal: a kind that declares everything."""
    told = {"heading": heading, "text": TEXT, "theme": "transport"}
    made = all_commands()["dialogue.draft_proposal"](by=author, **told).entity
    all_commands()["dialogue.submit_proposal"](by=author, proposal=made)
    return Entity.of_id(made)._default_manager.get(pk=made)


def picture(colour: str = "teal") -> Upload:
    file = BytesIO()
    Image.new("RGB", (400, 300), colour).save(file, "JPEG")
    file.seek(0)
    return judged(file)


def answered(thing: Entity, officer: Person) -> Event:
    return all_commands()["dialogue.accept_proposal"](by=officer, proposal=thing, text=ANSWER)


def attached(by: Person, thing: Entity, comment: int | None = None) -> Attachment:
    """A picture on a thing, or on a comment on it."""
    verbs.attach_file(by=by, entity=thing, file=picture(), comment=comment)
    return Attachment.objects.get(of=of_comment(comment) if comment else thing.pk)


def answering() -> dict[str, dict[str, Any]]:
    """To answer a thing whose service has no commands for it, and to remind of one that is owed."""
    bench, owed = (Seat.objects.create(id=f"dummy.seat:{n}", name="Παγκάκι") for n in (1, 2))
    AnswerDue.objects.create(entity=owed, since=timezone.now(), due=timezone.localdate())
    clerk = person("clerk.of.benches", Grant.OPERATOR, service="dummy")
    return {
        "answer": {"by": clerk, "entity": bench, "status": "answered", "text": ANSWER},
        "remind_of_answer": {"by": Machine("rule:participation.remind_of_answer"), "entity": owed},
    }


def commands() -> dict[str, dict[str, Any]]:
    author, other, moderator = person("author"), person("other"), person("moderator", Grant.MODERATOR)
    open_, voted = proposal(author), proposal(author, "Βρύσες στην πλατεία")
    verbs.support(by=other, entity=voted)
    verbs.follow(by=other, entity=voted)
    said = verbs.comment(by=author, entity=voted, stance="for", text="Ναι, και βρύση.").data["comment"]
    shown = attached(author, voted, said)
    agreed = verbs.comment(by=author, entity=voted, stance="for", text="Και στον Πόρο.").data["comment"]
    verbs.vote_comment(by=other, entity=voted, comment=agreed)
    wrong = verbs.comment(by=other, entity=voted, stance="for", text="Διαφήμιση.").data["comment"]
    verbs.hide_comment(by=moderator, entity=voted, comment=wrong, reason="Είναι διαφήμιση προϊόντος.")
    verbs.report(by=other, entity=open_, reason="Έχει προσωπικά στοιχεία.")
    hidden = proposal(author, "Κάτι άσχετο εντελώς")
    verbs.hide(by=moderator, entity=hidden, reason="Δεν είναι πρόταση προς την πόλη.")
    appealed = proposal(author, "Κάτι που κρύφτηκε")
    verbs.hide(by=moderator, entity=appealed, reason="Δεν είναι πρόταση προς την πόλη.")
    told = verbs.appeal(by=author, entity=appealed, text=APPEAL)
    judge = {
        "by": person("judge", Grant.MODERATOR),
        "entity": appealed,
        "reason": "Το είδα ξανά, με προσοχή.",
    }
    return {
        **answering(),
        "appeal": {"by": other, "entity": voted, "comment": wrong, "text": APPEAL},
        "uphold_hiding": judge,
        "lift_hiding": judge,
        "tell_concerned": {
            "by": Machine("rule:participation.tell_concerned"),
            "entity": appealed,
            "event": told.pk,
        },
        "support": {"by": other, "entity": open_},
        "withdraw_support": {"by": other, "entity": voted},
        "comment": {"by": other, "entity": open_, "stance": "against", "text": "Δεν χωράει στέγαστρο."},
        "attach_file": {"by": author, "entity": voted, "file": picture("navy"), "comment": said},
        "describe_file": {"by": author, "entity": voted, "file": shown.pk, "alt": "Η στάση"},
        "remove_file": {"by": author, "entity": voted, "file": shown.pk},
        "vote_comment": {"by": other, "entity": voted, "comment": said},
        "withdraw_vote": {"by": other, "entity": voted, "comment": agreed},
        "follow": {"by": other, "entity": open_},
        "unfollow": {"by": other, "entity": voted},
        "choose_notices": {"by": other, "rhythm": "weekly"},
        "report": {"by": other, "entity": voted, "reason": "Βρίζει.", "comment": said},
        "hide": {"by": moderator, "entity": open_, "reason": "Περιέχει προσωπικά στοιχεία."},
        "restore": {"by": moderator, "entity": hidden},
        "hide_comment": {"by": moderator, "entity": voted, "comment": said, "reason": "Περιέχει ύβρεις."},
        "restore_comment": {"by": moderator, "entity": voted, "comment": wrong},
        "dismiss_reports": {"by": moderator, "entity": open_},
        "notify_followers": {
            "by": Machine("rule:participation.tell_followers"),
            "entity": voted,
            "event": Event.objects.filter(entity=voted.id).latest("id").pk,
        },
    }


def _heard(entity: str) -> Event:
    return Event(pk=7, kind="participation.commented", by="person:1", entity=entity, about=entity)


def _owed(due: date | None) -> Row:
    facts = {"answer_due__due": due, "answer_due__reminded": 0}
    return Row("dialogue.proposal:3", {}, facts, datetime(2026, 5, 4, 12, tzinfo=UTC))


def _hidden(kind: str) -> Event:
    told = {"kind": f"participation.{kind}", "by": "person:1", "entity": "dialogue.proposal:3"}
    return Event(pk=7, about="dialogue.proposal:3", data={"hiding": 1}, **told)


def _opened(rule: str) -> Event:
    told = {"kind": "core.alert_opened", "by": "rule:x", "entity": "water.meter:3"}
    return Event(pk=7, about="water.meter:3", data={"rule": rule, "severity": "severe"}, **told)


rules = {
    "tell_followers": {"firing": _heard("dialogue.proposal:3"), "silent": _heard("projects.project:3")},
    "remind_of_answer": {
        "firing": _owed(date(2026, 5, 6)),
        "silent": _owed(date(2026, 5, 9)),
        "unsure": _owed(None),
    },
    "tell_who_answers": {"firing": _heard("dialogue.proposal:3"), "silent": _heard("nobody.asked:1")},
    "tell_holders": {"firing": _opened("water.burst"), "silent": _opened("water.low_battery")},
    "tell_concerned": {"firing": _hidden("comment_hidden"), "silent": _hidden("hiding_appealed")},
}


def pages() -> dict[str, dict[str, Any]]:
    author = person("writer")
    thing = proposal(author)
    hidden = proposal(reader_of_pages(), "Κάτι που κρύφτηκε")
    verbs.hide(by=person("hider", Grant.MODERATOR), entity=hidden, reason="Περιέχει προσωπικά στοιχεία.")
    return {
        "thing": {"entity": thing.pk},
        "appeal": {"entity": hidden.pk},
        "desk-moderate": {"entity": thing.pk},
        "stop-mail": {"token": mail.token(author.pk, thing)},
    }


def reader(page: Page) -> Person | None:
    if page.desk:
        return person("clerk", Grant.MODERATOR)
    return None if page.may.name == "anyone" else reader_of_pages()


def reader_of_pages() -> Person:
    """Whoever opens the pages that are a resident's own."""
    return Person.objects.filter(email="reader@example.gr").first() or person("reader")
