"""Nonsense: payloads of every format that are nearly right, in ways that a seed decides, and some that are noise.

Each begins as what a device really sends. Its values, names, depth and bytes are then changed, so that most of it
passes the first reader and fails, if at all, deep within.
"""

from __future__ import annotations

import base64
import json
import random
import re
import struct
import time
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import cbor2

PLACES = ("water.meter:n0", "water.meter:n1", "water.district:n0", "water.district:n1")
EUI = "70b3d5e75e00a1b2"
#: Written into JSON as they stand: numbers that no machine word holds, and words that are no JSON.
TOKENS = (
    "9" * 400, "-" + "9" * 400, "1" + "0" * 4400, "1e400", "-1e400", "1e-400", "1e308", "-0", "-0.0",
    "0.1e-308", "9223372036854775807", "9223372036854775808", "18446744073709551616",
    "-9223372036854775809", "253402300800", "1e11", "99999999999.999", "10413791999999",
    "10413792000000", "-62135596801", "NaN", "Infinity", "-Infinity", "nan", "0x10", "1_000", "01", "1.",
    ".5", "+1", "true", "null", '""', "[]", "{}", '"\\ud800"', '"\\u0000"',
    '"9999-12-31T23:59:59.999999Z"', '"0001-01-01T00:00:00+23:59"', '"2026-02-29T00:00:00Z"',
    '"2016-12-31T23:59:60Z"', '"2026-03-29T03:30:00"', '"2026-W01-1"',
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 1e308, 5e-324, float("nan"),
    float("inf"), float("-inf"), "", " ", "x" * 5000, "\0", "\ud800", "\u202e", "ΐ" * 300, "💧", "a\nb",
    "{reason}", "%(device)s", "%s%n", "<script>alert(1)</script>", "'; DROP TABLE observations; --", [],
    {}, [[]], [1, 2], {"value": {"value": {}}, "state": "leak"}, {"value": 1, "state": "exchange"},
    {"state": "x" * 300},
)  # fmt: skip
NAMES = (
    "", ".", ":", "water.", ".index", "water.meter:", ":n0", "water.meter:n0", "entity", "time", "value",
    "index", "inflow", "battery", "alarm", "backflow", "bn", "bt", "n", "v", "t_", "bver", "object",
    "deviceInfo", "devEui", "__class__", "x" * 400, "Ω", "\0", "water.index", "a.b.c",
    "water.meter:n0/index", "$JS.API", "*", ">",
)  # fmt: skip


