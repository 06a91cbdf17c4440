"""`candia new`: the folder of a new service, small and already working."""

import re
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()

service_py = '''"""{Name}: say in one sentence what this service does for the city."""

from django.utils.translation import gettext_lazy as _

from candia.core.page import Menu, Page
from candia.core.service import Service
from {package} import commands, pages
from {package}.models import {Thing}

service = Service(
    name="{name}",
    title=_("{Name}"),
    description=_("Say here what it is for."),
    entities=({Thing},),
    commands=(commands.add_{thing},),
    pages=(Page(view=pages.{thing}s, title=_("{Name}"), menu=Menu.SEE),),
)
'''

models_py = '''"""The things of {name}."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from candia.core.entity import Entity


class {Thing}(Entity):
    """Say what one {thing} is."""

    kind = "{name}.{thing}"
    title = _("{Thing}")

    note = models.TextField(blank=True)

    @classmethod
    def published(cls) -> models.QuerySet["{Thing}"]:
        """All of them: nothing here is personal."""
        return cls.objects.all()
'''

commands_py = '''"""What people may ask of {name}."""

from django.utils.translation import gettext_lazy as _

from candia.core.access import operator
from candia.core.command import command
from candia.core.event import Happened
from {package}.models import {Thing}


@command(event="{name}.{thing}_added", title=_("{Thing} added"), may=operator("{name}"))
def add_{thing}(by: object, *, local_id: str, name: str) -> Happened:
    """Add a {thing} under an id of its own."""
    thing = {Thing}.objects.create(id=f"{name}.{thing}:{{local_id}}", name=name)
    return Happened(thing)
'''

pages_py = '''"""The pages of {name}."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from {package}.models import {Thing}


def {thing}s(request: HttpRequest) -> HttpResponse:
    """Everything there is, for everyone."""
    return render(request, "{name}/{thing}s.html", {{"things": {Thing}.objects.order_by("name")}})
'''

page_html = """{{% extends "portal.html" %}}
{{% load i18n %}}
{{% block title %}}{{% translate "{Name}" %}}{{% endblock %}}
{{% block main %}}
<h1>{{% translate "{Name}" %}}</h1>
<ul>
  {{% for thing in things %}}<li>{{{{ thing.name }}}}</li>
  {{% empty %}}<li>{{% translate "Nothing yet." %}}</li>{{% endfor %}}
</ul>
{{% endblock %}}
"""

samples_py = '''"""One sample of everything that {name} declares, for the contract tests."""

from typing import Any

from candia.core.access import Grant, Person
from candia.core.page import Page

rules: dict[str, Any] = {{}}


def commands() -> dict[str, dict[str, Any]]:
    """One valid call of each command."""
    operator = Person.objects.create_user("operator.{name}@example.gr")
    Grant.objects.create(person=operator, role=Grant.OPERATOR, service="{name}")
    return {{"add_{thing}": {{"by": operator, "local_id": "1", "name": "First"}}}}


def pages() -> dict[str, dict[str, Any]]:
    """The arguments of each page's address."""
    return {{}}


def reader(page: Page) -> Person | None:
    """Somebody who may open the page; None where everyone may."""
    return None
'''


@app.command()
def new(
    name: Annotated[
        str, typer.Argument(help="The service's name: one lower-case English noun, such as trees.")
    ],
    thing: Annotated[str, typer.Option(help="Its first kind of entity, in the singular.")] = "item",
    package: Annotated[str, typer.Option(help="The package to write into.")] = "candia.services",
) -> None:
    """Write the folder of a new service: an entity, a command, a page and its samples."""
    for word in (name, thing):
        if not re.fullmatch(r"[a-z][a-z0-9]{1,30}", word):
            raise typer.BadParameter(f"{word!r} must be lower-case letters and digits, such as 'trees'.")
    folder = Path(*package.split("."), name)
    if folder.exists():
        raise typer.BadParameter(f"{folder} exists already. Choose another name.")
    words = {
        "name": name, "Name": name.capitalize(), "thing": thing, "Thing": thing.capitalize(),
        "package": f"{package}.{name}",
    }  # fmt: skip
    for path, text in _files(name, thing).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.format(**words), "utf-8")
    typer.echo(f"{folder} is written. Next:")
    typer.echo('  1. in pyproject.toml, under [project.entry-points."candia.services"]:')
    typer.echo(f'     {name} = "{package}.{name}.service:service"      (then install again)')
    typer.echo(f'  2. in city.toml: add "{name}" to services')
    typer.echo(f"  3. candia manage makemigrations {name}")


def _files(name: str, thing: str) -> dict[str, str]:
    return {
        "__init__.py": '"""{Name}, a service of the city."""\n',
        "service.py": service_py,
        "models.py": models_py,
        "commands.py": commands_py,
        "pages.py": pages_py,
        f"templates/{name}/{thing}s.html": page_html,
        "tests/__init__.py": "",
        "tests/samples.py": samples_py,
    }
