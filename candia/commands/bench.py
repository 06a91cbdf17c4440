"""`candia bench`: what is measured of this city's parts, against whom; the programs stand in bench/."""

import sys
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

app = typer.Typer()
ROOT = Path(__file__).parents[2]


class Bench(StrEnum):
    """What can be measured; `all` is each of them."""

    store = "store"
    ingest = "ingest"
    web = "web"
    first_view = "first-view"
    memory = "memory"
    orders = "orders"
    search = "search"
    services = "services"
    all = "all"


@app.command()
def bench(
    what: Annotated[Bench, typer.Argument(help="What to measure.")] = Bench.all,
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="In a few minutes: shorter, smaller, and worth less.")
    ] = False,
    rows: Annotated[
        int, typer.Option(help="Readings in the store bench; whole days of 20,000 meters.", min=480_000)
    ] = 14_400_000,
    out: Annotated[Path, typer.Option(help="The folder that the figures are written to.")] = Path(
        "bench/results"
    ),
    table: Annotated[
        bool, typer.Option("--table", help="Measure nothing: print what is in that folder, as docs show it.")
    ] = False,
) -> None:
    """Measure Candia on this machine, in a city of its own; prints tables and writes JSON.

    How each figure comes about is told in docs/bench.md. Nothing else should run meanwhile.
    """
    if table:
        typer.echo(_program("report").written(out))
        return
    _program("suite").run(what.value, out, rows=1_440_000 if quick else rows, quick=quick)


def _program(name: str) -> ModuleType:
    """A program of bench/, which is part of the source and not of the package."""
    if not (ROOT / "bench" / f"{name}.py").is_file():
        typer.secho(
            "The benches don't come with the installed package: run `make bench` in Candia's source.",
            err=True,
            fg=typer.colors.RED,
        )
        raise typer.Exit(1)
    sys.path.insert(0, str(ROOT))
    return import_module(f"bench.{name}")
