"""Page: a view for the public (portal) or for staff (desk), declared with who may open it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from candia.core import errors
from candia.core.access import May, anyone, staff
from candia.core.page_cache import shared

if TYPE_CHECKING:
    from django.utils.functional import Promise

View = Callable[..., HttpResponse]


@dataclass(frozen=True, kw_only=True)
class Page:
    """One address of a service: the portal's at `/<service>/<path>`, the desk's under `/desk/`.

    `menu` puts it into the navigation; `shared` is for how many seconds one answer serves all visitors that are
    not signed in; `sample` are arguments with which the contract tests open it.
    """

    view: View
    path: str = ""
    title: str | Promise = ""
    desk: bool = False
    may: May = anyone
    menu: bool = False
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
