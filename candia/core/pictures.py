"""Pictures from outside: judged by what they declare, decoded in a process that may take little, and written anew.

Nothing of a stranger's file is decoded in the city's own processes, and no more than two at a time on a machine.
"""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _

from candia.core.errors import Refused, TooMany

MEGABYTE = 1024 * 1024
MOST_BYTES = 8 * MEGABYTE
# Pillow's names; what a file is called proves nothing. A JPEG is decoded to a fraction, the others as a whole.
MOST_PIXELS = {"JPEG": 50_000_000, "PNG": 25_000_000, "WEBP": 16_000_000}
LEAST_SIDE = 80
#: What the process that decodes may take: bytes of memory, seconds of a processor, bytes that it writes.
LIMITS = {
    "RLIMIT_AS": 448 * MEGABYTE,
    "RLIMIT_CPU": 10,
    "RLIMIT_FSIZE": 16 * MEGABYTE,
    "RLIMIT_CORE": 0,
}
# Seconds for one picture, and for waiting until it is one's turn.
PATIENCE, QUEUE = 20.0, 15.0
AT_ONCE = 2


@dataclass(frozen=True)
class Copies:
    """A picture written anew: the bytes of a WebP for each size, and width and height of the greatest, pixels."""

    files: Mapping[str, bytes]
    width: int
    height: int


def copies(upload: IO[bytes], sizes: Mapping[str, int]) -> Copies:
    """The picture in sizes of at most so many pixels a side, upright and without metadata.

    Call it outside a transaction: it may take seconds. Raises Refused for what is no picture, too big or too small,
    TooMany when others have been before it for too long.
    """
    data = upload.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise refused(_("The picture is larger than 8 MB. Send a smaller one."))
    with _turn():
        result, files = _decoded(data, sizes)
    if "wrong" in result:
        raise refused(_sentence(result))
    parts, place = {}, 0
    for size, length in result["lengths"].items():
        parts[size] = files[place : place + length]
        place += length
    return Copies(parts, result["width"], result["height"])


def refused(sentence: str) -> Refused:
    """A refusal beside the field `picture`."""
    return Refused(sentence, picture=sentence)


def _decoded(data: bytes, sizes: Mapping[str, int]) -> tuple[dict[str, Any], bytes]:
    asked = {"sizes": dict(sizes), "pixels": MOST_PIXELS, "least": LEAST_SIDE, "limits": LIMITS}
    child = [sys.executable, "-I", str(Path(__file__).with_name("decoding.py")), json.dumps(asked)]
    # Files instead of pipes: the kernel bounds what the child may write into one.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as made:
        given.write(data)
        given.seek(0)
        try:
            done = subprocess.run(
                child,
                stdin=given,
                stdout=made,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE,
                env={},
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"wrong": "heavy"}, b""
        if done.returncode != 0:
            return {"wrong": "heavy"}, b""
        made.seek(0)
        return json.loads(made.readline()), made.read()


def _sentence(result: Mapping[str, Any]) -> str:
    match result["wrong"]:
        case "unknown":
            return _("This is no picture that can be read. Send a JPEG, PNG or WebP file.")
        case "pixels":
            return _("The picture has too many pixels. Send one of at most %(most)d megapixels.") % result
        case "small":
            return _("The picture is too small to see anything. Send one of at least 80 × 80 pixels.")
        case "heavy":
            return _("The picture takes too much to be read. Send it as a JPEG, or in a smaller size.")
    return _("The picture is damaged or incomplete. Send it again.")


@contextmanager
def _turn() -> Iterator[None]:
    """Hold one of the machine's few places; whoever finds none waits in line for a while."""
    folder = Path(settings.CANDIA.home) / "run"
    folder.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + QUEUE
    while True:
        for place in range(AT_ONCE):
            with (folder / f"picture-{place}.lock").open("w") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield
                return
        if time.monotonic() > until:
            busy = _("Many pictures arrive just now. Yours was not read: send it again in a minute.")
            raise TooMany(busy, picture=busy)
        time.sleep(0.05)
