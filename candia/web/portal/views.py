"""The portal's own pages: home, search, and the life story of a thing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from candia.core import errors
from candia.core.event import story as life
from candia.core.event import told
from candia.core.service import entity_kinds, services


def home(request: HttpRequest) -> HttpResponse:
    """The city now: what each service puts on the first page, under the names of its parts."""
    parts = [service.home() for service in services().values() if service.home]
    gathered = {
        name: [item for part in parts for item in part.get(name, ())]
        for name in ("tiles", "layers", "decisions")
    }
    return render(request, "portal/home.html", gathered)


def story(request: HttpRequest, entity: str) -> HttpResponse:
    """The life of a thing, event by event; only of what its service publishes."""
    model = entity_kinds().get(entity.partition(":")[0])
    thing = model.published().filter(pk=entity).first() if model else None
    if thing is None:
        raise errors.NotFound
    return render(request, "portal/story.html", {"thing": thing, "events": told(life(entity))})
