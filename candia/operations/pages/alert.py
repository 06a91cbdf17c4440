"""One alert at the desk, for whoever has the shift: whether it is real, how it is now, and what is done about it.

They must see the evidence up to this minute before they decide, where it is, what was done before, and decide
with a reason in one step that they can take back; and if it is real, send a crew without typing it all again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from candia.accounts import departments
from candia.accounts.models import Department
from candia.core import errors
from candia.core.access import Person
from candia.core.alert import Alert
from candia.core.event import Event
from candia.core.evidence import Decision, Evidence
from candia.core.service import services
from candia.core.timeline import steps
from candia.operations import acts, commands, judging, state
from candia.operations import inbox as waiting
from candia.operations.causes import bundles, judge_cause
from candia.operations.forms import RESTS, JudgeForm, NoteForm
from candia.operations.models import Note, Triage
from candia.operations.pages import maintaining
from candia.operations.pages.inbox import at_desk, row, rows
from candia.operations.pages.map_layer import place_layer
from candia.operations.work.pages import sending
from candia.ui.forms import act, show_refusal

# Of its other alerts, the newest so many.
OTHERS = 8
#: What else is posted here than a decision, by the name of the button.
PARTS = {
    "send_crew": sending.sent,
    "maintain": maintaining.begun,
    "end_maintenance": maintaining.ended,
}


@never_cache
def alert(request: HttpRequest, number: int) -> HttpResponse:
    """One alert with its evidence; what is decided on it is posted to it."""
    by = at_desk(request)
    shown = Alert.objects.select_related("entity").filter(pk=number).first()
    if shown is None:
        raise errors.NotFound
    if not waiting.operates(by, shown):
        raise errors.Forbidden
    if request.method != "POST":
        if request.GET.get("part") == "decision" and undecided(shown):
            return HttpResponse(status=204)  # Whoever is writing a reason is left alone.
        return render(request, "operations/alert.html", _context(by, shown))
    again = _done(request, by, shown)
    if again is None:
        return redirect("operations-desk-alert", number=number)
    shown.refresh_from_db()
    return render(request, "operations/alert.html", _context(by, shown, again), status=422)


def _done(request: HttpRequest, by: Person, shown: Alert) -> dict[str, forms.Form] | None:
    """Do what was posted; the form with what is wrong beside its field, or nothing when it is done."""
    asked = request.POST.get("act", "")
    own = {one.name: one for one in _evidence(shown, by).decisions}
    if asked in own:
        return _decided(request, own[asked])
    if asked in PARTS:
        return PARTS[asked](request, shown)
    try:
        if asked == "note":
            commands.add_note(by=by, alert=shown, text=request.POST.get("text", ""))
            return None
        said, refused = acts.carry_out(by, request.POST, [waiting.key_of(shown)])
        messages.success(request, said) if said else messages.warning(request, refused)
    except (errors.Forbidden, errors.NotFound):
        raise
    except errors.Refused as no:
        name, kind = ("note_form", NoteForm) if asked == "note" else ("judge_form", JudgeForm)
        form = kind(request.POST)
        form.is_valid()
        show_refusal(form, no)
        return {name: form}
    return {"judge_form": _kept(request)} if refused else None


def _kept(request: HttpRequest) -> JudgeForm:
    """What was typed for a decision that came too late: whoever wrote it may still want to say it."""
    return JudgeForm(initial={"note": request.POST.get("note", "")})


def _decided(request: HttpRequest, decision: Decision) -> dict[str, forms.Form] | None:
    form = decision.form(request.POST, prefix=decision.name)
    return None if act(request, form, decision.ask, decision.said) else {f"{decision.name}_form": form}


def _evidence(shown: Alert, by: Person) -> Evidence:
    service = services().get(shown.service_name)
    return service.evidence(shown, by) if service and service.evidence else Evidence()


def undecided(shown: Alert) -> bool:
    """Whether an alert waits for a decision."""
    return shown.closed is None and shown.status == Alert.OPEN


def _context(by: Person, shown: Alert, again: dict[str, forms.Form] | None = None) -> dict[str, Any]:
    [line] = waiting.alert_lines([shown])
    triage = Triage.objects.select_related("assignee", "department").filter(item=line.item.key).first()
    line = replace(line, department=waiting.department_of(line, triage, departments.routes()))
    evidence = _evidence(shown, by)
    drawn = {f"{one.name}_form": one.form(prefix=one.name) for one in evidence.decisions} | (again or {})
    layers = place_layer(line)
    points = bool(layers) and layers[0]["kind"] == "points"
    others = Alert.objects.filter(entity=shown.entity_id).exclude(pk=shown.pk).select_related("entity")
    return {
        **row(line),
        **evidence.context,
        "judge_form": JudgeForm(),
        "note_form": NoteForm(),
        **sending.context(line, shown),
        **maintaining.context(shown),
        **drawn,
        "evidence": evidence,
        "decisions": [(one, drawn[f"{one.name}_form"]) for one in evidence.decisions if one.title],
        "standing": state.standing(shown),
        "undecided": undecided(shown),
        "bundle": bundles([shown.service_name]).get(shown.pk) if shown.closed is None else None,
        "undoable": judging.undoable(shown, by),
        "layers": layers,
        # A point is seen with its street; an outline fits itself.
        "centre": layers[0]["data"]["features"][0]["geometry"]["coordinates"] if points else None,
        "zoom": 16 if points else None,
        "triage": triage,
        "departments": departments.tree(),
        "colleagues": waiting.staff_of(*waiting.services_of(shown)).exclude(pk=by.pk),
        "rests": RESTS,
        "story": _story(shown),
        "others": rows(others.order_by("-opened")[:OTHERS]),
        "crumbs": [(_("Inbox"), reverse("desk")), (f"#{shown.pk}", "")],
        "topics": f"{line.item.service} core operations",
    }


def _story(shown: Alert) -> list[dict[str, Any]]:
    """What happened to this alert, with the names and words of colleagues, oldest first."""
    key = waiting.key_of(shown)
    mine = Q(pk=shown.opened_by_id) | Q(because=shown.opened_by_id) | Q(entity=key)
    mine |= Q(entity=shown.entity_id, data__alert=shown.pk)
    events = list(Event.objects.filter(mine).select_related("because").order_by("id"))
    notes = {note.pk: note.text for note in Note.objects.filter(item=key)}
    names: dict[str, str] = {event.by: "" for event in events if event.by.startswith("person:")}
    names |= {actor: _named(actor) for actor in {*names} | {event.data.get("to", "") for event in events}}
    told = steps(events)
    for step, event in zip(told, events, strict=True):
        step |= {"because": None, "anchor": f"e{event.pk}", "text": notes.get(event.data.get("note"), "")}
        step["by"] = names.get(event.by) or step["by"]
        step["detail"] = _detail(event, names)
    return told


def _detail(event: Event, names: dict[str, str]) -> str:
    """A fact that belongs to the step: the reason, or who has it now."""
    if event.kind == commands.assign.event:
        return names[event.data["to"]] if event.data.get("to") else _("to nobody")
    reason = str(judging.REASONS.get(event.data.get("reason", ""), ""))
    if event.because is None or event.because.kind != judge_cause.event:
        return reason
    others = len(event.because.data["alerts"]) - 1
    told = ngettext("with %(n)d other of the same cause", "with %(n)d others of the same cause", others)
    return ", ".join(filter(None, (reason, told % {"n": others})))


def _named(to: str) -> str:
    """Who has it since a step: a colleague, or a department, by the name that events keep."""
    kind, _colon, number = to.partition(":")
    if kind == "department":
        return str(Department.objects.filter(pk=number).first() or "")
    return state.name_of(to)
