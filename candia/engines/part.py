"""A part: one process of a running city, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from signal import SIGKILL, SIGTERM, Signals

# With this a process of Candia's own ends whose last words are the sentence that matters (EX_CONFIG of sysexits.h).
MISCONFIGURED = 78


class StartError(Exception):
    """The city can't run here; the sentence names the setting to change or what to do."""


@dataclass(frozen=True)
class Part:
    """How to start, know, stop and bury one process.

    `prepare` runs once, before the first start; `ready` is a real question to the process and says whether
    it answers (an OSError means not yet), and `opened` is called when it has for the first time. A part that runs
    `once` is ready when it has ended well.
    `orphaned` is the signal that the kernel sends when the supervisor dies. Times are seconds.
    `alive`, where there is one, is asked for as long as the part runs: it raises TimeoutError where nothing
    answers in time, and a part that stays silent is ended and started again. One that `beats` says by itself
    that it lives (candia/engines/heartbeat.py).
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool] = lambda: True
    prepare: Callable[[], None] = lambda: None
    alive: Callable[[], object] | None = None
    beats: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    once: bool = False
    stop: Signals = SIGTERM
    orphaned: Signals = SIGKILL
    opened: Callable[[], None] = lambda: None
    patience: float = 60.0
    grace: float = 3.0
