"""States of a work order, as one pure table: who acts, and what it becomes.

    planned → assigned → under way → done | not possible | cancelled

What the crew says moves an order back to under way where two crews contradict each other, or where one takes its
word back; what the desk has decided is final.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class State(StrEnum):
    """Where a work order stands."""

    PLANNED = "planned"
    ASSIGNED = "assigned"
    UNDER_WAY = "under_way"
    DONE = "done"
    NOT_POSSIBLE = "not_possible"
    CANCELLED = "cancelled"


class Act(StrEnum):
    """What moves it: the desk assigns, cancels and closes; the crew begins, finishes or gives up."""

    ASSIGN = "assign"
    BEGIN = "begin"
    FINISH = "finish"
    GIVE_UP = "give_up"
    CANCEL = "cancel"


TITLES = {
    State.PLANNED: _("planned"),
    State.ASSIGNED: _("assigned"),
    State.UNDER_WAY: _("under way"),
    State.DONE: _("done"),
    State.NOT_POSSIBLE: _("not possible"),
    State.CANCELLED: _("cancelled"),
}
TONES = {
    State.PLANNED: "warn",
    State.ASSIGNED: "info",
    State.UNDER_WAY: "info",
    State.DONE: "good",
    State.NOT_POSSIBLE: "bad",
    State.CANCELLED: "quiet",
}
OPEN = frozenset({State.PLANNED, State.ASSIGNED, State.UNDER_WAY})
CLOSED = frozenset(State) - OPEN

_said = {Act.BEGIN: State.UNDER_WAY, Act.FINISH: State.DONE, Act.GIVE_UP: State.NOT_POSSIBLE}
NEXT: Mapping[State, Mapping[Act, State]] = {
    State.PLANNED: {
        Act.ASSIGN: State.ASSIGNED,
        Act.CANCEL: State.CANCELLED,
    },
    State.ASSIGNED: {Act.ASSIGN: State.ASSIGNED, **_said, Act.CANCEL: State.CANCELLED},
    State.UNDER_WAY: {Act.ASSIGN: State.UNDER_WAY, **_said, Act.CANCEL: State.CANCELLED},
    State.DONE: _said,
    State.NOT_POSSIBLE: _said,
    State.CANCELLED: {},
}


def after(state: str, act: Act) -> State | None:
    """What an order becomes; None where the act is not possible any more, or not yet."""
    return NEXT[State(state)].get(act)
