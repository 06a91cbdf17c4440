"""Queue: each event that a webhook wants is written down for it, in the transaction of the event itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from candia.accounts.webhooks.models import Delivery, Webhook
from candia.core import bulk, things
from candia.core.access import Person
from candia.core.errors import NotFound
from candia.core.event import Event
from candia.core.service import entity_kinds, staff_events

#: Which webhooks there are is asked every so many seconds; a new one hears from then on.
FRESH = 2.0
# What happens to accounts is nobody else's business.
OWN = "people"
_known: dict[str, Any] = {"until": 0.0, "hooks": ()}


def hear(events: Sequence[Event]) -> None:
    """Write down who is to be told of these events."""
    from candia.accounts.webhooks.delivery import drain

    for hook, patterns in _hooks():
        wanted = [event for event in events if _wants(patterns, event)]
        if wanted:
            bulk.insert([Delivery(hook_id=hook, event=event, subject=event.entity) for event in wanted])
            # One after the other for each webhook, so that what happened to a thing is told in its order.
            drain.configure(lock=f"webhook:{hook}").defer(hook=hook)


def _wants(patterns: Sequence[str], event: Event) -> bool:
    return event.service_name != OWN and any(fnmatchcase(event.kind, pattern) for pattern in patterns)


def forget() -> None:
    """Ask anew which webhooks there are."""
    _known["until"] = 0.0


def told(hook: Webhook, event: Event) -> dict[str, Any] | None:
    """The event as the webhook's program may know it by now; None where it may not.

    Of what staff see in a service in which it holds a role all facts; of the rest what everyone knows: public
    things, no persons.
    """
    own = event.entity.partition(".")[0]
    if OWN in {own, event.service_name}:
        return None
    if hook.integration.is_staff_of(own) and _is_seen(hook, event.entity):
        return event.cloudevent()
    return None if event.kind in staff_events() else _public(event)


def _is_seen(hook: Webhook, id: str) -> bool:
    """Whether staff with the program's roles see this thing: not a resident's draft, for instance."""
    if id.partition(":")[0] not in entity_kinds():
        return True
    # What is seen is declared for persons, and behind a program there is none: this number is nobody's.
    reader = Person(pk=0)
    reader._roles = hook.integration.roles  # noqa: SLF001 — what `Person.roles` reads
    return id in things.visible([id], reader)


def _public(event: Event) -> dict[str, Any] | None:
    try:
        things.published(event.entity)
    except NotFound:
        return None
    machine = event.by if event.by.startswith(("rule:", "system")) else None
    return {**event.cloudevent(), "data": {"about": event.about, "by": machine}}


def _hooks() -> tuple[tuple[int, tuple[str, ...]], ...]:
    now = time.monotonic()
    if now >= _known["until"]:
        found = Webhook.objects.filter(ended=None, off_since=None, integration__stopped=None)
        _known["hooks"] = tuple(found.values_list("pk", "patterns"))
        _known["until"] = now + FRESH
    return _known["hooks"]  # type: ignore[no-any-return]
