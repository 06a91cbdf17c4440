"""Ports: is this one free, and which one does an engine keep from start to start."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now; raises OSError when this machine hasn't got the address."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # A connection that lingers from the run before is no reason to refuse.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as error:
            if error.errno in {98, 13}:  # in use, or kept for root
                return False
            raise
    return True


def kept_or_free(url_file: Path) -> int:
    """The loopback port that this engine had before if it is still free, else another."""
    if url_file.is_file():
        port = urlsplit(url_file.read_text("utf-8").strip()).port
        if port and is_free("127.0.0.1", port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        chosen: int = probe.getsockname()[1]
        return chosen
