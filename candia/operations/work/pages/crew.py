"""The crew's phone: a page that works a day without a network, and the one address that it speaks to.

Two people in a van, in gloves and sun: they must see where to go next and what is dangerous there, tick what is
done with a thumb, and drive on; whether the city has heard it yet is said in one line and is no worry of theirs.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from candia.core import errors
from candia.core.access import Person
from candia.operations.work import crews, intake
from candia.operations.work.field_events import MOMENTS, REASONS
from candia.operations.work.models import PRIORITIES
from candia.operations.work.phone import orders_of
from candia.operations.work.states import TITLES
from candia.ui.reader import member


@never_cache
def crew(request: HttpRequest) -> HttpResponse:
    """The page itself, the same for everyone and empty: what belongs to a crew comes as data."""
    told = {
        "is_crew": crews.crew(request.user if isinstance(request.user, Person) else None),
        "reasons": REASONS,
        "moments": MOMENTS,
        "priorities": PRIORITIES,
        "states": {state.value: title for state, title in TITLES.items()},
    }
    return render(request, "operations/work/crew.html", told)


@never_cache
def crew_orders(request: HttpRequest) -> JsonResponse:
    """The orders that this person is on; what their phone has to say is posted, and answered event by event."""
    by = member(request)
    try:
        answers = intake.take(by, request.body) if request.method == "POST" else {}
    except errors.CandiaError as no:
        return JsonResponse(no.problem(), status=no.status)
    return JsonResponse({"answers": answers, "orders": orders_of(by)})


@never_cache
def crew_photos(request: HttpRequest) -> JsonResponse:
    """Where a phone sends its photographs, one by one: the order's number, the phone's id for it, and the file."""
    by = member(request)
    if request.method != "POST":
        return JsonResponse({"kept": False})
    try:
        file = request.FILES.get("file")
        if file is None:
            raise errors.Refused(_("The city could not read this."))
        intake.take_photo(by, request.POST.get("order", ""), request.POST.get("photo", ""), file)
    except errors.CandiaError as no:
        return JsonResponse(no.problem(), status=no.status)
    return JsonResponse({"kept": True})
