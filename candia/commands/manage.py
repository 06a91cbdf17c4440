"""`candia manage`: Django's own commands, for those who work on Candia."""

import os
from typing import Annotated

import typer

app = typer.Typer()


@app.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
def manage(
    words: Annotated[
        list[str] | None, typer.Argument(help="A command of Django with its options, such as makemigrations.")
    ] = None,
) -> None:
    """Run a command of Django within the city's settings."""
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "candia.web.settings")
    execute_from_command_line(["candia manage", *(words or [])])
