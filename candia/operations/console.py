"""`candia feeds`: what is fetched from elsewhere, from the console of the machine the city runs on."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from candia.devices.console import console, fail, records

app = typer.Typer()
feeds = typer.Typer(
    no_args_is_help=True,
    help="""
    Feeds: what services fetch from elsewhere, such as the weather or other networks' sensors.

    Which they are, the services declare; the city says in `city.toml` from where, or that it wants none
    (`[feeds.<service>]`), and in CANDIA_FEED_SECRETS with which secrets.
    """,
)
app.add_typer(feeds, name="feeds")


@feeds.command()
def status() -> None:
    """List the feeds: where from, how each does, when it last brought something, and why not."""
    with records():
        from candia.operations.feeds.health import healths

        told = ("Feed", "From", "State", "Last answer (UTC)", "Last news (UTC)", "Things", "What is wrong")
        table = Table(*told)
        for one in healths():
            state = one.state if one.is_on else None
            moments = [_moment(state.succeeded), _moment(state.changed)] if state else ["", ""]
            things = str(state.things) if state else ""
            wrong = " ".join(filter(None, (one.failure, str(one.form))))
            table.add_row(one.name, one.host, one.badge[0], *moments, things, wrong)
    Console().print(table)


@feeds.command()
def fetch(feed: Annotated[str, typer.Argument(help="Its name, such as air.sensors.")]) -> None:
    """Fetch a feed now, and say what came of it."""
    with records():
        from candia.operations.feeds.health import healths
        from candia.operations.feeds.rounds import fetch_feed

        found = next((one for one in healths() if one.name == feed), None)
        if found is None:
            fail(f"There is no feed {feed!r}. `candia feeds status` shows them all.")
        if not found.is_on:
            where = f"[feeds.{found.service.name}]"
            fail(f"This city does not fetch {feed}. Name its address in city.toml, under {where}.")
        fetch_feed(feed=feed)
        now = next(one for one in healths() if one.name == feed)
        if wrong := now.failure or now.form:
            fail(f"{feed}: {wrong}")
        console.print(f"{feed} tells of {now.state.things} things." if now.state else "")


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" if at else ""
