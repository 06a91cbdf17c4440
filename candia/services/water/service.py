"""Water: what flows into a district, what meters count, and what is lost between."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from candia.core.access import Grant
from candia.core.cause import Cause
from candia.core.event import EventType
from candia.core.forecast import Forecast
from candia.core.rule import Rule, hours, minutes
from candia.core.sample_people import SamplePerson
from candia.core.service import Service, later
from candia.operations.rules import low_battery, silent, stuck
from candia.services.water import (
    alert_desk,
    city,
    commands,
    datasets,
    decode,
    home,
    inflow_forecast,
    pages,
    personal,
    readings,
    rules,
)
from candia.services.water.interval import INTERVAL
from candia.services.water.models import District, Meter
from candia.telemetry.observation import Property, Window

service = Service(
    name="water",
    title=_("Water"),
    description=_("What flows into each district, what meters count, and what is lost between."),
    entities=(District, Meter),
    properties=(
        Property("inflow", unit="l/s", title=_("Inflow"), low=-500, high=5000),
        Property("index", unit="m3", title=_("Index"), counter=True, rollover=100_000, low=0, high=100_000),
        Property("backflow", unit="m3", title=_("Backflow index"), counter=True, low=0),
        Property("battery", unit="%", title=_("Battery"), low=0, high=100),
        Property("interval", unit="h", title=_("Reporting interval"), low=1, high=24),
        Property("alarm", title=_("Alarm"), states=("none", "leak", "burst", "backflow", "tamper", "dry")),
    ),
    capabilities=(INTERVAL,),
    pages=pages.every,
    home=home.home,
    check=city.check,
    places=alert_desk.places,
    evidence=alert_desk.evidence,
    sources=decode.sources,
    commands=(
        commands.view_readings,
        commands.claim_meter,
        commands.give_meter,
        commands.leave_meter,
        commands.exchange_meter,
    ),
    forecasts=(
        Forecast(
            "inflow",
            District,
            horizon=timedelta(days=7),
            step=hours(1),
            by=inflow_forecast.inflow,
            every=hours(6),
        ),
    ),
    rules=(
        Rule(
            function=rules.night_flow,
            title=_("Night flow"),
            on=District,
            over=Window("inflow", days=58, between=(2, 5), each="day", take=("min",)),
            every=minutes(15),
            settle=hours(48),
        ),
        Rule(
            function=rules.mains_burst,
            title=_("Burst main"),
            on=District,
            over=Window("inflow", days=15, each="hour", take=("mean",)),
            every=minutes(15),
            settle=hours(3),
        ),
        Rule(
            function=rules.continuous_flow,
            title=_("Leak in the house"),
            on=Meter,
            over=Window("index", hours=48, each="hour", take=("increase", "count")),
            every=hours(1),
            facts=("bulk",),
            settle=hours(24),
            began=readings.running_since,
        ),
        Rule(
            function=rules.burst,
            title=_("Burst pipe"),
            on=Meter,
            over=Window("index", hours=6, each="hour", take=("increase",)),
            every=minutes(15),
            facts=("bulk",),
            settle=hours(12),
        ),
        Rule(
            function=rules.backflow,
            title=_("Backflow"),
            on=Meter,
            over=Window("backflow", hours=48, take=("increase",)),
            every=hours(1),
        ),
        stuck(Meter, "index", factor=rules.LITRES, title=_("Stuck meter"), text=rules.STUCK),
        silent(Meter, "index", title=_("Silent meter"), text=rules.SILENT),
        low_battery(Meter, "battery", text=rules.LOW_BATTERY),
    ),
    causes=(
        # A gateway that is down takes the word of all who speak through it.
        Cause(
            name="no_word",
            title=_("Many meters of a district are silent"),
            rules=("silent",),
            by="district",
            within=hours(12),
        ),
        # Where a main has burst, its pressure is gone, and houses run back into it.
        Cause(
            name="burst_main",
            title=_("A burst main, and water that runs back"),
            rules=("backflow",),
            root="mains_burst",
            by="district",
            within=hours(3),
        ),
    ),
    datasets=(datasets.district_losses, datasets.district_inflow),
    personal=personal.records,
    events=(EventType("water.sample_made", _("The sample city's record begins")), *alert_desk.BEFORE),
    sample=later("candia.services.water.sample:sample"),
    sample_people=(
        SamplePerson("operator@example.gr", "Κατερίνα Φραγκιαδάκη", ((Grant.OPERATOR, "water"),)),
        SamplePerson("crew@example.gr", "Στέλιος Βρέντζος", ((Grant.CREW, "water"),)),
        SamplePerson("crew2@example.gr", "Αντώνης Ξυλούρης", ((Grant.CREW, "water"),)),
    ),
    play=later("candia.services.water.play:play"),
)
