"""Hostile requests: every address of the city, filled with what nobody should send; the same for the same seed.

    for request in hostile(seed=7, count=100_000):
        status = request.sent("127.0.0.1", 8000)

The addresses are read from Django's own table, so that a new page is attacked from its first day.
"""

from __future__ import annotations

import json
import random
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, quote_from_bytes

METHODS = ["GET"] * 12 + ["POST"] * 5 + ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "BREW"]
NAMES = [
    "q",
    "page",
    "theme",
    "status",
    "sort",
    "order",
    "since",
    "until",
    "from",
    "to",
    "topics",
    "next",
    "limit",
    "cursor",
    "after",
    "before",
    "bbox",
    "zone",
    "kind",
    "type",
    "format",
    "lang",
    "code",
    "email",
    "login",
    "password",
    "number",
    "entity",
    "service",
    "property",
    "period",
    "hours",
    "days",
    "name",
    "id",
    "user",
    "csrf",
    "action",
    "role",
    "reason",
    "text",
    "title",
    "place",
    "lat",
    "lon",
    "point",
    "proposal",
    "comment",
    "answer",
    "tag",
    "year",
    "month",
]
TYPES = (
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "multipart/form-data; boundary=" + "x" * 300,
    "application/json",
    "application/senml+cbor",
    "text/plain; charset=nowhere",
    "text/html; charset=utf-16",
    "",
    "a/b;c=\x80",
)
WORDS = (
    "0", "-1", "1", "00", "٣", "1e999", "nan", "-inf", "9" * 19, "9" * 400, "2147483648", "1.5", "0x10", "1_000",
    "", " ", ".", "..", "...", "/", "//", "\\", "%", "%00", "%zz", "%ff%fe", "\0", "a\0b", "\r\nX: y", "\t", "\x7f",
    "\ufeff", "\ud7ff", "\U0010ffff", "é", "ά" * 200, "🚲" * 80, "\u202e", "a" * 255, "a" * 256, "b" * 4000,
    "'", '"', "' OR 1=1 --", "$$", "{{7*7}}", "{% now %}", "<script>", "javascript:alert(1)", "//evil.example",
    "http://[", "https://[::1", "../../etc/passwd", "....//", "*", "?", "#", "a:b", "a:", ":b", "water.meter:1",
    "water.meter:" + "9" * 300, "dialogue.proposal:0", "dialogue.proposal:-1", "dialogue.proposal:٣", "a.b.c:d:e",
    "None", "null", "true", "[]", "{}", "0001-01-01", "9999-12-31", "2026-02-30", "2026-13-01T99:99", "-0001-01-01",
    "9999-12-31T23:59:59-14:00", "P1Y", "el", "xx-yy-zz", "1,2,3,4", "1,2,3", "nan,nan,nan,nan", "180,90,-180,-90",
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    """One request: its target as it goes over the line, and all else."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def wire(self) -> bytes:
        """Its bytes as HTTP/1.1, for a connection of its own."""
        told = {
            "Host": "localhost",
            "Connection": "close",
            "Content-Length": str(len(self.body)),
            **self.headers,
        }
        lines = [
            f"{self.method} {self.target} HTTP/1.1",
            *(f"{name}: {value}" for name, value in told.items()),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogatepass") + self.body

    def sent(self, host: str, port: int, within: float = 40) -> int:
        """The status of its answer; 0 where the server hung up without one. Raises TimeoutError."""
        with socket.create_connection((host, port), timeout=within) as line:
            try:
                line.sendall(self.wire())
                answer = line.recv(1 << 16)
            except ConnectionError:
                return 0
        return int(answer[9:12]) if answer.startswith(b"HTTP/1.") else 0


def hostile(seed: int, count: int) -> Iterator[Request]:
    """So many requests; half of them to addresses that are there, the others to what looks like one."""
    dice, known = random.Random(seed), list(addresses())
    for _request in range(count):
        method, headers = dice.choice(METHODS), _headers(dice)
        body = b""
        if method in {"POST", "PUT", "PATCH"}:
            headers["Content-Type"], body = dice.choice(TYPES), _body(dice)
        yield Request(method, _target(dice, known), headers, body)


def addresses() -> Iterator[str]:
    """Every address that the city answers, with `{}` where it takes something."""
    from django.urls import get_resolver

    yield from dict.fromkeys(_below(get_resolver().url_patterns, "/"))


def _below(patterns: list, before: str) -> Iterator[str]:
    from django.urls import URLResolver

    for one in patterns:
        if isinstance(one, URLResolver):
            # A language's prefix is none for the first language.
            yield from _below(one.url_patterns, before + _shape(str(one.pattern)))
        else:
            yield before + _shape(str(one.pattern))


def _shape(pattern: str) -> str:
    plain = re.sub(r"\(\?P<\w+>(?:[^()]|\([^()]*\))*\)|<[^>]*>", "{}", pattern)
    return plain.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\", "")


def _target(dice: random.Random, known: list[str]) -> str:
    address = dice.choice(known) if dice.random() < 0.8 else "/" + "/".join(_words(dice))
    if dice.random() < 0.3:
        address = "/en" + address
    while "{}" in address:
        address = address.replace("{}", _quoted(dice, dice.choice(WORDS)), 1)
    if dice.random() < 0.1:
        address += dice.choice(("/", "//", ".json", ".csv", "/..", "%00", "?", ";a=b", "/" + "x" * 300))
    asked = [f"{dice.choice(NAMES)}={_quoted(dice, dice.choice(WORDS))}" for _one in range(dice.randrange(4))]
    return address + ("?" + "&".join(asked) if asked else "")


def _words(dice: random.Random) -> list[str]:
    return [_quoted(dice, dice.choice(WORDS)) for _word in range(dice.randrange(1, 4))]


def _quoted(dice: random.Random, word: str) -> str:
    if dice.random() < 0.1:
        # Bytes that are no text in any language.
        return quote_from_bytes(dice.randbytes(dice.randrange(1, 12)), safe="")
    return quote(word, safe="/:" if dice.random() < 0.5 else "")


def _headers(dice: random.Random) -> dict[str, str]:
    plain = [re.sub(r"[\0-\x1f\x7f-\U0010ffff]", "", word) for word in WORDS]
    names = [
        "Accept",
        "Accept-Language",
        "If-None-Match",
        "If-Modified-Since",
        "Range",
        "Cookie",
        "Authorization",
        "Referer",
        "Origin",
        "X-Requested-With",
        "HX-Request",
        "HX-Target",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "Forwarded",
        "Idempotency-Key",
        "Content-Encoding",
        "Content-Type",
        "Expect-CT",
        "User-Agent",
        "X-CSRFToken",
    ]
    told = {name: dice.choice(plain) for name in dice.sample(names, dice.randrange(4))}
    if "Cookie" in told:
        told["Cookie"] = f"sessionid={told['Cookie']}; csrftoken={told['Cookie']}; django_language=xx"
    if "Authorization" in told:
        told["Authorization"] = dice.choice(("Basic ", "Bearer ", "")) + told["Authorization"]
    return told


def _body(dice: random.Random) -> bytes:
    fields = {dice.choice(NAMES): dice.choice(WORDS) for _one in range(dice.randrange(6))}
    told = "&".join(f"{name}={quote(value)}" for name, value in fields.items()).encode()
    part = b'--x\r\nContent-Disposition: form-data; name="pictures"; filename="%s"\r\n\r\n%s\r\n--x--\r\n'
    return dice.choice(
        (
            b"",
            told,
            json.dumps(fields).encode(),
            b"[" * 5000,
            dice.randbytes(200),
            part % (dice.choice(WORDS).encode(), dice.randbytes(50)),
            b"--x\r\nContent-Disposition: form-data; name=",
            told + b"&a" * 1200,
        )
    )
