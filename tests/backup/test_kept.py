"""A city of each version before starts with today's code, and has what it had (tests/kept/README.md)."""

import hashlib
import json
import shutil
import tarfile
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
        with psycopg.connect(town.config.database_url, autocommit=True) as line:
            hashed = line.execute("SELECT secret_hash FROM core_device WHERE id = 'meter-1'").fetchone()[0]
            assert hashed == fingerprint(told["meter-1"])
            voices_moved(line, json.loads((kept / "backup" / "manifest.json").read_text())["records"])
            pictures_moved(line, town.home / "media", kept, told.get("picture"))
    finally:
        town.stop()
        shutil.rmtree(folder, ignore_errors=True)


def pictures_moved(line, media, kept, name):
    """A picture that was dialogue's own hangs on its proposal, with the bytes that the backup has of it."""
    if name is None:
        return
    then = {}
    for packed in kept.glob("backup/files/*.tar"):
        with tarfile.open(packed) as tar:
            then |= {Path(one.name).name: tar.extractfile(one).read() for one in tar if name in one.name}
    (row,) = line.execute(
        "SELECT file, sha256, stays FROM core_attachment JOIN dialogue_proposal ON entity_ptr_id = of"
    ).fetchall()
    assert row[1:] == (hashlib.sha256(then[f"{name}-large.webp"]).hexdigest(), True)
    for size in ("large", "small"):
        assert (media / f"{row[0]}-{size}.webp").read_bytes() == then[f"{name}-{size}.webp"]
    assert not list(media.rglob(f"{name}*"))
    tables = line.execute("SELECT 1 FROM pg_tables WHERE tablename = 'dialogue_picture'").fetchall()
    assert not tables


def voices_moved(line, then):
    """What dialogue had kept of its own is participation's, under the numbers by which events name it."""
    for name in ("support", "comment", "follow", "report", "hiding", "answer"):
        rows = line.execute(f"SELECT count(*) FROM participation_{name}").fetchone()[0]
        assert rows == then[f"dialogue_{name}"], name
    lost = """
        SELECT kind, data FROM core_event WHERE kind LIKE 'dialogue.%comment%' AND NOT EXISTS (
            SELECT FROM participation_comment AS said
            WHERE said.id = (data ->> 'comment')::bigint AND said.entity_id = entity)
    """
    assert not line.execute(lost).fetchall()
    # Mail and rules that had waited then are done by today's names.
    waiting = """
        SELECT task_name, status FROM procrastinate_jobs
        WHERE task_name ~ 'hear|notice' AND status NOT IN ('succeeded', 'cancelled')
    """
    wait_for(lambda: not line.execute(waiting).fetchall(), 40)
