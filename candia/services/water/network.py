"""Network: the sample city's water as its water.toml tells it: districts, meters, what is hidden among them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from shapely.geometry import shape as outline

from candia.services.water import simulation
from candia.services.water.hidden import DAY, Hidden, hidden
from candia.services.water.simulation import Day, Floats, Homes, Whole
from candia.telemetry.observation import EXCHANGE
from candia.telemetry.store import schema

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
# What a holder's home takes a day: a family's, so that a leak beside it shows.
USUAL = (280.0, 520.0)


@dataclass(frozen=True)
class Holder:
    """An account that holds a meter of a district; with a leak since so many days, L/h."""

    email: str
    district: str
    leak_days: float = 0
    leak: float = 0


@dataclass(frozen=True)
class Part:
    """A district: its connections, the length of its mains, the share of its mean inflow that is metered."""

    id: str
    connections: int
    mains_km: float
    metered: float


class Network:
    """Everything that stays the same of a sample city's water; the same file gives the same network.

    `meters` stand in the order of the districts; after them comes one meter for each district that sums up
    the use of the connections that are not simulated one by one.
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.parts = [Part(**part) for part in told["district"]]
        self.holders = [Holder(**holder) for holder in told["holder"]]
        self.seed, self.recording = int(told["seed"]), str(told["recording"])
        self.history, self.hourly = int(told["history"]), int(told["hourly"])
        self.at_once = int(told["at_once"])
        connections = np.array([part.connections for part in self.parts])
        ends = np.rint(np.cumsum(connections) * told["meters"] / connections.sum()).astype(int)
        #: The place in `parts` of each simulated home.
        self.district_of: Whole = np.repeat(np.arange(len(self.parts)), np.diff(ends, prepend=0))
        self.homes: Homes = simulation.homes(len(self.district_of), self.seed)

    @classmethod
    def read(cls, folder: Path) -> Network | None:
        """The network of this city's folder; None where it has no water.toml, or one without districts."""
        path = folder / "water.toml"
        told = tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
        return cls(told) if "district" in told else None

    @cached_property
    def ids(self) -> list[str]:
        """The entity of each meter, the sums last."""
        numbered = [f"water.meter:{number}" for number in range(1, len(self.homes) + 1)]
        return numbered + [f"water.meter:rest-{part.id}" for part in self.parts]

    def serials(self) -> list[str]:
        """The number on each home's meter."""
        rng = np.random.default_rng([self.seed, 11])
        numbers = rng.choice(900_000, len(self.homes), replace=False) + 100_000
        return [f"{number:06}" for number in numbers]

    def claim_codes(self) -> list[str]:
        """What is printed on each home's bill."""
        rng = np.random.default_rng([self.seed, 12])
        drawn = rng.integers(0, len(LETTERS), (len(self.homes), 8))
        words = ["".join(LETTERS[letter] for letter in row) for row in drawn]
        return [f"{word[:4]}-{word[4:]}" for word in words]

    def held(self) -> list[tuple[Holder, int]]:
        """Each holder with the place of their meter: a home of a family, one after the other."""
        usual = ~self.homes.let & (self.homes.litres > USUAL[0]) & (self.homes.litres < USUAL[1])
        taken: list[int] = []
        for holder in self.holders:
            place = [part.id for part in self.parts].index(holder.district)
            there = np.flatnonzero(usual & (self.district_of == place))
            taken.append(next(int(home) for home in there if home not in taken))
        return list(zip(self.holders, taken, strict=True))

    def hidden(self, began: datetime, since: date, until: date) -> list[Hidden]:
        """What is hidden on these days in a network whose sample was filled at `began`."""
        held = self.held()
        own = {home for _holder, home in held}
        chance = hidden(len(self.homes), since, until, self.seed)
        first = int(began.timestamp())
        staged = [
            Hidden(home, "leak", int(first - holder.leak_days * DAY), first + 30 * DAY, holder.leak)
            for holder, home in held
            if holder.leak
        ]
        return staged + [one for one in chance if one.meter not in own]

    def days(
        self, began: datetime, until: date, zone: ZoneInfo, recorded: pa.Table, weeks: int = 0
    ) -> Iterator[Day]:
        """Every day of readings from the history's first to `until`; the recording is moved by these weeks."""
        first = self.first_day(began)
        faults, rest = self.hidden(began, first, until), Rest(self, recorded, weeks)
        told = simulation.days(self.homes, faults, first, zone, self.seed, rest)
        for _ in range((until - first).days + 1):
            yield next(told)

    def first_day(self, began: datetime) -> date:
        """The day with which the history of a sample that was filled at `began` begins."""
        return (began.astimezone(UTC) - timedelta(days=self.history)).date()

    def table(
        self, day: Day, since: datetime, until: datetime, received: datetime, *, daily: bool = False
    ) -> pa.Table:
        """The day's readings after `since` and up to `until` as a batch for the store.

        With `daily` the index of the first hour alone, and where a meter was exchanged.
        """
        low, high = int(since.timestamp() * 1000), int(until.timestamp() * 1000)
        due = day.said & (day.time > low) & (day.time <= high)
        first = due & (np.arange(24)[None, :] == 0)
        # A sum has neither battery nor check valve.
        own = np.arange(len(due))[:, None] < len(self.homes)
        if daily:
            due, own = first | (due & day.exchanged), np.zeros_like(own)
        told = [
            self._rows("index", day.index, due, day, day.exchanged),
            self._rows("backflow", day.backflow, own & (first | (due & day.flowing_back)), day),
            self._rows("battery", np.broadcast_to(day.battery[:, None], due.shape), own & first, day),
        ]
        rows = pa.concat_tables(told)
        taken = pa.array(np.full(len(rows), int(received.timestamp() * 1_000_000)))
        return rows.append_column("received", taken).cast(schema)

    def _rows(
        self, name: str, values: Floats, which: Any, day: Day, exchanged: Any | None = None
    ) -> pa.Table:
        meter = np.nonzero(which)[0]
        state = np.full(len(meter), "", object)
        if exchanged is not None:
            state[exchanged[which]] = EXCHANGE
        return pa.table(
            {
                "property": pa.repeat(f"water.{name}", len(meter)),
                "entity": pa.array(self.ids).take(pa.array(meter)),
                "time": pa.array(day.time[which]),
                "value": pa.array(values[which]),
                "state": pa.array(state, pa.string()),
            }
        )


