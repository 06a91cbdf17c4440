"""What the templates of portal and desk need beyond Django's own tags."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.core.paginator import Page
from django.urls import translate_url
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.timesince import timesince
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from candia.core.access import Grant
from candia.core.role import Role
from candia.core.service import role_of, services
from candia.ui import basemap

register = template.Library()

WIDTH, HEIGHT, MARGIN = 100.0, 36.0, 3.0


@register.simple_tag(takes_context=True)
def language_url(context: template.Context, language: str) -> str:
    """The address of the page at hand in the other language; the front page where there is no request."""
    request = context.get("request")
    return translate_url(request.get_full_path(), language) if request else "/"


@register.simple_tag(takes_context=True)
def here(context: template.Context, url: str, *, exact: bool = False) -> str:
    """`page` or `true` for aria-current where the reader is at `url` or below it, else nothing.

    Where the menu has an entry that is nearer to where they are, that one is meant.
    """
    request = context.get("request")
    if request is None or not url:
        return ""
    if request.path == url:
        return "page"
    if exact or url.count("/") <= 1 or not request.path.startswith(url):
        return ""
    entries = (entry.url for group in context.get("desk_menu") or () for entry in group.entries)
    return "" if any(request.path.startswith(one) for one in entries if len(one) > len(url)) else "true"


@register.filter
def lead_in(label: str) -> str:
    """A label before what is said of it: `Theme:`, while `What do you propose?` needs nothing."""
    return label if str(label)[-1:] in "?;:.!" else f"{label}:"


@register.simple_tag
def spoken(text: object) -> str:
    """` lang="el"` for a text in Greek letters on a page of another language, so that it is read out as Greek."""
    letters = [letter for letter in str(text) if letter.isalpha()]
    greek = sum("Ͱ" <= letter <= "Ͽ" or "ἀ" <= letter <= "῾" for letter in letters)
    if get_language() == "el" or not letters or greek * 2 < len(letters):
        return ""
    return mark_safe(' lang="el"')


@register.simple_tag
def city_file(name: str) -> str:
    """The address of `city-ground` or `city-zones` as it is now; it may be kept for good."""
    return basemap.address(name)


@register.filter
def service_title(name: str) -> str:
    """What the reader's language calls a service; its name where the city has it no more."""
    service = services().get(name)
    return str(service.title) if service else name


@register.filter
def role_title(grant: Grant) -> str:
    """A role that was granted, and where: `Operator, Water`."""
    role = granted(grant)
    name = str(role.title) if role else grant.role
    return f"{name}, {service_title(grant.service)}" if grant.service else name


@register.filter
def granted(grant: Grant) -> Role | None:
    """The role of a grant, with its title and description; None where its service is switched off."""
    return role_of(grant.role, grant.service)


@register.filter
def age(moment: datetime) -> str:
    """How long ago, in one unit: `4 days`."""
    young = timezone.now() - moment < timedelta(minutes=1)
    return _("less than a minute") if young else timesince(moment, depth=1)


# Browsers name each other in their signatures, so the order decides.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet", "Firefox": "Firefox"}
BROWSERS |= {"Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "macOS"}
SYSTEMS |= {"CrOS": "ChromeOS", "Linux": "Linux"}


@register.filter
def browser(signature: str) -> str:
    """A browser's signature as a person would say it: `Firefox, Windows`; itself where it is unknown."""
    found = [
        next((name for mark, name in names.items() if mark in signature), "") for names in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(name for name in found if name) or signature[:60]


@register.simple_tag
def elided(page: Page[Any]) -> list[int | str]:
    """The page numbers worth offering: the ends, those around the present one, and gaps between."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


@register.inclusion_tag("components/spark.svg")
def sparkline(values: Sequence[float | None] | None, low: float | None = None) -> dict[str, Any]:
    """The course of a few values as a small drawing, oldest first; gaps stay gaps, `low` is the floor."""
    known = [value for value in values or () if value is not None]
    if values is None or len(known) < 2:  # noqa: PLR2004 — one point has no course
        return {"line": ""}
    floor = min(known) if low is None else min(low, *known)
    span = (max(known) - floor) or 1.0
    step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    scale = (HEIGHT - 2 * MARGIN) / span
    points = [
        None if value is None else (MARGIN + place * step, HEIGHT - MARGIN - (value - floor) * scale)
        for place, value in enumerate(values)
    ]
    line = _path(points)
    whole = None not in points
    under = f"{line}V{HEIGHT}H{MARGIN}Z" if whole else ""
    return {"line": line, "under": under}


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    pieces, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        pieces.append(f"{pen}{point[0]:.1f} {point[1]:.1f}")
        pen = "L"
    return "".join(pieces)
