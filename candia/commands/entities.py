"""`candia load`: entities from tables and maps, and the city's real boundary."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from candia.core.startup import start_django

app = typer.Typer(no_args_is_help=True)
console = Console(stderr=True)


@app.command()
def load(
    file: Annotated[
        Path | None, typer.Argument(help="A .csv table or a .geojson map.", exists=True, dir_okay=False)
    ] = None,
    kind: Annotated[str, typer.Option(help="The kind of entity, such as water.meter.")] = "",
    zones: Annotated[
        Path | None, typer.Option(help="A .geojson of zones; each entity gets the one it lies in.")
    ] = None,
    boundary: Annotated[
        Path | None,
        typer.Option(help="A .geojson with the city's real boundary, shown on every map.", exists=True),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen and change nothing.")
    ] = False,
) -> None:
    """Make or change entities, one for each row; bad rows are listed and the others go on."""
    start_django()
    if boundary:
        _keep_boundary(boundary)
    if file:
        _load_entities(file, kind, zones, dry_run)
    if not (file or boundary):
        console.print("Name a file of entities with its --kind, or a --boundary.")
        raise typer.Exit(2)


def _keep_boundary(file: Path) -> None:
    from django.conf import settings
    from shapely import make_valid
    from shapely.geometry import mapping, shape
    from shapely.ops import unary_union

    from candia.core.load import read

    area = unary_union([make_valid(shape(row["geometry"])) for row in read(file)])
    west, south, east, north = area.bounds
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004 — degrees
        console.print(f"{file.name} is not in degrees (WGS84). Convert it to EPSG:4326 first.")
        raise typer.Exit(1)
    kept = settings.CANDIA.home / "city" / "boundary.geojson"
    kept.parent.mkdir(parents=True, exist_ok=True)
    feature = {"type": "Feature", "properties": {}, "geometry": mapping(area)}
    kept.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    console.print(f"The boundary is kept and shown on every map from now on ({area.geom_type}).")


def _load_entities(file: Path, kind: str, zones: Path | None, dry_run: bool) -> None:
    from candia.core.load import load as take
    from candia.core.load import read, zones_of
    from candia.core.service import entity_kinds

    model = entity_kinds().get(kind)
    if model is None:
        known = ", ".join(sorted(entity_kinds()))
        console.print(f"There is no kind {kind!r}. This city knows: {known}.")
        raise typer.Exit(2)
    total = sum(1 for _ in read(file))
    with Progress(console=console) as progress:
        task = progress.add_task(f"{file.name} → {kind}", total=total)
        report = take(
            file,
            model,
            zones=zones_of(zones) if zones else None,
            dry_run=dry_run,
            step=lambda: progress.advance(task),
        )
    _tell(report.bad)
    would = "would be " if dry_run else ""
    changes = f"{report.made} {would}made, {report.changed} {would}changed"
    console.print(f"{changes}, {report.same} as they were, {len(report.bad)} bad.")
    raise typer.Exit(1 if report.bad else 0)


def _tell(bad: list[tuple[int, str]]) -> None:
    if not bad:
        return
    table = Table("row", "what is wrong")
    for number, sentence in bad:
        table.add_row(str(number), sentence)
    console.print(table)
