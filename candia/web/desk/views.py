"""The desk's own pages: the frame around the inbox, and the pages' building blocks."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from candia.backup import retention
from candia.core.access import Grant, Person
from candia.doors import health
from candia.operations.pages import inbox
from candia.web.desk.styleguide import blocks


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The inbox of this member of staff, under what is wrong with the installation."""
    person = inbox.at_desk(request)
    return inbox.inbox(request, {"conditions": list(health.notices()), "backup": _backup(person)})


def _backup(person: Person) -> retention.Last | None:
    """The newest backup, for those who answer for the city's running."""
    last = retention.Desk(settings.CANDIA.home).last()
    return last if last.began and person.has_role(Grant.ADMINISTRATOR) else None


@login_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every building block of the pages on one page."""
    inbox.at_desk(request)
    return render(request, "desk/styleguide.html", blocks())
