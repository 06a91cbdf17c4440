"""Gateways that speak HTTP: SenML packs of a thousand observations, each sent when the one before was answered.

The packs are written before the clock starts, save for their time, so that the load is the city's and not this
process's. Run as `python -m bench.packs`, which reads its task as JSON; it speaks to loopback alone.
"""

from __future__ import annotations

import base64
import json
import sys
import threading
import time
from http.client import HTTPConnection
from typing import Any

from bench.report import quantile

LONGEST = 300
TIME = b'"bt":"time here"'


class Gateway(threading.Thread):
    """One connection under one credential, for so many seconds."""

    def __init__(self, port: int, device: tuple[str, str, list[str]], pace: float, seconds: float) -> None:
        super().__init__()
        self._id, self._secret, entities = device
        self._port, self._pace, self._seconds = port, pace, min(seconds, LONGEST)
        self._packs = [_pack(entities[at : at + 1000]) for at in range(0, len(entities), 1000)]
        self.statuses: dict[int, int] = {}
        self.waits: list[float] = []

    def run(self) -> None:
        """Send pack after pack, at most one in `pace` seconds."""
        line = HTTPConnection("127.0.0.1", self._port, timeout=30)
        basic = base64.b64encode(f"{self._id}:{self._secret}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/senml+json"}
        began, number = time.time(), 0
        while (now := time.time()) < began + self._seconds:
            body = self._packs[number % len(self._packs)].replace(TIME, b'"bt":%.3f' % now)
            line.request("POST", "/api/v1/observations", body, headers)
            answer = line.getresponse()
            answer.read()
            number += 1
            self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
            self.waits.append(time.time() - now)
            time.sleep(max(0.0, began + number * self._pace - time.time()))
        line.close()


def _pack(entities: list[str]) -> bytes:
    """A pack of one reading of each, its time left open."""
    first, *others = [{"n": f"{entity}/index", "v": 2000 + at / 1000} for at, entity in enumerate(entities)]
    return json.dumps([{"bt": "time here", **first}, *others], separators=(",", ":")).encode()


def send(
    port: int, devices: list[tuple[str, str, list[str]]], packs_a_second: float, seconds: float
) -> dict[str, Any]:
    """Let each device send packs, all together at most so many a second (0: as many as are answered)."""
    pace = len(devices) / packs_a_second if packs_a_second else 0.0
    gateways = [Gateway(port, device, pace, seconds) for device in devices]
    began, cpu = time.time(), time.process_time()
    for gateway in gateways:
        gateway.start()
    for gateway in gateways:
        gateway.join()
    statuses = {
        status: sum(one.statuses.get(status, 0) for one in gateways)
        for one in gateways
        for status in one.statuses
    }
    waits = [wait for gateway in gateways for wait in gateway.waits]
    return {
        "began": began,
        "seconds": time.time() - began,
        "statuses": statuses,
        "answer_p50_ms": quantile(waits, 0.5) * 1000,
        "answer_p99_ms": quantile(waits, 0.99) * 1000,
        "cpu_seconds": time.process_time() - cpu,
    }


if __name__ == "__main__":
    print(json.dumps(send(**json.load(sys.stdin))))
