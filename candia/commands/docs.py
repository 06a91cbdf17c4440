"""`candia docs`: the reference of every service, written from its declaration so that it can't lie."""

from pathlib import Path
from typing import Annotated

import typer

from candia.core.startup import start_django

app = typer.Typer()


@app.command()
def docs(
    folder: Annotated[Path, typer.Argument(help="Where the pages go.")] = Path("docs/services"),
    check: Annotated[bool, typer.Option("--check", help="Only say whether they are up to date.")] = False,
) -> None:
    """Write one page for each service: what it knows, hears, does, shows and gives away."""
    start_django()
    from candia.core.reference import pages

    stale = [name for name, text in pages().items() if not _same(folder / f"{name}.md", text)]
    if check and stale:
        typer.echo(f"These pages are out of date: {', '.join(stale)}. Run `candia docs`.", err=True)
        raise typer.Exit(1)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / f"{name}.md").write_text(text, "utf-8")


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text("utf-8") == text
