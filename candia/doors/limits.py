"""Limits: how often one asker may knock, as a bucket that fills steadily; counted for all web processes together.

Of each asker one number is kept: the moment at which the bucket will be full again. The numbers stand in memory
that the web processes of a machine share, so that a limit costs no query and is the same for one process and for
eight. Two askers of the same place share a bucket; with so many places that is rare, and nobody can aim at it.
"""

from __future__ import annotations

import logging
import mmap
import os
import threading
import time
from collections.abc import Callable
from functools import cached_property
from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address, ip_address
from math import ceil
from pathlib import Path

from django.conf import settings

log = logging.getLogger(__name__)
#: Numbers of eight bytes each.
PLACES = 1 << 17
ROUNDING = 1e-6


class Limiter:
    """Lets each asker do `rate` things a second in the long run, and `burst` at once.

    With a `name`, the web processes of a machine count together; what two of them grant at the very same moment
    may count once.
    """

    def __init__(
        self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic, name: str = ""
    ) -> None:
        self.rate, self.burst, self.name = rate, burst, name
        self._clock = clock
        self._lock = threading.Lock()

    def wait(self, asker: str, many: float = 1) -> int:
        """Whole seconds that the asker must wait for so many; 0 when they are granted, and counted."""
        place = self._place(asker)
        with self._lock:
            now = self._clock()
            full = max(self._full[place], now) + many / self.rate
            wait = full - now - self.burst / self.rate
            if wait > ROUNDING:
                return ceil(wait)
            self._full[place] = full
            return 0

    def left(self, asker: str) -> tuple[int, int]:
        """How many the asker may do at once by now, and the seconds until it is all of them again."""
        owed = max(0.0, self._full[self._place(asker)] - self._clock())
        return max(0, int(self.burst - owed * self.rate + ROUNDING)), ceil(owed)

    @cached_property
    def _full(self) -> memoryview[float]:
        if not self.name:
            return memoryview(mmap.mmap(-1, 8 * PLACES)).cast("d")
        path = folder() / self.name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a+b") as file:
                # All of it now: a hole that a full disk can't fill would kill the process that writes there.
                os.posix_fallocate(file.fileno(), 0, 8 * PLACES)
                return memoryview(mmap.mmap(file.fileno(), 8 * PLACES)).cast("d")
        except OSError as full:
            log.warning("Each web process counts %s for itself: %s", self.name, full)
            return memoryview(mmap.mmap(-1, 8 * PLACES)).cast("d")

    def _place(self, asker: str) -> int:
        # Keyed, so that nobody chooses whose bucket to empty.
        key = settings.SECRET_KEY.encode()[:64]
        return (
            int.from_bytes(blake2b(asker.encode("utf-8", "replace"), digest_size=8, key=key).digest())
            % PLACES
        )


def folder() -> Path:
    """Where the counts of a city's web processes stand while it runs; emptied at its start."""
    home: Path = settings.CANDIA.home
    return home / "run" / "limits"


def address(peer: str) -> str:
    """Under which name somebody's requests are counted: their address.

    Of an IPv6 address the network counts, because one household has as many addresses as it likes.
    """
    found = parsed(peer)
    return str(IPv6Address(int(found) >> 64 << 64)) if isinstance(found, IPv6Address) else str(found or peer)


def is_here(peer: str) -> bool:
    """Whether this is an address of the machine itself."""
    found = parsed(peer)
    return found is not None and found.is_loopback


def parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address that this text names, or None; an IPv4 address in IPv6's dress is taken out of it."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
