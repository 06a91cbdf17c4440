"""`candia words`: the translations of a service, also of one that is not Candia's own."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer()
console = Console(soft_wrap=True, highlight=False)


@app.command()
def words(
    folder: Annotated[Path, typer.Argument(help="The folder of the service.", exists=True, file_okay=False)],
    language: Annotated[str, typer.Option(help="The language that is translated to.")] = "el",
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail where something is lacking.")
    ] = False,
    tidy: Annotated[bool, typer.Option("--tidy", help="Take out what nobody says any more.")] = False,
) -> None:
    """Gather what a service says into its catalogue, say what is not translated, and compile the rest.

    The catalogue is locale/<language>/LC_MESSAGES/django.po within the folder; only it is changed. What the floors
    below have translated already (Save, Cancel, …) needs no translation of its own. A word that is translated
    otherwise elsewhere is told: to the city all catalogues are one, so give it a context (pgettext).
    """
    from candia import translations

    elsewhere = dict(translations.elsewhere(folder, language))
    found = translations.examine(folder, language, elsewhere)
    for (context, singular, _), path in found.untranslated.items():
        console.print(f"not translated: {singular!r}{f' ({context})' if context else ''}, in {path}")
    for _, singular, _ in found.unused:
        console.print(f"nobody says this any more: {singular!r}")
    clashing = translations.clashes(folder, language, elsewhere)
    for (_, singular, _), (own, other) in clashing.items():
        console.print(
            f"two translations: {singular!r} is {own!r} here and {other!r} elsewhere. Give it a context."
        )
    if not check:
        path = translations.write(folder, language, found.untranslated, found.unused if tidy else ())
        translations.compile(folder, language)
        console.print(f"{path} has {len(translations.translated(folder, language))} translations.")
    elif found.untranslated or clashing:
        raise typer.Exit(1)
