"""The desk's pages of departments: the tree with what is routed where, and one department with its people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from candia.accounts import departments as tree
from candia.accounts.department_forms import MemberForm, NameForm, NewForm, PlaceForm, RouteForm
from candia.accounts.forms import refused
from candia.accounts.models import Department, Route
from candia.core import errors
from candia.core.access import Person
from candia.core.service import services


def departments(request: HttpRequest) -> HttpResponse:
    """The administration as a tree, a form for one more, and which department each kind of work goes to."""
    by, branches = _member(request), tree.tree()
    new = NewForm(_posted(request, "make"), branches=branches)
    route = RouteForm(_posted(request, "route"), branches=branches)
    done = (
        _try(new, lambda: tree.make_department(by=by, parent=new.cleaned_data["parent"], **new.told()))
        or _try(route, lambda: tree.route(by=by, **_what(route)))
        or ("unroute" in request.POST and _unrouted(by, request.POST["unroute"]))
    )
    if done:
        messages.success(request, _("Saved."))
        return redirect("people-desk-departments")
    context = {"branches": branches, "form": new, "route_form": route, "routes": _routes()}
    return render(request, "people/desk/departments.html", context)


def department(request: HttpRequest, number: int) -> HttpResponse:
    """One department: its name, its place and its people, each to be changed here; and its end."""
    by, found = _member(request), get_object_or_404(Department, pk=number, closed=None)
    below = tree.within([number])
    others = [branch for branch in tree.tree() if branch.department.pk not in below]
    name = NameForm(_posted(request, "rename"), department=found)
    place = PlaceForm(_posted(request, "move"), branches=others, initial={"parent": found.parent_id})
    member = MemberForm(_posted(request, "add"))
    try:
        done = (
            _try(name, lambda: tree.rename_department(by=by, department=found, **name.told()))
            or _try(place, lambda: tree.move_department(by=by, department=found, **place.cleaned_data))
            or _try(member, lambda: tree.add_member(by=by, department=found, **member.cleaned_data))
            or _left(by, found, request.POST.get("remove", ""))
        )
        if "close" in request.POST:
            tree.close_department(by=by, department=found)
            messages.success(request, _("The department is closed. What was its work is nobody's now."))
            return redirect("people-desk-departments")
    except errors.Refused as error:
        messages.error(request, str(error))
        return redirect("people-desk-department", number=number)
    if done:
        messages.success(request, _("Saved."))
        return redirect("people-desk-department", number=number)
    context = {
        "department": found,
        "forms": {"rename": name, "move": place, "add": member},
        "members": found.members.order_by("name", "pk"),
        "crumbs": [(_("Departments"), reverse("people-desk-departments")), (str(found), "")],
    }
    return render(request, "people/desk/department.html", context)


def _posted(request: HttpRequest, act: str) -> Any:
    return request.POST if request.POST.get("act") == act else None


def _try(form: forms.Form, ask: Callable[[], object]) -> bool:
    """Whether this form was sent and what it asks for is done; else what is wrong stands at the form."""
    if not form.is_bound or not form.is_valid():
        return False
    try:
        ask()
    except errors.Refused as error:
        refused(form, error)
        return False
    return True


def _what(form: RouteForm) -> dict[str, Any]:
    service, _sign, kind = form.cleaned_data["what"].partition(":")
    return {"service": service, "kind": kind, "department": form.cleaned_data["department"]}


def _unrouted(by: Person, what: str) -> bool:
    service, _sign, kind = what.partition(":")
    tree.route(by=by, service=service, kind=kind)
    return True


def _left(by: Person, department: Department, number: str) -> bool:
    if not number.isdecimal():
        return False
    tree.remove_member(by=by, department=department, person=int(number[:18]))
    return True


def _routes() -> list[dict[str, Any]]:
    """What goes where, in words; of a service that is switched off nothing is said, as nothing comes in."""
    known = services()
    return [
        {
            "what": f"{one.service}:{one.kind}",
            "service": known[one.service].title,
            "kind": known[one.service].rule(one.kind.partition(".")[2]).title if one.kind else "",
            "department": one.department,
        }
        for one in Route.objects.select_related("department").order_by("service", "kind")
        if one.service in known and (not one.kind or one.kind in tree.kinds(one.service))
    ]


def _member(request: HttpRequest) -> Person:
    if not isinstance(request.user, Person):
        raise errors.Forbidden
    return request.user
