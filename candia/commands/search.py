"""`candia search`: the index of what is published, made anew."""

import typer

from candia.core.startup import start_django

app = typer.Typer(no_args_is_help=True)
search = typer.Typer(no_args_is_help=True, help="What people search in the portal.")
app.add_typer(search, name="search")


@search.callback()
def _search() -> None:
    """What people search in the portal."""


@search.command()
def rebuild() -> None:
    """Write anew what published things, pages and datasets are found by; the city may run meanwhile."""
    start_django()

    from candia.core import search_index

    counts = search_index.rebuild()
    typer.echo(
        f"{counts.total:,} can be found: {counts.written:,} were written, {counts.gone:,} taken away, "
        f"{counts.total - counts.written:,} stood as they were."
    )
