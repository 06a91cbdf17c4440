"""Checks at the start: what a kind declares of participation can be kept."""

from __future__ import annotations

from collections.abc import Iterator

from candia.core.service import entity_kinds
from candia.participation.declaration import of


def check() -> Iterator[str]:
    """A sentence for each declaration that contradicts its kind."""
    for name, kind in entity_kinds().items():
        declared = of(kind)
        if declared.hide and "hidden" not in {field.name for field in kind._meta.get_fields()}:
            yield f"{name} lets moderators hide a thing and has no field `hidden`."
