"""Numbers as strangers tell them: in an address, in a form, in the key of something."""

from __future__ import annotations

import re

# What a bigint surely holds. Python refuses to read thousands of digits, and reads those of other scripts as well.
_digits = re.compile(r"[0-9]{1,18}")


def number_of(told: str | None, otherwise: int = 0) -> int:
    """The whole number that is told; `otherwise` for what can be none of a row: no digits, or too many."""
    return int(told) if told and _digits.fullmatch(told) else otherwise
