"""Water at the alert page: where an alert lies, its curves up to now, a household's behind a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core.access import Person
from candia.core.alert import Alert
from candia.core.event import EventType
from candia.core.evidence import Decision, Evidence, Place
from candia.core.look import open_until
from candia.services.water import commands
from candia.services.water.forms import LookForm
from candia.services.water.models import District, Meter
from candia.services.water.overview import districts
from candia.services.water.pages import curves

#: How water called decisions before they were the core's; they stand in stories for good.
BEFORE = (
    EventType("water.alert_confirmed", gettext_lazy("Alert confirmed")),
    EventType("water.alert_dismissed", gettext_lazy("Alert dismissed")),
)


def places(alerts: Sequence[Alert]) -> Mapping[int, Place]:
    """The meter or the district of each alert; two questions for all of them."""
    names = {place.pk: str(place) for place in districts()}
    things = {alert.entity_id for alert in alerts}
    meters = {meter.pk: meter for meter in Meter.objects.filter(pk__in=things)}
    return {alert.pk: _place(alert.entity_id, meters.get(alert.entity_id), names) for alert in alerts}


def evidence(alert: Alert, by: Person) -> Evidence:
    """The curves of an alert; of a household's only for who has said why they look."""
    meter = Meter.objects.select_related("district").filter(pk=alert.entity_id).first()
    district = meter.district if meter else District.objects.filter(pk=alert.entity_id).first()
    until = open_until(by, meter) if meter else None
    charts = [] if meter and not until else curves.of_meter(alert) if meter else curves.of_district(alert)
    look = Decision(name="look", form=LookForm, ask=partial(commands.view_readings, meter=meter))
    return Evidence(
        template="water/parts/evidence.html",
        context={"charts": charts, "open_until": until, "closed_to": meter and not until},
        facts=tuple(_facts(meter, district)),
        decisions=(look,) if meter else (),
    )


def _place(thing: str, meter: Meter | None, names: Mapping[str, str]) -> Place:
    if meter is None:
        return Place(names.get(thing, thing), thing, names.get(thing, ""))
    serial = _("meter %(serial)s") % {"serial": meter.serial or meter.local_id}
    return Place(serial, meter.district_id or "", names.get(meter.district_id or "", ""))


def _facts(meter: Meter | None, district: District | None) -> list[tuple[Any, str, str]]:
    facts: list[tuple[Any, str, str]] = []
    if meter:
        url = reverse("water-desk-meter", args=[meter.local_id])
        facts.append((_("Meter"), meter.serial or meter.local_id, url))
    if district:
        url = reverse("water-desk-district", args=[district.local_id])
        facts.append((_("District"), str(district), url))
    if district and not meter:
        facts.append((_("For everyone"), _("Its public story"), reverse("story", args=[district.pk])))
    return facts
