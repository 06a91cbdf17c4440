"""`candia backtest`: which night-flow alerts a recording would have opened, with the city's own thresholds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from candia.core.startup import start_django

if TYPE_CHECKING:
    from candia.services.water.backtest import Found

app = typer.Typer()
console = Console()


@app.command()
def backtest(
    name: Annotated[str, typer.Argument(help="The recording.")] = "bwdf",
    cache: Annotated[
        Path | None, typer.Option(help="Where what was read is kept; by default the home.")
    ] = None,
) -> None:
    """Run the night-flow rule night by night over a recording, and list the alerts it would have opened.

    Each night it sees what it would have seen then; nothing is stored, and no engine is needed.
    """
    start_django()
    from django.conf import settings

    from candia.core.jobs import thresholds
    from candia.core.service import services
    from candia.services.water import backtest as night_by_night
    from candia.telemetry.recordings import recordings

    if name not in recordings:
        raise typer.BadParameter(f"{name!r} is no recording. There are: {', '.join(recordings)}.")
    rule = services()["water"].rule("night_flow")
    recorded = recordings[name].load(cache or settings.CANDIA.home / "cache")
    limits = thresholds("water", rule)
    found = night_by_night.run(night_by_night.nights(recorded), rule.settle, **limits)
    console.print(_table(found))
    console.print(_years(found))
    console.print(
        f"{len(found)} alerts with {', '.join(f'{word} = {value}' for word, value in limits.items())}."
    )


def _table(found: list[Found]) -> Table:
    table = Table("district", "opened", "closed", "nights", "usual, L/s", "tonight, L/s", "rise, m³/day")
    for column in table.columns[1:3]:
        column.no_wrap = True
    for alert in found:
        table.add_row(
            alert.district.partition(":")[2],
            str(alert.opened),
            str(alert.closed or "–"),
            str(len(alert.stood)),
            f"{alert.evidence['usual']:.2f}",
            f"{alert.evidence['tonight']:.2f}",
            f"{alert.rise * 86.4:.0f}",
        )
    return table


def _years(found: list[Found]) -> Table:
    counts = Counter((alert.district.partition(":")[2], alert.opened.year) for alert in found)
    years = sorted({year for _district, year in counts})
    table = Table("district", *map(str, years), "together", title="Alerts opened")
    for district in sorted({district for district, _year in counts}):
        own = [counts[district, year] for year in years]
        table.add_row(district, *map(str, own), str(sum(own)))
    return table
