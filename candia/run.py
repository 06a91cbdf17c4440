"""The composition root: which parts a city has, in which order, and how each one begins."""

from __future__ import annotations

import os
from collections.abc import Mapping

from candia.config import Config, is_given
from candia.engines import clickhouse, nats, ports, postgres
from candia.engines.home import Home
from candia.engines.part import Part, StartError
from candia.engines.supervisor import Say, Supervisor

ENGINES = {"DATABASE_URL": postgres, "TELEMETRY_URL": clickhouse, "STREAM_URL": nats}


def check_ports(config: Config, environ: Mapping[str, str]) -> None:
    """Raise StartError when a port that this city needs belongs to another process."""
    wanted = [("HOST", config.host, "PORT", config.port)]
    if not is_given(environ, "STREAM_URL"):
        wanted.append(("MQTT_HOST", config.mqtt_host, "MQTT_PORT", config.mqtt_port))
    for host_name, host, name, port in wanted:
        try:
            free = ports.is_free(host, port)
        except OSError as error:
            raise StartError(
                f"CANDIA_{host_name} is {host}, which is no address of this machine ({error.strerror}). "
                "Use 127.0.0.1 for this machine alone, or 0.0.0.0 for all."
            ) from error
        if not free:
            raise StartError(
                f"CANDIA_{name} is {port}, which another process uses on {host}. "
                f"Stop it, or give another port: CANDIA_{name}={port + 1}"
            )


def engines(config: Config, environ: Mapping[str, str]) -> list[Part]:
    """The engines that no address was given for; writes their addresses under the home."""
    return [engine.part(config) for name, engine in ENGINES.items() if not is_given(environ, name)]


async def run(config: Config, say: Say, *, only_engines: bool = False) -> None:
    """Start the city, watch it, and stop it on SIGINT or SIGTERM; raises StartError."""
    home = Home(config.home)
    home.take()
    try:
        if not only_engines:
            check_ports(config, os.environ)
        stages = [engines(config, os.environ)]
        await Supervisor(home, stages, say).run(lambda: _up(config, say))
    finally:
        home.leave()


def _up(config: Config, say: Say) -> None:
    (config.home / "run" / "up").write_text(str(os.getpid()), "utf-8")
    say(f"http://{config.host}:{config.port}")
