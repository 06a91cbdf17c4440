"""`candia run` and `candia part`: a whole city, or one of its processes."""

import asyncio
import contextlib
import os
from enum import StrEnum
from typing import Annotated

import typer

from candia.config import Config, ConfigError
from candia.engines.part import MISCONFIGURED, StartError

app = typer.Typer()


class PartName(StrEnum):
    """The parts that are Candia's own code."""

    migrate = "migrate"
    ingest = "ingest"
    gateway = "gateway"
    jobs = "jobs"
    play = "play"
    web = "web"


@app.command()
def run(
    *,
    engines: Annotated[
        bool, typer.Option("--engines", help="Start the databases and the stream alone, for work on Candia.")
    ] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", help="Start the parts again whose code changes; a new migration wants a new run."
        ),
    ] = False,
) -> None:
    """Start the city and watch it: what falls is started again, Ctrl-C stops all."""
    from candia import run as composition

    try:
        config = Config.read(os.environ)
        asyncio.run(composition.run(config, _say, only_engines=engines, watch=watch))
    except OSError as error:
        typer.secho(
            f"CANDIA_HOME is {config.home}, which can't be used: {error}.", err=True, fg=typer.colors.RED
        )
        raise typer.Exit(1) from error
    except (ConfigError, StartError) as error:
        typer.secho(str(error), err=True, fg=typer.colors.RED)
        raise typer.Exit(1) from error


def _say(text: str) -> None:
    """Say it to whoever watches; they may have gone away, and the terminal with them, and the city goes on."""
    with contextlib.suppress(OSError):
        typer.echo(text)


@app.command()
def part(name: Annotated[PartName, typer.Argument(help="Which one.")]) -> None:
    """Run one part in this process, as `candia run` does for each, or the supervisor of a cluster."""
    from candia.parts import PARTS
    from candia.startup_checks import refuse_unsafe

    try:
        config = Config.read(os.environ)
        refuse_unsafe(config, os.environ)
        PARTS[name](config)
    except (ConfigError, StartError) as error:
        typer.secho(str(error), err=True, fg=typer.colors.RED)
        raise typer.Exit(MISCONFIGURED) from error
