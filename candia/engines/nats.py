"""NATS for the stream, the device door (MQTT) and live updates: one node with JetStream on the home's disk.

Two users are Candia's own: `candia` of the account CITY, which owns the streams, and `gateway` of the account
DOOR, which answers who a device is. Every other connection, by MQTT or NATS, is asked about on the subject
$SYS.REQ.USER.AUTH of DOOR; the answer is a JWT signed with the issuer's seed that places the device in CITY.
Of the server's own account, DOOR has two services: to list connections, and to end one of a revoked device.
Source: https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_callout
"""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from shutil import disk_usage
from urllib.parse import urlsplit

from candia.config import Config, kept_secret
from candia.engines import binaries, ports
from candia.engines.home import LEAST_FREE
from candia.engines.part import Part
from candia.engines.postgres import write_url

OLDEST = (2, 12)
#: With less than this on the disk a write may have failed.
SCARCE = 16 * 1024 * 1024
ACCOUNT, DOOR = "CITY", "DOOR"
USER, GATEWAY = "candia", "gateway"
#: Under these names the gateway asks for connections, and ends one at the server named last.
CONNECTIONS, END = "door.connections", "door.end.*"
SYSTEM = "SYS"
SERVICES = {"$SYS.REQ.SERVER.PING.CONNZ": CONNECTIONS, "$SYS.REQ.SERVER.*.KICK": END}


def part(config: Config) -> Part:
    """The server as a part; writes stream_url, gateway_url and gateway_seed to <home>/secrets."""
    home = config.home
    server = binaries.find("nats-server", binaries.beside_python("nats-server"), OLDEST, config.binaries)
    port = ports.kept_or_free(home / "secrets" / "stream_url")
    passwords = {user: kept_secret(home, f"stream_password_{user}") for user in (USER, GATEWAY)}
    urls = {user: f"nats://{user}:{password}@127.0.0.1:{port}" for user, password in passwords.items()}
    write_url(home, "stream_url", urls[USER])
    write_url(home, "gateway_url", urls[GATEWAY])
    file = home / "nats" / "nats.conf"
    issuer = _issuer(home)
    return Part(
        name="nats",
        command=(str(server), "-c", str(file)),
        prepare=lambda: _write(file, _settings(config, port, passwords, issuer)),
        ready=lambda: answers(urls[USER]) and _listens(config.mqtt_host, config.mqtt_port),
        alive=Alive(home, urls[USER]),
        grace=5.0,
    )


def _settings(config: Config, port: int, passwords: dict[str, str], issuer: str) -> dict[str, object]:
    return {
        "server_name": "candia",
        "listen": f"127.0.0.1:{port}",
        "max_payload": 8 * 1024 * 1024,
        # One second of silence and the door's answer is no: a device tries again.
        "authorization": {
            "timeout": 5,
            "auth_callout": {"issuer": issuer, "account": DOOR, "auth_users": [USER, GATEWAY]},
        },
        "accounts": {
            ACCOUNT: {"jetstream": "enabled", "users": [{"user": USER, "password": passwords[USER]}]},
            DOOR: {
                "users": [{"user": GATEWAY, "password": passwords[GATEWAY]}],
                "imports": [
                    {"service": {"account": SYSTEM, "subject": of_system}, "to": here}
                    for of_system, here in SERVICES.items()
                ],
            },
            SYSTEM: {
                "exports": [
                    {"service": of_system, "accounts": [DOOR], "response_type": "stream"}
                    for of_system in SERVICES
                ]
            },
        },
        "system_account": SYSTEM,
        # Each message is written before it is acknowledged; this says when the disk itself must have it.
        "jetstream": {
            "store_dir": str(config.home / "nats"),
            "sync_interval": config.stream_sync,
            "max_memory_store": 256 * 1024 * 1024,
        },
        # QoS 2 lies on the disk until the device says its second half; by QoS 1 a reading is kept once as well.
        "mqtt": {
            "host": config.mqtt_host,
            "port": config.mqtt_port,
            "max_ack_pending": 1024,
            "reject_qos2_publish": True,
            **_tls(config),
        },
        "logtime_utc": True,
    }


def _tls(config: Config) -> dict[str, object]:
    """The devices' door behind a certificate, where there is one."""
    if config.mqtt_tls_cert is None:
        return {}
    return {"tls": {"cert_file": str(config.mqtt_tls_cert), "key_file": str(config.mqtt_tls_key)}}


def _write(file: Path, settings: dict[str, object]) -> None:
    """NATS reads JSON as its own configuration language."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
    # As letters: it does not know JSON's \\uXXXX, and a folder may have a Greek name.
    file.write_text(json.dumps(settings, indent=2, ensure_ascii=False), "utf-8")


def _issuer(home: Path) -> str:
    """The public key of the account that signs for devices; its seed is made on the first run."""
    import nkeys

    path = home / "secrets" / "gateway_seed"
    if not path.exists():
        write_url(home, "gateway_seed", nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_ACCOUNT).decode())
    public: bytes = nkeys.from_seed(bytearray(path.read_bytes().strip())).public_key
    return public.decode()


def answers(url: str) -> bool:
    """Whether a server of these addresses is there; raises OSError when nobody listens.

    NATS speaks first, and does so once its streams are read back from disk.
    """
    parts = urlsplit(url.partition(",")[0])
    with socket.create_connection((parts.hostname or "", parts.port or 4222), timeout=2) as line:
        return line.recv(5) == b"INFO "


class Alive:
    """Whether the server answers, and writes: after the disk was full it refuses to until it is started again."""

    def __init__(self, home: Path, url: str) -> None:
        self._home, self._url = home, url
        self._refuses = ""

    def __call__(self) -> None:
        """Raise TimeoutError where it does not."""
        answers(self._url)
        process, free = (self._home / "run" / "nats.json").read_text("utf-8"), disk_usage(self._home).free
        if free < SCARCE:
            self._refuses = process
        elif process == self._refuses and free > LEAST_FREE:
            raise TimeoutError("it refuses to write since the disk was full")


def _listens(host: str, port: int) -> bool:
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    socket.create_connection((here, port), timeout=2).close()
    return True
