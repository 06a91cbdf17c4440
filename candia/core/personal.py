"""What a service keeps about persons: why, how long, and how it is handed over and erased."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from candia.core.access import Person


@dataclass(frozen=True, kw_only=True)
class PersonalData:
    """One record of processing (GDPR art. 30) with the two rights that follow from it.

    `export` answers with what is kept, as plain values (art. 15, 20); `erase` removes or unlinks it
    (art. 17) and runs within the transaction that erases the account.
    """

    name: str
    purpose: str | Promise
    term: str | Promise
    export: Callable[[Person], Any]
    erase: Callable[[Person], None]
