"""Sample people: who lives in the sample city, and who works there for which service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SamplePerson:
    """Somebody of the sample city: nobody real; `roles` are pairs of a role and the service it is for."""

    email: str
    name: str
    roles: tuple[tuple[str, str], ...] = ()
