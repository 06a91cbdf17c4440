"""Intake: a batch from a phone, taken as from a stranger; each event is answered for by its id.

    {"phone": "<uuid>", "now": "<what the phone's clock says>", "events": [
        {"id": "<uuid>", "order": 12, "sequence": 7, "base": 3, "kind": "tick", "at": "…", "data": {"item": 0}}, …]}

Answers `{"<id>": ""}` for what is written down, now or before, and a sentence for what never will be.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import IO, Any
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from candia.core import errors, upload
from candia.core.access import Person
from candia.core.numbers import number_of
from candia.operations.work.crews import sent
from candia.operations.work.field_events import KINDS, MOMENTS, REASONS, Told
from candia.operations.work.models import FieldEvent, WorkOrder, WorkPhoto
from candia.operations.work.reporting import add_photo, report_work

MOST_EVENTS, MOST_BYTES = 200, 512 * 1024
LONGEST = 2000
DAY_MINUTES = 24 * 60
# What no database of ours counts beyond.
GREATEST = 2**53
# A phone whose clock was never set says 1970, and what was done is done all the same.
BEGAN, ENDS = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def take(by: Person, body: bytes) -> dict[str, str]:
    """Write a batch down: an empty word for each event that is the city's now, a sentence for what is refused.

    Raises Refused where it is no batch at all, and what every command may raise; then it is sent again.
    """
    phone, ahead, events = _opened(body)
    answers: dict[str, str] = {}
    by_order: dict[int, list[Told]] = defaultdict(list)
    for raw in events:
        id = str(raw.get("id", ""))[:36] if isinstance(raw, dict) else ""
        try:
            order, told = _read(phone, raw)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            answers[id] = _("The city could not read this.")
        else:
            by_order[order].append(told)
    orders = {order.number: order for order in WorkOrder.objects.filter(number__in=by_order)}
    for number, told_of in by_order.items():
        answers |= _taken(by, orders.get(number), told_of, ahead)
    return answers


def take_photo(by: Person, number: str, photo: str, file: IO[bytes]) -> None:
    """Keep a photograph of an order under the phone's id for it; one that is there already is fine.

    Raises Refused for what can never be kept, TooMany or Unavailable for what may be sent again.
    """
    order = WorkOrder.objects.filter(number=number_of(number)).first()
    if order is None or not sent(by, order):
        raise errors.Forbidden(_("You were not sent to this work order."))
    try:
        id = UUID(photo)
    except ValueError as wrong:
        raise errors.Refused(_("The city could not read this.")) from wrong
    # Read again only if it is not there: to judge a picture takes seconds.
    if WorkPhoto.objects.filter(pk=id).exists():
        return
    judged = upload.judged(file, beside="file")
    with suppress(errors.Conflict):
        add_photo(by=by, key="", order=order, photo=id, file=judged)


def _taken(by: Person, order: WorkOrder | None, told: list[Told], ahead: float) -> dict[str, str]:
    ids = [one.id for one in told]
    if order is None or not sent(by, order):
        return {str(id): _("You were not sent to this work order.") for id in ids}
    known = dict(FieldEvent.objects.filter(pk__in=ids).values_list("pk", "order"))
    new = [one for one in told if one.id not in known]
    if new:
        try:
            # Each event has its own id, so the batch needs no key.
            report_work(by=by, key="", order=order, told=new, clock_ahead=ahead)
        except errors.Conflict:
            # The same batch came twice at one moment, and the other was first.
            known = dict(FieldEvent.objects.filter(pk__in=ids).values_list("pk", "order"))
    taken = _("The city has something else by this name.")
    return {str(id): "" if known.get(id, order.pk) == order.pk else taken for id in ids}


def _opened(body: bytes) -> tuple[UUID, float, list[Any]]:
    unread = errors.Refused(_("The city could not read this."))
    try:
        told = json.loads(body) if len(body) <= MOST_BYTES else {}
        phone, events = UUID(told["phone"]), told["events"]
        ahead = (_moment(told["now"]) - timezone.now()) / timedelta(seconds=1)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as wrong:
        raise unread from wrong
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        raise unread
    return phone, round(ahead, 1), events


def _read(phone: UUID, raw: Mapping[str, Any]) -> tuple[int, Told]:
    """The number of the order and the event that was told of it; ValueError and the like where it is none."""
    kind = raw["kind"]
    if kind not in KINDS:
        raise ValueError(kind)
    told = Told(
        id=UUID(raw["id"]),
        phone=phone,
        sequence=_whole(raw["sequence"], GREATEST),
        base=_whole(raw["base"], 2**31 - 1),
        kind=kind,
        at=_moment(raw["at"]),
        data=_data(kind, raw.get("data") or {}),
    )
    return _whole(raw["order"], GREATEST), told


def _data(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """What belongs to an event of this kind, and nothing else."""
    return {name: read(data[name]) for name, read in FACTS.get(kind, {}).items()}


def _whole(value: Any, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(value)
    return value


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str) or not (text := value.replace("\0", "").strip()):
        raise ValueError(value)
    # Half of a pair of code units is no text that can be stored.
    return text.encode("utf-8", "replace").decode()[:most]


def _of(value: Any, known: Mapping[str, Any]) -> str:
    if not isinstance(value, str) or value not in known:
        raise ValueError(value)
    return value


def _moment(value: Any) -> datetime:
    moment = parse_datetime(value) if isinstance(value, str) else None
    if moment is None or moment.tzinfo is None or not BEGAN <= moment < ENDS:
        raise ValueError(value)
    return moment


def _uuid(value: Any) -> str:
    return str(UUID(value))


#: What each kind of event holds, and how it is read.
FACTS: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "tick": {"item": lambda value: _whole(value, 999)},
    "untick": {"item": lambda value: _whole(value, 999)},
    "note": {"text": lambda value: _text(value, LONGEST)},
    "hours": {"minutes": lambda value: _whole(value, DAY_MINUTES)},
    "material": {"what": lambda value: _text(value, 200), "amount": lambda value: _text(value, 40)},
    "photo": {"photo": _uuid, "moment": lambda value: _of(value, MOMENTS)},
    "not_possible": {"reason": lambda value: _of(value, REASONS)},
    "withdraw": {"of": _uuid},
}
