"""Clocks: the tests themselves at the hours at which days, months and summer time begin and end.

Every process but NATS, which asks the kernel past any library, runs under Debian's libfaketime with the same shift,
so that all of them agree; the tests hold nothing that NATS dates against a clock of ours.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from candia.engines.supervisor import tie
from tests.clock import MOMENTS, moment
from tests.soak.blows import Load, say
from tests.soak.city import ROOT, Breach

SHIFT = Path(__file__).parent / "shifted"
LIBRARY = "/usr/lib/{machine}-linux-gnu/faketime/libfaketimeMT.so.1"
WHERE = ("candia", "tests/contract")
# A browser does not start with another clock under it.
LEFT_OUT = ("candia/accounts/tests/test_passkeys.py",)
QUIET = ("-q", "--tb=short", "--show-capture=no")
LONGEST = 3600
Row = dict[str, Any]


def clocks(count: int, _seed: int, _load: Load) -> list[Row]:
    """The tests of the city at each of the moments, or at the first so many of them."""
    library = Path(LIBRARY.format(machine=os.uname().machine))
    if not library.exists():
        raise Breach("The clock can't be shifted here: apt install libfaketime.")
    return [_at(told, library) for told in MOMENTS[: count or None]]


def breaches(row: Row) -> list[str]:
    """Tests that fail at this hour."""
    return [f"at {row['moment']} fail: {row['failed']}"] if row["failed"] else []


def shifted(told: str, library: Path) -> dict[str, str]:
    """The environment in which it is that moment now; the monotonic clock goes as it goes."""
    return {
        **os.environ,
        "LD_PRELOAD": str(library),
        "FAKETIME": f"{moment(told).timestamp() - time.time():+.0f}s",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # libfaketime takes a monotonic sleep for one of the wall clock: sitecustomize.py there gives another.
        "PYTHONPATH": os.pathsep.join([str(SHIFT), str(ROOT)]),
    }


def _at(told: str, library: Path) -> Row:
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *QUIET, *WHERE, *(f"--deselect={one}" for one in LEFT_OUT)],
        cwd=ROOT, env=shifted(told, library), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        preexec_fn=tie(signal.SIGTERM, os.getpid()),  # noqa: PLW1509
    )  # fmt: skip
    try:
        words, _ = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        process.terminate()
        words, _ = process.communicate()
        words += "\nFAILED not over within an hour"
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", words, re.MULTILINE)
    if process.returncode and not failed:
        failed = [words[-300:]]
    passed = re.search(r"(\d+) passed", words)
    say(f"{told}: {words.strip().splitlines()[-1] if words.strip() else 'no words'}")
    if failed:
        say(words[-20_000:])
    return {
        "moment": told,
        "passed": int(passed.group(1)) if passed else 0,
        "failed": ", ".join(failed),
        "minutes": (time.monotonic() - began) / 60,
    }
