"""Configuration: the settings of one installation, read once and checked; the city's facts stand beside."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from shutil import disk_usage
from typing import Any
from urllib.parse import urlsplit

from candia.city import City, ConfigError

__all__ = ["City", "Config", "ConfigError", "Setting", "is_given", "kept_secret", "read_one", "settings"]

sample_city = Path(__file__).parent / "city" / "heraklion" / "city.toml"
# Where the proxy stands of a city that says CANDIA_HTTPS and no more: on its own machine.
BESIDE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@dataclass(frozen=True)
class Setting:
    """One setting of the environment: its name there, its default, how it is read, and what it is for."""

    name: str
    default: str
    read: Callable[[str], Any]
    meaning: str
    secret: bool = False


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:  # noqa: PLR2004 — ports
        msg = "must be a port between 1 and 65535"
        raise ValueError(msg)
    return int(text)


def _count(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= 64:  # noqa: PLR2004 — more cores than that want more machines
        msg = "must be a number between 1 and 64"
        raise ValueError(msg)
    return int(text)


def _amount(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdigit() or not least <= int(text) <= 100_000_000:  # noqa: PLR2004 — a hundred TB
            msg = f"must be a whole number of at least {least}"
            raise ValueError(msg)
        return int(text)

    return read


def _pause(text: str) -> str:
    if text != "always" and not (text.endswith("s") and text[:-1].isdigit() and int(text[:-1])):
        msg = "must be `always` or a number of seconds such as 1s"
        raise ValueError(msg)
    return text


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            msg = f"must be one of {', '.join(words)}"
            raise ValueError(msg)
        return text

    return read


def _flag(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
    if text.lower() not in words:
        msg = "must be true or false"
        raise ValueError(msg)
    return words[text.lower()]


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        found = tuple(ip_network(name, strict=False) for name in _names(text))
    except ValueError as wrong:
        msg = "must be addresses or networks such as 127.0.0.1,10.0.3.0/24"
        raise ValueError(msg) from wrong
    if any(network.prefixlen == 0 for network in found):
        msg = "must not name the whole world, since any visitor could then say who they are"
        raise ValueError(msg)
    return found


def _file(text: str) -> Path:
    path = Path(text).expanduser().resolve()
    if not path.is_file():
        msg = "names a file that is not there"
        raise ValueError(msg)
    return path


def _file_or_none(text: str) -> Path | None:
    return _file(text) if text else None


def _url(*schemes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text and urlsplit(text).scheme not in schemes:
            msg = f"must be a URL that starts with {' or '.join(f'{scheme}://' for scheme in schemes)}"
            raise ValueError(msg)
        return text

    return read


def _place(text: str) -> str:
    if not text or text.startswith("s3://"):
        return text
    if "://" in text:
        raise ValueError("must be a folder, or a bucket as s3://bucket/prefix")
    return str(Path(text).expanduser().resolve())


def _hour(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError("must be an hour such as 03:30")
    return text


def _recipient(text: str) -> str:
    if text and not re.fullmatch(r"age1[0-9a-z]{50,}|ssh-(ed25519|rsa) \S+( .*)?", text):
        raise ValueError("must be a public key of age, which begins with age1")
    return text


def _keep(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,2}d(,\d{1,2}w)?", text):
        raise ValueError("must be such as 7d,4w: seven days and four weeks")
    return text


settings = (
    Setting(
        "HOME", "~/.candia", lambda text: Path(text).expanduser().resolve(), "the one folder of all state"
    ),
    Setting("CITY", str(sample_city), _file, "the city's own file; by default the sample city"),
    Setting("HOST", "127.0.0.1", str, "the address the web listens on"),
    Setting("PORT", "8000", _port, "the port the web listens on"),
    Setting("MQTT_HOST", "127.0.0.1", str, "the address devices speak MQTT to"),
    Setting("MQTT_PORT", "1883", _port, "the port devices speak MQTT to"),
    Setting(
        "MQTT_TLS_CERT", "", _file_or_none, "the certificate (PEM, with its chain) that devices are shown"
    ),
    Setting("MQTT_TLS_KEY", "", _file_or_none, "the key (PEM) of that certificate"),
    Setting(
        "MQTT_PLAIN",
        "",
        _flag,
        "devices of other machines may speak MQTT that anybody on the way can read; inside a VPN, say",
    ),
    Setting("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", _names, "the names under which the web is reached"),
    Setting("DATABASE_URL", "", _url("postgresql", "postgres"), "PostgreSQL of your own", secret=True),
    Setting("TELEMETRY_URL", "", _url("clickhouse", "clickhouses"), "ClickHouse of your own", secret=True),
    Setting("STREAM_URL", "", _url("nats", "tls"), "NATS of your own, several with commas", secret=True),
    Setting(
        "GATEWAY_URL",
        "",
        _url("nats", "tls"),
        "with a NATS of your own: the user that answers who a device is",
        secret=True,
    ),
    Setting(
        "GATEWAY_SEED",
        "",
        str,
        "with a NATS of your own: the seed (SA…) of its auth_callout issuer",
        secret=True,
    ),
    Setting(
        "BINARIES",
        "auto",
        _one_of("auto", "bundled", "path"),
        "whose postgres and nats-server run: bundled, path, or auto for those on PATH that are new enough",
    ),
    Setting(
        "STREAM_SYNC",
        "1s",
        _pause,
        "how often the stream is forced onto the disk itself: `always`, or a time such as 1s, "
        "which is what a power cut may then cost (a killed process costs nothing)",
    ),
    Setting(
        "STREAM_MAX",
        "0",
        _amount(0),
        "how many MB of the disk the stream may take; 0 is a quarter of the disk, "
        "and with a NATS of your own as much as that allows",
    ),
    Setting(
        "DISK_RESERVE",
        "1024",
        _amount(1),
        "how many MB of the home's disk stay free: with less, devices are put out until there is more again",
    ),
    Setting("DEVICE_RATE", "4", _amount(1), "how many MB a second one device may send in the long run"),
    Setting(
        "DEVICE_MESSAGES",
        "5000",
        _amount(1),
        "how many messages a second one device may send in the long run",
    ),
    Setting("DEVICES_RATE", "64", _amount(1), "how many MB a second all devices together may send"),
    Setting("WEB_WORKERS", "1", _count, "how many web processes share the work"),
    Setting("SECRET_KEY", "", str, "signs sessions; made once if you give none", secret=True),
    Setting(
        "EMAIL_URL",
        "file:",
        _url("file", "console", "smtp", ""),
        "where mail goes: file:, console: or smtp://",
        secret=True,
    ),
    Setting("REQUIRE_MFA", "", _flag, "staff need a second factor; always so unless the city is the sample"),
    Setting("METRICS_TOKEN", "", str, "opens /metrics to others than this machine", secret=True),
    Setting("OIDC_ISSUER", "", _url("https", "http"), "an OpenID Connect provider for signing in"),
    Setting("OIDC_CLIENT_ID", "", str, "this city's name at that provider"),
    Setting("OIDC_CLIENT_SECRET", "", str, "this city's secret at that provider", secret=True),
    Setting(
        "OIDC_VERIFIED_CLAIM", "", str, "the claim by which the provider says that somebody is a resident"
    ),
    Setting(
        "BACKUP_TO",
        "",
        _place,
        "where backups go, a folder or s3://bucket/prefix: one is then made each night",
    ),
    Setting("BACKUP_AT", "03:30", _hour, "when the nightly backup begins, in the city's time"),
    Setting(
        "BACKUP_KEEP", "7d,4w", _keep, "how many backups are kept: the last of each of so many days and weeks"
    ),
    Setting(
        "BACKUP_RECIPIENT",
        "",
        _recipient,
        "the public key (age1…) that backups are encrypted for; `candia backup --make-key` makes a pair",
    ),
    Setting(
        "BACKUP_WAL",
        "",
        _flag,
        "keep the records' write-ahead log beside the backups, so that they can be brought back to any moment",
    ),
    Setting(
        "BACKUP_S3_ENDPOINT", "", _url("https", "http"), "an S3 of somebody else than Amazon: its address"
    ),
    Setting("BACKUP_S3_REGION", "us-east-1", str, "the region of the bucket"),
    Setting("BACKUP_S3_KEY", "", str, "the access key of the bucket", secret=True),
    Setting("BACKUP_S3_SECRET", "", str, "the secret of that access key", secret=True),
    Setting(
        "PROXIES",
        "",
        _networks,
        "the addresses or networks of the proxies before the web, such as 127.0.0.1: what they say of a visitor's "
        "address and of https is believed, and the city is reached by https",
    ),
    Setting(
        "HTTPS",
        "",
        _flag,
        "the city is reached by https; without a word it is so where CANDIA_PROXIES is set. "
        "true alone means a proxy on this machine",
    ),
    Setting("DEBUG", "", _flag, "for developers: errors with their code, on this machine only"),
)


@dataclass(frozen=True)
class Config:
    """The settings of one installation; `environment` hands them on to a process of its own."""

    home: Path
    city: Path
    host: str
    port: int
    mqtt_host: str
    mqtt_port: int
    mqtt_tls_cert: Path | None
    mqtt_tls_key: Path | None
    mqtt_plain: bool
    allowed_hosts: tuple[str, ...]
    database_url: str = field(repr=False)
    telemetry_url: str = field(repr=False)
    stream_url: str = field(repr=False)
    gateway_url: str = field(repr=False)
    gateway_seed: str = field(repr=False)
    binaries: str
    stream_sync: str
    stream_max: int
    disk_reserve: int
    device_rate: int
    device_messages: int
    devices_rate: int
    web_workers: int
    secret_key: str = field(repr=False)
    email_url: str = field(repr=False)
    require_mfa: bool
    metrics_token: str = field(repr=False)
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str = field(repr=False)
    oidc_verified_claim: str
    backup_to: str
    backup_at: str
    backup_keep: str
    backup_recipient: str
    backup_wal: bool
    backup_s3_endpoint: str
    backup_s3_region: str
    backup_s3_key: str
    backup_s3_secret: str
    proxies: tuple[IPv4Network | IPv6Network, ...]
    https: bool
    debug: bool

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Config:
        """Read every CANDIA_ setting; raises ConfigError for one that is wrong or unknown."""
        _refuse_unknown(environ)
        values = {setting.name.lower(): _value(setting, environ) for setting in settings}
        for name in ("database_url", "telemetry_url", "stream_url", "gateway_url", "gateway_seed"):
            values[name] = values[name] or _kept(values["home"], name)
        values["secret_key"] = values["secret_key"] or kept_secret(values["home"], "secret_key")
        if not environ.get("CANDIA_REQUIRE_MFA"):
            values["require_mfa"] = values["city"] != sample_city
        if not environ.get("CANDIA_HTTPS"):
            values["https"] = bool(values["proxies"])
        elif values["https"] and not values["proxies"]:
            values["proxies"] = BESIDE
        return cls(**values)

    @property
    def city_file(self) -> Path:
        """The city's own file."""
        return self.city

    @property
    def stream_bytes(self) -> int:
        """How much the stream of observations may hold; -1 where the NATS of the city's own decides."""
        if self.stream_max:
            return self.stream_max * 1_000_000
        ours = _kept(self.home, "stream_url")
        return disk_usage(self.home).total // 4 if ours and ours == self.stream_url else -1

    def environment(self) -> dict[str, str]:
        """The settings as environment variables, for the parts of a running city."""
        told = {f"CANDIA_{item.name.upper()}": getattr(self, item.name) for item in fields(self)}
        return {name: _written(value) for name, value in told.items()}


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _value(setting: Setting, environ: Mapping[str, str]) -> Any:
    name = f"CANDIA_{setting.name}"
    text = environ.get(name, "")
    if setting.secret and (path := environ.get(f"{name}_FILE")):
        if text:
            msg = f"{name} and {name}_FILE are both set. Keep one of them."
            raise ConfigError(msg)
        try:
            text = Path(path).read_text("utf-8").strip()
        except OSError as unreadable:
            msg = f"{name}_FILE names {path}, which can't be read: {unreadable.strerror}."
            raise ConfigError(msg) from unreadable
    try:
        return setting.read(text or setting.default)
    except ValueError as wrong:
        shown = "it" if setting.secret else f"{text!r}"
        msg = f"{name}: {shown} {wrong}. It is {setting.meaning}."
        raise ConfigError(msg) from wrong


