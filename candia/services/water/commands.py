"""What may be asked for about water: a meter is held, left, given, exchanged, looked at."""

from __future__ import annotations

from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.core import errors, look
from candia.core.access import Person, operator, per_day, per_hour, resident, verified
from candia.core.command import command
from candia.core.event import Happened
from candia.services.water import holding, tasks
from candia.services.water.models import Meter

at_work = operator("water")


@command(event="water.readings_viewed", title=__("Readings viewed"), may=at_work, limit=per_hour(60))
def view_readings(by: Person, *, meter: Meter, reason: str) -> Happened:
    """Look at a household's readings, with a reason; the household sees that somebody looked, and when."""
    return look.looked(by, meter, _need(reason))


@command(
    event="water.meter_code_entered", title=__("Code of a meter entered"), may=verified, limit=per_day(10)
)
def claim_meter(by: Person, *, serial: str, code: str) -> Happened:
    """Say with serial number and code of the bill that a meter is one's own; the event says if both were right.

    A wrong code is no refusal: it must leave an event, or it could be tried for ever. It tells nothing of
    whether there is such a meter: `right` is false for either.
    """
    _need(serial, "serial")
    _need(code, "code")
    number, given = "".join(serial.split()), _plain(code)
    found = Meter.objects.select_for_update(of=("self",)).filter(serial__in={number, number.upper()})
    right = [meter for meter in found if constant_time_compare(given, _plain(meter.claim_code)) and given]
    if len(right) != 1:
        constant_time_compare(given, given)
        return Happened(f"people.person:{by.pk}", data={"right": False})
    holding.hold(right[0], by)
    return Happened(right[0], data={"right": True})


@command(event="water.meter_left", title=__("Meter left"), may=resident)
def leave_meter(by: Person, *, meter: Meter) -> Happened:
    """Leave a meter that one holds, as when moving out; its readings are no longer one's own to see."""
    if not holding.leave(meter, by):
        raise errors.NotFound(_("You hold no such meter."))
    return Happened(meter)


@command(event="water.meter_given", title=__("Meter given to a customer"), may=at_work, limit=per_hour(60))
def give_meter(by: Person, *, meter: Meter, email: str) -> Happened:
    """Give a meter to a new customer by e-mail address; whoever held it before holds it no longer.

    The customer sees what is counted from now on, and the code of the bill changes.
    """
    person = Person.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if person is None:
        unknown = _("No account has this address. The customer signs up first.")
        raise errors.Refused(unknown, email=unknown)
    if person.pk == by.pk:
        raise errors.Refused(_("Nobody gives a meter to themselves. Ask a colleague."))
    holding.refuse_twice(meter, person)
    holding.begin(meter)
    holding.hold(meter, person)
    return Happened(meter, data={"customer": person.actor_id})


@command(event="water.meter_exchanged", title=__("Meter exchanged"), may=at_work)
def exchange_meter(by: Person, *, meter: Meter, serial: str, index: float = 0.0) -> Happened:
    """Write down that a new meter hangs in an old one's place, what is printed on it and what it shows (m³).

    The reading goes to the observations with the state `exchange`: consumption is counted anew from there.
    """
    number = "".join(_need(serial, "serial").split())[:40]
    if number == meter.serial:
        raise errors.Conflict(_("The meter has this serial number already."))
    if not 0 <= index < tasks.MOST:
        wrong = _("The index must lie between 0 and %(most)s m³.") % {"most": f"{tasks.MOST:g}"}
        raise errors.Refused(wrong, index=wrong)
    before, meter.serial = meter.serial, number
    meter.save(update_fields=["serial"])
    now = timezone.now()
    tasks.begin_anew.defer(meter=meter.pk, time=int(now.timestamp() * 1000), index=index)
    return Happened(meter, data={"before": before, "serial": number, "index": index})


def _need(text: str, name: str = "reason") -> str:
    """The text without blanks around; raises Refused, beside its field, where there is none."""
    said = text.strip()
    if not said:
        wrong = _("Say why.") if name == "reason" else _("Fill this in.")
        raise errors.Refused(wrong, **{name: wrong})
    return said[:1000]


def _plain(code: str) -> str:
    return "".join(sign for sign in code.upper() if sign.isalnum())
