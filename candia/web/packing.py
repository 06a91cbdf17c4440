"""Packing: pages and data leave in as few bytes as the reader's browser can unpack.

What a page of somebody's own must never tell by its length (BREACH) is in docs/decisions/0019.
"""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Callable

import brotli
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

#: Shorter answers fit one packet either way.
LEAST_BYTES = 600
TEXTS = (
    "text/",
    "application/json",
    "application/geo+json",
    "application/problem+json",
    "application/ld+json",
)
#: What each does for less than a millisecond of a page of 30 kB.
BROTLI_QUALITY, GZIP_LEVEL = 5, 5
#: So many characters at most make the length of a page of somebody's own uncertain.
BLUR = 96


class Packed:
    """Packs each whole answer that is text, for who takes it so; a stream stays as it flows."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, and pack what comes back."""
        answer = self._get_response(request)
        if not isinstance(answer, HttpResponse) or not _worth_it(answer):
            return answer
        patch_vary_headers(answer, ["Accept-Encoding"])
        if how := accepted(request.headers.get("Accept-Encoding", "")):
            _pack(request, answer, how)
        return answer


def accepted(said: str) -> str:
    """`br`, `gzip` or nothing: the best of what an Accept-Encoding header takes."""
    taken = {}
    for part in said.lower().split(","):
        name, _, weight = part.partition(";")
        taken[name.strip()] = weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return next((how for how in ("br", "gzip") if taken.get(how)), "")


def _worth_it(answer: HttpResponse) -> bool:
    return (
        len(answer.content) >= LEAST_BYTES
        and "Content-Encoding" not in answer
        and answer.get("Content-Type", "").startswith(TEXTS)
        # What nobody may store holds a secret: a code, a recovery key, a device's first password.
        and "no-store" not in answer.get("Cache-Control", "")
    )


def _pack(request: HttpRequest, answer: HttpResponse, how: str) -> None:
    # A page that all visitors share is packed once for them, see core/page_cache.py.
    kept: dict[str, bytes] = getattr(answer, "packings", {})
    if how not in kept:
        kept[how] = _packed(answer.content + _blur(request, answer), how)
    answer.content = kept[how]
    answer["Content-Length"] = str(len(kept[how]))
    answer["Content-Encoding"] = how
    if answer.get("ETag", "").startswith('"'):
        # The same words in another form: what a strong tag may not name.
        answer["ETag"] = "W/" + answer["ETag"]


def _packed(body: bytes, how: str) -> bytes:
    if how == "br":
        found: bytes = brotli.compress(body, quality=BROTLI_QUALITY)
        return found
    return gzip.compress(body, GZIP_LEVEL, mtime=0)


def _blur(request: HttpRequest, answer: HttpResponse) -> bytes:
    """A comment of uncertain length behind a page of somebody's own; parts that scripts fetch need none."""
    own = settings.SESSION_COOKIE_NAME in request.COOKIES and "HX-Request" not in request.headers
    if not own or not answer.get("Content-Type", "").startswith("text/html"):
        return b""
    return f"<!--{secrets.token_hex(BLUR // 2)[: secrets.randbelow(BLUR)]}-->".encode()
