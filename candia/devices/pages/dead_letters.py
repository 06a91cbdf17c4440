"""Dead letters: counted by their reasons, looked at, sent again after a fix, or thrown away."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from candia.core import errors
from candia.core.access import Person, administrator
from candia.core.feed import Feed
from candia.devices import commands, ingest_status
from candia.devices.pages.device_list import kept_by
from candia.devices.reasons import sentence
from candia.telemetry import deadletters
from candia.telemetry.deadletters import DeadLetter
from candia.telemetry.reason import printable
from candia.telemetry.stream import Stream
from candia.ui.reader import member

# Counted are the newest so many; of one reason so many are shown; so many go at one press.
NEWEST, SAMPLES = 20_000, 10


def letters(request: HttpRequest) -> HttpResponse:
    """The reasons and how often each came; of one that is chosen some letters, to send again or throw away."""
    by = member(request)
    device, kind = request.GET.get("device", ""), request.GET.get("reason", "")
    if request.method == "POST":
        _carry_out(request, by)
        return redirect("devices-desk-letters")
    fed = commands.feeds_of(by)
    mine = None if administrator(by) else {*kept_by(by).values_list("pk", flat=True), *fed}
    try:
        groups = _groups(mine, fed)
        chosen = next((one for one in groups if (one["device"], one["kind"]) == (device, kind)), None)
        samples = list(_samples(device, kind)) if chosen else []
    except errors.Unavailable as away:
        return render(request, "devices/letters.html", {"away": str(away)}, status=away.status)
    told = {"groups": groups, "chosen": chosen, "samples": samples, "total": sum(g["count"] for g in groups)}
    return render(request, "devices/letters.html", told)


def _groups(mine: set[str] | None, fed: Mapping[str, Feed]) -> list[dict[str, Any]]:
    """How many letters there are of each reason and device that this person keeps, told by the last of them."""
    counts = ingest_status.ask(lambda stream: deadletters.counts(stream, NEWEST))
    return [
        {
            "kind": letter.kind,
            "device": letter.device,
            "from": fed[letter.device].title if letter.device in fed else letter.device,
            "count": count,
            **_reason(letter),
        }
        for letter, count in counts
        if mine is None or letter.device in mine
    ]


def _reason(letter: DeadLetter) -> dict[str, Any]:
    """Why a letter was not taken; in English where it comes from before reasons were taken apart."""
    told = letter.told
    return {"reason": sentence(told) if told else printable(letter.reason), "foreign": told is None}


def _samples(device: str, kind: str) -> Iterator[dict[str, Any]]:
    """Some letters as they can safely be shown: what a device sends may hold anything."""

    def some(stream: Stream) -> Coroutine[None, None, list[DeadLetter]]:
        return deadletters.last(stream, device, kind, SAMPLES, newest=NEWEST)

    for one in ingest_status.ask(some):
        yield {
            "received": datetime.fromtimestamp(one.received / 1000, UTC),
            **_reason(one),
            "payload": deadletters.shown(one.payload, 400),
            "size": len(one.payload),
        }


def _carry_out(request: HttpRequest, by: Person) -> None:
    """Send the letters of one device and reason again, or throw them away: each is a command."""
    verb = commands.discard_letters if "discard" in request.POST else commands.replay_letters
    device, kind = request.POST.get("device", ""), request.POST.get("reason", "")
    try:
        count = verb(by=by, name=device, reason=kind).data["count"]
    except errors.CandiaError as error:
        messages.error(request, str(error))
        return
    if "discard" in request.POST:
        done = ngettext("%(n)d letter was thrown away.", "%(n)d letters were thrown away.", count)
    else:
        done = ngettext("%(n)d letter was sent again.", "%(n)d letters were sent again.", count)
        done = f"{done} " + _("Those that still can't be taken will come back.")
    messages.success(request, done % {"n": count})
