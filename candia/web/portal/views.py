"""The portal's own pages: home, and the life story of a thing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from candia.core import things
from candia.ui.neighbourhood import zone_of
from candia.web.portal import stories
from candia.web.portal.home_feed import gathered


def home(request: HttpRequest) -> HttpResponse:
    """The city now; a page that already stands asks for the parts that change and gets these alone."""
    now, zone = gathered(), zone_of(request)
    if request.headers.get("HX-Request"):
        answer = HttpResponse(now.drawn("portal/news.html", zone))
    else:
        answer = render(request, "portal/home.html", {"now": now.drawn("portal/now.html", zone)})
    patch_vary_headers(answer, ["HX-Request", "Cookie"])
    return answer


def story(request: HttpRequest, entity: str) -> HttpResponse:
    """The life of a thing, event by event; only of what its service publishes."""
    thing = things.published(entity)
    story = stories.story_of(entity)
    return render(
        request,
        "portal/story.html",
        {"thing": thing, "page": thing.page(), "events": story.lines, "related": story.related},
    )
