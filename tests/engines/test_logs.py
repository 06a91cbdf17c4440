"""Logs hold the newest, and no more than a disk can bear."""

import os
import subprocess
import sys

import pytest

from candia.engines import logs, supervisor
from tests.engines.conftest import script, soon


async def test_a_log_is_cut_while_it_is_written_and_the_newest_stays(home, watch, monkeypatch):
    monkeypatch.setattr(logs, "MOST", 200_000)
    monkeypatch.setattr(logs, "KEPT", 100_000)
    monkeypatch.setattr(supervisor, "LOOK", 0.02)
    # As parts do that are chatty: by Python, and by a line at a time.
    text = (
        "import time\nfor n in range(40_000): print(f'line {n:09}', flush=True)\n"
        "print('end', flush=True); time.sleep(600)"
    )
    await watch([script("chatty", text)])
    log = home.log("chatty")
    await soon(lambda: log.read_bytes().endswith(b"end\n") and log.stat().st_size <= logs.MOST, 30)
    *lines, end = log.read_text().splitlines()
    numbers = [int(line.split()[1]) for line in lines[1:]]
    # None between the oldest that is kept and the newest is missing.
    assert numbers == list(range(numbers[0], 40_000))
    assert end == "end"


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 4 MB that can't take the head off a file."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(tmp_path)], check=True)
    yield tmp_path
    subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_a_full_disk_keeps_no_log_from_being_cut_and_nobody_from_speaking(small_disk, monkeypatch):
    monkeypatch.setattr(logs, "MOST", 1_000_000)
    monkeypatch.setattr(logs, "KEPT", 500_000)
    path = small_disk / "speaker.log"
    text = (
        "import logging, sys; logging.basicConfig(stream=sys.stderr)\n"
        "for line in sys.stdin: logging.warning('x' * 1000); print(line, end='', flush=True)"
    )
    with path.open("ab") as log:
        speaker = subprocess.Popen(
            [sys.executable, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )

    def say(number):
        for _ in range(number):
            speaker.stdin.write("go on\n")
            speaker.stdin.flush()
            assert speaker.stdout.readline() == "go on\n"

    try:
        say(1500)
        (small_disk / "filler").write_bytes(bytes(2_000_000))
        with pytest.raises(OSError, match="No space"):
            (small_disk / "more").write_bytes(bytes(2_000_000))
        # It goes on, though not a word of it can be written.
        say(1500)
        logs.trim(small_disk)
        assert path.stat().st_size <= logs.KEPT + 4096
        say(10)
        assert path.read_text().count("x" * 1000) > 400
    finally:
        speaker.kill()
        speaker.communicate()
