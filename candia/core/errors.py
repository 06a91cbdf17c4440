"""The errors a person or a device may meet, as one tree.

    CandiaError
    ├── Refused          the input is wrong; nothing was changed
    │   ├── NotFound     no such thing, or none that you may see
    │   ├── Forbidden    you may not do this
    │   ├── Conflict     it was changed or decided meanwhile
    │   └── TooMany      you did this too often; later it works
    └── Unavailable      an engine is away; the same call works later

Each carries a stable code, an HTTP status, a sentence for the reader in their language, and
whether to try again. The API turns one into a problem document (RFC 9457) and nothing else.
"""

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type_base = "urn:candia:error:"


class CandiaError(Exception):
    """A sentence for the person who reads it, with what a program needs beside it."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    title: ClassVar[str | Promise] = _("Something went wrong.")
    retry: ClassVar[bool] = False

    def __init__(self, sentence: str | Promise = "", **fields: str | Promise) -> None:
        self.sentence = sentence or self.title
        self.fields = fields
        super().__init__(sentence)

    def __str__(self) -> str:
        return str(self.sentence)

    def problem(self) -> dict[str, Any]:
        """The problem document of RFC 9457, with `errors` by field where the input was wrong."""
        document: dict[str, Any] = {
            "type": type_base + self.code,
            "title": str(self.title),
            "status": self.status,
            "detail": str(self.sentence),
            "retry": self.retry,
        }
        if self.fields:
            document["errors"] = {name: str(sentence) for name, sentence in self.fields.items()}
        return document


class Refused(CandiaError):
    """The input is wrong; nothing was changed."""

    code = "refused"
    status = 422
    title = _("This can't be done as it was asked.")


class NotFound(Refused):
    """There is no such thing, or none that the asker may see."""

    code = "not-found"
    status = 404
    title = _("There is nothing here by this name.")


class Forbidden(Refused):
    """The asker may not do this."""

    code = "forbidden"
    status = 403
    title = _("You are not allowed to do this.")


class Conflict(Refused):
    """The thing was changed or decided meanwhile."""

    code = "conflict"
    status = 409
    title = _("This was changed meanwhile. Look again, then decide.")


class TooMany(Refused):
    """The asker did this too often; later it works."""

    code = "too-many"
    status = 429
    title = _("That was too often in a short time. Try again later.")
    retry = True


class Unavailable(CandiaError):
    """An engine is away; the same call works later."""

    code = "unavailable"
    status = 503
    title = _("A part of the city's system is not answering. Try again in a minute.")
    retry = True
