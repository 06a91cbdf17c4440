"""Debug: what a developer is shown of an error, which is never a secret, and nothing at all from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from candia.config import settings as declared

HERE = ("127.", "::1")
# A proxy that passes a request on says so in one of these.
FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via")
# What is shorter is no secret, and would be found everywhere.
SHORTEST = 6
HIDDEN = "•••"


class Nothing(SafeExceptionReporterFilter):
    """Shows no settings and no cookies."""

    def get_safe_settings(self) -> dict[str, Any]:
        """None of them: they hold every secret there is."""
        return {}

    def get_safe_cookies(self, request: Any) -> dict[str, Any]:
        """Their names alone."""
        return dict.fromkeys(request.COOKIES, HIDDEN) if request is not None else {}


class Reporter(ExceptionReporter):
    """Tells of an error with its code to this machine, without what is secret wherever it may stand."""

    def get_traceback_html(self) -> SafeString:
        """The page with the error."""
        return self._shown(super().get_traceback_html) if self._from_here() else mark_safe("<h1>500</h1>")

    def get_traceback_text(self) -> SafeString:
        """The same for a program."""
        return self._shown(super().get_traceback_text) if self._from_here() else mark_safe("500")

    def _shown(self, write: Callable[[], str]) -> SafeString:
        cookies = self.request.COOKIES.values() if self.request is not None else ()
        return mark_safe(hidden(write(), {*secrets(), *cookies}))  # noqa: S308 — Django has escaped it

    def _from_here(self) -> bool:
        if self.request is None:
            return True
        told = any(name in self.request.headers for name in FORWARDED)
        return not told and str(self.request.META.get("REMOTE_ADDR", "")).startswith(HERE)


def hidden(text: str, found: set[str]) -> str:
    """The text with these secrets hidden, the longest first."""
    for secret in sorted((one for one in found if len(one) >= SHORTEST), key=len, reverse=True):
        for shown in {secret, escape(secret), unquote(secret)}:
            text = text.replace(shown, HIDDEN)
    return text


def secrets() -> set[str]:
    """Every secret: the settings', those under the home, and the passwords in their addresses."""
    found = {str(getattr(settings.CANDIA, one.name.lower())) for one in declared if one.secret}
    for path in Path(settings.CANDIA.home, "secrets").iterdir():
        found.add(path.read_text("utf-8", "replace").strip())
    for one in list(found):
        found.update(filter(None, (urlsplit(address).password for address in one.split(","))))
    return {one for one in found if len(one) >= SHORTEST}
