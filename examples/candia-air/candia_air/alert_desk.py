"""What the desk shows of an alert: which thing it is about, and the curve by which it is judged."""

from collections.abc import Mapping, Sequence

from django.utils.translation import pgettext

from candia.core.access import Person
from candia.core.alert import Alert
from candia.core.evidence import Evidence, Place
from candia_air import index
from candia_air.models import Station


def places(alerts: Sequence[Alert]) -> Mapping[int, Place]:
    """The thing of each alert, one question for all of them."""
    things = Station.objects.in_bulk([alert.entity_id for alert in alerts])
    return {
        alert.pk: Place(str(thing), area=thing.zone)
        for alert in alerts
        if (thing := things.get(alert.entity_id))
    }


def evidence(alert: Alert, by: Person) -> Evidence:  # noqa: ARG001 — nothing here is personal
    """Its curve up to now, and the page of its orders."""
    thing = Station.objects.filter(pk=alert.entity_id).first()
    facts = ((pgettext("air", "Station"), str(thing), thing.desk_page()),) if thing else ()
    return Evidence(
        template="air/evidence.html", context={"chart": index.curve(alert.entity_id)}, facts=facts
    )
