"""Services from outside keep the contract: the examples, and what docs/writing-a-service.md writes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from candia.cli import app

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "writing-a-service.md").read_text("utf-8")
NEW, INSTALL, WORDS, TEST, RUN = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)[0].splitlines()
EXAMPLES = ("trees", "air")
LAYOUT = "--check --line-length 116 --indent-width 2 --profile django"


def run(folder: Path, line: str, **settings: str) -> str:
    """What a line of the page says when it is run in a folder; the `candia` and the tools are this checkout's."""
    words = [word for word in line.split() if "=" not in word]
    words = [sys.executable, "-m", *(["candia.cli"] if words[0] == "candia" else words[:1]), *words[1:]]
    return ran(folder, words, **settings)


def ran(folder: Path, words: list[str], **settings: str) -> str:
    path = os.pathsep.join([str(folder / "site"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    environ = {**os.environ, "PYTHONPATH": path, **settings}
    done = subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder in which the page was followed: what it writes is installed there, and the examples as well."""
    folder = tmp_path_factory.mktemp("outside")
    arguments = re.findall(r"«[^»]*»|\"[^\"]*\"|\S+", NEW)
    ran(folder, [sys.executable, "-m", "candia.cli", *(word.strip('"') for word in arguments[1:])])
    for name in EXAMPLES:
        shutil.copytree(ROOT / "examples" / f"candia-{name}", folder / name)
    run(folder, "candia words air/candia_air")
    assert INSTALL == "pip install -e candia-parking"
    quiet = "--quiet --no-deps --no-build-isolation --disable-pip-version-check --target site"
    run(folder, f"pip install {quiet} ./candia-parking ./trees ./air")
    return folder


def test_what_is_written_is_written_as_the_house_writes(place):
    package = place / "candia-parking"

    run(package, "ruff check .")
    run(package, "ruff format --check .")
    ran(package, [str(Path(sys.executable).parent / "djangofmt"), *LAYOUT.split(), "."])
    assert "not translated" not in run(place, WORDS)


def test_what_is_written_has_the_types_that_it_says(place):
    city = str(place / "candia-parking" / "city" / "city.toml")

    # By the repository's own settings, which are the stricter, and with what they have found out of Candia already.
    settings = f"--config-file {ROOT / 'pyproject.toml'} --cache-dir {ROOT / '.mypy_cache'}"
    said = run(place / "candia-parking", f"mypy {settings} candia_parking", CANDIA_CITY=city)

    assert "no issues" in said


def test_services_from_outside_keep_the_contract(place, engines):
    said = run(place, f"{TEST} {' '.join(EXAMPLES)}")

    assert int(re.search(r"(\d+) passed", said)[1]) >= 120
    assert "failed" not in said


def test_the_city_beside_it_has_it_and_the_sample_is_as_it_was(place):
    settings, command = RUN.split(" ", 1)
    assert command == "candia run --watch"
    city = place / settings.partition("=")[2]
    sample = ROOT / "candia" / "city" / "heraklion"

    assert 'services = ["water", "dialogue", "parking"]' in city.read_text("utf-8")
    assert "parking" not in (sample / "city.toml").read_text("utf-8")
    assert {path.name for path in city.parent.iterdir()} == {path.name for path in sample.iterdir()}


def test_names_of_several_words_and_of_the_longest_are_taken(tmp_path):
    line = "candia new street_lighting_of_the_suburbs --thing lamp_post_of_the_old_town_wall --outside far"
    run(tmp_path, line)

    assert "class LampPostOfTheOldTownWall" in (
        tmp_path / "far" / "candia_street_lighting_of_the_suburbs" / "models.py"
    ).read_text("utf-8")
    run(tmp_path / "far", "ruff check .")
    run(tmp_path / "far", "ruff format --check .")


def test_within_a_repository_it_stands_beside_the_others(tmp_path):
    said = run(tmp_path, "candia new parks --thing bench --package mycity.services")

    assert 'parks = "mycity.services.parks.service:service"' in said
    assert "from mycity.services.parks.models import Bench" in (
        tmp_path / "mycity" / "services" / "parks" / "pages.py"
    ).read_text("utf-8")
    assert (tmp_path / "mycity" / "services" / "parks" / "templates" / "parks" / "benches.html").exists()
    assert '"parks"]' in (tmp_path / "city-parks" / "city.toml").read_text("utf-8")


@pytest.mark.parametrize("name", ["Parking", "2parking", "parking_", "par-king", "p" * 31])
def test_a_name_that_is_none_is_refused_in_a_sentence(tmp_path, name):
    words = [sys.executable, "-m", "candia.cli", "new", name, "--outside", "far"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=tmp_path, env=environ, capture_output=True, check=False)

    assert done.returncode == 2
    assert b"lower-case words" in done.stderr
    assert not (tmp_path / "far").exists()


def test_what_can_not_be_tested_is_said_with_what_to_do(monkeypatch):
    unknown = CliRunner().invoke(app, ["test", "nowhere"], env={"COLUMNS": "300"})
    monkeypatch.setattr("candia.commands.test.TOOLS", {"pytest": "pytest", "no_such_tool": "no-such-tool"})
    without = CliRunner().invoke(app, ["test", "water"])

    assert "nowhere: not installed here. Installed are: " in unknown.output
    assert without.exit_code == 1
    assert "pip install no-such-tool" in without.output
