"""The inbox, for whoever has the shift: all that waits, what costs most first, and decided from the keyboard.

They come with sixty open things and a minute between two calls, must see at once what is new and what is large,
take or decide many alike in one step, and leave the rest to the next shift with a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from candia.accounts import departments
from candia.core import errors
from candia.core.access import Person
from candia.core.alert import Alert
from candia.core.service import services
from candia.operations import acts, commands, narrowing, severity, shifts
from candia.operations import inbox as waiting
from candia.operations.forms import QUIETS, RESTS, HandoverForm, JudgeForm
from candia.operations.models import Handover, Maintenance
from candia.operations.pages.map_layer import layers
from candia.operations.state import in_short
from candia.ui.forms import show_refusal
from candia.ui.reader import member

AT_ONCE = 60


def inbox(request: HttpRequest, frame: Mapping[str, Any]) -> HttpResponse:
    """Everything that waits for this member of staff, as far as they ask for it; `frame` is for the page around it.

    What is decided on it is posted to it.
    """
    by = at_desk(request)
    # A list that renews itself is no look of anybody's.
    if request.headers.get("HX-Target") != "list":
        shifts.looked(by)
    if request.method != "POST":
        return render(request, "operations/inbox.html", _context(request, by) | dict(frame))
    again = _acted(request, by)
    if again is None:
        return redirect(request.get_full_path())
    return render(request, "operations/inbox.html", _context(request, by) | dict(frame) | again, status=422)


def _acted(request: HttpRequest, by: Person) -> dict[str, Any] | None:
    """Carry out what was posted; what is wrong with it beside its fields, or nothing when it is done."""
    items = request.POST.getlist("item")
    try:
        if request.POST.get("act") == "hand_over":
            commands.hand_over(by=by, note=request.POST.get("handover", ""))
            messages.success(request, _("Your shift is handed over. What comes from now on is new to you."))
        else:
            done, refused = acts.carry_out(by, request.POST, items)
            if done:
                messages.success(request, done)
            if refused:
                messages.warning(request, refused)
    except errors.Refused as no:
        if not no.fields:
            messages.warning(request, str(no.sentence))
            return {"checked": items}
        form = JudgeForm(request.POST)
        form.is_valid()
        show_refusal(form, no)
        return {"judge_form": form, "checked": items}
    return None


def _context(request: HttpRequest, by: Person) -> dict[str, Any]:
    state, whose = narrowing.state_of(request.GET), narrowing.whose_of(request.GET)
    found = waiting.lines(by, state)
    form = narrowing.InboxFilter(request.GET, found)
    form.is_valid()
    parts = narrowing.by_whom(narrowing.narrowed(found, form.cleaned_data), by)
    page = Paginator(waiting.grouped(parts[whose]), AT_ONCE).get_page(request.GET.get("page"))
    topics = ["core", "operations", *(name for name, one in services().items() if one.inbox)]
    return {
        "form": form,
        "tabs": _tabs(request, by, parts, whose),
        "groups": [_shown(group) for group in page],
        "page_obj": page,
        "found": len(parts[whose]),
        "new": sum(line.new for line in parts[whose]),
        "only_new": f"?{_with_new(request)}" if not form.cleaned_data.get("new") else "",
        "narrowed": any(request.GET.get(name) for name in form.fields),
        "state": state,
        "cause": form.cleaned_data.get("cause"),
        "judge_form": JudgeForm(),
        "checked": [],
        "handover_form": HandoverForm(),
        "handover": _handover(by),
        "departments": departments.tree(),
        "rests": RESTS,
        "reasons": Maintenance.REASONS,
        "quiets": QUIETS.items(),
        "colleagues": waiting.staff_of(*waiting.served(by)).exclude(pk=by.pk),
        "undoable": acts.undoable(by),
        "layers": layers(request.GET.urlencode()) if any(line.alert for line in found) else [],
        "topics": " ".join(topics),
        "news": ", ".join(f"live:{topic} from:body throttle:3s" for topic in topics),
    }


def at_desk(request: HttpRequest) -> Person:
    """Whoever sits at the desk; raises Forbidden for everybody else."""
    by = member(request)
    if not by.is_staff:
        raise errors.Forbidden
    return by


def rows(found: Iterable[Alert]) -> list[dict[str, Any]]:
    """Alerts as another page lists them, in the order given."""
    shown = list(found)
    lines = {line.alert.pk: line for line in waiting.alert_lines(shown) if line.alert}
    return [row(lines[alert.pk]) for alert in shown]


def row(line: waiting.Line) -> dict[str, Any]:
    """A line as the list shows it."""
    return {
        "line": line,
        "item": line.item,
        "alert": line.alert,
        "tone": severity.tone(line.item.severity),
        "now": in_short(line.alert) if line.alert else "",
    }


def _shown(group: waiting.Group) -> dict[str, Any]:
    rows = [row(line) for line in group.lines] if group.many else []
    return {**row(group.first), "rows": rows, "bundle": group.bundle}


def _tabs(
    request: HttpRequest, by: Person, parts: Mapping[str, list[Any]], whose: str
) -> list[dict[str, Any]]:
    query = request.GET.copy()
    query.pop("page", None)
    tabs = []
    for word, title in narrowing.WHOSE.items():
        if word == "department" and not (parts[word] or by.departments.exists()):
            continue  # Whoever belongs to none has nothing to look for there.
        query["whose"] = word
        url = f"{reverse('desk')}?{query.urlencode()}"
        tabs.append({"label": title, "url": url, "current": word == whose, "count": len(parts[word])})
    return tabs


def _with_new(request: HttpRequest) -> str:
    """The query of the page for what of it is new."""
    query = request.GET.copy()
    query.pop("page", None)
    query["new"] = "on"
    return query.urlencode()


def _handover(by: Person) -> Handover | None:
    """The last word that a colleague of one of this person's services left, unless they have handed over since."""
    last = Handover.objects.filter(services__overlap=waiting.served(by)).exclude(text="")
    left = last.select_related("person").order_by("-time").first()
    return left if left and left.person_id != by.pk else None
