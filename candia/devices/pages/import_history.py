"""History that somebody brings as a table: whoever looks after meters has the readings of years in a spreadsheet.

They must see what the table would do before it does it, mend the rows that are refused, and be told of each why.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import IO, Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from candia.core import errors
from candia.core.access import Person, names_of
from candia.core.entity import Entity
from candia.core.telemetry import properties, store
from candia.devices.commands import operates
from candia.devices.forms import History
from candia.devices.history import (
    Report,
    desk_device,
    lines,
    look,
    must_be_stored,
    rows_of,
    send_history,
    take_back_history,
)
from candia.devices.models import HistoryImport
from candia.devices.reasons import sentence
from candia.telemetry import taking_back
from candia.telemetry.store import StoreAway
from candia.ui.forms import show_refusal
from candia.ui.reader import member

# So many refused rows, and so many things, are shown; all that is kept of the refused can be taken along.
SHOWN = 100


def history(request: HttpRequest) -> HttpResponse:
    """Bring a CSV file, or look what it would do (`look`); the page then says what becomes of its rows."""
    by = member(request)
    form = History(request.POST or None, request.FILES or None, by=by)
    report, done, looked = Report(), False, "look" in request.POST
    file: IO[bytes] | None = None
    if request.method == "POST" and form.is_valid():
        sent, service = form.cleaned_data["file"], form.cleaned_data["service"]
        file = sent.file
        try:
            if looked:
                report = look(service, file)
            else:
                send_history(
                    by=by, device=desk_device(service), file=file, report=report, name=sent.name or ""
                )
            done = True
        except errors.Refused as error:
            show_refusal(form, error)
        except errors.Unavailable as away:
            form.add_error(None, str(away))
    told = {"form": form, "report": report, "done": done, "looked": looked, "imports": _imports(by)}
    return render(request, "devices/history.html", told | _told(report, file))


@never_cache
def history_import(request: HttpRequest, number: int) -> HttpResponse:
    """What one import brought, and how much of it stands; taking it back is posted to it."""
    by = member(request)
    brought = HistoryImport.objects.filter(pk=number, service__in=operates(by)).first()
    if brought is None:
        raise errors.NotFound
    wrong = ""
    if request.method == "POST":
        try:
            removed = take_back_history(by=by, history=number).data["removed"]
            said = ngettext("%(n)d row was removed.", "%(n)d rows were removed.", removed) % {"n": removed}
            messages.success(request, f"{said} {_('Hours and days are computed again.')}")
            return redirect("devices-desk-history-import", number=number)
        except (errors.Conflict, errors.Unavailable) as refused:
            wrong = str(refused)
    told = {"row": row(brought), "wrong": wrong, **_standing(brought)}
    return render(request, "devices/history_import.html", told, status=409 if wrong else 200)


def row(brought: HistoryImport) -> dict[str, Any]:
    """An import as a page tells it."""
    return _rows([brought])[0]


def _imports(by: Person) -> list[dict[str, Any]]:
    return _rows(HistoryImport.objects.filter(service__in=operates(by)).order_by("-time")[:SHOWN])


def _rows(found: Iterable[HistoryImport]) -> list[dict[str, Any]]:
    """The imports with the names of those who brought them in, and of the properties."""
    shown = list(found)
    names = names_of({one.by for one in shown} | {one.taken_back_by for one in shown if one.taken_back})
    titles = {name: str(one.title or name) for name, one in properties().items()}
    return [
        {
            "import": one,
            "by": names[one.by],
            "taken_back_by": names.get(one.taken_back_by, ""),
            "properties": [titles.get(name, name) for name in one.properties],
            "url": reverse("devices-desk-history-import", kwargs={"number": one.pk}),
        }
        for one in shown
    ]


def _standing(brought: HistoryImport) -> dict[str, Any]:
    """How many of its rows are there and nobody replaced, or why it can't be taken back now."""
    if brought.taken_back:
        return {}
    try:
        must_be_stored(brought)
        return {"standing": taking_back.standing(store(), rows_of(brought))}
    except errors.Conflict as refused:
        return {"not_now": str(refused)}
    except StoreAway:
        return {"not_now": _("The store of observations does not answer. Try again in a minute.")}


def _told(report: Report, file: IO[bytes] | None) -> dict[str, Any]:
    """What the page tells of a report: thing by thing, and the refused rows as they stand."""
    things = sorted(report.entities.items())[:SHOWN]
    names = {one.pk: str(one) for one in Entity.objects.filter(pk__in=[id for id, _told in things])}
    as_they_stand = lines(file, [number for number, _reason in report.bad]) if file and report.bad else {}
    bad = [(number, sentence(reason), as_they_stand.get(number, "")) for number, reason in report.bad]
    told: dict[str, Any] = {
        "things": [
            (id, names.get(id, id), one.rows, moment(one.first), moment(one.last)) for id, one in things
        ],
        "other_things": max(0, len(report.entities) - SHOWN),
        "bad": bad[:SHOWN],
        "refused": quote(_table(bad)) if bad else "",
    }
    return told | ({"first": moment(report.first), "last": moment(report.last)} if report.good else {})


def moment(milliseconds: int) -> datetime:
    """A moment of an observation."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _table(bad: list[tuple[int, Any, str]]) -> str:
    """The refused rows as a table of their own, for whoever mends them."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(["row", "reason", "line"])
    # A sign that a spreadsheet would take for a formula is shown to be text.
    table.writerows((number, reason, _plain(line)) for number, reason, line in bad)
    return "\ufeff" + written.getvalue()


def _plain(line: str) -> str:
    return f"'{line}" if line[:1] in "=+-@\t" and line else line
