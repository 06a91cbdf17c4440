"""NATS for the stream, the device door (MQTT) and live updates: one node with JetStream on the home's disk.

Two users are Candia's own: `candia` of the account CITY, which owns the streams, and `gateway` of the account
DOOR, which answers who a device is. Every other connection, by MQTT or NATS, is asked about on the subject
$SYS.REQ.USER.AUTH of DOOR; the answer is a JWT signed with the issuer's seed that places the device in CITY.
Of the server's own account, DOOR has four services: to list connections, to end one, to ask how much comes in, and
whether every stream can write.
Source: https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_callout
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from pathlib import Path
from shutil import disk_usage
from typing import Any
from urllib.parse import unquote, urlsplit

from candia.config import Config, kept_secret
from candia.engines import binaries, ports
from candia.engines.part import Part
from candia.engines.postgres import write_url
from candia.telemetry.stream import LARGEST

# The first that tells which stream can't write.
OLDEST = (2, 15)
#: With less than this on the disk a server that can't write would not write after a new start either.
SCARCE = 4 * 1024 * 1024
# Beside a payload, room for the headers of a dead letter. Sixty thousand connections are more than a city's.
ROOM, CONNECTIONS_AT_MOST = 128 * 1024, 60_000
# The disk is shared: its own space is watched by the gateway, and each stream has bounds.
BOUNDLESS = 1 << 50
ACCOUNT, DOOR = "CITY", "DOOR"
USER, GATEWAY = "candia", "gateway"
#: Under these names the gateway asks for connections, ends one at the server named last, asks for the traffic of an
#: account and for the server's health.
CONNECTIONS, END, TRAFFIC, HEALTH = "door.connections", "door.end.*", "door.traffic", "door.health"
SYSTEM = "SYS"
SERVICES = {
    "$SYS.REQ.SERVER.PING.CONNZ": CONNECTIONS,
    "$SYS.REQ.SERVER.*.KICK": END,
    "$SYS.REQ.ACCOUNT.PING.STATZ": TRAFFIC,
    "$SYS.REQ.SERVER.PING.HEALTHZ": HEALTH,
}


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
        alive=Alive(home, urls[GATEWAY]),
        grace=5.0,
    )


def _settings(config: Config, port: int, passwords: dict[str, str], issuer: str) -> dict[str, object]:
    return {
        "server_name": "candia",
        "listen": f"127.0.0.1:{port}",
        "max_payload": LARGEST + ROOM,
        "max_connections": CONNECTIONS_AT_MOST,
        # Of one connection; a device has none.
        "max_subscriptions": 1000,
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
            "max_file_store": BOUNDLESS,
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
    """Whether the server answers, and whether each stream can write.

    One that failed once, on a full disk, refuses until the server is started again.
    """

    def __init__(self, home: Path, url: str) -> None:
        self._home, self._url = home, url

    def __call__(self) -> None:
        """Raise TimeoutError where it does not."""
        wrong = failures(self._url)
        # On a disk that is full to the last byte a new start would help nobody.
        if wrong and disk_usage(self._home).free > SCARCE:
            raise TimeoutError(wrong[0])


def failures(url: str) -> list[str]:
    """The streams and consumers that can't write, a sentence each, as the server itself says; raises OSError."""
    errors = ask(url, HEALTH, {"details": True})["data"].get("errors") or ()
    return [one["error"] for one in errors if "write error" in one.get("error", "")]


def ask(url: str, subject: str, question: object) -> dict[str, Any]:
    """One question to the first server of these addresses, over a line of its own; raises OSError."""
    parts, inbox, asked = urlsplit(url.partition(",")[0]), secrets.token_hex(8), json.dumps(question)
    user = {"user": unquote(parts.username or ""), "pass": unquote(parts.password or ""), "verbose": False}
    with (
        socket.create_connection((parts.hostname or "", parts.port or 4222), timeout=2) as line,
        line.makefile("rb") as answers,
    ):
        answers.readline()
        line.sendall(
            f"CONNECT {json.dumps(user)}\r\nSUB _INBOX.{inbox} 1\r\n"
            f"PUB {subject} _INBOX.{inbox} {len(asked)}\r\n{asked}\r\n".encode()
        )
        while words := answers.readline().split():
            if words[0] == b"MSG":
                answer: dict[str, Any] = json.loads(answers.read(int(words[-1])))
                return answer
            if words[0] == b"-ERR":
                raise PermissionError(b" ".join(words).decode())
    raise ConnectionResetError("it hung up")


def _listens(host: str, port: int) -> bool:
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    socket.create_connection((here, port), timeout=2).close()
    return True
