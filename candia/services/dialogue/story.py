"""The story of a proposal as its page tells it: voices between two steps are one line, answers say why."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from candia.core.event import Event
from candia.core.service import event_titles
from candia.core.timeline import public_story
from candia.participation.models import Answer, Hiding
from candia.services.dialogue import states
from candia.services.dialogue.models import Proposal

# As they are recorded now, and as versions before recorded them.
SUPPORTED = ("participation.supported", "dialogue.proposal_supported")
WITHDRAWN = ("participation.support_withdrawn", "dialogue.support_withdrawn")
COMMENTED = ("participation.commented", "dialogue.proposal_commented")
VOICES = (*SUPPORTED, *WITHDRAWN, *COMMENTED)
HIDINGS = Prefetch("hidings", Hiding.objects.select_related("appeal"))
TONES = {
    "dialogue.proposal_accepted": "good",
    "dialogue.proposal_postponed": "warn",
    "dialogue.proposal_declined": "bad",
    "dialogue.proposal_submitted": "info",
}


def lines(proposal: Proposal) -> list[dict[str, Any]]:
    """The lines of its timeline, oldest first."""
    answers = {answer.pk: answer for answer in proposal.answers.all()}
    hidings = {hiding.pk: hiding for hiding in proposal.hidings.all()}
    told: list[dict[str, Any]] = []
    for voices, group in groupby(public_story(proposal.id), _is_voice):
        events = list(group)
        told += [_voices(events)] if voices else [_step(proposal, e, answers, hidings) for e in events]
    return told


def _is_voice(event: Event) -> bool:
    """Whether it is one among many; the voice that reached the goal is a step of its own."""
    return event.kind in VOICES and "goal" not in event.data


def _step(
    proposal: Proposal, event: Event, answers: dict[int, Answer], hidings: dict[int, Hiding]
) -> dict[str, Any]:
    line = {
        "time": event.time,
        "title": event_titles().get(event.kind, event.kind),
        "tone": TONES.get(event.kind, "quiet"),
        "by": "",
    }
    if answer := answers.get(event.data.get("answer", 0)):
        # The page shows the whole answer above; the story needs how it began.
        line |= {"by": answer.office, "text": answer.text.partition("\n\n")[0]}
    if hiding := hidings.get(event.data.get("hiding", 0)):
        line["text"] = hiding.why(event.kind)
    if goal := event.data.get("goal"):
        line["title"] = _("%(goal)d residents support it: the city owes an answer") % {"goal": goal}
        line["tone"] = "info"
    if event.kind == "dialogue.proposal_withdrawn" and proposal.status == states.WITHDRAWN:
        line["text"] = proposal.withdrawn_because
    return line


def _voices(events: list[Event]) -> dict[str, Any]:
    count = Counter(event.kind for event in events)
    supports, back, comments = (
        sum(count[kind] for kind in kinds) for kinds in (SUPPORTED, WITHDRAWN, COMMENTED)
    )
    parts = [
        supports and ngettext("%(n)d support", "%(n)d supports", supports) % {"n": supports},
        back and ngettext("%(n)d support withdrawn", "%(n)d supports withdrawn", back) % {"n": back},
        comments and ngettext("%(n)d comment", "%(n)d comments", comments) % {"n": comments},
    ]
    return {
        "time": events[-1].time,
        "title": ", ".join(part for part in parts if part),
        "tone": "quiet",
        "by": _("residents"),
    }
