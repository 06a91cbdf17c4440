"""Nobody else of this machine reads what lies under the home."""

import os
import shutil
import subprocess
import sys

import psycopg
import pytest

from candia.engines.home import FOLDERS, Home

NOBODY = 65534
ENGINES = ("postgres", "clickhouse", "nats")


@pytest.fixture
def somebody_else():
    """Runs a command as another user of the machine; what it said, and whether it went well."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root can become somebody else")

    def run(*words):
        as_other = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *words]
        done = subprocess.run(as_other, capture_output=True, text=True, check=False, cwd="/")
        return done.returncode == 0, done.stdout

    return run


def test_another_user_neither_lists_nor_reads_the_home(engines, somebody_else):
    home = engines.home
    (home / "mail" / "letter.log").write_text("the code is 482915")
    # What a verb made before any run, or another program, under names that can be guessed.
    for name in FOLDERS + ENGINES:
        assert (home / name).is_dir()
        assert somebody_else("ls", str(home / name)) == (False, ""), name
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert len(kept) > 20
    assert somebody_else("cat", *map(str, kept[:2000])) == (False, "")
    assert somebody_else("ls", str(home)) == (False, "")


def test_another_user_does_not_reach_the_records(engines, somebody_else):
    text = f"import psycopg; psycopg.connect({engines.config.database_url!r}).execute('SELECT 1')"
    with psycopg.connect(engines.config.database_url) as ours:
        assert ours.execute("SELECT 1").fetchone() == (1,)
    assert not somebody_else(sys.executable, "-c", text)[0]


def test_a_home_of_an_earlier_version_is_closed_at_the_start(tmp_path, somebody_else):
    tmp_path.chmod(0o755)
    for above in tmp_path.parents[:3]:
        above.chmod(above.stat().st_mode | 0o001)
    for name in ("mail", "media", "log"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("for one person")
        (tmp_path / name).chmod(0o755)
        (tmp_path / name / "file").chmod(0o644)
    assert somebody_else("cat", str(tmp_path / "mail" / "file")) == (True, "for one person")
    home = Home(tmp_path)
    home.take()
    home.leave()
    for name in ("mail", "media", "log"):
        assert somebody_else("cat", str(tmp_path / name / "file")) == (False, "")
