"""Cuts: files of the store and of the stream are cut as a power cut or a bad disk does, and the city started again.

What is lost then is lost by physics; it must be told, and the city must bring back by itself from the stream what
the stream still holds. What devices say afterwards must arrive as ever.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.exceptions import DatabaseError

from candia.telemetry.store import StoreAway
from tests.soak.blows import Load, say, speaking
from tests.soak.city import Breach, City, running

# The city looks once a minute.
SPEAKS_FOR, BLIND_FOR, TOLD_WITHIN = 8.0, 2.0, 120.0
SMALL = Load(rate=600, packs=1, devices=12, gateways=1)
Row = dict[str, Any]


@dataclass(frozen=True)
class Cut:
    """Which files may be hit, how one is, and the condition that must tell of what is lost thereby."""

    name: str
    files: str
    hit: Callable[[Path, random.Random], None]
    told: str
    #: Whether ingest had not taken the last of it, so that the stream was the only place.
    blind: bool = False


def _half(path: Path, chance: random.Random) -> None:
    """Its end is missing."""
    with path.open("r+b") as file:
        file.truncate(int(path.stat().st_size * chance.uniform(0.1, 0.9)))


def _emptied(path: Path, _chance: random.Random) -> None:
    path.write_bytes(b"")


def _scratched(path: Path, chance: random.Random) -> None:
    """Some of its bytes are others."""
    with path.open("r+b") as file:
        file.seek(int(path.stat().st_size * chance.uniform(0.1, 0.9)))
        file.write(chance.randbytes(64))


def _tail(path: Path, chance: random.Random) -> None:
    """The last block lost its end, and the index that knew of it: a power cut before the disk had either."""
    with path.open("r+b") as file:
        file.truncate(int(path.stat().st_size * chance.uniform(0.5, 0.9)))
    (path.parent / "index.db").unlink(missing_ok=True)


CONSUMERS = "nats/jetstream/CITY/streams/OBSERVATIONS/obs/*/"
PART, BLOCKS = "clickhouse/**/store/*/*/*_*_*_*/", "nats/jetstream/CITY/streams/OBSERVATIONS/msgs/"
STORE, STREAM = "store_damaged", "stream_lost_messages"
CUTS = (
    Cut("a part of the store: its readings cut", PART + "data.bin", _half, STORE),
    Cut("the stream: its last block cut, its index gone", BLOCKS + "*.blk", _tail, STREAM, blind=True),
    Cut("a part of the store: its checksums empty", PART + "checksums.txt", _emptied, STORE),
    Cut("the stream: its index scratched", BLOCKS + "index.db", _scratched, STREAM),
    Cut("a part of the store: its readings scratched", PART + "data.bin", _scratched, STORE),
    Cut("the stream: how far ingest was, empty", CONSUMERS + "o.dat", _emptied, STREAM),
    Cut("the stream: its last block scratched", BLOCKS + "*.blk", _scratched, STREAM, blind=True),
    Cut("a part of the store: its columns empty", PART + "columns.txt", _emptied, STORE),
)  # fmt: skip


def cuts(times: int, seed: int, _load: Load) -> list[Row]:
    """So many files are cut, each in a city of its own."""
    chance, rows = random.Random(seed), []
    for number in range(times):
        rows.append(_round(CUTS[number % len(CUTS)], chance))
        say(f"{number + 1}/{times} {rows[-1]}")
    return rows


def breaches(row: Row) -> list[str]:
    """A loss that nobody is told of or that nothing forced, and a city that does not go on."""
    zero = (
        "does_not_start",
        "lost_in_silence",
        "lost_without_need",
        "lost_afterwards",
        "doubled",
        "hours_wrong",
    )
    return [f"{name} is {row[name]} after this cut: {row['cut']}" for name in zero if row.get(name)]


def _round(cut: Cut, chance: random.Random) -> Row:
    with running(devices=SMALL.devices, gateways=SMALL.gateways) as city, speaking(city, SMALL) as spoken:
        time.sleep(SPEAKS_FOR)
        if cut.blind:
            ingest = city.part("ingest")
            assert ingest is not None
            ingest.send_signal(signal.SIGSTOP)
            time.sleep(BLIND_FOR)
        said = spoken.end(settle=not cut.blind)
        city.stop()
        file = _hit(city, cut, chance)
        row = {"cut": cut.name, "file": file.name, "readings_acknowledged": 0}
        try:
            city.start()
        except Breach as breach:
            return {**row, "does_not_start": str(breach)[-300:]}
        return {**row, "acknowledged_messages": said["acknowledged"], **_after(city, cut, spoken)}


def _hit(city: City, cut: Cut, chance: random.Random) -> Path:
    """Cut one of the files: of the stream's blocks the last, of others the largest, which holds what counts."""
    files = [path for path in city.home.glob(cut.files) if path.stat().st_size and _counts(path)]
    if not files:
        raise Breach(f"There is no file to cut: {cut.files}")
    blocks = {int(path.stem): path for path in files if path.suffix == ".blk"}
    file = blocks[max(blocks)] if blocks else max(files, key=lambda path: path.stat().st_size)
    if "clickhouse" in file.parts:
        _forget_sources(file.parent)
    cut.hit(file, chance)
    return file


