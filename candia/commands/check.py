"""`candia check`: what is set, and what is wrong with it, without starting anything."""

import os
from collections.abc import Callable, Iterator

import typer
from rich.console import Console
from rich.table import Table

from candia.config import Config, ConfigError, settings
from candia.engines.part import StartError

app = typer.Typer()
console = Console()


@app.command()
def check() -> None:
    """List the settings, and say what is wrong with them, the city, the home and the ports; start nothing."""
    console.print(_settings())
    problems = list(_problems())
    for problem in problems:
        console.print(f"[red]✗[/red] {problem}", highlight=False, soft_wrap=True)
    if problems:
        raise typer.Exit(1)
    console.print("[green]✓[/green] Nothing is wrong: `candia run` starts the city.")


def _settings() -> Table:
    table = Table("Setting", "Value", "What it is", box=None, pad_edge=False, header_style="bold")
    for setting in settings:
        name = f"CANDIA_{setting.name}"
        value = os.environ.get(name) or os.environ.get(f"{name}_FILE", "")
        if setting.secret:
            name += "[dim] (or _FILE)[/dim]"
            value = "•••" if value else ""
        table.add_row(name, value or f"[dim]{setting.default}[/dim]", setting.meaning)
    return table


def _problems() -> Iterator[str]:
    from candia import run
    from candia.engines.home import FIRST_START, LEAST_FREE, Home, check_space, is_new
    from candia.startup_checks import refuse_unsafe

    try:
        config = Config.read(os.environ)
    except ConfigError as error:
        yield str(error)
        return
    probes: list[Callable[[], object]] = [
        lambda: refuse_unsafe(config, os.environ),
        lambda: check_space(config.home, FIRST_START if is_new(config.home) else LEAST_FREE),
        lambda: run.check_given(config, os.environ),
    ]
    # Where a city runs, the ports are its own.
    if not Home(config.home).holder():
        probes.append(lambda: run.check_ports(config, os.environ))
    for probe in probes:
        try:
            probe()
        except (ConfigError, StartError) as error:
            yield from str(error).splitlines()
    yield from run.declared_wrong()
