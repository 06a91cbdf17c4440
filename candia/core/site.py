"""Site: the city's own address, for links that are read elsewhere."""

from __future__ import annotations

from django.conf import settings


def address() -> str:
    """The city's address without a path: `https://city.example.gr`."""
    config = settings.CANDIA
    host = config.allowed_hosts[0].lstrip(".*") if config.allowed_hosts else config.host
    if host in {"localhost", "127.0.0.1", "[::1]", ""}:
        return f"http://{host or 'localhost'}:{config.port}"
    return f"http{'s' if config.https else ''}://{host}"
