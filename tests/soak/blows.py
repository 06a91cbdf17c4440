"""Blows: parts of a running city are killed or made to hang at random moments while devices speak."""

from __future__ import annotations

import json
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


@dataclass
class Bout:
    """What was struck so far, and how it took it."""

    city: City
    random: random.Random
    struck: Counter[str]
    worst: dict[str, float]
    unnoticed: Counter[str]

    def part(self) -> str:
        """The next to be struck, of those that run."""
        names = [name for name in PARTS if name == "supervisor" or self.city.part(name)]
        return self.random.choices(names, [PARTS[name] for name in names])[0]


def kills(times: int, seed: int, load: Load) -> list[Row]:
    """`kill -9` of a random part, again and again."""
    return _bout(times, seed, load, _kill)


def hangs(times: int, seed: int, load: Load) -> list[Row]:
    """A random part stops hearing: now until the supervisor ends it, now for a few seconds only."""
    return _bout(times, seed, load, _hang)


def _bout(times: int, seed: int, load: Load, strike: Callable[[Bout, str], None]) -> list[Row]:
    with running(devices=load.devices, gateways=load.gateways) as city, speaking(city, load) as spoken:
        bout = Bout(city, random.Random(seed), Counter(), {}, Counter())
        for number in range(times):
            time.sleep(bout.random.uniform(0.2, 4.0))
            name = bout.part()
            began = time.monotonic()
            strike(bout, name)
            bout.struck[name] += 1
            took = time.monotonic() - began
            bout.worst[name] = max(bout.worst.get(name, 0.0), took)
            say(f"{number + 1}/{times} {strike.__name__[1:]} {name}: {took:.1f} s")
        said, balance = spoken()
        doubled = ledger.doubled_on_disk(city.store())
        words = failures(city)
    for entity, numbers in list(balance.lost_of.items())[:5]:
        say(f"lost of {entity}: numbers {numbers} …")
    return [
        {
            "struck": sum(bout.struck.values()),
            **{name: bout.struck[name] for name in PARTS},
            "unnoticed": sum(bout.unnoticed.values()),
            "unnoticed_of": dict(bout.unnoticed),
            "back_after_s_at_most": max(bout.worst.values()),
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
            "unexpected_words": words,
        }
    ]


def breaches(row: Row) -> list[str]:
    """What of a row must be nothing and is not."""
    zero = ("lost", "doubled", "made_up", "hours_wrong", "unnoticed", "never_acknowledged")
    return [f"{name} is {row[name]}" for name in zero if row.get(name)]


def _kill(bout: Bout, name: str) -> None:
    """Kill it and go on when another runs in its place."""
    if name == "supervisor":
        bout.city.kill_supervisor()
        return
    if (before := bout.city.part(name)) is None:
        return
    with suppress(psutil.Error):
        before.kill()
    # Now and then the next blow falls before this one is over.
    if bout.random.random() < 0.75:
        _wait_for_another(bout.city, name, before.pid, COMES_BACK_WITHIN)


def _hang(bout: Bout, name: str) -> None:
    """Stop it, with its children, for seconds or for good."""
    if name == "supervisor":
        assert bout.city.process
        with _stopped([psutil.Process(bout.city.process.pid)]):
            time.sleep(bout.random.uniform(2, 12))
        return
    if (leader := bout.city.part(name)) is None:
        return
    with _stopped(_family(leader)):
        if bout.random.random() < 0.4:
            time.sleep(bout.random.uniform(0.5, 6))
            return
        if not _wait_for_another(bout.city, name, leader.pid, NOTICED_WITHIN, must=False):
            bout.unnoticed[name] += 1
            say(f"Nobody noticed within {NOTICED_WITHIN:.0f} s that {name} hangs.")


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


def _wait_for_another(city: City, name: str, before: int, within: float, *, must: bool = True) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if (now := city.part(name)) and now.pid != before:
            return True
        time.sleep(0.05)
    if must:
        raise Breach(f"{name} did not come back within {within:.0f} s.\n{city.told()[-2000:]}")
    return False


@contextmanager
def speaking(city: City, load: Load) -> Iterator[Callable[[], tuple[Row, ledger.Balance]]]:
    """Devices of the city speak meanwhile; what is yielded ends that, and gives their sums and the balance."""
    start = (int(time.time() * 1000) // DAY - 60) * DAY
    with tempfile.TemporaryDirectory(prefix="candia-soak-") as folder:
        account = Path(folder) / "account.npz"
        devices, gateways = city.filled["devices"], city.filled["gateways"]
        task = {
            "mqtt_port": city.config.mqtt_port, "port": city.config.port, "devices": devices,
            "gateways": gateways, "start": start, "rate": load.rate, "packs": load.packs,
            "patience": 240, "account": str(account),
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.devices"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdin
        process.stdin.write(json.dumps(task) + "\n")
        process.stdin.flush()

        def spoken() -> tuple[Row, ledger.Balance]:
            out, _ = process.communicate("stop\n", timeout=600)
            if process.returncode != 0:
                raise Breach("The devices failed; their words are above.")
            senders = {name: entities for name, _, entities in [*devices, *gateways]}
            return json.loads(out), ledger.settled(city.store(), account, senders, start)

        try:
            yield spoken
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdin.close()
            if process.stdout:
                process.stdout.close()


def failures(city: City) -> int:
    """How often a part said something that tells of a failure of its own."""
    from tests.soak.city import FAILED

    return sum(city.log(path.stem).count(word) for path in (city.home / "log").glob("*.log") for word in FAILED)


def say(text: str) -> None:
    """A line of progress."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)  # noqa: T201 — a runner tells how far it is
