"""The desk's own pages: what is open for this member of staff, and the pages' building blocks."""

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from candia.core import errors
from candia.core.access import Grant, Person
from candia.core.alert import Alert
from candia.core.service import services


def _member(request: HttpRequest) -> Person:
    person = request.user
    if not isinstance(person, Person) or not person.is_staff:
        raise errors.Forbidden
    return person


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The open alerts of the services that this person operates, newest first, and their counts."""
    person = _member(request)
    mine = [service for service in services().values() if person.has_role(Grant.OPERATOR, service.name)]
    standing = Alert.objects.filter(closed=None, status=Alert.OPEN)
    alerts = [
        alert
        for alert in standing.select_related("entity").order_by("-opened")[:200]
        if any(alert.service_name == service.name for service in mine)
    ]
    counts = dict(standing.values_list("rule").annotate(Count("pk")))
    return render(request, "desk/home.html", {"alerts": alerts[:50], "counts": counts, "services": mine})


@login_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every building block of the pages on one page."""
    _member(request)
    return render(request, "desk/styleguide.html")
