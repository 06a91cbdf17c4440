"""ClickHouse for the observations: chDB, the same engine as a library, in a process of its own."""

from __future__ import annotations

import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.error import URLError
from urllib.parse import unquote, urlsplit
from urllib.request import urlopen

from candia.config import Config, kept_secret
from candia.engines import ports
from candia.engines.part import Part
from candia.engines.postgres import write_url

USER = DATABASE = "candia"


def part(config: Config) -> Part:
    """The host as a part; writes its address to <home>/secrets/telemetry_url, and the host reads it there."""
    port = ports.kept_or_free(config.home / "secrets" / "telemetry_url")
    password = kept_secret(config.home, "telemetry_password")
    url = f"clickhouse://{USER}:{password}@127.0.0.1:{port}/{DATABASE}"
    write_url(config.home, "telemetry_url", url)
    return Part(
        name="clickhouse",
        command=(sys.executable, "-m", "candia.engines.chdb_host", str(config.home)),
        ready=lambda: answers(url),
        alive=lambda: alive(url),
        grace=5.0,
    )


def alive(url: str) -> None:
    """Raise TimeoutError where our own host carries out no statement, whether or not it still listens."""
    parts = urlsplit(url)
    line = HTTPConnection(parts.hostname or "", parts.port or 8123, timeout=5)
    names = {
        "X-ClickHouse-User": unquote(parts.username or ""),
        "X-ClickHouse-Key": unquote(parts.password or ""),
    }
    try:
        line.request("POST", "/alive", headers=names)
        if line.getresponse().status == HTTPStatus.SERVICE_UNAVAILABLE:
            raise TimeoutError("each of its threads is stuck")
    except HTTPException as cut:
        raise ConnectionError("it hung up") from cut
    finally:
        line.close()


def answers(url: str) -> bool:
    """Whether the server of this address is there; raises OSError when nobody listens."""
    parts = urlsplit(url)
    scheme = "https" if parts.scheme in {"clickhouses", "https"} else "http"
    try:
        with urlopen(f"{scheme}://{parts.hostname}:{parts.port or 8123}/ping", timeout=2) as answer:  # noqa: S310
            return bool(answer.read() == b"Ok.\n")
    except URLError as wrong:
        # What urllib hides in it tells silence from a closed door.
        raise wrong.reason if isinstance(wrong.reason, OSError) else wrong from wrong
