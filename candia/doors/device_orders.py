"""Orders over HTTP, for devices that can't speak MQTT: fetched by a question that waits, answered by POST.

GET /api/v1/orders?wait=25 is answered as soon as there is an order, or with none when the time is over. Each order
is handed out once, and again only when it is sent again; an act of a moment is never handed out twice.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from urllib.parse import parse_qs

from django.db import DatabaseError, close_old_connections, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from nats.aio.subscription import Subscription

from candia.core.errors import Refused, Unavailable
from candia.core.numbers import number_of
from candia.devices.models import Order
from candia.devices.orders import message, rounds
from candia.devices.orders.states import State
from candia.doors.problems import TooOften
from candia.doors.stream_client import stream_client
from candia.telemetry.downlink import told
from candia.telemetry.stream import StreamAway

PATH, ANSWERS = "/api/v1/orders", "/api/v1/orders/answers"
#: Seconds that a question may wait, questions of one device that wait at once, and orders in one answer.
LONGEST, OF_ONE, MOST = 25.0, 4, 100
_waiting = Counter[str]()


def wait(query: bytes) -> float:
    """For how many seconds a question may wait; raises Refused."""
    asked = number_of(parse_qs(query.decode("latin1")).get("wait", ["0"])[-1], -1)
    if not 0 <= asked <= LONGEST:
        raise Refused(_("Say for how many whole seconds to wait, from 0 to 25: ?wait=25"))
    return float(asked)


def check(body: bytes) -> None:
    """Raise Refused where a body holds no answers."""
    try:
        message.answers(body)
    except message.Unreadable as wrong:
        raise Refused(
            _(
                'Send JSON like {"order": "…", "state": "done"}, or a list of such; a state is received, done, '
                "refused or failed."
            )
        ) from wrong


async def poll(device: str, within: float, gone: asyncio.Future[None]) -> HttpResponse | None:
    """The device's orders, as soon as there are some; None where the device has hung up meanwhile."""
    if _waiting[device] >= OF_ONE:
        raise TooOften(1)
    _waiting[device] += 1
    try:
        # Listened to first: what comes between the look and the wait is heard.
        heard = await _listen(device) if within else None
        found = await asyncio.to_thread(_fetch, device)
        if heard is not None:
            news = asyncio.wrap_future(stream_client().next(heard, 0 if found else within))
            either: set[asyncio.Future[Any]] = {news, gone}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not found and heard is not None:
            if gone.done():
                return None
            found = await asyncio.to_thread(_fetch, device)
    finally:
        _waiting[device] -= 1
        if not _waiting[device]:
            del _waiting[device]
    body = b'{"orders":[' + b",".join(found) + b"]}"
    return HttpResponse(body, content_type="application/json", headers={"Cache-Control": "no-store"})


async def _listen(device: str) -> Subscription | None:
    try:
        return await asyncio.wrap_future(stream_client().subscribe(told(device)))
    except StreamAway:
        return None


def _fetch(device: str) -> list[bytes]:
    """Take the orders that were sent and not handed out yet."""
    try:
        with transaction.atomic():
            now = timezone.now()
            orders = list(
                Order.objects.select_for_update(skip_locked=True)
                .filter(device=device, state=State.SENT, until__gt=now, fetched=None)
                .order_by("made")[:MOST]
            )
            Order.objects.filter(pk__in=[order.pk for order in orders]).update(fetched=now)
            return [rounds.payload(order, now) for order in orders]
    except DatabaseError as away:
        raise Unavailable from away
    finally:
        close_old_connections()
