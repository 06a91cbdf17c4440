"""A gateway that speaks HTTP: a pack of readings, the same one again until it is answered 202."""

from __future__ import annotations

import base64
import json
import threading
import time
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.soak.devices import Account

PATIENCE = 10.0


class Gateway(threading.Thread):
    """One credential for a hundred places; a pack holds one reading of each, so number n is pack n."""

    def __init__(
        self, port: int, known: tuple[str, str, list[str]], start: int, packs_a_second: float
    ) -> None:
        super().__init__(daemon=True)
        from tests.soak.devices import STEP, Account

        self.name, secret, self._entities = known
        self._port, self._start, self._step = port, start, STEP
        self._pace = 1 / packs_a_second
        self._basic = base64.b64encode(f"{self.name}:{secret}".encode()).decode()
        self.stop = threading.Event()
        self.account: Account = Account()
        self.packs = self.sent = 0
        self._done = 0

    @property
    def made(self) -> int:
        """Readings that were made."""
        return self.packs

    @property
    def owed(self) -> int:
        """Packs that were made and not acknowledged."""
        return self.packs - self._done

    def run(self) -> None:
        """Send pack after pack until `stop` is set; the last one as well until it is answered, for a while."""
        due = time.monotonic()
        while not self.stop.is_set():
            self.packs += 1
            until = float("inf")
            while not self._send(self.packs - 1) and time.monotonic() < until:
                if self.stop.is_set():
                    until = min(until, time.monotonic() + 60)
                time.sleep(0.5)
            due = max(due + self._pace, time.monotonic() - 1)
            self.stop.wait(max(0.0, due - time.monotonic()))

    def _send(self, number: int) -> bool:
        moment = (self._start + number * self._step) / 1000
        pack = [{"n": f"{entity}/inflow", "t": moment, "v": number % 1000} for entity in self._entities]
        headers = {"Authorization": f"Basic {self._basic}", "Content-Type": "application/senml+json"}
        line = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            self.sent += 1
            line.request("POST", "/api/v1/observations", json.dumps(pack), headers)
            taken = line.getresponse().status == 202
        except (OSError, HTTPException):
            return False
        finally:
            line.close()
        if taken:
            self.account.note(number)
            self._done += 1
        return taken
