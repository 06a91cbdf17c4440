"""The `candia` command: its verbs, one module a subject, and those that services bring along."""

from __future__ import annotations

import os
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

import typer

from candia import commands
from candia.core.installed import installed, package

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


# What these write is no city's state, and is meant for others.
OUTSIDE = {"new", "docs", "words"}


@app.callback()
def candia(context: typer.Context) -> None:
    """The open platform for a city that answers to its citizens.

    **candia run** starts a city: the sample one, unless you name your own `city.toml` in CANDIA_CITY. Its
    databases, its stream and its web come up under one folder, CANDIA_HOME, and stop with Ctrl-C.

    **candia check** lists every setting, with what it means, and says what is wrong.

    Settings are environment variables, CANDIA_…; a secret may also stand in a file that CANDIA_…_FILE names.
    The whole story is in docs/run.md.
    """
    if context.invoked_subcommand not in OUTSIDE:
        # Whatever lies under the home is for its owner alone.
        os.umask(0o077)


def _consoles() -> Iterator[str]:
    """The modules with verbs: Candia's own, and `console` of whatever is installed, switched on or not."""
    yield from (f"candia.commands.{module.name}" for module in pkgutil.iter_modules(commands.__path__))
    for point in installed().values():
        if find_spec(console := f"{package(point)}.console"):
            yield console


for _name in _consoles():
    app.add_typer(import_module(_name).app)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
