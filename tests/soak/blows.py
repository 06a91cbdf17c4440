"""Blows: parts of a running city are killed or made to hang at random moments while devices speak."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from candia.engines.supervisor import tie
from tests.soak import ledger
from tests.soak.city import ROOT, Breach, City, running

#: What is struck, and how often in comparison with the others.
PARTS = {
    "postgres": 3, "clickhouse": 3, "nats": 3, "ingest": 3, "gateway": 2, "jobs": 2, "web": 3, "supervisor": 1,
}  # fmt: skip
# A hang is noticed and ended within so many seconds, or never is.
NOTICED_WITHIN = 90.0
COMES_BACK_WITHIN = 90.0
DAY = 86_400_000
Row = dict[str, Any]


@dataclass(frozen=True)
class Load:
    """How much devices say meanwhile: messages a second by MQTT, packs of a hundred a second by HTTP."""

    rate: float = 3000
    packs: float = 4
    devices: int = 60
    gateways: int = 4


def kills(times: int, seed: int, load: Load) -> list[Row]:
    """`kill -9` of a random part, again and again."""
    return _bout(times, seed, load, kill)


def hangs(times: int, seed: int, load: Load) -> list[Row]:
    """A random part stops hearing: now until the supervisor ends it, now for a few seconds only."""
    return _bout(times, seed, load, hang)


def _bout(times: int, seed: int, load: Load, strike: Callable[[City, str, random.Random], bool]) -> list[Row]:
    chance, struck, unnoticed, took = random.Random(seed), Counter[str](), Counter[str](), [0.0]
    with running(devices=load.devices, gateways=load.gateways) as city, speaking(city, load) as spoken:
        for number in range(times):
            time.sleep(chance.uniform(0.2, 4.0))
            name, began = next_part(city, chance), time.monotonic()
            if not strike(city, name, chance):
                unnoticed[name] += 1
            struck[name] += 1
            took.append(time.monotonic() - began)
            say(f"{number + 1}/{times} {strike.__name__} {name}: {took[-1]:.1f} s")
        said, balance = spoken.end(settle=False), spoken.balance()
        doubled = ledger.doubled_on_disk(city.store())
    for entity, numbers in list(balance.lost_of.items())[:5]:
        say(f"lost of {entity}: numbers {numbers} …")
    return [
        {
            "struck": struck.total(),
            **{name: struck[name] for name in PARTS},
            "unnoticed": unnoticed.total(),
            "unnoticed_of": ", ".join(f"{name} {count}" for name, count in unnoticed.items()),
            "longest_blow_s": max(took),
            "seed": seed,
            "rate_wanted": load.rate,
            "messages_acknowledged": said["acknowledged"],
            "acknowledged_per_s": said["acknowledged"] / said["seconds"],
            "longest_without_an_answer_s": said["longest_pause_s"],
            "sent_again": said["sent"] - said["made"],
            "never_acknowledged": said["owed"],
            "readings_acknowledged": balance.acknowledged,
            "lost": balance.lost,
            "doubled": balance.doubled + doubled,
            "made_up": balance.strange,
            "hours": balance.hours,
            "hours_wrong": balance.hours_wrong,
        }
    ]


def next_part(city: City, chance: random.Random) -> str:
    """The next to be struck, of those that run."""
    names = [name for name in PARTS if name == "supervisor" or city.part(name)]
    return chance.choices(names, [PARTS[name] for name in names])[0]


def breaches(row: Row) -> list[str]:
    """What of a row must be nothing and is not."""
    zero = ("lost", "doubled", "made_up", "hours_wrong", "unnoticed", "never_acknowledged")
    return [f"{name} is {row[name]}" for name in zero if row.get(name)]


def kill(city: City, name: str, chance: random.Random) -> bool:
    """Kill it, and mostly go on only when another runs in its place; raises Breach where none ever does."""
    if name == "supervisor":
        city.kill_supervisor()
    elif before := city.part(name):
        with suppress(psutil.Error):
            before.kill()
        # Now and then the next blow falls before this one is over.
        if chance.random() < 0.75 and not _another(city, name, before.pid, COMES_BACK_WITHIN):
            raise Breach(f"{name} did not come back within {COMES_BACK_WITHIN:.0f} s.\n{city.told()[-2000:]}")
    return True


def hang(city: City, name: str, chance: random.Random) -> bool:
    """Stop it, with its children, for a few seconds or for good; whether somebody noticed the latter."""
    if name == "supervisor":
        assert city.process
        with _stopped([psutil.Process(city.process.pid)]):
            time.sleep(chance.uniform(2, 12))
        return True
    return hang_briefly(city, name, chance) if chance.random() < 0.4 else hang_for_good(city, name)


def hang_briefly(city: City, name: str, chance: random.Random) -> bool:
    """Stop it for a few seconds, which nobody need notice."""
    if leader := city.part(name):
        with _stopped(_family(leader)):
            time.sleep(chance.uniform(0.5, 6))
    return True


def hang_for_good(city: City, name: str) -> bool:
    """Stop it until the supervisor has put another in its place; whether it did within its time."""
    if (leader := city.part(name)) is None:
        return True
    with _stopped(_family(leader)):
        noticed = _another(city, name, leader.pid, NOTICED_WITHIN)
    if not noticed:
        say(f"Nobody noticed within {NOTICED_WITHIN:.0f} s that {name} hangs.")
    return noticed


def _family(leader: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return [leader, *leader.children(recursive=True)]
    return []


@contextmanager
def _stopped(processes: list[psutil.Process]) -> Iterator[None]:
    for one in processes:
        with suppress(psutil.Error):
            one.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for one in processes:
            with suppress(psutil.Error):
                one.send_signal(signal.SIGCONT)


def _another(city: City, name: str, before: int, within: float) -> bool:
    """Whether another process is the part by then."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if (now := city.part(name)) and now.pid != before:
            return True
        time.sleep(0.05)
    return False


