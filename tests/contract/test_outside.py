"""Services from outside the repository: the example package, and what `candia new` writes, keep the contract."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("commands", "datasets", "pages", "rules")
ENTRY_POINTS = "[candia.services]\nparks = mycity.parks.service:service\n"
CITY = """
name = "Δήμος Δοκιμής"
languages = ["el", "en"]
timezone = "Europe/Athens"
centre = [25.13, 35.33]
services = ["trees", "parks"]
"""


@pytest.fixture
def outside(tmp_path):
    """A folder on Python's path with two services that the repository does not hold, and a city that has them."""
    quiet = ["--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    example = ROOT / "examples" / "candia-trees"
    run(tmp_path, "-m", "pip", "install", *quiet, "--target", str(tmp_path), str(example))
    run(tmp_path, "-m", "candia.cli", "new", "parks", "--thing", "bench", "--package", "mycity")
    # What `pip install` would write for the package around the new folder.
    installed = tmp_path / "mycity-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: mycity\nVersion: 1\n")
    (installed / "entry_points.txt").write_text(ENTRY_POINTS)
    (tmp_path / "city.toml").write_text(CITY, "utf-8")
    return tmp_path


def run(folder: Path, *words: str, **settings: str) -> str:
    environ = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", **settings}
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_services_from_outside_keep_the_contract(outside, engines):
    city = str(outside / "city.toml")
    run(outside, "-m", "candia.cli", "manage", "makemigrations", "parks", CANDIA_CITY=city)

    said = run(
        outside,
        *("-m", "pytest", "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"), "-q"),
        *("-k", "trees or parks"),
        *(str(ROOT / "tests" / "contract" / f"test_{part}.py") for part in PARTS),
        str(outside / "candia_trees" / "tests" / "test_conversation.py"),
        TEST_CITY=city,
    )

    # Seven for each of the two, and three on what is said of trees.
    assert int(re.search(r"(\d+) passed", said)[1]) >= 17
