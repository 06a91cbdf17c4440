"""Gateway: says to NATS who a device is and on what it may publish; ends the connections of one that is revoked.

A device gives its id and secret as MQTT's user name and password. It may publish under its own name and nothing
else, and hear nothing. What it may speak for, ingest checks. Every other connection is refused, and one that was
let in is looked at again each minute. Source: candia/engines/nats.py.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import nats
import nkeys
import psycopg
from nats.aio.client import Client
from nats.aio.msg import Msg

from candia.core.devices import Book, name_pattern
from candia.core.mirror import Line
from candia.engines.nats import ACCOUNT, CONNECTIONS, END
from candia.telemetry import live

log = logging.getLogger(__name__)
ASKED = "$SYS.REQ.USER.AUTH"
# Seconds between looks at what changed, and between looks at all connections.
LOOK, SWEEP = 1.0, 60.0
# A connection lasts so long at most, so that even one that could not be ended does end.
LONGEST = 12 * 3600
# Whoever is wrong hears so after a pause; beyond so many a second, not at all, and NATS says no by itself.
PAUSE, REFUSALS = 1.0, 50
# Of the connections, so many are listed at a time. The first server has so many seconds to answer, each further
# one so many after it.
PAGE, FIRST, NEXT = 1024, 2.0, 0.2
# So many devices are looked for one by one; for more, all connections are gone through once.
FEW = 8
_unlimited = {"subs": -1, "data": -1, "payload": -1}


@dataclass(frozen=True)
class Asked:
    """Who wants in: what NATS tells of a connection."""

    server: str
    key: str
    kind: str
    id: str
    secret: str
    client: str

    @classmethod
    def read(cls, request: bytes) -> Asked:
        """Read the server's request, which is a JWT; only the server may send one."""
        told = json.loads(_unpacked(request.split(b".")[1]))["nats"]
        options, info = told["connect_opts"], told["client_info"]
        return cls(
            server=told["server_id"]["id"],
            key=told["user_nkey"],
            kind=info.get("type", ""),
            id=options.get("user", ""),
            secret=options.get("pass", ""),
            client=info.get("mqtt_id", ""),
        )


