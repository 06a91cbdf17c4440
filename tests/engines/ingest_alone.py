"""Ingest in a process of its own, for tests that kill it: `python -m tests.engines.ingest_alone STORE STREAM`.

Every entity of `water` is known, and every device may speak for it.
"""

import asyncio
import sys

from candia.telemetry.catalogue import FixedCatalogue
from candia.telemetry.ingest import Ingest
from candia.telemetry.observation import Property
from candia.telemetry.store import Store
from candia.telemetry.stream import Stream

PROPERTIES = {"water": {"flow": Property("flow", unit="L/h")}}


class Everything(frozenset):
    """Holds whatever is asked for."""

    def __contains__(self, _: object) -> bool:
        return True


async def main(store: str, stream: str) -> None:
    line = await Stream.connect(stream)
    await Ingest(Store(store), line, FixedCatalogue(PROPERTIES, Everything())).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
