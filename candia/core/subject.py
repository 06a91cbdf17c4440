"""Subject: what else than a thing of the city files may hang on, and who may read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from candia.core.access import Person


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A kind of ids, such as `operations.work_order` of `operations.work_order:17`.

    `visible` answers whether a person (None: whoever comes) may read the one of this id, and so its files; it is
    asked at each read. Entities need no subject: theirs are as visible as they are.
    """

    kind: str
    visible: Callable[[str, Person | None], bool]
