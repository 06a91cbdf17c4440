"""The ledger: what devices were acknowledged, held against what the city can be asked for.

It asks the store and nothing of Candia's own reckoning: each reading is known by its number, from which its time
and its value follow.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from candia.telemetry.store import Store, StoreAway
from tests.soak.devices import STEP

HOUR = 3_600_000
#: What devices tell of from their start on lies within so long (ms); who speaks again tells of another time.
REACH = 29 * 24 * HOUR
#: An answer is waited for so long (s), and so long more rows after those that came last.
CATCHES_UP, QUIET = 300, 60
RAW = (
    "SELECT toUnixTimestamp64Milli(time) AS moment, value FROM observations FINAL "
    "WHERE property = 'water.inflow' AND entity = {entity:String} "
    "AND time >= fromUnixTimestamp64Milli({since:Int64}) "
    "AND time < fromUnixTimestamp64Milli({until:Int64}) ORDER BY time"
)
HOURS = (
    "SELECT toUnixTimestamp(hour) AS begun, count, sum FROM hourly FINAL "
    "WHERE property = 'water.inflow' AND entity = {entity:String} "
    "AND hour >= fromUnixTimestamp64Milli({since:Int64}) "
    "AND hour < fromUnixTimestamp64Milli({until:Int64}) ORDER BY hour"
)
PLAIN = (
    "SELECT count() AS rows, uniqExact(property, entity, time) AS keys FROM observations "
    "WHERE property = 'water.inflow'"
)


@dataclass
class Balance:
    """What is amiss between the two: readings lost and doubled, rows that nobody sent, and hours that differ."""

    acknowledged: int = 0
    stored: int = 0
    lost: int = 0
    doubled: int = 0
    strange: int = 0
    hours: int = 0
    hours_wrong: int = 0
    lost_of: dict[str, list[int]] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether nothing is amiss."""
        return not (self.lost or self.doubled or self.strange or self.hours_wrong)


def settled(store: Store, account: Path, senders: dict[str, list[str]], start: int) -> Balance:
    """The balance once nothing is amiss, or once nothing has come for a while."""
    until, stored = time.monotonic() + CATCHES_UP, -1
    while True:
        try:
            found = balance(store, account, senders, start)
            if found.good:
                return found
            # As long as more comes in, it is not over.
            if found.stored > stored:
                stored, until = found.stored, time.monotonic() + QUIET
            if time.monotonic() > until:
                return found
        except StoreAway:
            if time.monotonic() > until:
                raise
        time.sleep(1)


def balance(store: Store, account: Path, senders: dict[str, list[str]], start: int) -> Balance:
    """The balance as it stands; `senders` are the entities of each device."""
    found = Balance()
    with np.load(account) as numbers:
        for sender, entities in senders.items():
            told = np.flatnonzero(numbers[sender])
            for entity in entities:
                _compare(store, entity, told, start, found)
    return found


def _compare(store: Store, entity: str, told: np.ndarray, start: int, found: Balance) -> None:
    stretch = {"since": start, "until": start + REACH}
    rows = store.ask(RAW, entity=entity, **stretch)
    times, values = rows["moment"].to_numpy(), rows["value"].to_numpy()
    numbers, rest = np.divmod(times - start, STEP)
    lost = np.setdiff1d(told, numbers)
    found.acknowledged += len(told)
    found.stored += len(times)
    found.lost += len(lost)
    found.doubled += len(times) - len(np.unique(times))
    found.strange += int(np.count_nonzero((rest != 0) | (numbers < 0) | (values != numbers % 1000)))
    if len(lost):
        found.lost_of[entity] = lost[:5].tolist()
    hours, at, counts = np.unique(times // HOUR, return_index=True, return_counts=True)
    sums = np.add.reduceat(values, at) if len(at) else np.array([])
    kept = store.ask(HOURS, entity=entity, **stretch)
    right = {hour * 3600: (int(n), float(s)) for hour, n, s in zip(hours, counts, sums, strict=True)}
    there = dict(
        zip(
            kept["begun"].to_pylist(),
            zip(kept["count"].to_pylist(), kept["sum"].to_pylist(), strict=True),
            strict=True,
        )
    )
    found.hours += len(right)
    found.hours_wrong += sum(there.get(hour) != total for hour, total in right.items())
    found.hours_wrong += len(there.keys() - right.keys())


def doubled_on_disk(store: Store) -> int:
    """Rows of a key that has another, once the store has merged all that it means to."""
    store.command("OPTIMIZE TABLE observations FINAL")
    rows = store.ask(PLAIN)
    return int(pc.sum(rows["rows"]).as_py() - pc.sum(rows["keys"]).as_py())
