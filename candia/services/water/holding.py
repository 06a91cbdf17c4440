"""Holding: who holds a meter. A household may be several accounts; when it moves out, another begins anew."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from candia.core import errors
from candia.core.access import Person
from candia.services.water.models import Holding, Meter

# Neither 0 and O nor 1 and I: a code is read from paper.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
# A household is a few people; more holders of one meter are a mistake.
MOST = 8


def hold(meter: Meter, person: Person) -> None:
    """Let a person hold a meter that is locked; raises Conflict where they do, or too many others do."""
    refuse_twice(meter, person)
    if Holding.objects.filter(meter=meter, until=None).count() >= MOST:
        raise errors.Conflict(_("Too many accounts hold this meter. Ask the water service."))
    Holding.objects.create(meter=meter, person=person)


def refuse_twice(meter: Meter, person: Person) -> None:
    """Raise Conflict where the person holds the meter."""
    if Holding.objects.filter(meter=meter, person=person, until=None).exists():
        raise errors.Conflict(_("This account holds the meter already."))


def leave(meter: Meter, person: Person) -> bool:
    """End a person's holding, and whether there was one; with the last of them the household has moved out."""
    ended = Holding.objects.filter(meter=meter, person=person, until=None).update(until=timezone.now())
    if ended and not Holding.objects.filter(meter=meter, until=None).exists():
        begin(meter)
    return bool(ended)


def begin(meter: Meter) -> None:
    """Begin another household: nobody holds the meter, an old bill opens it no more, and old readings stay shut."""
    now = timezone.now()
    Holding.objects.filter(meter=meter, until=None).update(until=now)
    meter.household_since, meter.claim_code = now, new_code() if meter.claim_code else ""
    meter.save(update_fields=["household_since", "claim_code"])


def opened(meter: Meter, since: datetime) -> datetime:
    """The moment from which a holder may read: `since`, or when their household began, if that is later."""
    return max(since, meter.household_since) if meter.household_since else since


def new_code() -> str:
    """A code for the next bill, such as `7KQM-R2XD`."""
    word = "".join(secrets.choice(LETTERS) for _letter in range(8))
    return f"{word[:4]}-{word[4:]}"
