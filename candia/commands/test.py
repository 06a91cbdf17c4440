"""`candia test`: the contract over one service, in a city and with engines that are made for it and thrown away."""

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from candia.core.installed import installed, package

app = typer.Typer()
CONTRACT = Path(__file__).parents[1] / "contract"
# What it is run with, which a running city does not need: the module, and what to install for it.
TOOLS = {
    "pytest": "pytest",
    "pytest_asyncio": "pytest-asyncio",
    "pytest_django": "pytest-django",
    "babel": "babel",
}


@app.command(context_settings={"ignore_unknown_options": True})
def test(
    name: Annotated[str, typer.Argument(help="The service, as it is installed.")],
    words: Annotated[list[str] | None, typer.Argument(help="Words for pytest, such as -k pages.")] = None,
) -> None:
    """Run the contract over one service, whoever wrote it, and the tests that it keeps itself.

    Each thing that it declares is tried: commands refuse strangers and record one event, rules fire, stay silent and
    admit not to know, pages answer in both languages, orders come to their end, words are translated. The samples
    for it stand in `tests/samples.py` of the service.
    """
    if name not in installed():
        raise typer.BadParameter(f"{name!r} is not installed. Installed are: {', '.join(sorted(installed()))}.")
    if missing := [tool for module, tool in TOOLS.items() if find_spec(module) is None]:
        typer.echo(f"The tests need tools that a city does not: pip install {' '.join(missing)}", err=True)
        raise typer.Exit(1)
    raise typer.Exit(run(name, words or []))


def run(name: str, words: list[str]) -> int:
    """Run pytest in a process of its own, as settings are read once in each; its exit code."""
    from candia.city.derive import derive

    where = ["candia.contract"]
    if find_spec(own := f"{package(installed()[name])}.tests"):
        where.append(own)
    with tempfile.TemporaryDirectory(prefix="candia-test-city-") as folder:
        city = derive(Path(folder) / "city", name)
        told = {**os.environ, "TEST_CITY": str(city), "TEST_SERVICE": name}
        ini = ["-c", str(CONTRACT / "pytest.ini"), "--rootdir", str(CONTRACT)]
        asked = [sys.executable, "-m", "pytest", *ini, *words, "--pyargs", *where]
        return subprocess.run(asked, env=told, check=False).returncode
