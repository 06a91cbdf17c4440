"""Pages for readers: the list of proposals with its filters, and the same on a map."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from candia.core import attachment
from candia.services.dialogue import city, search, states
from candia.services.dialogue.forms import FilterForm
from candia.services.dialogue.home import layer, map_tone
from candia.services.dialogue.models import Proposal
from candia.services.dialogue.promise import OWED
from candia.ui.map_layers import feature, geojson

ORDERS = {
    "new": ("-submitted", "-number"),
    "support": ("-support_count", "-submitted"),
    "comments": ("-comment_count", "-submitted"),
    "answered": ("-answered", "-number"),
}


def proposals(request: HttpRequest) -> HttpResponse:
    """Every public proposal: searched, narrowed, ordered, and on a map."""
    form = FilterForm(request.GET)
    found = narrowed(form)
    page = Paginator(found, 12).get_page(request.GET.get("page"))
    page.object_list = attachment.illustrated(page.object_list)
    query = request.GET.copy()
    query.pop("page", None)
    shown = {name: value for name, value in request.GET.items() if value and name in form.fields}
    context = {
        "form": form,
        "page_obj": page,
        "found": page.paginator.count,
        "narrowed": bool(shown.keys() - {"sort"}),
        "layers": [layer(query.urlencode())],
        "goal": city.goal(),
        "too_short": bool(form.cleaned_data.get("q", "").strip())
        and not search.is_enough(form.cleaned_data["q"]),
    }
    part = request.headers.get("HX-Target") == "found"
    return render(request, f"dialogue/{'parts/found' if part else 'proposals'}.html", context)


def proposals_layer(request: HttpRequest) -> JsonResponse:
    """The proposals that have a place, narrowed like the list, as GeoJSON."""
    return geojson(point(row) for row in narrowed(FilterForm(request.GET)).exclude(place=None)[:5000])


def narrowed(form: FilterForm) -> QuerySet[Proposal]:
    """The public proposals that a reader asks for; a filter that makes no sense is left out."""
    form.is_valid()
    asked: dict[str, Any] = form.cleaned_data
    found = Proposal.published()
    for name in ("theme", "zone", "status"):
        if asked.get(name) == states.AWAITED:
            found = found.filter(OWED)
        elif asked.get(name):
            found = found.filter(**{name: asked[name]})
    if not asked.get("status") and not asked.get("q"):
        found = found.exclude(status=states.WITHDRAWN)
    order = asked.get("sort") or ""
    if order == "answered":
        found = found.exclude(answered=None)
    if asked.get("q"):
        found = search.matching(found, asked["q"])
        if not order:
            return found.select_related("author")
    return found.order_by(*ORDERS[order or "new"]).select_related("author")


def point(proposal: Proposal) -> dict[str, Any]:
    """A proposal as a point of the map."""
    facts = {"status": proposal.get_status_display(), "count": proposal.support_count}
    return feature(
        proposal.point(),
        name=proposal.heading,
        text=_("%(status)s · supports: %(count)d") % facts,
        tone=map_tone(proposal),
        synthetic=proposal.synthetic,
        url=reverse("dialogue-proposal", kwargs={"number": proposal.number}),
    )
