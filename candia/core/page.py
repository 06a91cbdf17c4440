"""Page: a view for the public (portal) or for staff (desk), declared with who may open it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.utils.translation import pgettext_lazy

from candia.core import errors
from candia.core.access import May, anyone, staff
from candia.core.page_cache import shared

if TYPE_CHECKING:
    from django.utils.functional import Promise

View = Callable[..., HttpResponse]


class Menu(TextChoices):
    """Where a page stands in the menu: on the portal by what a resident wants, at the desk by what people do."""

    SEE = "see", pgettext_lazy("menu", "See")
    SAY = "say", pgettext_lazy("menu", "Say")
    DECIDE = "decide", pgettext_lazy("menu", "Decide")
    ASK = "ask", pgettext_lazy("menu", "Ask")
    TAKE_PART = "take_part", pgettext_lazy("menu", "Take part")
    WORK = "work", pgettext_lazy("menu", "Work")
    PEOPLE = "people", pgettext_lazy("menu", "People")
    DEVICES = "devices", pgettext_lazy("menu", "Devices")
    SETTINGS = "settings", pgettext_lazy("menu", "Settings")


@dataclass(frozen=True, kw_only=True)
class Page:
    """One address of a service: the portal's at `/<service>/<path>`, the desk's under `/desk/`.

    `menu` puts it into the navigation, in that group; `shared` is for how many seconds one answer serves all
    visitors that are not signed in; `sample` are arguments with which the contract tests open it.
    """

    view: View
    path: str = ""
    title: str | Promise = ""
    desk: bool = False
    may: May = anyone
    menu: Menu | None = None
    shared: float = 0
    sample: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The page's name for `reverse`: with `desk-` before those of staff."""
        prefix = "desk-" if self.desk else ""
        return prefix + self.view.__name__.replace("_", "-")


def guarded(page: Page) -> View:
    """The page's view behind its condition; strangers are led to the door, others refused."""
    may = staff if page.desk and page.may is anyone else page.may
    shown = shared(page.view, page.shared) if page.shared and may is anyone else page.view

    @wraps(page.view)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        by = request.user if request.user.is_authenticated else None
        if may(by):
            return shown(request, *args, **kwargs)
        if by is None:
            return redirect_to_login(request.get_full_path())
        raise errors.Forbidden

    return view
