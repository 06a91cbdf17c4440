"""Fills the bench's city with lamps that can be dimmed, orders them all dimmed, and tells what became of it.

Run as `python -m bench.lamps` in the settings of that city, which has the dummy service of the tests; it reads its
task as JSON and says what it did as JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from bench.report import quantile
from candia.core.startup import start_django

CAPABILITY = "dummy.mode"


def fill(mark: str, gateways: int, each: int) -> list[tuple[str, str, list[str]]]:
    """Lamps behind gateways: the id and the secret of each gateway, and its lamps."""
    from candia.core.access import system
    from candia.core.entity import Entity
    from candia.devices import credentials

    made = []
    for number in range(gateways):
        lamps = [f"dummy.lamp:{mark}-{number}-{place}" for place in range(each)]
        Entity.objects.bulk_create([Entity(id=id, kind_name="dummy.lamp", name=id) for id in lamps])
        device, secret = credentials.issue(system, f"{mark}-{number}", entities=lamps)
        made.append((device.id, secret, lamps))
    return made


def order(lamps: list[str], value: str) -> int:
    """Order all of them; the number of the group."""
    from candia.core.access import system
    from candia.devices.orders.commands import order_group

    event = order_group(by=system, entities=lamps, capability=CAPABILITY, value=value)
    group: int = event.data["group"]
    return group


def counted(group: int) -> dict[str, Any]:
    """How many of a group's orders are in which state, and how long they took from being made to done (ms)."""
    from candia.devices.models import Order, OrderGroup

    times = list(Order.objects.filter(group=group, state="done").values_list("made", "done"))
    told: dict[str, Any] = {"counts": OrderGroup.objects.get(pk=group).counted()}
    if times:
        waits = [(done - made).total_seconds() * 1000 for made, done in times]
        first, last = min(made for made, _ in times), max(done for _, done in times)
        told |= {"seconds": (last - first).total_seconds(), "worst_ms": max(waits)}
        told |= {f"p{round(share * 100)}_ms": quantile(waits, share) for share in (0.5, 0.99)}
    return told


if __name__ == "__main__":
    start_django()
    task = json.load(sys.stdin)
    print(json.dumps({"fill": fill, "order": order, "counted": counted}[task.pop("do")](**task)))
