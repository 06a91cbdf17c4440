"""What docs/devices.md tells integrators to send says what it claims to say."""

import re
from pathlib import Path

import pytest

from candia.core.service import services
from candia.telemetry import formats
from candia.telemetry.catalogue import FixedCatalogue
from candia.telemetry.check import Check
from candia.telemetry.observation import Observation
from candia.telemetry.stream import Message

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