def tear(part: Path) -> None:
    """Cut the end off the largest file of a part that is in use, and nothing of what it was merged of is left."""
    _forget_sources(part)
    file = max(part.iterdir(), key=lambda path: path.stat().st_size)
    os.truncate(file, file.stat().st_size // 2)


def _forget_sources(part: Path) -> None:
    """Remove the parts that this one was merged of, which lie there for some minutes: it happens an hour later."""
    month, first, last, *_ = part.name.split("_")
    for other in part.parent.glob(f"{month}_*"):
        begin, end = (int(number) for number in other.name.split("_")[1:3])
        if other != part and int(first) <= begin and end <= int(last):
            shutil.rmtree(other)


def _counts(path: Path) -> bool:
    """Of the store only what holds observations, which alone come again from the stream."""
    return "clickhouse" not in path.parts or b"received" in (path.parent / "columns.txt").read_bytes()


def _after(city: City, cut: Cut, spoken: Any) -> Row:
    """What is missing, what is told of it, what comes back, and whether new readings arrive."""
    if cut.told == STORE:
        _read_all(city)
        told, missing = _told(city, STORE), city.missing_rows()
        began = time.monotonic()
        city.wait_until_whole()
        balance, healed = spoken.balance(), time.monotonic() - began
    else:
        balance, healed = spoken.balance(), 0.0
        missing = balance.lost
        told = _told(city, STREAM if missing else "")
    with speaking(city, SMALL, days=30) as later:
        time.sleep(SPEAKS_FOR / 2)
        later.end()
        new = later.balance()
    return {
        "readings_acknowledged": balance.acknowledged,
        "missing_at_first": missing,
        "told": ", ".join(sorted(told)),
        "whole_again_after_s": healed,
        "lost_for_good": balance.lost,
        "lost_in_silence": missing or 1 if (missing or cut.told == STORE) and cut.told not in told else 0,
        # Of the store all is in the stream still; of the stream what was stored nowhere else is gone.
        "lost_without_need": balance.lost if cut.told == STORE else 0,
        "said_afterwards": new.acknowledged,
        "lost_afterwards": new.lost,
        "doubled": balance.doubled + new.doubled,
        "hours_wrong": balance.hours_wrong + new.hours_wrong,
    }


def _read_all(city: City) -> None:
    """Ask for every reading, as somebody will before the night, when the city reads all of them itself."""
    with suppress(StoreAway, DatabaseError):
        city.store().ask(
            "SELECT count(), sum(value), max(time), uniq(entity), max(received) FROM observations"
        )


def _told(city: City, wanted: str) -> set[str]:
    """The conditions that stand, once the wanted one does, or after a while."""
    until = time.monotonic() + TOLD_WITHIN
    while wanted and wanted not in city.conditions() and time.monotonic() < until:
        time.sleep(0.5)
    return set(city.conditions())
