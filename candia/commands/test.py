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


@app.command()
def test(
    names: Annotated[list[str], typer.Argument(help="Services, as they are installed.")],
    only: Annotated[str, typer.Option("-k", help="Only what pytest's -k finds, such as rules.")] = "",  # noqa: PT028
) -> None:
    """Run the contract over a service, whoever wrote it, and the tests that it keeps itself.

    Each thing that it declares is tried: commands refuse strangers and record one event, rules fire, stay silent
    and admit not to know, pages answer in both languages, orders come to their end, words are translated. The
    samples for it stand in `tests/samples.py` of the service.
    """
    if away := sorted(set(names) - installed().keys()):
        known = ", ".join(sorted(installed()))
        raise typer.BadParameter(f"{', '.join(away)}: not installed here. Installed are: {known}.")
    if missing := [tool for module, tool in TOOLS.items() if find_spec(module) is None]:
        typer.echo(f"The tests need tools that a city does not: pip install {' '.join(missing)}", err=True)
        raise typer.Exit(1)
    raise typer.Exit(run(names, only))


def run(names: list[str], only: str) -> int:
    """Run pytest in a process of its own, as settings are read once in each; its exit code."""
    from candia.city.derive import derive

    own = [f"{package(installed()[name])}.tests" for name in names]
    with tempfile.TemporaryDirectory(prefix="candia-test-city-") as folder:
        city = derive(Path(folder) / "city", *names)
        told = {**os.environ, "TEST_CITY": str(city), "TEST_SERVICE": ",".join(names)}
        ini = ["-c", str(CONTRACT / "pytest.ini"), "--rootdir", str(CONTRACT), "--no-header"]
        words = [*(["-k", only] if only else []), "--pyargs", "candia.contract", *filter(find_spec, own)]
        return subprocess.run(
            [sys.executable, "-m", "pytest", *ini, *words], env=told, check=False
        ).returncode
