"""Every address of the city with its open places, as `proposals/<int:pk>/`; run in its settings, told as JSON."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from candia.core.startup import start_django

_open = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


def every(patterns: Iterable[Any], before: str = "") -> Iterator[str]:
    """The addresses of patterns and of what they include."""
    for one in patterns:
        address = before + _plain(one.pattern)
        if hasattr(one, "url_patterns"):
            yield from every(one.url_patterns, address)
        else:
            yield address


def _plain(pattern: Any) -> str:
    """A path as it stands, and a regular expression without its anchors."""
    told = getattr(pattern, "_route", None)
    if told is not None:
        return str(told)
    if hasattr(pattern, "_regex"):
        return _open.sub(r"<str:\1>", str(pattern._regex)).strip("^$").replace("\\Z", "").replace("\\", "")
    return str(pattern)


if __name__ == "__main__":
    start_django()
    from django.urls import get_resolver

    json.dump(sorted(set(every(get_resolver().url_patterns))), sys.stdout)
