"""Problems: every error of an interface as a problem document (RFC 9457), in the reader's language."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import ClassVar

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from candia.core.errors import CandiaError, Forbidden, NotFound, Refused, TooMany, Unavailable
from candia.telemetry.store import StoreAway

log = logging.getLogger(__name__)
TYPE = "application/problem+json"
#: Seconds after which an engine that was away is worth another try.
AWAY = 5


class Misunderstood(Refused):
    """The request itself is malformed."""

    code = "misunderstood"
    status = 400
    title = _("The request was not understood.")


class Unknown(Refused):
    """Nobody has proved who asks."""

    code = "unknown"
    status = 401
    title = _("Say who you are: send the device's name and secret by HTTP Basic.")
    challenge: ClassVar[str] = 'Basic realm="Candia", charset="UTF-8"'


class TooOften(TooMany):
    """The asker did this too often, and may again after some seconds."""

    def __init__(self, seconds: int = AWAY) -> None:
        super().__init__()
        self.seconds = seconds


class WrongMethod(Refused):
    """The address exists, and is asked in another way."""

    code = "wrong-method"
    status = 405
    title = _("This address does not answer to this method.")


class TooSlow(Refused):
    """The body did not come in time."""

    code = "too-slow"
    status = 408
    title = _("The request came too slowly, and was not taken. Send it again.")
    retry = True


class Overloaded(Unavailable):
    """More is asked for than can be answered now."""

    code = "overloaded"
    title = _("Too much is asked of the city at this moment. Try again in a minute.")


class TooLarge(Refused):
    """The body is larger than the door."""

    code = "too-large"
    status = 413
    title = _("The body is too large. Send it in several parts.")


class WrongType(Refused):
    """The body is of a type that nobody here reads."""

    code = "wrong-type"
    status = 415
    title = _("The body has a type that is not read here.")


_known: dict[int, type[CandiaError]] = {
    kind.status: kind for kind in (Misunderstood, Forbidden, NotFound, WrongMethod, Unavailable)
}


def problem(error: CandiaError) -> HttpResponse:
    """The answer for an error."""
    answer = HttpResponse(json.dumps(error.problem(), ensure_ascii=False), status=error.status)
    answer["Content-Type"] = TYPE
    answer["Content-Language"] = get_language() or ""
    answer["Cache-Control"] = "no-store"
    if error.retry:
        answer["Retry-After"] = str(error.seconds if isinstance(error, TooOften) else AWAY)
    if isinstance(error, Unknown):
        answer["WWW-Authenticate"] = error.challenge
    return answer


def failure(path: str, error: Exception) -> HttpResponse:
    """The answer for what went wrong on the city's side, which the log tells of."""
    if isinstance(error, StoreAway | OperationalError | InterfaceError):
        log.error("%s asks an engine that does not answer: %s", path, error)
        return problem(Unavailable())
    log.error("%s failed", path, exc_info=error)
    return problem(CandiaError())


def instead(page: HttpResponse) -> HttpResponse:
    """A problem document instead of an error page, which a program can't read."""
    kind = _known.get(
        page.status_code, CandiaError if page.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else Refused
    )
    answer = problem(kind())
    if page.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = {word.strip() for word in page.get("Allow", "").split(",") if word.strip()}
        answer["Allow"] = ", ".join(
            sorted(allowed | ({"HEAD", "OPTIONS"} if "GET" in allowed else {"OPTIONS"}))
        )
    # A status that the tree does not have keeps its number.
    if kind is Refused or kind is CandiaError:
        problem_document = {**kind().problem(), "status": page.status_code}
        answer = HttpResponse(
            json.dumps(problem_document, ensure_ascii=False), status=page.status_code, headers=answer.headers
        )
    return answer
