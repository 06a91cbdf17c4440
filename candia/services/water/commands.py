"""What people may ask of water: to judge an alert, to look at a household's readings, to hold a meter."""

from __future__ import annotations

import hmac

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.core import alert as alerts
from candia.core import errors
from candia.core.access import Actor, Person, operator, per_day, per_hour, resident, verified
from candia.core.alert import Alert
from candia.core.command import command
from candia.core.event import Happened
from candia.services.water.models import Holding, Meter


@command(event="water.alert_confirmed", title=__("Alert confirmed"), may=operator("water"))
def confirm_alert(by: Actor, *, alert: Alert, note: str = "") -> Happened:
    """Say that an alert is real, with a note for colleagues if there is something to add."""
    return alerts.judge(alert, "water", Alert.CONFIRMED, note)


@command(event="water.alert_dismissed", title=__("Alert dismissed"), may=operator("water"))
def dismiss_alert(by: Actor, *, alert: Alert, reason: str) -> Happened:
    """Say that an alert is nothing, and why; it stays so until the rule has seen all in order again."""
    return alerts.judge(alert, "water", Alert.DISMISSED, _said(reason))


@command(
    event="water.readings_viewed",
    title=__("Readings looked at by the water service"),
    may=operator("water"),
    limit=per_hour(60),
)
def view_readings(by: Actor, *, meter: Meter, reason: str) -> Happened:
    """Look at a household's readings for a stated reason; the household sees that it happened, and when."""
    _said(reason)
    return Happened(meter)


@command(event="water.meter_claimed", title=__("Meter claimed"), may=verified, limit=per_day(10))
def claim_meter(by: Person, *, serial: str, code: str) -> Happened:
    """Say that a meter is one's own, by the serial number and the code of the last bill."""
    meter = Meter.objects.filter(serial__iexact=serial.strip(), serial__gt="").first()
    known = meter.claim_code if meter else ""
    right = hmac.compare_digest(code.strip().upper().encode(), known.upper().encode())
    if meter is None or not known or not right:
        # The same for a number that nobody has as for a wrong code.
        wrong = _("No meter has this serial number and code. Copy both from your last bill.")
        raise errors.Refused(wrong, serial=wrong)
    return _hold(meter, by)


@command(event="water.meter_given", title=__("Meter given to a customer"), may=operator("water"))
def give_meter(by: Actor, *, meter: Meter, email: str) -> Happened:
    """Record that a customer holds a meter, for whom the code of a bill is no way."""
    person = Person.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if person is None:
        unknown = _("No account has this address. The customer signs up first.")
        raise errors.Refused(unknown, email=unknown)
    return _hold(meter, person)


@command(event="water.meter_left", title=__("Meter left"), may=resident)
def leave_meter(by: Person, *, meter: Meter) -> Happened:
    """Say that a meter is one's own no longer; its readings then are somebody else's to see."""
    left = Holding.objects.filter(meter=meter, person=by, until=None).update(until=timezone.now())
    if not left:
        raise errors.NotFound(_("You hold no such meter."))
    return Happened(meter)


def held(person: Person) -> Q:
    """The condition on meters that this person holds now."""
    return Q(holdings__person=person, holdings__until=None)


def _hold(meter: Meter, person: Person) -> Happened:
    made = Holding.objects.get_or_create(meter=meter, person=person, until=None)[1]
    if not made:
        raise errors.Conflict(_("This account holds the meter already."))
    return Happened(meter)


def _said(reason: str) -> str:
    """The reason without edges; refuses where there is none."""
    said = " ".join(reason.split())
    if not said:
        empty = _("Say why, in a few words.")
        raise errors.Refused(empty, reason=empty)
    return said[:1000]
