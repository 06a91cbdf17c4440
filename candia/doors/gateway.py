"""Gateway: says to NATS who a device is and on what it may publish; ends the connections of one that is revoked.

A device gives its id and secret as MQTT's user name and password. It may publish under its own name and nothing
else, and hear its own orders alone, where its client id is its name: NATS keeps a place for each client id.
What it may speak for, ingest checks. Every other connection is refused, and one that was let in is looked at again
each minute. Beside it stands the watch, which shuts the door when there is no room.
Source: candia/engines/nats.py.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import nats
import nkeys
import psycopg
from nats.aio.client import Client
from nats.aio.msg import Msg

from candia.conditions import Conditions
from candia.config import Config
from candia.core.mirror import Line
from candia.devices.credentials import Book, name_pattern
from candia.doors.auth_throttle import Guesses
from candia.doors.connections import OWN, Connection, connections, end, own_stands
from candia.doors.disk import MB, Disk
from candia.doors.qos0 import Zero, secret
from candia.doors.quota import CONNECTIONS, Quotas
from candia.doors.watch import Watch
from candia.engines.nats import ACCOUNT
from candia.telemetry import live
from candia.telemetry.newest import Newest
from candia.telemetry.stream import LARGEST, Stream, StreamAway

log = logging.getLogger(__name__)
ASKED = "$SYS.REQ.USER.AUTH"
# Seconds between looks at what changed, at all connections, and at the gateway's own.
LOOK, SWEEP, OWN_LOOK = 1.0, 60.0, 5.0
# A connection lasts so long (s) at most, so that even one that could not be ended does end: NATS ends it by the
# wall clock, which may be set back, and the gateway by a steady one.
LONGEST = 12 * 3600
# What MQTT puts before a payload in the stream.
HEADERS = 1024
# So many devices are looked for one by one; for more, all connections are gone through once.
FEW = 8


@dataclass(frozen=True)
class Asked:
    """Who wants in: what NATS tells of a connection."""

    server: str
    key: str
    kind: str
    id: str
    secret: str
    client: str
    host: str

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
            host=info.get("host", ""),
        )


class Gateway:
    """Answers for as long as it runs, through outages of NATS and of the records."""

    def __init__(self, config: Config) -> None:
        self._url, self._stream_url = config.gateway_url, config.stream_url
        self._key = nkeys.from_seed(bytearray(config.gateway_seed.encode()))
        self._book = Book(Line(config.database_url))
        self._reading = asyncio.Lock()
        self._guesses = Guesses()
        self._quotas = Quotas(config.device_rate, config.device_messages, config.devices_rate)
        disk = Disk(config.home, config.disk_reserve * MB)
        self._watch = Watch(disk, self._quotas, Conditions(config.home), Newest(config.home))
        self._zero_secret = secret(config.gateway_seed)
        self._zero = Zero(config.mqtt_host, config.mqtt_port, config.gateway_seed)
        # Devices whose connections are still to be ended.
        self._void: set[str] = set()
        self._later: set[asyncio.Task[None]] = set()

    async def run(self, ready: Callable[[], None]) -> None:
        """Answer until cancelled; calls `ready` once the first device may come."""
        client, stream = await self._connected(), await self._with_stream()
        await self._look(time.monotonic())
        await client.subscribe(ASKED, queue="gateway", cb=self._hear)
        await client.flush()
        ready()
        try:
            await asyncio.gather(
                self._keep_up(client), self._watch.run(client, stream), self._keep_zero(client)
            )
        finally:
            self._zero.close()

    async def _keep_up(self, client: Client) -> None:
        """End what must not stand, as devices change and as time goes."""
        swept = -SWEEP
        while True:
            self._guesses.tell()
            try:
                self._void.update(await self._look(time.monotonic()))
                void = set(self._void)
                if time.monotonic() - swept > SWEEP or len(void) > FEW:
                    await self._sweep(client, void)
                    swept = time.monotonic()
                else:
                    for device in void:
                        await self._end(client, [one async for one in connections(client, user=device)])
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

    async def _keep_zero(self, client: Client) -> None:
        """See to it that some gateway's own connection stands."""
        while True:
            with contextlib.suppress(OSError, LookupError, nats.errors.Error):
                if not self._watch.closed and not self._zero.stands and not await own_stands(client):
                    await asyncio.to_thread(self._zero.connect)
            await asyncio.sleep(OWN_LOOK)

    async def _connected(self) -> Client:
        while True:
            try:
                return await live.connect(self._url)
            except (OSError, nats.errors.Error) as away:
                log.warning("NATS does not answer: %s The gateway waits.", away)
                await asyncio.sleep(LOOK)

    async def _with_stream(self) -> Stream:
        while True:
            try:
                return await Stream.connect(self._stream_url)
            except StreamAway as away:
                log.warning("%s The gateway waits.", away)
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
            if refusal:
                await self._guesses.refused(asked.host, asked.id, refusal)
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
        if self._watch.closed or self._is_own(asked):
            return self._watch.closed
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
        if asked.client == OWN or (other is not None and other.id != known.id and not other.revoked):
            # MQTT would end that one's connection in favour of this one.
            return "its client id is the name of another device"
        return self._quotas.may_connect(known.id)

    def _is_own(self, asked: Asked) -> bool:
        return asked.id == OWN and hmac.compare_digest(asked.secret.encode(), self._zero_secret.encode())

    def _permit(self, asked: Asked) -> str:
        own = f"v1.{asked.id}"
        if asked.id == OWN:
            said = ["v1.>", "answers.v1.*"]
            topics = {"pub": {"allow": said}, "sub": {"allow": ["v1", *said, "$MQTT.sub.>"]}, "subs": -1}
        else:
            told = {"allow": [f"orders.{own}.*", "$MQTT.sub.>"]}
            hears = (
                {"sub": told, "subs": 8} if asked.client == asked.id else {"sub": {"deny": [">"]}, "subs": 1}
            )
            topics = {"pub": {"allow": [own, f"{own}.>", f"answers.{own}"]}, **hears}
        may = {**topics, "payload": LARGEST + HEADERS, "data": -1, "type": "user", "version": 2}
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
        """End the connections of these and of whoever is no device now, whatever happened while nobody looked.

        So are ended those that stand too long, and the newest of a device that has too many.
        """
        standing = Counter[str]()

        def is_void(one: Connection) -> bool:
            known = self._book.devices.get(one.device)
            standing[one.device] += 1
            gone = known is None or known.revoked or one.device in void
            return gone or one.age > LONGEST or standing[one.device] > CONNECTIONS

        # Listed to the end first: whoever leaves meanwhile moves the others to another page.
        there = [one async for one in connections(client)]
        await self._end(client, [one for one in sorted(there, key=lambda one: -one.age) if is_void(one)])

    @staticmethod
    async def _end(client: Client, which: list[Connection]) -> None:
        if which:
            await end(client, which)
            told = Counter(one.device for one in which).most_common(5)
            names = ", ".join(repr(name) for name, _ in told)
            log.warning("%d connections were ended, among them of %s.", len(which), names)


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _packed(value: object) -> str:
    return _base64(json.dumps(value).encode())


def _unpacked(text: bytes) -> bytes:
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
