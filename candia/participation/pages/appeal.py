"""The page of whoever's words were hidden: why, until when an appeal is taken, and what became of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from candia.core import errors
from candia.core.entity import Entity
from candia.core.numbers import number_of
from candia.participation import appeals, commands
from candia.participation.forms import AppealForm
from candia.participation.models import Hiding
from candia.participation.notices import page_of
from candia.participation.pages.thing import found
from candia.ui.forms import act


@never_cache
def appeal(request: HttpRequest, entity: str) -> HttpResponse:
    """What was hidden of this person's own, and the form to appeal once; `?comment=` is the number of a comment."""
    person: Any = request.user
    thing, number = found(entity), number_of(request.GET.get("comment")) or None
    hiding = _newest(thing, number)
    if hiding is None or appeals.author_of(hiding) != person.pk:
        raise errors.NotFound
    form = AppealForm(request.POST or None)
    said = _("Your appeal has arrived. You will hear what was decided.")
    if request.method == "POST" and act(request, form, commands.appeal, said, entity=thing, comment=number):
        return redirect(address(thing, number))
    context = {
        "thing": thing,
        "hiding": hiding,
        "back": page_of(thing),
        "form": form,
        "last_day": appeals.last_day(hiding),
        "open": hiding.until is None and not hasattr(hiding, "appeal") and not appeals.is_late(hiding),
    }
    return render(request, "participation/appeal.html", context, status=422 if form.errors else 200)


def address(thing: Entity | str, comment: int | None = None) -> str:
    """Where somebody reads why their words were hidden."""
    id = thing if isinstance(thing, str) else thing.pk
    own = reverse("participation-appeal", kwargs={"entity": id})
    return f"{own}?comment={comment}" if comment else own


def _newest(thing: Entity, comment: int | None) -> Hiding | None:
    known = Hiding.objects.select_related("appeal", "comment")
    return known.filter(entity=thing.pk, comment=comment).last()
