"""The composition root: which parts a city has, in which order, and when each counts as there."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from pathlib import Path

from candia.config import City, Config, is_given
from candia.core.installed import installed, package
from candia.core.startup import start_django
from candia.engines import clickhouse, nats, ports, postgres
from candia.engines.changes import Changes
from candia.engines.home import Home
from candia.engines.part import Part, StartError
from candia.engines.supervisor import Say, Supervisor
from candia.parts import PARTS, mistakes
from candia.startup_checks import refuse_unsafe

# Seconds that filling the sample city may take.
FILLING = 1800.0
ENGINES = {"DATABASE_URL": postgres, "TELEMETRY_URL": clickhouse, "STREAM_URL": nats}


async def run(config: Config, say: Say, *, only_engines: bool = False, watch: bool = False) -> None:
    """Start the city, watch it, and stop it on SIGINT or SIGTERM; raises StartError and ConfigError.

    With `watch` its own parts start again as their code changes.
    """
    refuse_unsafe(config, os.environ)
    home = Home(config.home)
    if not only_engines:
        home.check_whole()
    home.take()
    stamp = config.home / "run" / "up"
    try:
        stamp.unlink(missing_ok=True)
        check_ports(config, os.environ, web=not only_engines)
        check_given(config, os.environ)
        stages = [engines(config, os.environ)]
        if not only_engines:
            stages += own_parts(config, say)
        changed = _changed() if watch else None
        await Supervisor(home, stages, say, changed).run(
            lambda: _up(config, stamp, say, only_engines=only_engines)
        )
    finally:
        stamp.unlink(missing_ok=True)
        home.leave()


def engines(config: Config, environ: Mapping[str, str]) -> list[Part]:
    """The engines that no address was given for; writes their addresses under the home."""
    return [engine.part(config) for name, engine in ENGINES.items() if not is_given(environ, name)]


def own_parts(config: Config, say: Say) -> list[list[Part]]:
    """Candia's own processes in stages: what all rely on, then the others at once, and last the sample's play."""
    migrate, *others = (_own(config, name, say) for name in PARTS if name != "play")
    play = [_own(config, "play", say)] if City.read(config.city_file).sample else []
    return [[migrate], others, play]


def _own(config: Config, name: str, say: Say) -> Part:
    return Part(
        name=name,
        command=(sys.executable, "-m", "candia.cli", "part", name),
        ready=lambda: _said_ready(config, name) and (name != "web" or _serves(config)),
        beats=name != "migrate",
        environment={"CANDIA_HOME": str(config.home), "PYTHONUNBUFFERED": "1"},
        once=name == "migrate",
        opened=(lambda: say(_address(config))) if name == "web" else lambda: None,
        # The sample city's past takes its time on a small machine.
        patience=FILLING if name == "play" else Part.patience,
    )


def _changed() -> Callable[[], Collection[str]]:
    """Answers with the parts to start again: all of Candia's own as code changes, else those that draw pages."""
    services = filter(None, (find_spec(package(point)) for point in installed().values()))
    folders = {Path(__file__).parent, *(Path(found.origin).parent for found in services if found.origin)}
    changes = Changes(folders)

    def changed() -> Collection[str]:
        suffixes = {path.suffix for path in changes.found()}
        return PARTS.keys() if ".py" in suffixes else {"web", "jobs"} if suffixes else ()

    return changed


def _said_ready(config: Config, name: str) -> bool:
    """Whether the process that runs now, and not one before it, has said that it works."""
    folder = config.home / "run"
    pid: int = json.loads((folder / f"{name}.json").read_text("utf-8"))[0]
    return (folder / f"{name}.ready").read_text("utf-8") == str(pid)


def _serves(config: Config) -> bool:
    """Whether pages are served; a web that takes no question among many others' is there as well."""
    line = HTTPConnection(_reached(config.host), config.port, timeout=5)
    try:
        line.request("GET", "/healthz", headers={"Host": config.allowed_hosts[0].lstrip(".*") or "localhost"})
        return line.getresponse().status < 500  # noqa: PLR2004
    except (TimeoutError, ConnectionResetError, HTTPException):
        return True
    finally:
        line.close()


def _reached(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _address(config: Config) -> str:
    """Where the city is, for whoever started it: said as soon as its pages are there."""
    host = _reached(config.host)
    shown = f"[{host}]" if ":" in host else host
    return f"\n  {City.read(config.city_file).name}: http://{shown}:{config.port}/\n"


def _up(config: Config, stamp: Path, say: Say, *, only_engines: bool) -> None:
    stamp.write_text(str(os.getpid()), "utf-8")
    accounts = config.home / "secrets" / "sample_accounts"
    if not only_engines and City.read(config.city_file).sample and accounts.is_file():
        say(accounts.read_text("utf-8"))


def check_ports(config: Config, environ: Mapping[str, str], *, web: bool = True) -> None:
    """Raise StartError when a port that this city needs belongs to another process."""
    wanted = [("HOST", config.host, "PORT", config.port)] if web else []
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


def check_given(config: Config, environ: Mapping[str, str]) -> None:
    """Raise StartError when an engine that the city was given an address of does not answer there."""
    for name, engine in ENGINES.items():
        if not is_given(environ, name):
            continue
        try:
            answers, why = engine.answers(getattr(config, name.lower())), "it lets nobody of that name in"
        except OSError as error:
            answers, why = False, str(error)
        if not answers:
            raise StartError(
                f"CANDIA_{name} names a server that does not answer ({why}). "
                "Start it or correct the address; without the setting Candia starts one of its own."
            )


def declared_wrong() -> Iterator[str]:
    """What the checks of the services and of Django find, a sentence each."""
    try:
        start_django()
        for found in mistakes():
            yield " ".join(filter(None, (found.msg, found.hint, f"({found.id})")))
    except ImportError as missing:
        yield f"The services can't be read: {missing}."
    except Exception as error:  # noqa: BLE001 — a service from elsewhere may fail in any way
        yield f"The services can't be read: {type(error).__name__}: {error}"