class Gateway:
    """Answers for as long as it runs, through outages of NATS and of the records."""

    def __init__(self, url: str, seed: str, database_url: str) -> None:
        self._url, self._key = url, nkeys.from_seed(bytearray(seed.encode()))
        self._book = Book(Line(database_url))
        self._reading = asyncio.Lock()
        self._patience = Patience()
        # Devices whose connections are still to be ended.
        self._void: set[str] = set()
        self._later: set[asyncio.Task[None]] = set()

    async def run(self, ready: Callable[[], None]) -> None:
        """Answer until cancelled; calls `ready` once the first device may come."""
        client = await self._connected()
        await self._look(time.monotonic())
        await client.subscribe(ASKED, queue="gateway", cb=self._hear)
        await client.flush()
        ready()
        swept = -SWEEP
        while True:
            try:
                self._void.update(await self._look(time.monotonic()))
                void = set(self._void)
                if time.monotonic() - swept > SWEEP or len(void) > FEW:
                    await self._sweep(client, void)
                    swept = time.monotonic()
                else:
                    for device in void:
                        await self._end_all(client, device)
                self._void -= void
            except LookupError as lacking:
                # A NATS of the city's own that was set up without it; what was let in ends by itself in hours.
                log.warning("Connections of revoked devices can't be ended: %s. See docs/run.md.", lacking)
                swept = time.monotonic()
                self._void.clear()
            except psycopg.OperationalError as away:
                log.warning("The records do not answer: %s The gateway goes by what it knows.", away)
            except (OSError, nats.errors.Error) as away:
                log.warning("NATS does not answer: %s The gateway waits.", away)
                swept = -SWEEP
            await asyncio.sleep(LOOK)

    async def _connected(self) -> Client:
        while True:
            try:
                return await live.connect(self._url)
            except (OSError, nats.errors.Error) as away:
                log.warning("NATS does not answer: %s The gateway waits.", away)
                await asyncio.sleep(LOOK)

    async def _look(self, since: float, *, for_stranger: bool = False) -> set[str]:
        """See to it that what is known was read after `since`; the devices whose connections are void by now."""
        async with self._reading:
            if self._book.read_at >= since:
                return set()
            return await asyncio.to_thread(self._book.refresh, for_stranger=for_stranger)

    async def _hear(self, message: Msg) -> None:
        """Answer in a task of its own: who is wrong waits, and the next in line must not."""
        task = asyncio.create_task(self._answer(message))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _answer(self, message: Msg) -> None:
        try:
            asked = Asked.read(message.data)
            refusal = await self._refusal(asked)
            if refusal and not self._patience.lasts():
                return
            if refusal:
                log.warning("%r was not let in: %s.", asked.id[:64], refusal)
                await asyncio.sleep(PAUSE)
            answer = {"error": refusal} if refusal else {"jwt": self._permit(asked)}
            told = {"type": "authorization_response", "version": 2, **answer}
            await message.respond(self._signed(sub=asked.key, aud=asked.server, nats=told).encode())
        except (ValueError, KeyError, TypeError, IndexError):
            log.exception("NATS asked in a way that is not understood")
        except (OSError, nats.errors.Error) as away:
            log.warning("NATS went away before it was answered: %s", away)

    async def _refusal(self, asked: Asked) -> str:
        """Why this connection is refused; empty if it is let in."""
        if asked.kind != "mqtt":
            return "devices speak MQTT"
        if not name_pattern.fullmatch(asked.id):
            return "no device has such a name"
        known, came = self._book.find(asked.id, asked.secret), time.monotonic()
        if known is None and self._book.may_look():
            with contextlib.suppress(psycopg.OperationalError):
                # Perhaps it was added a moment ago.
                self._void.update(await self._look(came, for_stranger=True))
            known = self._book.find(asked.id, asked.secret)
        if known is None:
            return "no device has this name and secret"
        other = self._book.devices.get(asked.client)
        if other is not None and other.id != known.id and not other.revoked:
            # MQTT would end that device's connection in favour of this one.
            return "its client id is the name of another device"
        return ""

    def _permit(self, asked: Asked) -> str:
        own = f"v1.{asked.id}"
        may = {
            "pub": {"allow": [own, f"{own}.>"]},
            "sub": {"deny": [">"]},
            "type": "user",
            "version": 2,
            **_unlimited,
        }
        # Not all at once, where a thousand came together.
        until = int(time.time() + LONGEST * random.uniform(0.5, 1))  # noqa: S311
        return self._signed(sub=asked.key, aud=ACCOUNT, name=asked.id, exp=until, nats=may)

    def _signed(self, **claims: Any) -> str:
        """A JWT of these claims as NATS reads it."""
        claims |= {"iss": self._key.public_key.decode(), "iat": int(time.time())}
        digest = hashlib.sha256(json.dumps(claims).encode()).digest()
        claims["jti"] = base64.b32encode(digest).decode().rstrip("=")
        text = f"{_packed({'typ': 'JWT', 'alg': 'ed25519-nkey'})}.{_packed(claims)}"
        return f"{text}.{_base64(self._key.sign(text.encode()))}"

    async def _sweep(self, client: Client, void: set[str]) -> None:
        """End the connections of these and of whoever is no device now, whatever happened while nobody looked."""

        def is_void(name: str) -> bool:
            known = self._book.devices.get(name)
            return known is None or known.revoked or name in void

        # Listed to the end first: whoever leaves meanwhile moves the others to another page.
        found = [pair async for pair in connections(client) if is_void(pair[1]["authorized_user"])]
        for server, one in found:
            await end(client, server, one)

    async def _end_all(self, client: Client, device: str) -> None:
        """End the connections of a device that was revoked, or whose secret is another."""
        async for server, one in connections(client, user=device):
            await end(client, server, one)


class Patience:
    """How many may be told no in a second."""

    def __init__(self) -> None:
        self._left, self._since = float(REFUSALS), time.monotonic()

    def lasts(self) -> bool:
        """Whether one more may."""
        now = time.monotonic()
        self._left = min(REFUSALS, self._left + (now - self._since) * REFUSALS)
        self._since = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


async def connections(client: Client, **only: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """The MQTT connections at all servers, each with its server's id; of one `user`, if that is named."""
    offset, more = 0, True
    while more:
        more = False
        wanted = {"auth": True, "acc": ACCOUNT, "offset": offset, "limit": PAGE, **only}
        for answer in await _ask_all(client, CONNECTIONS, wanted):
            told = answer["data"]
            more |= told["total"] > offset + PAGE
            for one in told.get("connections") or ():
                if one.get("type", "").startswith("mqtt") and one.get("authorized_user"):
                    yield answer["server"]["id"], one
        offset += PAGE


async def end(client: Client, server: str, connection: Mapping[str, Any]) -> None:
    """Have the server end a connection."""
    with contextlib.suppress(nats.errors.NoRespondersError):
        await client.request(
            END.replace("*", server), json.dumps({"cid": connection["cid"]}).encode(), timeout=2
        )
        log.warning("The connection of %r was ended.", connection["authorized_user"])


async def _ask_all(client: Client, subject: str, question: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What all servers answer; it is over when none has answered for a while."""
    inbox = client.new_inbox()
    answers: list[dict[str, Any]] = []
    heard = await client.subscribe(inbox)
    try:
        await client.publish(subject, json.dumps(question).encode(), reply=inbox)
        while True:
            told = await heard.next_msg(timeout=NEXT if answers else FIRST)
            if not told.data:
                raise LookupError("the account DOOR imports no list of connections")
            answers.append(json.loads(told.data))
    except TimeoutError:
        if not answers:
            raise
        return answers
    finally:
        await heard.unsubscribe()


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _packed(value: object) -> str:
    return _base64(json.dumps(value).encode())


def _unpacked(text: bytes) -> bytes:
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
