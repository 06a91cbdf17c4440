"""Sample progress: how far the sample city is, while it is being filled and its pages are open already."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class Filling:
    """The service that is being filled, and how many of how many are done."""

    service: str
    done: int
    total: int


def filling() -> Filling | None:
    """How far it is; None where nothing is being filled."""
    try:
        service, done, total = _note().read_text("utf-8").split()
    except (FileNotFoundError, ValueError):
        return None
    return Filling(service, int(done), int(total))


def note(far: Filling) -> None:
    """Say how far it is; whoever fills it says in the end that it is over."""
    _note().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _note().write_text(f"{far.service} {far.done} {far.total}", "utf-8")


def over() -> None:
    """Nothing is being filled any more."""
    _note().unlink(missing_ok=True)


def _note() -> Path:
    home: Path = settings.CANDIA.home
    return home / "run" / "sample_filling"
