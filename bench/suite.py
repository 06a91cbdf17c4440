"""The benches in their order: those of a running city share one, and the store comes after it has gone."""

from __future__ import annotations

from pathlib import Path

from bench import city, first_view, ingest, memory, orders, search, services, store, web


def run(what: str, out: Path, *, rows: int, quick: bool) -> None:
    """Measure `what`: store, ingest, web, first-view, memory, orders, search, services or all."""
    if what in {"ingest", "web", "first-view", "memory", "all"}:
        _in_a_city(what, out, quick=quick)
    if what in {"orders", "all"}:
        with city.running(lamps=True) as there:
            orders.run(out, there, quick=quick)
    if what in {"store", "all"}:
        store.run(out, rows)
    if what in {"search", "all"}:
        search.run(out, quick=quick)
    if what in {"services", "all"}:
        services.run(out, quick=quick)


def _in_a_city(what: str, out: Path, *, quick: bool) -> None:
    print("A city of its own is started and filled …", flush=True)
    with city.running() as there:
        print(f"It was up after {there.up_after:.0f} s.", flush=True)
        rest = memory.at_rest(there, quick=quick) if what in {"memory", "all"} else {}
        if what in {"first-view", "all"}:
            first_view.run(out, there)
        if what in {"web", "all"}:
            web.run(out, there, quick=quick)
        if what in {"memory", "all"}:
            memory.report(out, rest, memory.at_work(there, quick=quick))
        if what in {"ingest", "all"}:
            ingest.run(out, there, quick=quick)
