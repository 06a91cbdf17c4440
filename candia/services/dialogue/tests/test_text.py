"""Text stays text: whatever a resident types, a page shows it and never obeys it."""

from functools import cache
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from candia.core.access import Person
from candia.participation import text_cleaning
from candia.participation.models import Answer, Comment
from candia.services.dialogue.forms import ProposalForm
from candia.services.dialogue.models import Proposal

nasty = st.sampled_from(
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "</textarea><svg onload=alert(1)>",
        '" autofocus onfocus=alert(1) x="',
        "' onclick='alert(1)",
        "{{ 7|add:7 }}{% debug %}",
        "&lt;script&gt;",
        "]]><!--",
        "</p><iframe src=//evil.example>",
        "http://evil.example",
        "a\u202eb\u2066c\x00d\u200be",
    ]
)
typed = st.lists(st.one_of(nasty, st.text(max_size=30)), min_size=1, max_size=4).map(" ".join)


class Tags(HTMLParser):
    """The tags of a page with the names of their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        self.seen |= {tag, *(f"{tag}[{name}]" for name, _value in attrs)}


def drawn(text: str) -> set[str]:
    """The tags of a proposal's page, its row, its desk and its form when every text in them is this one."""
    author = Person(pk=1, name=text_cleaning.line(text)[:120] or "Μ", email="m@example.gr")
    line, prose = text_cleaning.line(text)[:120] or "τίτλος", text_cleaning.prose(text) or "κείμενο"
    proposal = Proposal(
        id="dialogue.proposal:1",
        number=1,
        form_key=uuid4(),
        author=author,
        status="open",
        heading=line,
        text=prose,
        address=line,
    )
    said = Comment(pk=1, entity=proposal, written=timezone.now(), author=author, stance="for", text=prose)
    answer = Answer(pk=1, entity=proposal, status="accepted", text=prose, office=line)
    context = {
        "proposal": proposal,
        "item": proposal,
        "answer": answer,
        "columns": [("for", "Υπέρ", "", [(said, [])])],
        "thing": proposal,
        "form": ProposalForm(
            {"heading": text, "text": text, "address": text, "form_key": proposal.form_key}, by=author
        ),
        "events": [{"time": None, "title": line, "text": prose, "by": line}],
        "similar": [{"proposal": proposal}],
    }
    request = RequestFactory().get("/")
    parts = (
        "participation/parts/said",
        "participation/parts/answers",
        "dialogue/parts/row",
        "dialogue/parts/similar",
    )
    pages = [render_to_string(f"{part}.html", context, request) for part in parts]
    pages += [render_to_string("components/timeline.html", context), str(context["form"])]
    hiding = {"reason": prose, "appeal": {"reason": prose, "standing": line, "tone": "good"}}
    pages += [render_to_string("participation/parts/hiding.html", {"hiding": hiding})]
    return Tags("".join(pages)).seen


@cache
def plain() -> set[str]:
    """What harmless text makes, and the sentence beside a field that a NUL makes."""
    return drawn("Απλό κείμενο") | drawn("\x00") | {"br"}


@settings(max_examples=60, deadline=None)
@given(text=typed)
@pytest.mark.django_db
def test_no_text_yields_markup(text) -> None:
    assert drawn(text) <= plain()


@given(text=typed)
def test_what_is_kept_is_in_one_form_and_shows_all_that_it_holds(text) -> None:
    for clean in (text_cleaning.line, text_cleaning.prose):
        kept = clean(text)
        assert clean(kept) == kept
        assert not set(kept) & set("\x00\u200b\u202e\u2066\ufeff")


def test_greek_is_kept_letter_by_letter() -> None:
    text = "Ἄσπρη πέτρα ξέξασπρη,\nκι ἀπ’ τὸν ἥλιο ξεξασπρότερη· «40 €»"

    assert text_cleaning.prose(text).split("\n")[1].endswith("«40 €»")
    assert text_cleaning.line("  Ένα\t δύο \n τρία ") == "Ένα δύο τρία"
