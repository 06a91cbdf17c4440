"""Form: what a feed usually brings, learnt from what it brought, and what of that has vanished; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

#: What was missing for so long is not usual any more.
FORGOTTEN = timedelta(days=30)
# From so many answers on a property is usual; so many without it in a row are no chance.
KNOWN, GONE = 3, 2

#: Property → in how many answers it came, without it how many passed since, the longest such gap, and its last day.
Usual = Mapping[str, tuple[int, int, int, str]]


def learnt(usual: Usual, brought: Collection[str], now: datetime) -> dict[str, tuple[int, int, int, str]]:
    """What is usual after one more answer, which brought these properties."""
    after: dict[str, tuple[int, int, int, str]] = {}
    for name in {*usual, *brought}:
        came, missed, gap, last = usual.get(name, (0, 0, 0, ""))
        if name in brought:
            after[name] = (came + 1, 0, max(gap, missed), now.isoformat())
        elif now - datetime.fromisoformat(last) < FORGOTTEN:
            after[name] = (came, missed + 1, gap, last)
    return after


def vanished(usual: Usual) -> list[str]:
    """What came regularly and comes no more; what always came now and then is allowed twice its longest gap."""
    return sorted(
        name
        for name, (came, missed, gap, _last) in usual.items()
        if came >= KNOWN and missed >= max(GONE, 2 * gap + 1)
    )