def read_one(environ: Mapping[str, str], name: str) -> Any:
    """One setting alone, without a home; raises ConfigError."""
    return _value(next(setting for setting in settings if setting.name == name), environ)


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {f"CANDIA_{setting.name}" for setting in settings}
    known |= {f"CANDIA_{setting.name}_FILE" for setting in settings if setting.secret}
    for name in environ:
        if name.startswith("CANDIA_") and name not in known and not name.startswith("CANDIA_BENCH_"):
            msg = f"{name} is no setting of Candia. `candia check` lists them all."
            raise ConfigError(msg)


def is_given(environ: Mapping[str, str], name: str) -> bool:
    """Whether the environment sets this setting, so that Candia need not start an engine for it."""
    return bool(environ.get(f"CANDIA_{name}") or environ.get(f"CANDIA_{name}_FILE"))


def _kept(home: Path, name: str) -> str:
    """What the engines under this home wrote down of themselves at their last start, or nothing."""
    path = home / "secrets" / name
    try:
        return path.read_text("utf-8").strip() if path.is_file() else ""
    except OSError as refused:
        msg = f"CANDIA_HOME is {home}, whose {name} can't be read ({refused.strerror}). Run as its owner."
        raise ConfigError(msg) from refused


def _random() -> str:
    return secrets.token_urlsafe(32)


def kept_secret(home: Path, name: str, make: Callable[[], str] = _random) -> str:
    """A secret of this installation, made at first use and readable by its owner alone."""
    path = home / "secrets" / name
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            path.write_text(make(), "utf-8")
        return path.read_text("utf-8").strip()
    except OSError as refused:
        msg = (
            f"CANDIA_HOME is {home}, where nothing can be written ({refused.strerror}). Name another folder."
        )
        raise ConfigError(msg) from refused
