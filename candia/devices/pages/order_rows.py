"""How orders, wanted states and orders to many are told on the desk's pages."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from candia.core.capability import Capability
from candia.core.entity import Entity
from candia.core.event import Event
from candia.core.service import capabilities
from candia.core.telemetry import store
from candia.core.timeline import steps
from candia.devices.models import REASON_TITLES, STATE_TITLES, TROUBLES, Order, OrderGroup, WantedState
from candia.devices.orders import lorawan
from candia.devices.orders.states import NOT_OBEYED, State
from candia.telemetry import questions
from candia.telemetry.store import StoreAway

#: How a state looks to whoever waits for it.
TONES = {
    State.QUEUED: "info",
    State.SENT: "info",
    State.RECEIVED: "info",
    State.DONE: "good",
    State.CONFIRMED: "good",
    State.CONTRADICTED: "bad",
    State.REFUSED: "bad",
    State.FAILED: "bad",
    State.UNANSWERED: "warn",
    State.EXPIRED: "warn",
    State.REPLACED: "quiet",
    State.CANCELLED: "quiet",
}


def states_of(found: Entity, known: Iterable[Capability]) -> list[dict[str, Any]]:
    """For each state of a thing: what is wanted and why, what is reported and when, and the newest order."""
    wanted = {one.capability: one for one in WantedState.objects.filter(entity=found)}
    rows = []
    for one in known:
        state, reported = wanted.get(one.qualified), _reported(found.pk, one)
        newest = Order.objects.filter(entity=found, capability=one.qualified).order_by("-made").first()
        claim = state.read().claim if state else None
        rows.append(
            {
                "capability": one,
                "title": one.title or one.name,
                "wanted": spoken(one, claim.value) if claim else "",
                "reason": REASON_TITLES.get(state.reason, "") if state else "",
                "until": claim.until if claim else None,
                "mine": bool(state and "person" in state.claims),
                "reported": reported,
                "differs": bool(
                    claim and reported.get("known") and not one.agrees(claim.value, reported["value"])
                ),
                "order": row(newest) if newest else None,
            }
        )
    return rows


def _reported(entity: str, one: Capability) -> dict[str, Any]:
    """The latest observation of a state: `value`, `text`, `time`, and whether any is `known`."""
    if not one.state_property:
        return {"unmeasured": True}
    property = f"{entity.partition('.')[0]}.{one.state_property}"
    try:
        rows = questions.latest(store(), property, [entity]).to_pylist()
    except StoreAway:
        return {"away": True}
    if not rows:
        return {}
    value = rows[0]["state"] if rows[0]["value"] is None else rows[0]["value"]
    return {"known": True, "value": value, "text": spoken(one, value), "time": rows[0]["time"]}


def spoken(one: Capability | None, value: Any) -> str:
    """A value as a reader reads it, with its unit."""
    told = f"{value:g}" if isinstance(value, float | int) else str(value or "")
    return f"{told} {one.unit}" if one and one.unit and told else told


def row(order: Order) -> dict[str, Any]:
    """An order as a line of a list: `order`, `title`, `value`, `state`, `tone`, `trouble` (what keeps it back)."""
    one, state = capabilities().get(order.capability), State(order.state)
    # Of a state that is measured, the device's own word is not the last.
    waits = state == State.DONE and one is not None and bool(one.state_property)
    # ChirpStack has not taken it yet.
    held = state == State.SENT and bool(order.trouble)
    return {
        "order": order,
        "title": (one.title or one.name) if one else order.capability,
        "value": spoken(one, order.value),
        "state": STATE_TITLES[State.QUEUED if held else state],
        "tone": "warn" if held else "info" if waits else TONES[state],
        "trouble": TROUBLES.get(order.trouble, ""),
    }


def with_stories(found: QuerySet[Order]) -> list[dict[str, Any]]:
    """Orders with their events, all in one question."""
    shown = list(found)
    events = Event.objects.filter(about__in=[order.story_id for order in shown]).select_related("because")
    told: dict[str, list[Event]] = {}
    for event in events.order_by("id"):
        told.setdefault(event.about, []).append(event)
    return [{**row(order), "events": _story(told.get(order.story_id, []))} for order in shown]


def _story(events: list[Event]) -> list[dict[str, Any]]:
    """The steps of one order: to the second, with the device where it spoke, and why it was given at all."""
    told = steps(events)
    for place, (step, event) in enumerate(zip(told, events, strict=True)):
        step["by"] = event.by.partition(":")[2] if event.by.startswith("device:") else ""
        step["detail"] = date_format(timezone.localtime(event.time), "H:i:s")
        if place:
            step["because"] = None
    return told


def air(entity: str, device: str) -> dict[str, Any] | None:
    """How a thing is reached by LoRaWAN, if it is: `address`; of one that sleeps `due` (its next word), `late`."""
    # A city without a ChirpStack is spared the question; an order to such a device says what is wrong.
    address = lorawan.addresses([device]).get(device) if settings.CANDIA.chirpstack_url else None
    if address is None:
        return None
    now, told = timezone.now(), None
    if address.sleeps:
        with suppress(StoreAway):
            told = lorawan.next_word(entity, now)
    due, rhythm = told or (None, None)
    return {"address": address, "due": due, "rhythm": rhythm, "late": due is not None and due < now}


def counted(group: OrderGroup) -> dict[str, Any]:
    """A group with its counts: how many obeyed of how many, and how many are in which other state."""
    one, counts = capabilities().get(group.capability), group.counted()
    obeyed = counts.get(State.DONE, 0) + counts.get(State.CONFIRMED, 0)
    others = [
        {"state": state, "title": title, "count": counts[state], "tone": TONES[State(state)]}
        for state, title in STATE_TITLES.items()
        if counts.get(state) and state not in {State.DONE, State.CONFIRMED}
    ]
    return {
        "group": group,
        "title": (one.title or one.name) if one else group.capability,
        "value": spoken(one, group.value),
        "obeyed": obeyed,
        "all": len(group.entities),
        "others": others,
        "momentary": bool(one and one.momentary),
        "waits": counts.get(State.QUEUED, 0) + (0 if one and one.momentary else counts.get(State.SENT, 0)),
        "not_obeyed": sum(counts.get(state, 0) for state in NOT_OBEYED),
    }
