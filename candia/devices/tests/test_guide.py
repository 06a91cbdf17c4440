"""What docs/devices.md tells integrators to send says what it claims to say."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from candia.core.service import services
from candia.devices.orders import message
from candia.devices.orders.states import ANSWERS, State
from candia.telemetry import formats
from candia.telemetry.catalogue import FixedCatalogue
from candia.telemetry.check import Check
from candia.telemetry.observation import Observation
from candia.telemetry.stream import Message

ORDER = re.compile(r'^    (\{"order".*?"seconds": \d+\})$', re.MULTILINE | re.DOTALL)
GUIDE = Path(__file__).parents[3] / "docs" / "devices.md"
METER = "water.meter:17"
EXAMPLES = re.findall(r"### ([^\n]+)\n(?:(?!###).)*?```(\w+)\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
WANTED = Observation(METER, "water.index", 1777896000000, 812.4)


def test_the_guide_has_an_example_of_each_format():
    assert len({name for name, _, _ in EXAMPLES}) == 5


@pytest.mark.parametrize(("language", "text"), [pytest.param(*rest, id=name) for name, *rest in EXAMPLES])
def test_each_example_of_the_guide_says_the_same(language, text):
    payload = bytes.fromhex(text) if language == "hex" else text.encode()
    properties = {name: {one.name: one for one in service.properties} for name, service in services().items()}
    check = Check(FixedCatalogue(properties, {METER}, aliases={"a84041ffff1a2b3c": METER}))
    speaker = check.speaker(Message("v1.gateway-3", payload, 1, WANTED.time * 1000, {}))
    assert formats.decode(payload, speaker) == [WANTED]
    assert check.refusal(WANTED, speaker) is None


def test_an_order_looks_as_the_guide_shows_it():
    shown = json.loads(ORDER.search(GUIDE.read_text("utf-8"))[1])
    until = datetime(2026, 11, 27, 15, tzinfo=UTC)
    told = message.Told(UUID(shown["order"]), "dummy.lamp:17", "dummy.level", 40.0, until)
    assert json.loads(told.encoded(until.replace(hour=14))) == shown


def test_the_guide_knows_each_answer_and_each_state():
    text = GUIDE.read_text("utf-8")
    assert {state for state in State if f"| `{state}` |" in text} == ANSWERS
    assert all(f"`{state}`" in text or f" {state}" in text for state in State)
