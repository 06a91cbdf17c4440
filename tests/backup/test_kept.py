"""A city of each version before starts with today's code, and has what it had (tests/kept/README.md)."""

import json
import shutil
import tempfile
from pathlib import Path

import pytest
import requests

from candia.devices.credentials import fingerprint
from tests.backup.town import Town
from tests.engines_once import wait_for

KEPT = sorted(path.parent for path in Path(__file__).parents[1].glob("kept/*/told.json"))


@pytest.mark.parametrize("kept", KEPT, ids=lambda path: path.name)
def test_a_city_of_a_version_before_starts_and_has_what_it_had(kept):
    import psycopg

    told = json.loads((kept / "told.json").read_text())
    folder = Path(tempfile.mkdtemp(prefix="candia-kept-"))
    town = Town(folder / "home")
    code, said = town.candia("restore", kept / "backup", "--to", town.home)
    assert code == 0, said
    try:
        town.start(whole=True)
        address = f"http://127.0.0.1:{town.config.port}"
        assert told["heading"] in requests.get(f"{address}/dialogue/proposals/", timeout=30).text
        parts = town.parts()
        # One was stored then; one lay in the stream, and is taken now.
        wait_for(lambda: parts.count("water.meter:loaded") == 2, 40)
        assert parts.count(told["meter"]) == 73
        assert [letter.payload for letter in parts.letters("loader")] == [b"nonsense"]
        with psycopg.connect(town.config.database_url) as line:
            hashed = line.execute("SELECT secret_hash FROM core_device WHERE id = 'meter-1'").fetchone()[0]
        assert hashed == fingerprint(told["meter-1"])
        assert list((town.home / "media").rglob(f"{told['picture']}*"))
    finally:
        town.stop()
        shutil.rmtree(folder, ignore_errors=True)
