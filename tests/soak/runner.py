"""Which proofs there are, how large each is by default and in full, and what becomes of their results."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.report import publish
from tests.soak.blows import Load, say
from tests.soak.city import ROOT, Breach

RESULTS = ROOT / "bench" / "results"
Row = dict[str, Any]


@dataclass(frozen=True)
class Proof:
    """One proof: where it is, and how often it does its worst when asked for in full."""

    module: str
    full: int
    title: str

    def run(self, name: str, count: int, options: argparse.Namespace) -> tuple[list[Row], list[str]]:
        """Its rows, and what of them must not be."""
        module: Any = import_module(f"tests.soak.{self.module}")
        work: Callable[..., list[Row]] = getattr(module, name)
        load = Load(options.rate, options.packs)
        rows = work(count, options.seed, load)
        return rows, [f"{name}: {wrong}" for row in rows for wrong in module.breaches(row)]


PROOFS = {
    "kills": Proof("blows", 100, "parts killed"),
    "hangs": Proof("blows", 100, "parts made to hang"),
    "disk": Proof("disk", 10, "times the disk filled"),
    "cuts": Proof("cuts", 10, "files cut"),
    "messages": Proof("messages", 1_000_000, "messages of nonsense"),
    "requests": Proof("asking", 100_000, "requests of nonsense"),
    "floods": Proof("flooding", 10, "floods"),
    "clocks": Proof("clocks", 0, "the tests at other hours"),
}


def main(words: list[str] | None = None) -> int:
    """Run what is asked for; 0 where everything held."""
    parser = argparse.ArgumentParser("python -m tests.soak", description=__doc__)
    parser.add_argument("what", choices=[*PROOFS, "all", "table"])
    parser.add_argument("--times", "--count", type=int, dest="count", help="how often; in full by default")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--rate", type=float, default=3000, help="messages a second by MQTT")
    parser.add_argument("--packs", type=float, default=4, help="packs of a hundred readings a second by HTTP")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args(words)
    # Told to stop, it leaves no city and no mount behind.
    signal.signal(signal.SIGTERM, lambda *_told: sys.exit(143))
    if options.what == "table":
        from tests.soak.table import write

        write(options.out)
        return 0
    wrong: list[str] = []
    for name in PROOFS if options.what == "all" else [options.what]:
        wrong += _prove(name, options)
    for sentence in wrong:
        say(f"BREACH  {sentence}")
    return 1 if wrong else 0


def _prove(name: str, options: argparse.Namespace) -> list[str]:
    proof, began = PROOFS[name], time.monotonic()
    count = options.count if options.count is not None else proof.full
    say(f"{name}: {count:,} {proof.title}" if count else f"{name}: {proof.title}")
    try:
        rows, wrong = proof.run(name, count, options)
    except Breach as breach:
        return [f"{name}: {breach}"]
    publish(f"soak-{name}", rows, options.out, minutes=(time.monotonic() - began) / 60, breaches=wrong)
    return wrong