class Rest:
    """What the connections use that are not simulated one by one, a sum for each district.

    The recorded mean curve (of each month, of working and of free days) less a constant loss, and less what the
    simulated homes are expected to use; so over the years the metered share is what water.toml says, while a
    night or a month whose real inflow is unusual shows in the losses.
    """

    def __init__(self, network: Network, recorded: pa.Table, weeks: int) -> None:
        self._seed, self._moved = network.seed, timedelta(weeks=weeks)
        self._litres = np.stack([_typical(network, place, recorded) for place in range(len(network.parts))])

    def __len__(self) -> int:
        return len(self._litres)

    def use(self, day: date, zone: ZoneInfo) -> Floats:
        """The litres of each district's rest in each hour that begins on this UTC day."""
        rng = np.random.default_rng([self._seed, day.toordinal(), 4])
        hours = simulation.local_hours(day, zone)
        usual = np.stack(
            [
                self._litres[
                    :, (here - self._moved).month - 1, int(simulation.is_free(here.date())), here.hour
                ]
                for here in hours
            ],
            axis=1,
        )
        litres: Floats = usual * rng.lognormal(0.0, 0.03, usual.shape)
        return litres


def _typical(network: Network, place: int, recorded: pa.Table) -> Floats:
    """Litres in an hour of each month, of working and free days, each hour: [12, 2, 24]."""
    part = network.parts[place]
    own = recorded.filter(pc.equal(recorded["entity"], f"water.district:{part.id}"))
    wall, value = own["wall"].to_numpy().astype("datetime64[h]"), own["value"].to_numpy() * 3600
    day = wall.astype("datetime64[D]")
    free = ((day.astype(int) + 3) % 7 >= simulation.SATURDAY).astype(int)
    key = (wall.astype("datetime64[M]").astype(int) % 12, free, (wall - day).astype(int))
    sums, counts = np.zeros((12, 2, 24)), np.zeros((12, 2, 24))
    np.add.at(sums, key, value)
    np.add.at(counts, key, 1)
    litres = float(network.homes.litres[network.district_of == place].sum())
    drawn = litres * np.array([simulation.WEEKDAY, simulation.FREE])[None, :, :]
    usual: Floats = np.maximum(sums / np.maximum(counts, 1) - (1 - part.metered) * value.mean() - drawn, 0.0)
    return usual


def positions(network: Network, zones: Path) -> dict[str, tuple[Any, Floats]]:
    """Each district's feature and places within it for its homes: id → (feature, [homes, 2])."""
    rng = np.random.default_rng([network.seed, 13])
    features = {
        feature["properties"]["id"]: feature
        for feature in json.loads(zones.read_text("utf-8"))["features"]
        if feature["properties"].get("kind") == "district"
    }
    found = {}
    for place, part in enumerate(network.parts):
        area = outline(features[part.id]["geometry"])
        wanted = int((network.district_of == place).sum())
        found[part.id] = (features[part.id], _within(area, wanted, rng))
    return found


def _within(area: Any, wanted: int, rng: np.random.Generator) -> Floats:
    west, south, east, north = area.bounds
    places = np.empty((0, 2))
    while len(places) < wanted:
        tried = rng.uniform((west, south), (east, north), (4 * wanted + 16, 2))
        places = np.concatenate([places, tried[shapely.contains_xy(area, tried[:, 0], tried[:, 1])]])
    return np.round(places[:wanted], 6)
