"""What an empty service costs: the start and the memory of one process, without and with many of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from bench.report import publish
from candia.config.settings import sample_city
from candia.core.startup import start_django

#: So many are switched on; each run is a process of its own.
MANY, RUNS, QUICK_RUNS = 40, 9, 3
Row = dict[str, Any]


def run(out: Path, *, quick: bool = False) -> None:
    """Start a process by turns without and with them, which neither serves nor asks anybody."""
    with tempfile.TemporaryDirectory(prefix="candia-bench-") as name:
        home = Path(name)
        environments = [with_services(home / str(count), _empty(home, count)) for count in (0, MANY)]
        runs = [[_started(one) for one in environments] for _ in range(QUICK_RUNS if quick else RUNS)]
    without, with_them = (
        {figure: median(run[place][figure] for run in runs) for figure in runs[0][place]} for place in (0, 1)
    )
    each = {figure: (with_them[figure] - without[figure]) / MANY for figure in without}
    rows = [
        {"what": "a process of the sample city", **without},
        {"what": f"with {MANY} empty services more", **with_them},
        {"what": "an empty service", **each},
    ]
    publish("services", rows, out, runs_of_each=len(runs))


def with_services(home: Path, modules: Mapping[str, str]) -> dict[str, str]:
    """The settings of a city whose own file switches on these services more (name → `module:object`)."""
    city = shutil.copytree(sample_city.parent, home / "city")
    file = city / sample_city.name
    names = "".join(f'"{name}", ' for name in modules)
    file.write_text(file.read_text("utf-8").replace("services = [", f"services = [{names}", 1), "utf-8")
    return {"CANDIA_CITY": str(file), "PYTHONPATH": found(home, modules)}


def found(home: Path, modules: Mapping[str, str]) -> str:
    """The path on which these services are found, as if they were installed."""
    known = home / "found" / "more-1.dist-info"
    known.mkdir(parents=True)
    (known / "METADATA").write_text("Metadata-Version: 2.1\nName: more\nVersion: 1\n")
    entries = "".join(f"{name} = {module}\n" for name, module in modules.items())
    (known / "entry_points.txt").write_text(f"[candia.services]\n{entries}")
    root = Path(__file__).parents[1]
    return os.pathsep.join([str(known.parent), str(root), os.environ.get("PYTHONPATH", "")])


def _empty(home: Path, count: int) -> dict[str, str]:
    """So many services that declare nothing but their name, where `with_services` finds them."""
    modules = {}
    for number in range(count):
        name = f"empty_{number}"
        folder = home / str(count) / "found" / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        (folder / "service.py").write_text(
            f'from candia.core.service import Service\n\nservice = Service(name="{name}", title="{name}")\n'
        )
        modules[name] = f"{name}.service:service"
    return modules


def _started(environment: Mapping[str, str]) -> Row:
    plain = {key: value for key, value in os.environ.items() if not key.startswith("CANDIA_")}
    words = [sys.executable, "-m", "bench.services"]
    done = subprocess.run(words, env=plain | environment, capture_output=True, text=True, check=True)
    told: Row = json.loads(done.stdout)
    return told


def _start() -> Row:
    """What the start of this very process costs: all services known and checked, every address and page there."""
    import time

    import psutil
    from django.core.checks import run_checks
    from django.urls import get_resolver

    start_django()
    run_checks()
    _ = get_resolver().url_patterns
    return {"cpu_ms": time.process_time() * 1000, "resident_mb": psutil.Process().memory_info().rss / 1e6}


if __name__ == "__main__":
    print(json.dumps(_start()))
