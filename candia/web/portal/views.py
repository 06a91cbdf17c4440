"""The portal's own pages: home, and the life story of a thing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from candia.core import things
from candia.web.portal import stories
from candia.web.portal.home_feed import gathered
from candia.web.portal.home_feed import topics as services_with_news


def home(request: HttpRequest) -> HttpResponse:
    """The city now; a page that already stands asks for the parts that change and gets these alone."""
    now = gathered()
    topics = services_with_news()
    context = {
        **now.parts,
        "silent": now.silent,
        "decide_url": next(step["url"] for step in now.parts["steps"] if step["name"] == "decide"),
        "topics": topics,
        "news": ", ".join(f"live:{topic} from:body throttle:5s" for topic in topics.split()),
    }
    template = "portal/news.html" if request.headers.get("HX-Request") else "portal/home.html"
    answer = render(request, template, context)
    patch_vary_headers(answer, ["HX-Request"])
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
