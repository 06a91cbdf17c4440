"""Connections: which devices are connected at all servers of NATS, what each has sent, and how one is ended."""

from __future__ import annotations

import contextlib
import json
import logging
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import nats
from nats.aio.client import Client

from candia.engines.nats import ACCOUNT, CONNECTIONS, END, TRAFFIC

log = logging.getLogger(__name__)
# So many are listed at a time. The first server has so many seconds to answer, each further one so many after it.
PAGE, FIRST, NEXT = 8192, 2.0, 0.2
#: The gateway's own connection, which is no device's: no device may have a name like this.
OWN = "Candia"
_UNITS = {"y": 365 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True)
class Connection:
    """One connection of a device: at which server, its age (s) by that server's steady clock, and what it sent."""

    server: str
    number: int
    device: str
    age: int
    messages: int
    bytes: int

    @classmethod
    def read(cls, server: str, data: Mapping[str, Any]) -> Connection:
        """As NATS tells of it."""
        age = sum(int(count) * _UNITS[unit] for count, unit in re.findall(r"(\d+)([ydhms])", data["uptime"]))
        return cls(
            server,
            data["cid"],
            data["authorized_user"],
            age,
            data["in_msgs"],
            data["in_bytes"],
        )


async def connections(client: Client, **only: str) -> AsyncIterator[Connection]:
    """The devices' connections at all servers; those of one `user`, if that is named."""
    offset, more = 0, True
    while more:
        more = False
        wanted = {"auth": True, "acc": ACCOUNT, "offset": offset, "limit": PAGE, **only}
        for answer in await _ask_all(client, CONNECTIONS, wanted):
            data = answer["data"]
            more |= data["total"] > offset + PAGE
            for one in data.get("connections") or ():
                if one.get("type", "").startswith("mqtt") and one.get("authorized_user", OWN) != OWN:
                    yield Connection.read(answer["server"]["id"], one)
        offset += PAGE


async def own_stands(client: Client) -> bool:
    """Whether some gateway's own connection stands."""
    wanted = {"auth": True, "acc": ACCOUNT, "user": OWN}
    return any(answer["data"].get("connections") for answer in await _ask_all(client, CONNECTIONS, wanted))


async def end(client: Client, which: Iterable[Connection]) -> int:
    """Have the servers end these; how many were asked for."""
    count, inbox = 0, client.new_inbox()
    for one in which:
        # A server asks for an address to answer to, though nobody there waits for a thousand answers.
        data = json.dumps({"cid": one.number}).encode()
        await client.publish(END.replace("*", one.server), data, reply=inbox)
        count += 1
    if count:
        await client.flush()
    return count


async def traffic(client: Client) -> tuple[int, int]:
    """How many messages and bytes all servers have received from clients since they started."""
    answers = await _ask_all(client, TRAFFIC, {"accounts": [ACCOUNT]})
    received = [one["received"] for answer in answers for one in answer["data"].get("account_statz") or ()]
    return sum(one["msgs"] for one in received), sum(one["bytes"] for one in received)


async def _ask_all(client: Client, subject: str, question: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What all servers answer; it is over when none has answered for a while."""
    inbox = client.new_inbox()
    answers: list[dict[str, Any]] = []
    heard = await client.subscribe(inbox)
    try:
        await client.publish(subject, json.dumps(question).encode(), reply=inbox)
        while True:
            data = await heard.next_msg(timeout=NEXT if answers else FIRST)
            if not data.data:
                raise LookupError("the account DOOR imports no list of connections")
            answers.append(json.loads(data.data))
            if "cluster" not in answers[0]["server"]:
                return answers  # Nobody else is there.
    except TimeoutError:
        if not answers:
            raise
        return answers
    finally:
        with contextlib.suppress(OSError, nats.errors.Error):
            await heard.unsubscribe()
