"""Settings: everything that the environment may say of an installation, with its default and its meaning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from candia.config import readers

sample_city = Path(__file__).parent.parent / "city" / "heraklion" / "city.toml"


@dataclass(frozen=True)
class Setting:
    """One setting of the environment: its name there, its default, how it is read, and what it is for."""

    name: str
    default: str
    read: Callable[[str], Any]
    meaning: str
    secret: bool = False


settings = (
    Setting(
        "HOME", "~/.candia", lambda text: Path(text).expanduser().resolve(), "the one folder of all state"
    ),
    Setting("CITY", str(sample_city), readers.file, "the city's own file; by default the sample city"),
    Setting("HOST", "127.0.0.1", str, "the address the web listens on"),
    Setting("PORT", "8000", readers.port, "the port the web listens on"),
    Setting("MQTT_HOST", "127.0.0.1", str, "the address devices speak MQTT to"),
    Setting("MQTT_PORT", "1883", readers.port, "the port devices speak MQTT to"),
    Setting(
        "MQTT_TLS_CERT",
        "",
        readers.file_or_none,
        "the certificate (PEM, with its chain) that devices are shown",
    ),
    Setting("MQTT_TLS_KEY", "", readers.file_or_none, "the key (PEM) of that certificate"),
    Setting(
        "MQTT_PLAIN",
        "",
        readers.flag,
        "devices of other machines may speak MQTT that anybody on the way can read; inside a VPN, say",
    ),
    Setting(
        "ALLOWED_HOSTS",
        "localhost,127.0.0.1,[::1]",
        readers.names,
        "the names under which the web is reached",
    ),
    Setting("DATABASE_URL", "", readers.url("postgresql", "postgres"), "PostgreSQL of your own", secret=True),
    Setting(
        "TELEMETRY_URL", "", readers.url("clickhouse", "clickhouses"), "ClickHouse of your own", secret=True
    ),
    Setting(
        "STREAM_URL", "", readers.url("nats", "tls"), "NATS of your own, several with commas", secret=True
    ),
    Setting(
        "GATEWAY_URL",
        "",
        readers.url("nats", "tls"),
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
        readers.one_of("auto", "bundled", "path"),
        "whose postgres and nats-server run: bundled, path, or auto for those on PATH that are new enough",
    ),
    Setting(
        "STREAM_SYNC",
        "1s",
        readers.pause,
        "how often the stream is forced onto the disk itself: `always`, or a time such as 1s, "
        "which is what a power cut may then cost (a killed process costs nothing)",
    ),
    Setting(
        "STREAM_MAX",
        "0",
        readers.amount(0),
        "how many MB of the disk the stream may take; 0 is a quarter of the disk, "
        "and with a NATS of your own as much as that allows",
    ),
    Setting(
        "DISK_RESERVE",
        "1024",
        readers.amount(1),
        "how many MB of the home's disk stay free: with less, devices are put out until there is more again",
    ),
    Setting(
        "DEVICE_RATE", "4", readers.amount(1), "how many MB a second one device may send in the long run"
    ),
    Setting(
        "DEVICE_MESSAGES",
        "5000",
        readers.amount(1),
        "how many messages a second one device may send in the long run",
    ),
    Setting("DEVICES_RATE", "64", readers.amount(1), "how many MB a second all devices together may send"),
    Setting(
        "ORDER_RATE",
        "250",
        readers.amount(1),
        "how many orders a second are sent of those that are given to many things at once",
    ),
    Setting(
        "CHIRPSTACK_URL",
        "",
        readers.url("https", "http"),
        "where ChirpStack's gRPC API answers, which takes orders to LoRaWAN devices; needs candia[lorawan]",
    ),
    Setting("CHIRPSTACK_TOKEN", "", str, "the API key that ChirpStack gave the city", secret=True),
    Setting("WEB_WORKERS", "2", readers.count, "how many web processes share the work"),
    Setting("SECRET_KEY", "", str, "signs sessions; made once if you give none", secret=True),
    Setting(
        "PUSH_KEY",
        "",
        readers.push_key,
        "by what push services know the city, a private key of P-256 in base64url; made once if you give none. "
        "With another one nobody is told on their devices until they ask for it again",
        secret=True,
    ),
    Setting(
        "EMAIL_URL",
        "file:",
        readers.url("file", "console", "smtp", ""),
        "where mail goes: file:, console: or smtp://",
        secret=True,
    ),
    Setting(
        "REQUIRE_MFA",
        "",
        readers.flag,
        "staff need a second factor; so unless the city says that it is a sample",
    ),
    Setting("METRICS_TOKEN", "", str, "opens /metrics to others than this machine", secret=True),
    Setting("OIDC_ISSUER", "", readers.url("https", "http"), "an OpenID Connect provider for signing in"),
    Setting("OIDC_CLIENT_ID", "", str, "this city's name at that provider"),
    Setting("OIDC_CLIENT_SECRET", "", str, "this city's secret at that provider", secret=True),
    Setting(
        "OIDC_VERIFIED_CLAIM", "", str, "the claim by which the provider says that somebody is a resident"
    ),
    Setting(
        "FILES_TO",
        "",
        readers.bucket,
        "where attached pictures and PDFs lie: s3://bucket/prefix; the folder media of the home if you give none",
    ),
    Setting(
        "FILES_S3_ENDPOINT",
        "",
        readers.url("https", "http"),
        "for those files: an S3 of somebody else than Amazon, its address",
    ),
    Setting("FILES_S3_REGION", "us-east-1", str, "for those files: the region of the bucket"),
    Setting("FILES_S3_KEY", "", str, "for those files: the access key of the bucket", secret=True),
    Setting("FILES_S3_SECRET", "", str, "for those files: the secret of that access key", secret=True),
    Setting(
        "BACKUP_TO",
        "",
        readers.place,
        "where backups go, a folder or s3://bucket/prefix: one is then made each night",
    ),
    Setting("BACKUP_AT", "03:30", readers.hour, "when the nightly backup begins, in the city's time"),
    Setting(
        "BACKUP_KEEP",
        "7d,4w",
        readers.keep,
        "how many backups are kept: the last of each of so many days and weeks",
    ),
    Setting(
        "BACKUP_RECIPIENT",
        "",
        readers.recipient,
        "the public key (age1…) that backups are encrypted for; `candia backup --make-key` makes a pair",
    ),
    Setting(
        "BACKUP_WAL",
        "",
        readers.flag,
        "keep the records' write-ahead log beside the backups, so that they can be brought back to any moment",
    ),
    Setting(
        "BACKUP_S3_ENDPOINT",
        "",
        readers.url("https", "http"),
        "an S3 of somebody else than Amazon: its address",
    ),
    Setting("BACKUP_S3_REGION", "us-east-1", str, "the region of the bucket"),
    Setting("BACKUP_S3_KEY", "", str, "the access key of the bucket", secret=True),
    Setting("BACKUP_S3_SECRET", "", str, "the secret of that access key", secret=True),
    Setting(
        "PROXIES",
        "",
        readers.networks,
        "the addresses or networks of the proxies before the web, such as 127.0.0.1: what they say of a visitor's "
        "address and of https is believed, and the city is reached by https",
    ),
    Setting(
        "HTTPS",
        "",
        readers.flag,
        "the city is reached by https; without a word it is so where CANDIA_PROXIES is set. "
        "true alone means a proxy on this machine",
    ),
    Setting(
        "WEBHOOK_NETWORKS",
        "",
        readers.networks,
        "networks of the city's own that webhooks may reach, by http as well, such as 10.0.3.0/24; "
        "without a word they reach public addresses by https alone",
    ),
    Setting(
        "FEED_NETWORKS",
        "",
        readers.networks,
        "networks of the city's own from which feeds may be fetched, such as 10.0.3.0/24; without a word they are "
        "fetched from public addresses alone",
    ),
    Setting(
        "FEED_SECRETS",
        "",
        readers.feed_secrets,
        "the secrets that feeds are fetched with, one a line: air.sensors=KEY",
        secret=True,
    ),
    Setting("DEBUG", "", readers.flag, "for developers: errors with their code, on this machine only"),
)
