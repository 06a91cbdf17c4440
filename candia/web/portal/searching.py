"""The search page: everything published that says what somebody types, by kind, as a list and on a map.

Somebody on a phone wants one thing and does not know which service it belongs to; the page answers while they type,
and works the same without scripts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from candia.core import things
from candia.core.entity import Entity
from candia.core.search import LEAST, MOST, Hit, asked, search
from candia.core.search_index import DATASET, PAGE
from candia.core.service import entity_kinds, services
from candia.doors.limits import Limiter, address
from candia.doors.opendata.files import find
from candia.doors.problems import TooOften
from candia.ui.map_layers import feature, geojson
from candia.ui.neighbourhood import zone_of
from candia.web.portal import stories
from candia.web.portal.home_feed import NEAR

#: Somebody who types asks thrice a second; a city hall shares one address.
searching = Limiter(rate=10, burst=100, name="search")
ON_A_PAGE = 20
LONGEST = 200
EXCERPT_WORDS = 26


def search_page(request: HttpRequest) -> HttpResponse:
    """What was found for `?q=`, narrowed by `kind`; a page that already stands gets the list alone."""
    part = request.headers.get("HX-Target") == "found"
    text, kind = _typed(request)
    wait = searching.wait(address(request.META.get("REMOTE_ADDR", ""))) if text else 0
    if wait and not part:
        raise TooOften(wait)
    every = search(text) if text and not wait else []
    found = _near_first([hit for hit in every if kind in {"", hit.kind}], zone_of(request))
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "q": text,
        "part": part,
        "kind": kind,
        "wait": wait,
        "too_short": bool(text) and not asked(text),
        "least": LEAST,
        "most": MOST,
        "found": len(found),
        "tabs": _by_kind(request.GET, every, kind),
        "page_obj": page,
        "rows": _rows(page.object_list),
        "layers": [_layer(text, kind)] if _on_the_map(found).exists() else [],
    }
    return render(request, f"portal/{'parts/found' if part else 'search'}.html", context)


def places(request: HttpRequest) -> JsonResponse:
    """The same as points of a map."""
    text, kind = _typed(request)
    wait = searching.wait(address(request.META.get("REMOTE_ADDR", "")))
    if wait:
        raise TooOften(wait)
    found = [hit for hit in search(text) if kind in {"", hit.kind}]
    known = {row["id"]: row for row in _rows(found)}
    return geojson(
        feature(
            {"type": "Point", "coordinates": [lon, lat]},
            name=known[id]["name"],
            text=known[id]["kind"],
            url=known[id]["url"],
            synthetic=synthetic,
        )
        for id, lon, lat, synthetic in _on_the_map(found).values_list("pk", "lon", "lat", "synthetic")
        if id in known
    )


def _typed(request: HttpRequest) -> tuple[str, str]:
    return request.GET.get("q", "").strip()[:LONGEST], request.GET.get("kind", "")


def _near_first(found: list[Hit], zone: str) -> list[Hit]:
    """What lies in the reader's own zone as if it said it twice as well."""
    if not (zone and found):
        return found
    ids = [hit.id for hit in found]
    near = set(Entity.objects.filter(pk__in=ids, zone=zone).values_list("pk", flat=True))
    return sorted(found, key=lambda hit: -hit.score * (NEAR if hit.id in near else 1))


def _on_the_map(found: Iterable[Hit]) -> Any:
    return Entity.objects.filter(pk__in=[hit.id for hit in found], lon__isnull=False, lat__isnull=False)


def _layer(text: str, kind: str) -> dict[str, Any]:
    query = QueryDict(mutable=True)
    query.update({"q": text, "kind": kind})
    return {
        "id": "found",
        "title": _("What was found"),
        "kind": "points",
        "tone": "info",
        "src": f"{reverse('search-places')}?{query.urlencode()}",
        "fit": True,
    }


def _by_kind(asked_for: QueryDict, every: list[Hit], kind: str) -> list[dict[str, Any]]:
    """A tab for each kind of what was found, the most numerous first; none where there is only one."""
    counts = Counter(hit.kind for hit in every)
    if len(counts) < 2 and kind in {"", *counts}:  # noqa: PLR2004 — one kind is no choice
        return []
    query = asked_for.copy()
    query.pop("page", None)

    def tab(label: str, of: str, count: int) -> dict[str, Any]:
        query["kind"] = of
        return {"label": label, "url": f"?{query.urlencode()}", "current": kind == of, "count": count}

    return [
        tab(_("All"), "", len(every)),
        *(tab(_title(of), of, count) for of, count in counts.most_common()),
    ]


def _title(kind: str) -> str:
    if kind in {PAGE, DATASET}:
        return _("Page") if kind == PAGE else _("Open data")
    return str(entity_kinds()[kind].title)


def _rows(found: Iterable[Hit]) -> list[dict[str, Any]]:
    """What a reader sees of each, with the address where it is told."""
    found = list(found)
    known = things.visible(hit.id for hit in found)
    declared = {PAGE: _page, DATASET: _dataset}
    rows = []
    for hit in found:
        if hit.kind in declared:
            url, about = declared[hit.kind](hit.id.partition(":")[2])
            rows.append({"id": hit.id, "name": hit.name, "kind": _title(hit.kind), "url": url, "text": about})
        elif thing := known.get(hit.id):  # not taken back since it was found
            said = hit.text.partition("\n")[0]
            rows.append(
                {
                    "id": hit.id,
                    "name": thing.name,
                    "kind": thing.kind,
                    "url": thing.page or stories.address(hit.id),
                    "zone": thing.zone,
                    "text": "" if said == thing.zone else Truncator(said).words(EXCERPT_WORDS),
                }
            )
    return rows


def _page(name: str) -> tuple[str, str]:
    """Where a page is, and what its service says of itself."""
    return reverse(name), str(services()[name.partition("-")[0]].description)


def _dataset(name: str) -> tuple[str, str]:
    owner, found = find(*name.split("/"))
    address = reverse("dataset", kwargs={"service": owner.name, "name": found.name})
    return address, Truncator(str(found.description)).words(EXCERPT_WORDS)
