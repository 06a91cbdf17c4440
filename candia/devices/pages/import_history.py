"""History that somebody brings as a table: whoever looks after meters has the readings of years in a spreadsheet.

They must see what the table would do before it does it, mend the rows that are refused, and be told of each why.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import IO, Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from candia.core import errors
from candia.core.entity import Entity
from candia.devices.forms import History
from candia.devices.history import Report, desk_device, lines, look, send_history
from candia.devices.reasons import sentence
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
        file, service = form.cleaned_data["file"].file, form.cleaned_data["service"]
        try:
            if looked:
                report = look(service, file)
            else:
                send_history(by=by, device=desk_device(service), file=file, report=report)
            done = True
        except errors.Refused as error:
            show_refusal(form, error)
        except errors.Unavailable as away:
            form.add_error(None, str(away))
    told = {"form": form, "report": report, "done": done, "looked": looked}
    return render(request, "devices/history.html", told | _told(report, file))


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
