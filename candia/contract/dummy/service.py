"""A lamp that is dimmed, switched and pulsed, and a feed; a proxy, so that it needs no table of its own."""

from datetime import timedelta

from candia.core.capability import Capability
from candia.core.entity import Entity
from candia.core.feed import Feed
from candia.core.role import Role
from candia.core.service import Service
from candia.core.subject import Subject
from candia.telemetry.observation import Property


class Lamp(Entity):
    """A lamp that hears."""

    kind = "dummy.lamp"
    title = "Lamp"

    class Meta:
        proxy = True
        app_label = "core"


LEVEL = Capability(
    name="level",
    on=Lamp,
    title="Light level",
    unit="%",
    low=0,
    high=100,
    state_property="level",
    tolerance=2,
    settles=timedelta(0),
    encode=lambda value: bytes([round(float(value or 0))]),
)
MODE = Capability(name="mode", on=Lamp, title="Mode", options=("eco", "full"), lives=timedelta(hours=1))
PULSE = Capability(
    name="pulse",
    on=Lamp,
    title="Pulse",
    momentary=True,
    lives=timedelta(seconds=3),
    encode=lambda _value: b"\x01",
)

# Read by whoever is signed in, the first of them by everyone.
NOTE = Subject(kind="dummy.note", visible=lambda note, person: note == "dummy.note:1" or person is not None)

JURY = Role("jury", "Jury", "Chooses among what was proposed.")

# Nobody answers at its address.
DARKNESS = Feed(
    "darkness",
    "http://127.0.0.1:9/",
    every=timedelta(hours=1),
    decode=lambda _body, _speaker: (),
    title="Darkness",
)

service = Service(
    name="dummy",
    title="Dummy",
    entities=(Lamp,),
    properties=(Property("level", unit="%", low=0, high=100),),
    feeds=(DARKNESS,),
    roles=(JURY,),
    subjects=(NOTE,),
    capabilities=(LEVEL, MODE, PULSE),
)
