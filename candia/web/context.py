"""What every page knows: the city, its services and the way around."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from candia.core import site
from candia.core.access import Person
from candia.participation import notices
from candia.web import menu


def city(request: HttpRequest) -> dict[str, Any]:
    """The city, and the menus of the portal and of the desk as this person may use them."""
    by = request.user if getattr(request, "user", None) and request.user.is_authenticated else None
    return {
        "city": settings.CANDIA_CITY,
        "site": site.address(),
        "unread": SimpleLazyObject(lambda: notices.unread(by)) if isinstance(by, Person) else 0,
        "portal_menu": menu.portal(by),
        "desk_menu": menu.desk(by) if by is not None and by.is_staff else [],
    }