class Spoken:
    """Devices that speak in a process of their own, and their account of what was acknowledged."""

    def __init__(self, city: City, load: Load, folder: Path, days: int) -> None:
        self._city, self._account = city, folder / "account.npz"
        self._start = (int(time.time() * 1000) // DAY - days) * DAY
        devices, gateways = city.filled["devices"], city.filled["gateways"]
        self._senders = {name: entities for name, _, entities in [*devices, *gateways]}
        task = {
            "mqtt_port": city.config.mqtt_port, "port": city.config.port, "devices": devices, "gateways": gateways,
            "start": self._start, "rate": load.rate, "packs": load.packs, "patience": 240,
            "account": str(self._account),
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.devices"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=tie(signal.SIGKILL, os.getpid()),  # noqa: PLW1509
        )  # fmt: skip
        assert self.process.stdin
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()

    def end(self, *, settle: bool = True) -> Row:
        """Let them send what they still owe and end; their sums, once ingest has caught up with them."""
        out, _ = self.process.communicate("stop\n", timeout=900)
        if self.process.returncode != 0:
            raise Breach("The devices failed; their words are above.")
        if settle:
            self.balance()
        said: Row = json.loads(out)
        return said

    def balance(self) -> ledger.Balance:
        """What they were acknowledged against what is stored, once nothing more comes."""
        store = self._city.store()
        try:
            return ledger.settled(store, self._account, self._senders, self._start)
        finally:
            store.close()


@contextmanager
def speaking(city: City, load: Load, days: int = 60) -> Iterator[Spoken]:
    """Devices of the city speak meanwhile, of what they measured from so many days ago on."""
    with tempfile.TemporaryDirectory(prefix="candia-soak-") as folder:
        spoken = Spoken(city, load, Path(folder), days)
        try:
            yield spoken
        finally:
            if spoken.process.poll() is None:
                spoken.process.kill()
            with suppress(ValueError, OSError):
                spoken.process.communicate()


def say(text: str) -> None:
    """A line of progress."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)  # noqa: T201 — a runner tells how far it is
