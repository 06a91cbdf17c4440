"""What an author asks for: to draft, edit, submit and withdraw a proposal."""

from __future__ import annotations

from typing import Any, TypedDict, Unpack
from uuid import UUID, uuid4

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core import attachment, errors
from candia.core.access import Person, author, per_day, per_hour, resident
from candia.core.command import command
from candia.core.event import Happened
from candia.core.zones import is_near
from candia.participation import text_cleaning
from candia.participation.models import Follow
from candia.services.dialogue import city, states
from candia.services.dialogue.life import move, must_be
from candia.services.dialogue.models import Proposal

HEADING = (8, 120)
TEXT = (40, 6000)


class Content(TypedDict, total=False):
    """What is written in a proposal; the place in degrees (WGS84), `signed` whether its author's name is shown."""

    heading: str
    text: str
    theme: str
    address: str
    lon: float | None
    lat: float | None
    signed: bool


@command(
    event="dialogue.proposal_drafted",
    title=gettext_lazy("Draft begun"),
    may=resident,
    limit=per_day(30),
    api=True,
)
def draft_proposal(by: Person, *, form_key: UUID | None = None, **content: Unpack[Content]) -> Happened:
    """Begin a proposal that only its author sees; whatever is written so far is kept."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('dialogue_proposal_number')")
        number = cursor.fetchone()[0]
    proposal = Proposal(
        id=f"{Proposal.kind}:{number}", number=number, form_key=form_key or uuid4(), author=by
    )
    _take(proposal, dict(content))
    proposal.save()
    return Happened(proposal)


@command(
    event="dialogue.draft_edited",
    title=gettext_lazy("Draft changed"),
    may=author,
    limit=per_hour(600),
    idempotent=True,
    api=True,
)
def edit_proposal(_by: Person, *, proposal: Proposal, **content: Unpack[Content]) -> Happened:
    """Change a draft; nothing is refused for being unfinished."""
    must_be(proposal, states.DRAFT)
    _take(proposal, dict(content))
    proposal.save()
    return _behind(proposal)


@command(event="dialogue.draft_discarded", title=gettext_lazy("Draft thrown away"), may=author, api=True)
def discard_draft(_by: Person, *, proposal: Proposal) -> Happened:
    """Throw a draft away with all that was written in it."""
    must_be(proposal, states.DRAFT)
    told = _behind(proposal)
    attachment.remove(attachment.of(proposal)[proposal.pk])
    proposal.delete()
    return told


@command(
    event="dialogue.proposal_submitted",
    title=gettext_lazy("Proposal submitted"),
    may=author,
    limit=per_day(5),
    api=True,
)
def submit_proposal(by: Person, *, proposal: Proposal) -> Happened:
    """Make a draft public and open for support; it needs a title, a text and a theme."""
    check_finished(proposal)
    move(proposal, states.OPEN)
    proposal.submitted = timezone.now()
    proposal.save()
    # Whoever proposes wants to know what comes of it; one press ends it.
    Follow.objects.get_or_create(entity_id=proposal.pk, person=by)
    return Happened(proposal, data={"theme": proposal.theme, "zone": proposal.zone})


@command(
    event="dialogue.proposal_withdrawn",
    title=gettext_lazy("Withdrawn by its author"),
    may=author,
    told=True,
    api=True,
)
def withdraw_proposal(_by: Person, *, proposal: Proposal, reason: str) -> Happened:
    """Take back a proposal that the city has not decided; it stays readable with the reason."""
    reason = text_cleaning.prose(reason)
    if wrong := text_cleaning.wrong_length(reason, 5, 1000):
        raise errors.Refused(wrong, reason=wrong)
    move(proposal, states.WITHDRAWN)
    proposal.withdrawn_because = reason
    proposal.save()
    return Happened(proposal)


def _behind(proposal: Proposal) -> Happened:
    """What happens to a draft is its author's business and no line of the public story."""
    return Happened(proposal, about=f"dialogue.draft:{proposal.number}")


def _take(proposal: Proposal, content: dict[str, Any]) -> None:
    wrong: dict[str, Any] = {}
    for name, clean, most in (
        ("heading", text_cleaning.line, HEADING[1]),
        ("text", text_cleaning.prose, TEXT[1]),
        ("address", text_cleaning.line, 120),
    ):
        value = clean(str(content.pop(name, getattr(proposal, name))))
        if too_long := text_cleaning.wrong_length(value, 0, most):
            wrong[name] = too_long
        setattr(proposal, name, value)
    proposal.theme = str(content.pop("theme", proposal.theme) or "")
    if proposal.theme and proposal.theme not in city.themes():
        wrong["theme"] = _("This is none of the city's themes. Choose one from the list.")
    proposal.signed = bool(content.pop("signed", proposal.signed))
    if "lon" in content or "lat" in content:
        wrong |= _take_place(proposal, content.pop("lon", None), content.pop("lat", None))
    if content:
        raise errors.Refused(_("A proposal has no such part: %(names)s.") % {"names": ", ".join(content)})
    if wrong:
        raise errors.Refused(**wrong)


def _take_place(proposal: Proposal, lon: float | None, lat: float | None) -> dict[str, str]:
    if lon is None and lat is None:
        proposal.place = None
        return {}
    if lon is None or lat is None:
        missing = "lon" if lon is None else "lat"
        return {missing: _("A place needs both numbers, latitude and longitude.")}
    if not is_near(lon, lat):
        return {"lat": _("This place is not in the city. Press on the map where it is.")}
    # Five decimals are about a metre.
    proposal.place = [round(lon, 5), round(lat, 5)]
    return {}


def check_finished(proposal: Proposal) -> None:
    """Refuse, field by field, what is too little for others to read."""
    wrong = {
        "heading": text_cleaning.wrong_length(proposal.heading, *HEADING),
        "text": text_cleaning.wrong_length(proposal.text, *TEXT),
        "theme": "" if proposal.theme else _("Choose a theme, so that those who care for it find it."),
    }
    if any(wrong.values()):
        raise errors.Refused(
            _("Your draft is kept. A little is missing before it can be published."),
            **{name: sentence for name, sentence in wrong.items() if sentence},
        )
