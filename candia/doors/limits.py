"""Limits: how often one asker may knock, as a bucket that fills steadily; kept in the memory of each process.

A count in the database would cost each request a write; so with several web processes a limit is that many
times as wide, which is still a limit.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from math import ceil

#: Askers remembered; beyond that those are forgotten whose bucket is full again.
REMEMBERED = 50_000
ROUNDING = 1e-6


class Limiter:
    """Lets each asker do `rate` things a second in the long run, and `burst` at once."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.burst = rate, burst
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, asker: str) -> int:
        """Whole seconds that the asker must wait; 0 when this time is granted, and counted."""
        now = self._clock()
        with self._lock:
            left, since = self._left.get(asker, (float(self.burst), now))
            left = min(self.burst, left + (now - since) * self.rate)
            if left < 1 - ROUNDING:
                return ceil((1 - left) / self.rate)
            if len(self._left) >= REMEMBERED:
                self._forget(now)
            self._left[asker] = (max(0.0, left - 1), now)
            return 0

    def _forget(self, now: float) -> None:
        full = self.burst / self.rate
        self._left = {asker: kept for asker, kept in self._left.items() if now - kept[1] < full}
        if len(self._left) >= REMEMBERED:
            self._left.clear()


def address(headers: Mapping[str, str], peer: str) -> str:
    """Who asks: the peer, or whom a proxy on this machine names as its own peer.

    From another machine the header is worth nothing, since whoever asks can write it. Of an IPv6 address the
    network counts, because one household has as many addresses as it likes.
    """
    told = headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    asker = told if told and is_here(peer) else peer
    found = _parsed(asker)
    return str(IPv6Address(int(found) >> 64 << 64)) if isinstance(found, IPv6Address) else asker


def is_here(peer: str) -> bool:
    """Whether this is an address of the machine itself."""
    found = _parsed(peer)
    return found is not None and found.is_loopback


def _parsed(told: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(told)
    except ValueError:
        return None
