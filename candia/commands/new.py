"""`candia new`: the folder of a new service that already does something, for whoever goes on from there."""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Annotated

import typer

app = typer.Typer()
CANDIA = Path(__file__).parents[1]
# What is written, each file under its own name with `.txt` behind it: as it stands it is no Python yet.
BLANK = Path(__file__).parent / "new_service"


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The service's name: lower-case English, such as air_quality.")],
    thing: Annotated[
        str, typer.Option(help="Its first kind of entity, in the singular, such as station.")
    ] = "station",
    greek: Annotated[str, typer.Option(help="The service's name in Greek, such as «Αέρας».")] = "",
    thing_greek: Annotated[
        str, typer.Option(help="One of its things, and several of them, in Greek.")
    ] = "Σταθμός, Σταθμοί",
    package: Annotated[str, typer.Option(help="The package to write into.")] = "candia.services",
    outside: Annotated[
        Path | None,
        typer.Option(help="Write a package of its own into this folder, with its pyproject.toml."),
    ] = None,
) -> None:
    """Write a service that does something: things that are measured, told, judged, shown and given away.

    It has an entity with attributes, a property, two rules, an order, a dataset, a list, a page and a map for
    everyone, a page for the desk, Greek words, a sample and tests; and beside it lies a city that has it.
    """
    for word in (name, thing):
        if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", word) or len(word) > LONGEST:
            raise typer.BadParameter(f"{word!r} must be lower-case words, such as 'air' or 'air_quality'.")
    if name == thing:
        raise typer.BadParameter(f"A service and its things need two names; both are {name!r}.")
    home = f"candia_{name}" if outside else f"{package}.{name}"
    words = {**_words(name, thing), **_greek(name, greek, thing_greek), "package": home}
    root = outside or Path()
    folder = root.joinpath(*home.split("."))
    city = root / ("city" if outside else f"city-{name}")
    for taken in (folder, city, *([root / "pyproject.toml"] if outside else [])):
        if taken.exists():
            raise typer.BadParameter(f"{taken} exists already. Choose another name, or another folder.")
    _write(BLANK, folder, words)
    if outside:
        _write(BLANK / "outside", root, words)
    _finish(folder)
    from candia.city.derive import derive

    derive(city, name)
    _say(name, home, root, folder, city, outside=bool(outside))


LONGEST = 30


def _words(name: str, thing: str) -> dict[str, str]:
    """The names in the forms that code and pages take them in."""
    things = _plural(thing)
    core = sorted(path.stem for path in (CANDIA / "core" / "migrations").glob("0*.py"))
    return {
        "name": name,
        "Title": _spoken(name),
        "name_dashed": name.replace("_", "-"),
        "mailbox": name.replace("_", "."),
        "thing": thing,
        "things": things,
        "Thing": "".join(part.capitalize() for part in thing.split("_")),
        "Thing_words": _spoken(thing),
        "thing_words": thing.replace("_", " "),
        "Things": _spoken(things),
        "thing_dashed": thing.replace("_", "-"),
        "things_dashed": things.replace("_", "-"),
        "core_migration": core[-1],
    }


def _greek(name: str, greek: str, things: str) -> dict[str, str]:
    one, _comma, several = (part.strip() for part in things.partition(","))
    return {"title_el": greek or _spoken(name), "thing_el": one, "things_el": several or one}


def _spoken(word: str) -> str:
    return word.replace("_", " ").capitalize()


def _plural(word: str) -> str:
    if re.search(r"(s|x|z|ch|sh)$", word):
        return f"{word}es"
    return re.sub(r"([^aeiou])y$", r"\1ie", word) + "s"


def _write(blank: Path, folder: Path, words: dict[str, str]) -> None:
    """Write each file of a blank, with the names in it; what is for a package of its own has a blank of its own."""
    for path in sorted(blank.rglob("*.txt")):
        place = path.relative_to(blank)
        if place.parts[0] == "outside":
            continue
        target = folder / Template(str(place.with_suffix(""))).substitute(words)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Template(path.read_text("utf-8")).substitute(words), "utf-8")


def _finish(folder: Path) -> None:
    """Lay it out and compile its words, where the tools for that are: longer names break lines elsewhere."""
    if find_spec("ruff"):
        ruff = [sys.executable, "-m", "ruff"]
        subprocess.run([*ruff, "check", "--quiet", "--select", "I", "--fix", folder], check=False)
        subprocess.run([*ruff, "format", "--quiet", folder], check=False)
    if tool := shutil.which("djangofmt", path=Path(sys.executable).parent):
        layout = ["--line-length", "116", "--indent-width", "2", "--profile", "django", "--quiet"]
        subprocess.run([tool, *layout, folder], check=False, capture_output=True)
    if find_spec("babel"):
        from candia import translations

        translations.compile(folder, "el")


def _say(name: str, home: str, root: Path, folder: Path, city: Path, *, outside: bool) -> None:
    """What to do next."""
    steps = {
        f"pip install -e {root}": "",
        f"candia words {folder}": "what it says, and what is not translated",
        f"candia test {name}": "the contract over everything that it declares",
        f"CANDIA_CITY={city / 'city.toml'} candia run": "a city that has it",
    }
    if not outside:
        del steps[f"pip install -e {root}"]
        entry = f'{name} = "{home}.service:service"'
        steps = {
            entry: 'in pyproject.toml, at [project.entry-points."candia.services"]; install again',
            **steps,
        }
    typer.echo(f"{folder} is written. Read service.py first: it says all that the service is. Next:")
    for step, why in steps.items():
        typer.echo(f"  {step}" + (f"    # {why}" if why else ""))
