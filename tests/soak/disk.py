"""Disk: a home on a disk of its own fills up, again and again, while devices speak, and is given room again."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psutil

from tests.soak import ledger
from tests.soak.blows import Load, say, speaking
from tests.soak.city import Breach, City, running

#: What the disk holds (MB), and for how long (s) it stays full.
SIZE, FULL_FOR = 4096, (5.0, 20.0)
# With room again, devices are let in and answered within so many seconds.
OPENS_WITHIN = 120.0
CHUNK = 1 << 20
Row = dict[str, Any]


def disk(times: int, seed: int, load: Load) -> list[Row]:
    """The disk fills so often; what was acknowledged must be there, and the door must open again by itself."""
    with (
        small_disk(SIZE) as folder,
        running(folder / "home", devices=load.devices, gateways=load.gateways) as city,
    ):
        chance, opened, seen = random.Random(seed), [], set[str]()
        before = set(city.conditions())
        with speaking(city, load) as spoken:
            for number in range(times):
                time.sleep(chance.uniform(2, 6))
                _fill(folder / "ballast", leave=chance.choice((0, 0, 0, CHUNK, 8 * CHUNK)))
                until = time.monotonic() + chance.uniform(*FULL_FOR)
                while time.monotonic() < until:
                    # Whatever is written meanwhile, it stays full.
                    with suppress(OSError):
                        _fill(folder / "ballast", leave=0)
                    seen |= set(city.conditions()) - before
                    time.sleep(0.5)
                began = time.monotonic()
                (folder / "ballast").unlink()
                _wait_until_open(city, before)
                opened.append(time.monotonic() - began)
                say(f"{number + 1}/{times} filled; open again after {opened[-1]:.1f} s; told: {sorted(seen)}")
            said = spoken.end(settle=False)
            began = time.monotonic()
            city.wait_until_whole()
            healed, balance = time.monotonic() - began, spoken.balance()
        doubled = ledger.doubled_on_disk(city.store())
    return [
        {
            "filled": times,
            "seed": seed,
            "disk_mb": SIZE,
            "messages_acknowledged": said["acknowledged"],
            "acknowledged_per_s": said["acknowledged"] / said["seconds"],
            "never_acknowledged": said["owed"],
            "readings_acknowledged": balance.acknowledged,
            "lost": balance.lost,
            "doubled": balance.doubled + doubled,
            "hours_wrong": balance.hours_wrong,
            "open_again_after_s_at_most": max(opened),
            "whole_again_after_s": healed,
            "told": ", ".join(sorted(seen)),
            "said_nothing": not seen,
        }
    ]


def breaches(row: Row) -> list[str]:
    """What of a row must be nothing and is not."""
    zero = ("lost", "doubled", "hours_wrong", "never_acknowledged", "said_nothing")
    return [f"{name} is {row[name]}" for name in zero if row.get(name)]


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A folder that is a disk of this size; needs root, as mounting does."""
    folder = Path(tempfile.mkdtemp(prefix="candia-soak-disk-"))
    words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "candia-soak", str(folder)]
    mounted = subprocess.run(words, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        folder.rmdir()
        raise Breach(f"A small disk can't be mounted here: {mounted.stderr.strip()}. Run this as root.")
    try:
        yield folder
    finally:
        _unmount(folder)


def _unmount(folder: Path) -> None:
    for _ in range(50):
        if subprocess.run(["umount", str(folder)], capture_output=True, check=False).returncode == 0:
            break
        time.sleep(0.2)
    else:
        subprocess.run(["umount", "-l", str(folder)], check=False)
    shutil.rmtree(folder, ignore_errors=True)


def _fill(path: Path, leave: int) -> None:
    """Write until only so many bytes are free."""
    with path.open("ab", buffering=0) as file, suppress(OSError):
        while (free := shutil.disk_usage(path.parent).free - leave) > 0:
            # In whole pages, the last one short.
            file.write(bytes(min(CHUNK, max(free, 1))))
            os.fsync(file.fileno())


def _wait_until_open(city: City, before: set[str]) -> None:
    """Wait until every part is there, the web is ready and nothing more is wrong than before; raises Breach."""
    until = time.monotonic() + OPENS_WITHIN
    while time.monotonic() < until:
        there = all(city.part(name) for name in ("nats", "ingest", "gateway", "web"))
        if there and _is_ready(city) and set(city.conditions()) <= before:
            return
        time.sleep(0.2)
    words = {
        name: psutil.pid_exists(part.pid) if (part := city.part(name)) else None
        for name in ("nats", "ingest", "web")
    }
    raise Breach(f"Not open again {OPENS_WITHIN:.0f} s after there was room: {words}\n{city.told()[-1500:]}")


def _is_ready(city: City) -> bool:
    line = HTTPConnection("127.0.0.1", city.config.port, timeout=5)
    try:
        line.request("GET", "/readyz")
        return line.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        line.close()