class Nonsense:
    """An endless supply of it; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._kinds: tuple[Callable[[], bytes], ...] = (
            self._json, self._json, self._senml, self._senml, self._cbor, self._csv, self._chirpstack,
            self._axioma, self._noise,
        )  # fmt: skip

    def payload(self) -> bytes:
        """One payload; at most some hundred kilobytes, and that seldom."""
        made = self.random.choice(self._kinds)()
        if self.random.random() < 0.25:
            made = self._bitten(made)
        if self.random.random() < 0.0005:
            made *= 1 + 100_000 // max(1, len(made))
        return made

    def _json(self) -> bytes:
        told = {"entity": self._place(), "time": self._time(), self._property(): self._number()}
        return self._written(self._spoiled(told))

    def _senml(self) -> bytes:
        pack: list[Any] = [
            {"bn": self._place() + "/", "bt": time.time(), "n": "index", "u": "m3", "v": self._number()}
        ]
        pack += [
            {"n": self._property(), "t": self.random.randint(-900, 0), "v": self._number()} for _ in range(3)
        ]
        return self._written(self._spoiled(pack))

    def _cbor(self) -> bytes:
        pack = [{-2: self._place() + "/", -3: time.time(), 0: "index", 1: "m3", 2: self._number()}]
        pack += [{0: self._property(), 6: -at, 2: self._number()} for at in range(3)]
        told = self._spoiled(pack)
        if self.random.random() < 0.2:
            told = cbor2.CBORTag(self.random.choice((0, 1, 2, 4, 5, 30, 35, 36, 258, 55799, 2**40)), told)
        if self.random.random() < 0.1:
            # A decimal whose exponent would fill any memory that it is written out in.
            told = [{0: self._place() + "/index", 2: cbor2.CBORTag(4, [10**9, 1])}]
        try:
            return cbor2.dumps(told)
        except (ValueError, TypeError, UnicodeError, OverflowError, cbor2.CBORError):
            return self.random.randbytes(40)

    def _csv(self) -> bytes:
        mark = self.random.choice(",,,;\t")
        rows = [["entity", "property", "time", "value"]]
        rows += [[self._place(), self._property(), str(self._time()), str(self._number())] for _ in range(3)]
        for _ in range(self.random.randint(0, 3)):
            row = self.random.choice(rows)
            row[self.random.randrange(len(row))] = self._word()
        if self.random.random() < 0.2:
            self.random.choice(rows).append(self._word())
        end = self.random.choice(("\n", "\r\n", "\r", "\n\n"))
        return end.join(mark.join(row) for row in rows).encode("utf-8", "surrogatepass")

    def _chirpstack(self) -> bytes:
        event: dict[str, Any] = {
            "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
            "time": "2026-10-01T10:00:00.123456+00:00",
            "deviceInfo": {"devEui": EUI, "deviceProfileName": self.random.choice(("axioma_w1", "W1", ""))},
            "fPort": 100,
            "object": {"index": self._number(), "battery": 80, "alarm": "leak"},
            "data": base64.b64encode(self._frame()).decode(),
        }
        return self._written(self._spoiled(event))

    def _axioma(self) -> bytes:
        return self._bitten(self._frame()) if self.random.random() < 0.5 else self._frame()

    def _frame(self) -> bytes:
        sent = self.random.choice((int(time.time()), 0, 2**32 - 1, int(time.time()) - 86_400))
        return struct.pack("<BIBI", 1, sent, self.random.randrange(256), self.random.randrange(2**32)) + (
            self.random.randbytes(41)
        )

    def _noise(self) -> bytes:
        deep = self.random.randint(1, 5000)
        return self.random.choice(
            (
                self.random.randbytes(self.random.randint(0, 300)),
                b"[" * deep,
                b'{"a":' * deep + b"1" + b"}" * deep,
                b"\x81" * deep + b"\x00",
                b"\xd9\xd9\xf7" * deep,
                b"\x9b" + b"\xff" * 8,
                b"\xef\xbb\xbf" + b"entity,property,time,value\n" * 20,
                b"",
                b"\0" * deep,
            )
        )

    def _written(self, told: Any) -> bytes:
        text = json.dumps(told, ensure_ascii=self.random.random() < 0.5)
        if self.random.random() < 0.3 and (found := list(re.finditer(r'-?\d+(\.\d+)?|"[^"]*"', text))):
            at = self.random.choice(found)
            text = text[: at.start()] + self.random.choice(TOKENS) + text[at.end() :]
        return text.encode("utf-8", "surrogatepass")

    def _spoiled(self, told: Any) -> Any:
        """The same with one to three of its parts changed, or, one time in ten, as it was."""
        if self.random.random() < 0.1:
            return told
        for _ in range(self.random.randint(1, 3)):
            self._spoil(told)
        return told

    def _spoil(self, told: Any) -> None:
        within = self._somewhere(told)
        if isinstance(within, list):
            within.insert(self.random.randint(0, len(within)), self._value())
        elif within and self.random.random() < 0.7:
            key = self.random.choice(list(within))
            match self.random.randrange(4):
                case 0:
                    del within[key]
                case 1:
                    within[self.random.choice(NAMES)] = within.pop(key)
                case _:
                    within[key] = self._value()
        else:
            within[self.random.choice(NAMES)] = self._value()

    def _somewhere(self, told: Any) -> Any:
        inner = [
            one for one in (told.values() if isinstance(told, dict) else told) if isinstance(one, dict | list)
        ]
        return self._somewhere(self.random.choice(inner)) if inner and self.random.random() < 0.7 else told

    def _bitten(self, made: bytes) -> bytes:
        for _ in range(self.random.randint(1, 4)):
            at = self.random.randint(0, len(made))
            match self.random.randrange(4):
                case 0:
                    made = made[:at]
                case 1:
                    made = made[:at] + self.random.randbytes(self.random.randint(1, 8)) + made[at:]
                case 2:
                    made = made[:at] + made[at + 1 :]
                case _:
                    made = made[:at] + made[at : at + 40] * self.random.randint(2, 20) + made[at:]
        return made

    def _value(self) -> Any:
        if self.random.random() < 0.05:
            deep: Any = 1
            for _ in range(self.random.randint(2, 200)):
                deep = [deep] if self.random.random() < 0.5 else {"value": deep}
            return deep
        # A copy: what is changed later must not change the list.
        return deepcopy(self.random.choice(VALUES))

    def _word(self) -> str:
        return self.random.choice(
            (*NAMES, *TOKENS, "1,5", '"', '"a', "x" * 200_000 if self.random.random() < 0.01 else "y")
        )

    def _place(self) -> str:
        return self.random.choice(PLACES)

    def _property(self) -> str:
        return self.random.choice(("index", "inflow", "battery", "alarm", "backflow", "water.index"))

    def _time(self) -> Any:
        now = time.time()
        return self.random.choice(
            (now, int(now * 1000), now - self.random.random() * 3e7, "2026-10-25T00:30:00Z")
        )

    def _number(self) -> float:
        return round(self.random.uniform(0, 4000), 3)
