"""Visitors: requests at fixed moments, whether or not the ones before were answered.

The time of an answer is counted from the moment at which its request was due, so a city that stalls can't hide it
by being asked less. Run as `python -m bench.visitors`, which reads its task as JSON; it speaks to loopback alone.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import urllib3

from bench.report import quantile

AT_ONCE, LONGEST, MOST = 128, 300, 500
# Whoever has no answer after so many seconds goes away.
PATIENCE = 10.0


def visit(
    base: str,
    path: str,
    rate: float,
    seconds: float,
    cookie: str = "",
    after: float = 0,
    more: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Ask for a page `rate` times a second from `after` so many seconds on; how the answers came."""
    if not base.startswith("http://127.0.0.1:"):
        raise SystemExit("The bench asks this machine alone.")
    rate, seconds = min(rate, MOST), min(seconds, LONGEST)
    pool = urllib3.PoolManager(maxsize=AT_ONCE, block=False, retries=False, timeout=PATIENCE)
    headers = {"Accept-Language": "el", "Accept-Encoding": "gzip, br", **(more or {})}
    headers |= {"Cookie": cookie} if cookie else {}
    waits: list[float] = []
    statuses: dict[str, int] = {}
    size, lock = [0], threading.Lock()

    def one(due: float) -> None:
        if time.time() > due + PATIENCE:
            # All who are at the door at once wait already.
            return count("not asked", 0, due)
        try:
            # Unpacked it is on the visitors' own machines, and here it would take the city's cores.
            answer = pool.request("GET", base + path, headers=headers, redirect=False, decode_content=False)
            status, length = str(answer.status), len(answer.data)
        except urllib3.exceptions.HTTPError as failed:
            status, length = type(failed).__name__, 0
        return count(status, length, due)

    def count(status: str, length: int, due: float) -> None:
        with lock:
            waits.append(time.time() - due)
            statuses[status] = statuses.get(status, 0) + 1
            size[0] = max(size[0], length)

    cpu, began = time.process_time(), time.time() + min(after, LONGEST)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for number in range(int(rate * seconds)):
            due = began + number / rate
            time.sleep(max(0.0, due - time.time()))
            threads.submit(one, due)
    return {
        "requests": len(waits),
        "statuses": statuses,
        "bytes": size[0],
        "p50_ms": quantile(waits, 0.5) * 1000,
        "p95_ms": quantile(waits, 0.95) * 1000,
        "p99_ms": quantile(waits, 0.99) * 1000,
        "worst_ms": max(waits) * 1000,
        "cpu_seconds": time.process_time() - cpu,
    }


if __name__ == "__main__":
    print(json.dumps(visit(**json.load(sys.stdin))))
