"""Water: what flows into a district, what meters count, and what is lost between."""

from django.utils.translation import gettext_lazy as _

from candia.core.service import Service
from candia.services.water import home, pages, play, sample
from candia.services.water.models import District, Meter
from candia.telemetry.observation import Property

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
        Property("alarm", title=_("Alarm"), states=("none", "leak", "burst", "backflow", "tamper", "dry")),
    ),
    pages=pages.every,
    home=home.home,
    sample=sample.sample,
    play=play.play,
)
