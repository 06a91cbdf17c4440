"""The desk's pages of departments: the tree with what is routed where, and one department with its people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from candia.accounts import departments as tree
from candia.accounts.department_forms import MemberForm, NameForm, NewForm, PlaceForm, RouteForm
from candia.accounts.models import Department, Route
from candia.core.numbers import number_of
from candia.core.service import services
from candia.ui.forms import act


def departments(request: HttpRequest) -> HttpResponse:
    """The administration as a tree, a form for one more, and which department each kind of work goes to."""
    branches = tree.tree()
    new = NewForm(_posted(request, "make"), branches=branches)
    route = RouteForm(_posted(request, "route"), branches=branches)
    if (
        act(request, new, tree.make_department, _("The department is made."))
        or act(request, route, tree.route, _("It goes there from now on."))
        or _unrouted(request)
    ):
        return redirect("people-desk-departments")
    context = {"branches": branches, "form": new, "route_form": route, "routes": _routes()}
    return render(request, "people/desk/departments.html", context)


def department(request: HttpRequest, number: int) -> HttpResponse:
    """One department: its name, its place and its people, each to be changed here; and its end."""
    found = get_object_or_404(Department, pk=number, closed=None)
    below = tree.within([number])
    others = [branch for branch in tree.tree() if branch.department.pk not in below]
    name = NameForm(_posted(request, "rename"), department=found)
    place = PlaceForm(_posted(request, "move"), branches=others, initial={"parent": found.parent_id})
    member = MemberForm(_posted(request, "add"))
    end = forms.Form(_posted(request, "close"))
    if act(request, end, tree.close_department, _("The department is closed."), department=number):
        return redirect("people-desk-departments")
    if (
        act(request, name, tree.rename_department, _("Saved."), department=found)
        or act(request, place, tree.move_department, _("The department is moved."), department=number)
        or act(request, member, tree.add_member, _("The department has one more."), department=found)
        or _left(request, found)
    ):
        return redirect("people-desk-department", number=number)
    context = {
        "department": found,
        "forms": {"rename": name, "move": place, "add": member, "close": end},
        "members": found.members.order_by("name", "pk"),
        "crumbs": [(_("Departments"), reverse("people-desk-departments")), (str(found), "")],
    }
    return render(request, "people/desk/department.html", context)


def _posted(request: HttpRequest, act: str) -> Any:
    return request.POST if request.POST.get("act") == act else None


def _unrouted(request: HttpRequest) -> bool:
    service, _sign, kind = request.POST.get("unroute", "").partition(":")
    form = forms.Form(request.POST if service else None)
    return act(request, form, tree.route, _("It is nobody's from now on."), service=service, kind=kind)


def _left(request: HttpRequest, department: Department) -> bool:
    person = number_of(request.POST.get("remove"))
    form = forms.Form(request.POST if person else None)
    said = _("The department has one less.")
    return act(request, form, tree.remove_member, said, department=department, person=person)


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
