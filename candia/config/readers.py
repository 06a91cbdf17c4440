"""Readers: how the text of a setting becomes its value; each raises ValueError with what it must be."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit


def port(text: str) -> int:
    """A port between 1 and 65535."""
    if not text.isdigit() or not 0 < int(text) < 65536:  # noqa: PLR2004 — ports
        msg = "must be a port between 1 and 65535"
        raise ValueError(msg)
    return int(text)


def count(text: str) -> int:
    """How many processes: 1 to 64."""
    if not text.isdigit() or not 0 < int(text) <= 64:  # noqa: PLR2004 — more cores than that want more machines
        msg = "must be a number between 1 and 64"
        raise ValueError(msg)
    return int(text)


def amount(least: int) -> Callable[[str], int]:
    """A whole number of at least `least`."""

    def read(text: str) -> int:
        if not text.isdigit() or not least <= int(text) <= 100_000_000:  # noqa: PLR2004 — a hundred TB
            msg = f"must be a whole number of at least {least}"
            raise ValueError(msg)
        return int(text)

    return read


def pause(text: str) -> str:
    """`always`, or seconds as in `1s`."""
    if text != "always" and not (text.endswith("s") and text[:-1].isdigit() and int(text[:-1])):
        msg = "must be `always` or a number of seconds such as 1s"
        raise ValueError(msg)
    return text


def one_of(*words: str) -> Callable[[str], str]:
    """One of these words."""

    def read(text: str) -> str:
        if text not in words:
            msg = f"must be one of {', '.join(words)}"
            raise ValueError(msg)
        return text

    return read


def flag(text: str) -> bool:
    """True or false; nothing is false."""
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
    if text.lower() not in words:
        msg = "must be true or false"
        raise ValueError(msg)
    return words[text.lower()]


def names(text: str) -> tuple[str, ...]:
    """Names with commas between."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and networks with commas between, none of them the whole world."""
    try:
        found = tuple(ip_network(name, strict=False) for name in names(text))
    except ValueError as wrong:
        msg = "must be addresses or networks such as 127.0.0.1,10.0.3.0/24"
        raise ValueError(msg) from wrong
    if any(network.prefixlen == 0 for network in found):
        msg = "must not name the whole world, since any visitor could then say who they are"
        raise ValueError(msg)
    return found


def file(text: str) -> Path:
    """A file that is there."""
    path = Path(text).expanduser().resolve()
    if not path.is_file():
        msg = "names a file that is not there"
        raise ValueError(msg)
    return path


def file_or_none(text: str) -> Path | None:
    """A file that is there, or none."""
    return file(text) if text else None


def url(*schemes: str) -> Callable[[str], str]:
    """An address of one of these schemes, or none."""

    def read(text: str) -> str:
        if text and urlsplit(text).scheme not in schemes:
            msg = f"must be a URL that starts with {' or '.join(f'{scheme}://' for scheme in schemes)}"
            raise ValueError(msg)
        return text

    return read


def place(text: str) -> str:
    """A folder, a bucket as s3://bucket/prefix, or none."""
    if not text or text.startswith("s3://"):
        return text
    if "://" in text:
        raise ValueError("must be a folder, or a bucket as s3://bucket/prefix")
    return str(Path(text).expanduser().resolve())


def bucket(text: str) -> str:
    """A bucket as s3://bucket/prefix, or none."""
    if text and not re.fullmatch(r"s3://[^/]+(/.*)?", text):
        raise ValueError("must be a bucket as s3://bucket/prefix")
    return text.rstrip("/")


def hour(text: str) -> str:
    """An hour of the day as in 03:30."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError("must be an hour such as 03:30")
    return text


def recipient(text: str) -> str:
    """A public key of age, or none."""
    if text and not re.fullmatch(r"age1[0-9a-z]{50,}|ssh-(ed25519|rsa) \S+( .*)?", text):
        raise ValueError("must be a public key of age, which begins with age1")
    return text


def push_key(text: str) -> str:
    """A private key for push, or nothing."""
    if text:
        from candia.config.push_key import private

        try:
            private(text)
        except ValueError:
            raise ValueError("must be a private key of the curve P-256: 32 bytes in base64url") from None
    return text


def feed_secrets(text: str) -> str:
    """Lines such as air.sensors=KEY; `secrets_of` takes them apart."""
    for line in text.splitlines():
        name, _equals, secret = line.partition("=")
        if not (re.fullmatch(r"\s*[a-z0-9_]+\.[a-z0-9_]+\s*", name) and secret.strip()) and line.strip():
            raise ValueError("must have a feed and its secret on each line, such as air.sensors=KEY")
        if not (secret.isascii() and secret.strip().isprintable()):
            raise ValueError("must have secrets of plain letters, digits and signs")
    return text


def secrets_of(lines: str) -> dict[str, str]:
    """Each feed's secret by its name."""
    told = (line.partition("=") for line in lines.splitlines() if line.strip())
    return {name.strip(): secret.strip() for name, _equals, secret in told}


def keep(text: str) -> str:
    """How many days and weeks, as in 7d,4w."""
    if not re.fullmatch(r"[1-9]\d{0,2}d(,\d{1,2}w)?", text):
        raise ValueError("must be such as 7d,4w: seven days and four weeks")
    return text
