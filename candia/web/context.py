"""What every page knows: the city, its services and the way around."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from candia.core.access import Person
from candia.core.page import Page
from candia.core.service import Service, services
from candia.participation import notices


def city(request: HttpRequest) -> dict[str, Any]:
    """The city, and the menus of the portal and of the desk as this person may use them."""
    by = request.user if getattr(request, "user", None) and request.user.is_authenticated else None
    return {
        "city": settings.CANDIA_CITY,
        "unread": SimpleLazyObject(lambda: notices.unread(by)) if isinstance(by, Person) else 0,
        "portal_menu": menu(by, desk=False),
        "desk_menu": menu(by, desk=True) if by is not None and by.is_staff else [],
    }


def menu(by: Any, *, desk: bool) -> list[dict[str, Any]]:
    """The pages that ask for a place in the navigation and that this person may open."""
    return [
        {
            "title": page.title or service.title,
            "url": reverse(f"{service.name}-{page.name}"),
            "service": service,
        }
        for service, page in _pages()
        if page.menu and page.desk is desk and page.may(by)
    ]


def _pages() -> list[tuple[Service, Page]]:
    return [(service, page) for service in services().values() for page in service.pages]
