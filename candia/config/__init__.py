"""Configuration: the settings of one installation, read once and checked; the city's facts stand beside."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from shutil import disk_usage
from typing import Any

from candia.city import City, ConfigError
from candia.config.settings import Setting, sample_city, settings

__all__ = [
    "City",
    "Config",
    "ConfigError",
    "Setting",
    "is_given",
    "kept_secret",
    "read_one",
    "sample_city",
    "settings",
]

# Where the proxy stands of a city that says CANDIA_HTTPS and no more: on its own machine.
BESIDE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


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
    order_rate: int
    chirpstack_url: str
    chirpstack_token: str = field(repr=False)
    web_workers: int
    secret_key: str = field(repr=False)
    push_key: str = field(repr=False)
    email_url: str = field(repr=False)
    require_mfa: bool
    metrics_token: str = field(repr=False)
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str = field(repr=False)
    oidc_verified_claim: str
    files_to: str
    files_s3_endpoint: str
    files_s3_region: str
    files_s3_key: str = field(repr=False)
    files_s3_secret: str = field(repr=False)
    backup_to: str
    backup_at: str
    backup_keep: str
    backup_recipient: str
    backup_wal: bool
    backup_s3_endpoint: str
    backup_s3_region: str
    backup_s3_key: str = field(repr=False)
    backup_s3_secret: str = field(repr=False)
    proxies: tuple[IPv4Network | IPv6Network, ...]
    https: bool
    webhook_networks: tuple[IPv4Network | IPv6Network, ...]
    feed_networks: tuple[IPv4Network | IPv6Network, ...]
    feed_secrets: str = field(repr=False)
    debug: bool

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Config:
        """Read every CANDIA_ setting; raises ConfigError for one that is wrong or unknown."""
        _refuse_unknown(environ)
        values = {setting.name.lower(): _value(setting, environ) for setting in settings}
        for name in ("database_url", "telemetry_url", "stream_url", "gateway_url", "gateway_seed"):
            values[name] = values[name] or _kept(values["home"], name)
        values["secret_key"] = values["secret_key"] or kept_secret(values["home"], "secret_key")
        values["push_key"] = values["push_key"] or kept_secret(values["home"], "push_key", _push_key)
        if not environ.get("CANDIA_REQUIRE_MFA"):
            values["require_mfa"] = not City.read(values["city"]).sample
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


def _push_key() -> str:
    from candia.config import push_key

    return push_key.made()


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
