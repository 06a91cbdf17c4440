"""Fetching: one answer of an address, asked for no more than is new, however that address behaves."""

from __future__ import annotations

import time
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urldefrag, urljoin, urlsplit

from candia.core.feed import PLACE, Feed
from candia.core.outgoing import Answer, Networks, Unsent, exchange

#: Seconds until an address must have answered whole, its redirects included.
WHOLE = 20.0
HOPS = 5
#: No address is believed that it wants to rest for longer (s).
LONGEST_REST = 86400.0
_same, _elsewhere = 304, {301, 302, 303, 307, 308}
# How far the marks of a version are kept.
_mark = 200


@dataclass(frozen=True)
class Fetched:
    """What an address sent, with the marks by which it is asked for news; no body where nothing is new."""

    body: bytes | None
    etag: str = ""
    modified: str = ""


class Failed(Exception):
    """Nothing was fetched, for a reason known by its code: those of `Unsent`, and `status`, `hops` and `packed`.

    `rest` is for how many seconds the address asked not to be asked again.
    """

    def __init__(self, code: str, status: int | None = None, rest: float = 0.0) -> None:
        super().__init__(code)
        self.code, self.status, self.rest = code, status, rest


def fetch(
    feed: Feed, address: str, secret: str, marks: tuple[str, str], networks: Networks, within: float = WHOLE
) -> Fetched:
    """What is new at an address since `marks` (ETag, Last-Modified); raises Failed.

    A redirect is asked like the address itself, by the same guard, and never from https to http.
    """
    url = address.replace(PLACE, quote(secret, safe=""))
    end = time.monotonic() + within
    origin = _origin(url)
    for _hop in range(HOPS + 1):
        headers = _headers(marks) | ({feed.secret: secret} if _is_told(feed, secret, url, origin) else {})
        try:
            # Whoever names an address by http has chosen that it may be read on its way.
            plain = urlsplit(address).scheme == "http"
            left = max(0.1, end - time.monotonic())
            with exchange("GET", url, headers, networks, plain=plain, within=left) as answer:
                if answer.status not in _elsewhere:
                    return _taken(answer, feed.most, asked=any(marks))
                url = _next(url, answer)
        except Unsent as unsent:
            raise Failed(unsent.code) from unsent
    raise Failed("hops")


def _is_told(feed: Feed, secret: str, url: str, origin: str) -> bool:
    return bool(feed.secret and secret) and _origin(url) == origin


def _origin(url: str) -> str:
    return url.partition("://")[0] + "://" + urlsplit(url).netloc


def _headers(marks: tuple[str, str]) -> dict[str, str]:
    told = {"User-Agent": "Candia", "Accept-Encoding": "gzip", "Connection": "close"}
    asked = {"If-None-Match": marks[0], "If-Modified-Since": marks[1]}
    return told | {name: mark for name, mark in asked.items() if mark}


def _next(url: str, answer: Answer) -> str:
    location = answer.headers.get("Location", "")
    try:
        onward = urldefrag(urljoin(url, location)).url
    except ValueError:
        onward = ""
    if not location or (url.startswith("https:") and not onward.startswith("https:")):
        raise Failed("hops", answer.status)
    return onward


def _taken(answer: Answer, most: int, *, asked: bool) -> Fetched:
    told = answer.headers
    if answer.status == _same and asked:
        return Fetched(None)
    if answer.status != 200:  # noqa: PLR2004 — HTTP's
        raise Failed("status", answer.status, rest_of(told.get("Retry-After", "")))
    body = _unpacked(answer.read(most), told.get("Content-Encoding", ""), most)
    return Fetched(body, _kept(told.get("ETag", "")), _kept(told.get("Last-Modified", "")))


def _kept(mark: str) -> str:
    """A mark that can be sent back as it came; a strange one is forgotten, and then all is fetched."""
    return mark if len(mark) <= _mark and mark.isascii() and mark.isprintable() else ""


def _unpacked(body: bytes, packing: str, most: int) -> bytes:
    """The body as it was before it was packed, if it is no larger than is taken; a bomb goes no further."""
    if packing.strip().lower() in {"", "identity"}:
        return body
    if packing.strip().lower() not in {"gzip", "x-gzip"}:
        raise Failed("packed")
    reader = zlib.decompressobj(wbits=31)
    try:
        plain = reader.decompress(body, most + 1)
    except zlib.error:
        raise Failed("packed") from None
    if len(plain) > most:
        raise Failed("large")
    if not reader.eof:
        raise Failed("packed")
    return plain


def rest_of(told: str) -> float:
    """For how many seconds `Retry-After` asks to wait, by seconds or by date; nothing where it makes no sense."""
    told = told.strip()
    if told.isascii() and told.isdigit():
        return min(float(told[:9]), LONGEST_REST)
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), LONGEST_REST)
