"""One sample of everything that trees declares, for Candia's contract tests."""

from typing import Any

from candia.core.access import Grant, Person
from candia.core.page import Page
from candia_trees.models import Tree

rules: dict[str, Any] = {}


def commands() -> dict[str, dict[str, Any]]:
    """One valid call of each command."""
    gardener = Person.objects.create_user("gardener@example.gr")
    Grant.objects.create(person=gardener, role=Grant.OPERATOR, service="trees")
    return {
        "plant_tree": {"by": gardener, "number": "1", "species": "Πλάτανος", "lon": 25.134, "lat": 35.339}
    }


def datasets() -> None:
    """A tree to give away."""
    Tree.objects.create(id="trees.tree:2", name="Ελιά", species="Ελιά", lon=25.13, lat=35.34)


def pages() -> dict[str, dict[str, Any]]:
    """The arguments of each page's address: none needs any."""
    return {}


def reader(page: Page) -> Person | None:
    """Nobody in particular."""
    return None
