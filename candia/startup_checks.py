"""Startup checks: with which settings no city starts, because somebody could read or take over what is not theirs.

`candia run`, `candia part` and `candia check` go by the same list.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from candia.city import City
from candia.config import Config, is_given
from candia.engines.part import StartError

# A key that is shorter, or made of fewer different letters, can be guessed.
SHORTEST_KEY, LEAST_LETTERS = 32, 10


def refuse_unsafe(config: Config, environ: Mapping[str, str]) -> None:
    """Raise StartError with every reason why this city must not start."""
    if reasons := list(unsafe(config, environ)):
        raise StartError("\n".join(reasons))


def unsafe(config: Config, environ: Mapping[str, str]) -> Iterator[str]:
    """Every reason why this city must not start, a sentence each, with what to do."""
    city = City.read(config.city_file)
    yield from _debug(config, sample=city.sample)
    yield from _keys(config)
    yield from _web(config, sample=city.sample)
    if not is_given(environ, "STREAM_URL"):
        yield from _devices(config, sample=city.sample)


def _debug(config: Config, *, sample: bool) -> Iterator[str]:
    shown = "CANDIA_DEBUG shows whoever meets an error the code and its values"
    if config.debug and not _is_here(config.host):
        yield f"{shown}, and CANDIA_HOST is {config.host}. Leave it out, or use 127.0.0.1."
    if config.debug and (config.https or config.proxies):
        yield f"{shown}, and the city is reached through a proxy. Leave it out."
    if config.debug and not sample:
        yield f"{shown}, and this city is not a sample. Leave it out."


def _keys(config: Config) -> Iterator[str]:
    if len(config.secret_key) < SHORTEST_KEY or len(set(config.secret_key)) < LEAST_LETTERS:
        yield (
            f"CANDIA_SECRET_KEY can be guessed, and with it anybody's session be made. Give at least "
            f"{SHORTEST_KEY} random letters, or leave it out: one is made then."
        )
    if "*" in config.allowed_hosts:
        yield (
            "CANDIA_ALLOWED_HOSTS is *: a link in a letter could then lead to whatever host somebody made "
            "up. Give the names under which the city is reached, with commas."
        )


def _web(config: Config, *, sample: bool) -> Iterator[str]:
    if _is_here(config.host):
        return
    if not config.https:
        yield (
            f"CANDIA_HOST is {config.host}, and pages and passwords would travel by http, for anybody on the "
            "way to read. Put a server with a certificate before it and set CANDIA_HTTPS, or use 127.0.0.1."
        )
    if sample:
        yield (
            f"CANDIA_HOST is {config.host}, and the city is the sample, whose accounts share one password. "
            "Use 127.0.0.1, or name a city of your own in CANDIA_CITY."
        )


def _devices(config: Config, *, sample: bool) -> Iterator[str]:
    if (config.mqtt_tls_cert is None) != (config.mqtt_tls_key is None):
        yield "CANDIA_MQTT_TLS_CERT and CANDIA_MQTT_TLS_KEY go together. Give both, or none."
    if _is_here(config.mqtt_host):
        return
    if config.mqtt_tls_cert is None and not config.mqtt_plain:
        yield (
            f"CANDIA_MQTT_HOST is {config.mqtt_host}, and devices would send their secrets for anybody on the "
            "way to read. Give a certificate (CANDIA_MQTT_TLS_CERT and CANDIA_MQTT_TLS_KEY), or say "
            "CANDIA_MQTT_PLAIN=yes where the network itself is private, such as a VPN."
        )
    if sample:
        yield (
            f"CANDIA_MQTT_HOST is {config.mqtt_host}, and the city is the sample. "
            "Use 127.0.0.1, or name a city of your own in CANDIA_CITY."
        )


def _is_here(host: str) -> bool:
    """Whether only this machine reaches that address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
