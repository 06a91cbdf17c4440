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
    all = "all"


@app.command()
def bench(
    what: Annotated[Bench, typer.Argument(help="What to measure.")] = Bench.all,
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="In two minutes: shorter, smaller, and worth less.")
    ] = False,
    rows: Annotated[
        int, typer.Option(help="Readings in the store bench; whole days of 100,000 meters.", min=2_400_000)
    ] = 21_600_000,
    out: Annotated[Path, typer.Option(help="The folder that the figures are written to.")] = Path(
        "bench/results"
    ),
) -> None:
    """Measure Candia on this machine, in a city of its own; prints tables and writes JSON.

    How each figure comes about is told in docs/bench.md. Nothing else should run meanwhile.
    """
    if what in {Bench.store, Bench.all}:
        _program("store").run(out, 2_400_000 if quick else rows)


def _program(name: str) -> ModuleType:
    """A program of bench/, which is part of the source and not of the package."""
    if not (ROOT / "bench" / f"{name}.py").is_file():
        typer.secho(
            "The benches are not installed with Candia: run `make bench` in its source.", err=True, fg="red"
        )
        raise typer.Exit(1)
    sys.path.insert(0, str(ROOT))
    return import_module(f"bench.{name}")
