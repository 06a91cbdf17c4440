"""History that an operator brings as a table."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from candia.core import errors
from candia.devices.forms import History
from candia.devices.history import Report, desk_device, send_history
from candia.devices.pages.device_list import member
from candia.devices.reasons import sentence
from candia.ui.forms import show_refusal


def history(request: HttpRequest) -> HttpResponse:
    """Bring a CSV file; the page then says what became of its rows."""
    by = member(request)
    form = History(request.POST or None, request.FILES or None, by=by)
    report, done = Report(), False
    if request.method == "POST" and form.is_valid():
        try:
            device = desk_device(form.cleaned_data["service"])
            send_history(by=by, device=device, file=form.cleaned_data["file"].file, report=report)
            done = True
        except errors.Refused as error:
            show_refusal(form, error)
        except errors.Unavailable as away:
            form.add_error(None, str(away))
    bad = [(number, sentence(reason)) for number, reason in report.bad]
    told = {"form": form, "report": report, "bad": bad, "done": done}
    if report.good:
        told |= {
            name: datetime.fromtimestamp(getattr(report, name) / 1000, UTC) for name in ("first", "last")
        }
    return render(request, "devices/history.html", told)
