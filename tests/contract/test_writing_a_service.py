"""docs/writing-a-service.md tells the truth: its blocks stand so in the files they name, its figures are counted.

Its commands are run by `test_outside.py`.
"""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from candia.core.service import Service

ROOT = Path(__file__).parents[2]
AIR = ROOT / "examples" / "candia-air" / "candia_air"
PAGE = (ROOT / "docs" / "writing-a-service.md").read_text("utf-8")
BLOCKS = re.findall(r"```(?:python|html)\n(?:# |<!-- )(\S+)(?: -->)?\n(.*?)```", PAGE, re.DOTALL)
ROWS = re.findall(r"^\| `([\w/]+\.py)` \| (\d+) \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("path", "block"), BLOCKS)
def test_a_block_stands_so_in_its_file(path: str, block: str) -> None:
    assert block in (ROOT / path).read_text("utf-8")


def test_every_block_of_code_names_its_file() -> None:
    assert len(BLOCKS) == len(re.findall(r"^```(?!sh)\w", PAGE, re.MULTILINE)) > 10


def test_the_example_is_as_long_as_is_said_and_no_longer_than_was_promised() -> None:
    counted = {name: len((AIR / name).read_text("utf-8").splitlines()) for name, _lines in ROWS}
    service = sum(
        count for name, count in counted.items() if name not in {"sample.py", "feed.py"} and "/" not in name
    )

    assert counted == {name: int(lines) for name, lines in ROWS}
    assert {path.name for path in AIR.glob("*.py")} <= set(counted)
    assert service < 300
    assert f"**{service}**" in PAGE


def test_everything_that_can_be_declared_is_on_the_page() -> None:
    told = set(re.findall(r"\b[a-z_]+\b", PAGE))

    assert {field.name for field in fields(Service)} - told <= {"name", "title", "description"}
