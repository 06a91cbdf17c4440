"""Asking: requests of nonsense at every address of the web, by nobody and by people of every role.

Forms are learned from the pages that come back and sent again with their fields filled in wrongly, so that what
lies behind them is reached as well.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

from tests.soak.blows import Load, say
from tests.soak.city import ROOT, Breach, City, failures, running
from tests.soak.memory import Memory
from tests.soak.nonsense import NAMES, TOKENS, VALUES, Nonsense

CLIENTS, SIGNED_IN = 16, 4
PATIENCE, HASTE, MOST = 30.0, 1.0, 4_000_000
PARTS = ("web", "postgres", "clickhouse", "nats", "jobs")
METHODS = (
    *("GET",) * 10, *("POST",) * 10, "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get",
    "X" * 300,
)  # fmt: skip
ROLES = ("", "", "resident", "resident", "operator", "moderator", "clerk", "administrator")
#: What stands in an open place of an address: things that are there, nearly there, and nowhere.
PLACES = (
    "1", "2", "3", "0", "-1", "99999999999999999999", "9" * 400, "n0", "n1", "s0", "water", "dialogue",
    "people", "index", "water.meter:n0", "water.district:n0", "dialogue.proposal:1", "district_losses",
    "csv", "json", "parquet", "thumb", "core", "a" * 300, "x" * 6000, "ΐ", "💧", "\0", "\n", "..",
    "../..", "%", "%2e%2e%2f", "%00", "%ff", "%u0041", "a b", "'\"><b>", "{}", "%s", "None", "٣", "１",
    "1e3", "True", "day", "hour", "talk-1", "soak-0",
)  # fmt: skip
WORDS = (
    "since", "until", "every", "property", "kind", "page", "cursor", "limit", "q", "bbox", "at", "next",
    "topics", "status", "theme", "zone", "sort", "strict", "email", "login", "password", "form_key",
    "action", "reason", "text", "heading", "lon", "lat", "format", "fields", "language", "token", "key",
    "device", "entity", "day", "month", "state", "service", "name", "range",
)  # fmt: skip
HEADERS = (
    "Accept", "Accept-Language", "Accept-Encoding", "Authorization", "Cookie", "Content-Type",
    "Content-Length", "Referer", "Origin", "Range", "If-None-Match", "If-Modified-Since",
    "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "HX-Request", "HX-Target",
    "HX-Current-URL", "User-Agent", "Host", "Expect", "Last-Event-ID", "Sec-Fetch-Site",
    "X-" + "y" * 500,
)  # fmt: skip
TYPES = (
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "multipart/form-data",
    "application/json", "application/senml+json", "application/senml+cbor", "text/csv",
    "text/plain; charset=utf-99", "application/x-www-form-urlencoded; charset=utf-16", "", "x",
    "application/json; charset=\udcff",
)  # fmt: skip
CSRF = "a" * 32
Row = dict[str, Any]


@dataclass
class Found:
    """What came of the requests, shared by all clients."""

    statuses: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def requests(count: int, seed: int, _load: Load) -> list[Row]:
    """So many requests; not one may be answered 500 or not at all, and every part must be untouched."""
    with running(devices=1, gateways=0, talkers=1, sessions=SIGNED_IN) as city:
        memory, before, found = Memory(city, PARTS), city.restarts(), Found()
        addresses, step, began = routes(city), max(1, count // 20), time.monotonic()
        for done in range(0, count, step):
            ask(city, addresses, min(step, count - done), seed * 1_000_003 + done, found)
            memory.look(done + step)
            say(
                f"{sum(found.statuses.values()):,} of {count:,}; MB: {memory.last()}; 500s: {len(found.broken)}"
            )
        took = time.monotonic() - began
        for told in [*found.broken[:20], *found.unanswered[:5]]:
            say(told)
        waits = sorted(found.waits)
        return [
            {
                "requests": sum(found.statuses.values()),
                "seed": seed,
                "addresses": len(addresses),
                "per_s": sum(found.statuses.values()) / took,
                "answers": dict(sorted(found.statuses.items())),
                "answers_500": len(found.broken),
                "unanswered": len(found.unanswered),
                "p95_s": waits[int(0.95 * len(waits))],
                "slowest_s": waits[-1],
                "restarts": city.restarts() - before,
                "unexpected_words": failures(city),
                **memory.told(),
            }
        ]


def breaches(row: Row) -> list[str]:
    """What of a row must be nothing and is not."""
    zero = ("answers_500", "unanswered", "restarts", "unexpected_words", "memory_grows")
    return [f"{name} is {row[name]}" for name in zero if row.get(name)]


def routes(city: City) -> list[str]:
    """Every address of the city, with its open places."""
    words = [sys.executable, "-m", "tests.soak.routes"]
    done = subprocess.run(words, cwd=ROOT, env=city.environ, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Breach(f"The addresses can't be told:\n{done.stderr[-2000:]}")
    found: list[str] = json.loads(done.stdout)
    return found


def ask(city: City, addresses: list[str], count: int, seed: int, found: Found) -> None:
    """Let a few clients ask so often together."""
    share = -(-count // CLIENTS)
    clients = [Client(city, addresses, Nonsense(seed * 100 + number), found) for number in range(CLIENTS)]
    threads = [threading.Thread(target=client.ask, args=(share,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Client:
    """Asks one nonsense after another, each on a connection of its own."""

    def __init__(self, city: City, routes: list[str], nonsense: Nonsense, found: Found) -> None:
        self._city, self._routes, self._nonsense, self._found = city, routes, nonsense, found
        self._random = nonsense.random
        self._forms: list[tuple[str, list[str]]] = []

    def ask(self, count: int) -> None:
        """Ask so often."""
        for _ in range(count):
            lawful, path, request = self._request()
            began = time.monotonic()
            # Whoever promises a body that never comes is not waited for.
            patience = PATIENCE if lawful else HASTE
            answer = self._answer(request, patience, endless=path.startswith(("/live", "/en/live")))
            self._note(lawful, request, answer, time.monotonic() - began)
            if b"<form" in answer:
                self._learn(path, answer)

    def _note(self, lawful: bool, request: bytes, answer: bytes, waited: float) -> None:
        status = answer[9:12].decode("latin-1") if answer.startswith(b"HTTP/1.") else ""
        shown = repr(request[:300])
        with self._found.lock:
            self._found.statuses[status or ("none" if lawful else "hung up on")] += 1
            self._found.waits.append(waited)
            if status.startswith("5") and status != "503":
                self._found.broken.append(f"{status}: {shown}")
            # What is no HTTP may be hung up on; a request that is must be answered.
            if not status and lawful:
                self._found.unanswered.append(f"No answer in {waited:.1f} s: {shown}")

    def _learn(self, path: str, answer: bytes) -> None:
        page = answer.decode("utf-8", "replace")
        for form in re.findall(r"<form.*?</form>", page, re.DOTALL):
            action = re.search(r'(?:action|hx-post)="([^"]*)"', form)
            names = re.findall(r'name="([^"]+)"', form)
            at = action.group(1) if action and action.group(1).startswith("/") else path.partition("?")[0]
            if (at, names) not in self._forms:
                self._forms.append((at, names))

    def _request(self) -> tuple[bool, str, bytes]:
        pick = self._random.random()
        if pick < 0.03:
            return (
                False,
                "",
                self._random.choice(
                    (self._nonsense.payload(), b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 50, b"\x16\x03\x01\x02")
                ),
            )
        if pick < 0.3 and self._forms:
            path, names = self._random.choice(self._forms)
            return self._made("POST", path, self._form(names))
        path = self._path()
        method = self._random.choice(METHODS)
        body = b"" if method in {"GET", "HEAD"} else self._body()
        return self._made(method, path, body)

    def _made(self, method: str, path: str, body: bytes) -> tuple[bool, str, bytes]:
        headers = {"Host": f"127.0.0.1:{self._city.config.port}", "Connection": "close"}
        cookies = [f"csrftoken={CSRF}"]
        if role := self._random.choice(ROLES):
            cookies.append(f"sessionid={self._random.choice(self._city.filled['sessions'][role])}")
        headers |= {"Cookie": "; ".join(cookies), "X-CSRFToken": CSRF}
        if body or method == "POST":
            headers |= {"Content-Length": str(len(body)), "Content-Type": TYPES[0]}
        if self._random.random() < 0.1:
            headers["Authorization"] = self._authorization()
        lawful = len(path) < 4000 and len(method) < 20
        for _ in range(self._random.choice((0, 0, 1, 2))):
            name = self._random.choice(HEADERS)
            value = self._random.choice(TYPES) if name == "Content-Type" else self._word()
            headers[name] = value.replace("\r", "").replace("\n", "")
            lawful = (
                lawful
                and name in {"Accept", "Accept-Language", "Referer", "If-None-Match", "HX-Request"}
                and value.isprintable()
            )
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in headers.items()
        )
        return lawful, path, head.encode("utf-8", "surrogatepass") + b"\r\n" + body

    def _authorization(self) -> str:
        """That of a device, or words in its place."""
        name, secret, _ = self._random.choice(self._city.filled["talkers"])
        told = f"{name}:{secret}" if self._random.random() < 0.7 else self._word()[:50]
        return f"Basic {base64.b64encode(told.encode('utf-8', 'replace')).decode()}"

    def _path(self) -> str:
        route = re.sub(r"<[^>]*>", lambda _: self._place(), self._random.choice(self._routes))
        path = ("/en/" if self._random.random() < 0.2 else "/") + route
        if self._random.random() < 0.4:
            path += "?" + "&".join(
                f"{self._random.choice(WORDS)}={quote(self._word()[:500], safe='', errors='replace')}"
                for _ in range(self._random.randint(1, 4))
            )
        return path

    def _place(self) -> str:
        place = self._random.choice(PLACES)
        return quote(place, safe="%./:" if self._random.random() < 0.8 else "")

    def _form(self, names: list[str]) -> bytes:
        pairs = []
        for name in names:
            if self._random.random() < 0.9:
                value = self._random.choice(
                    ("1", "water", "el", "resident-0@example.gr", "Κάτι που έγραψε κάποιος.", self._word())
                )
                value = CSRF if name == "csrfmiddlewaretoken" else value
                pairs.append(f"{quote_plus(name)}={quote_plus(value[:20_000], errors='replace')}")
        return "&".join(pairs).encode()

    def _body(self) -> bytes:
        match self._random.randrange(5):
            case 0:
                return self._form(list(self._random.sample(WORDS, 5)))
            case 1:
                return (
                    b'--b\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\n'
                    b"\x89PNG\r\n\x1a\n"
                    + self._nonsense.payload() + b"\r\n--b" + self._random.choice((b"--\r\n", b"", b"\r\n"))
                )  # fmt: skip
            case 2:
                return b""
            case _:
                return self._nonsense.payload()

    def _word(self) -> str:
        return str(
            self._random.choice(
                (
                    *TOKENS[:40],
                    *VALUES[10:25],
                    *NAMES,
                    *PLACES,
                    "2026-03-29T03:30:00+02:00",
                    "-1,-1,1,1",
                    "a=b;c",
                )
            )
        )

    def _answer(self, request: bytes, patience: float, *, endless: bool) -> bytes:
        """Whatever comes back, until it ends; of what never ends only the beginning."""
        heard = b""
        with suppress(OSError), socket.socket() as line:
            # From many addresses, so that what one visitor may do is not all that is tried.
            line.bind((f"127.0.{self._random.randint(2, 200)}.{self._random.randint(1, 250)}", 0))
            line.settimeout(patience)
            line.connect(("127.0.0.1", self._city.config.port))
            with suppress(OSError):
                line.sendall(request)
            while len(heard) < MOST and (more := line.recv(65536)):
                heard += more
                if endless and b"\r\n\r\n" in heard:
                    break
        return heard
