"""The `candia` command: starts a city, checks its settings, and gives each subject its own verbs."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def candia() -> None:
    """The open platform for a city that answers to its citizens."""


@app.command()
def run(
    *,
    engines: Annotated[bool, typer.Option("--engines", help="Start the engines alone.")] = False,
) -> None:
    """Start the city and watch it until Ctrl-C."""
    from candia.config import Config, ConfigError
    from candia.engines.part import StartError
    from candia.run import run as run_city

    try:
        config = Config.read(os.environ)
        asyncio.run(run_city(config, typer.echo, only_engines=engines))
    except (ConfigError, StartError) as error:
        typer.secho(str(error), err=True, fg=typer.colors.RED)
        raise typer.Exit(1) from error


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
