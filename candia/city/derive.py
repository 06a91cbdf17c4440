"""Derive: a city like the sample one, with other services, in a folder that is somebody's own to change."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from candia.city import City
from candia.config.settings import sample_city


def derive(folder: Path, *services: str) -> Path:
    """Copy the sample city's files into a folder and switch on these services as well; answers its city.toml.

    Raises FileExistsError where the folder is there already.
    """
    shutil.copytree(sample_city.parent, folder)
    path = folder / "city.toml"
    wanted = dict.fromkeys((*City.read(sample_city).services, *services))
    line = f"services = {json.dumps(list(wanted))}"
    text, found = re.subn(r"(?m)^services = \[.*\]$", line, path.read_text("utf-8"))
    if not found:
        raise LookupError(f"{sample_city} has no line `services = […]`.")
    path.write_text(text.partition("\n")[2], "utf-8")
    return path
