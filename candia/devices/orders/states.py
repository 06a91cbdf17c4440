"""States of an order: which there are, which follows which, and what time, an answer or an observation does to one.

    queued → sent → received → done → confirmed | contradicted

An order leaves this way as `refused` or `failed` (the device says so), `replaced` (something newer is wanted),
`expired` (nobody was told in time), `cancelled` (a person took it back), `unanswered` (told; nothing was heard).
A device that is reached by LoRaWAN acknowledges and has no word for `done`: what is measured follows `received`.
Pure: it knows no Django, and all moments are given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """Where an order is on its way."""

    QUEUED = "queued"
    SENT = "sent"
    RECEIVED = "received"
    DONE = "done"
    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    REFUSED = "refused"
    FAILED = "failed"
    REPLACED = "replaced"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNANSWERED = "unanswered"


_ended = frozenset({State.DONE, State.REFUSED, State.FAILED})
#: What may follow what. An answer may come after all, so what was given up or taken back can still have been done.
NEXT: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.SENT, State.REPLACED, State.EXPIRED, State.CANCELLED, State.FAILED}),
    State.SENT: _ended | {State.RECEIVED, State.REPLACED, State.CANCELLED, State.UNANSWERED},
    State.RECEIVED: _ended | {State.UNANSWERED, State.REPLACED, State.CONFIRMED, State.CONTRADICTED},
    State.DONE: frozenset({State.CONFIRMED, State.CONTRADICTED}),
    State.CONTRADICTED: frozenset({State.CONFIRMED}),
    State.UNANSWERED: _ended,
    State.CANCELLED: _ended,
    State.CONFIRMED: frozenset(),
    State.REFUSED: frozenset(),
    State.FAILED: frozenset(),
    State.REPLACED: frozenset(),
    State.EXPIRED: frozenset(),
}
#: Those that something may still become of without a device's late word.
OPEN = frozenset({State.QUEUED, State.SENT, State.RECEIVED})
IN_FLIGHT = frozenset({State.SENT, State.RECEIVED})
#: Those in which a thing did not do what it was told, as far as is known.
NOT_OBEYED = frozenset({State.REFUSED, State.FAILED, State.UNANSWERED, State.EXPIRED, State.CONTRADICTED})
#: What a device may say of an order.
ANSWERS = frozenset({State.RECEIVED, State.DONE, State.REFUSED, State.FAILED})
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=6)
# How soon one is looked at again that waits for another of the same thing.
BEHIND = timedelta(seconds=1)


@dataclass(frozen=True)
class Standing:
    """What decides about an order: its state, how often it was sent, and how it stands to others of its thing.

    `until` is when its time is over: of one that is received, when the device has had enough time for it.
    `superseded`: something newer is wanted; `blocked`: another one of the same thing and capability is in flight;
    `acknowledged`: its device took it in and says no more of it.
    """

    state: State
    until: datetime
    momentary: bool = False
    attempts: int = 0
    superseded: bool = False
    blocked: bool = False
    acknowledged: bool = False


@dataclass(frozen=True)
class Step:
    """What to do: the state from now on, whether it is sent (again), and when to look next (None: never)."""

    state: State
    send: bool = False
    due: datetime | None = None


def pause(attempts: int) -> timedelta:
    """How long to wait for an answer after so many attempts: ten seconds, then three times as long each time."""
    times: int = 3 ** min(attempts - 1, 10)
    return min(FIRST_PAUSE * times, LONGEST_PAUSE)


def at(order: Standing, now: datetime) -> Step:
    """What time makes of an order that is due; the same order at the same moment gives the same."""
    if order.state not in OPEN:
        return Step(order.state)
    at_work = order.state == State.RECEIVED and not order.acknowledged
    if order.superseded and not at_work and not (order.momentary and order.attempts):
        return Step(State.REPLACED)
    if now >= order.until:
        return Step(State.EXPIRED if order.state == State.QUEUED else State.UNANSWERED)
    if order.state == State.RECEIVED or (order.momentary and order.attempts):
        return Step(order.state, due=order.until)
    if order.blocked:
        return Step(order.state, due=min(now + BEHIND, order.until))
    # A momentary act is sent once: whoever got it and could not answer would do it twice.
    due = order.until if order.momentary else min(now + pause(order.attempts + 1), order.until)
    return Step(State.SENT, send=True, due=due)


def answered(state: State, attempts: int, said: State) -> State:
    """The state after a device's word, the same where the word says nothing new or makes no sense."""
    if said in ANSWERS and attempts and said in NEXT[state]:
        return said
    return state


def observed(state: State, *, agrees: bool, settled: bool) -> State:
    """The state after an observation since the order was sent; `settled`: made long enough after it was done."""
    if agrees and State.CONFIRMED in NEXT[state]:
        return State.CONFIRMED
    if not agrees and settled and State.CONTRADICTED in NEXT[state]:
        return State.CONTRADICTED
    return state
