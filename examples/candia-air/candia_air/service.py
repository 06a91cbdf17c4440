"""Air: what four pollutants stand at, what index follows from them, and when somebody should look."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from candia.core.access import Grant, operator
from candia.core.capability import Capability
from candia.core.dataset import dataset_of
from candia.core.page import Menu, Page
from candia.core.rule import Rule, hours, minutes
from candia.core.sample_people import SamplePerson
from candia.core.service import Service
from candia.operations.rules import silent
from candia.telemetry.observation import Property
from candia_air import alert_desk, desk, feed, pages, rules, sample
from candia_air.index import INDEX, NAMES, WINDOW
from candia_air.models import Station

TITLE = pgettext_lazy("air", "Air")
THINGS = pgettext_lazy("air", "Stations")

service = Service(
    name="air",
    title=TITLE,
    description=_("What the air holds, how good that is, and when somebody should look."),
    entities=(Station,),
    properties=(
        *(Property(name, unit="µg/m³", title=title, low=0, high=2000) for name, title in NAMES.items()),
        Property("index", title=pgettext_lazy("air", "Index"), low=0, high=5, derived=INDEX),
        Property("interval", unit="min", title=_("Reporting interval"), low=0, high=1440),
    ),
    feeds=(feed.neighbours,),
    capabilities=(
        Capability(
            "interval",
            Station,
            _("Reporting interval"),
            unit="min",
            low=1,
            high=60,
            state_property="interval",
        ),
    ),
    rules=(
        Rule(
            function=rules.poor_air,
            title=_("Poor air"),
            on=Station,
            over=WINDOW,
            every=minutes(15),
            settle=hours(1),
        ),
        silent(Station, "no2"),
    ),
    pages=(
        Page(view=pages.stations, title=TITLE, menu=Menu.SEE, shared=5),
        Page(view=pages.stations_layer, path="stations.geojson", title=_("As a layer"), shared=5),
        Page(view=pages.station, path="<str:number>/", title=pgettext_lazy("air", "Station"), shared=5),
        Page(view=desk.stations, title=THINGS, desk=True, may=operator("air"), menu=Menu.WORK),
    ),
    datasets=(
        dataset_of(
            Station,
            name="stations",
            title=THINGS,
            description=_("Every one of them, with its model and its place."),
            licence="CC-BY-4.0",
            rhythm="DAILY",
        ),
    ),
    places=alert_desk.places,
    evidence=alert_desk.evidence,
    sample=sample.sample,
    sample_people=(SamplePerson("air@example.gr", "Ιωάννα Βλαχάκη", ((Grant.OPERATOR, "air"),)),),
)
