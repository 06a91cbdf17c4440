"""The composition root: which parts a city has, in which order, and how each one begins."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from http.client import HTTPConnection
from importlib import import_module
from pathlib import Path
from typing import Any

from candia.config import City, Config, is_given
from candia.engines import clickhouse, nats, ports, postgres
from candia.engines.home import Home
from candia.engines.part import Part, StartError
from candia.engines.supervisor import Say, Supervisor, tie

ENGINES = {"DATABASE_URL": postgres, "TELEMETRY_URL": clickhouse, "STREAM_URL": nats}
# Seconds that ingest and gateway have to stop in good order.
LAST_WORDS = 2.0


async def run(config: Config, say: Say, *, only_engines: bool = False) -> None:
    """Start the city, watch it, and stop it on SIGINT or SIGTERM; raises StartError and ConfigError."""
    City.read(config.city_file)
    home = Home(config.home)
    home.take()
    stamp = config.home / "run" / "up"
    try:
        stamp.unlink(missing_ok=True)
        check_ports(config, os.environ, web=not only_engines)
        check_given(config, os.environ)
        stages = [engines(config, os.environ)]
        if not only_engines:
            stages += own_parts(config)
        await Supervisor(home, stages, say).run(lambda: _up(config, stamp, say, web=not only_engines))
    finally:
        stamp.unlink(missing_ok=True)
        home.leave()


def engines(config: Config, environ: Mapping[str, str]) -> list[Part]:
    """The engines that no address was given for; writes their addresses under the home."""
    return [engine.part(config) for name, engine in ENGINES.items() if not is_given(environ, name)]


def own_parts(config: Config) -> list[list[Part]]:
    """Candia's own processes in stages: first what all rely on, then the others at once."""
    sample = City.read(config.city_file).sample
    migrate, *others = (_own(config, name) for name in PARTS if sample or name != "play")
    return [[migrate], others]


def _own(config: Config, name: str) -> Part:
    return Part(
        name=name,
        command=(sys.executable, "-m", "candia.cli", "part", name),
        ready=lambda: _said_ready(config, name) and (name != "web" or _serves(config)),
        environment={"CANDIA_HOME": str(config.home), "PYTHONUNBUFFERED": "1"},
        once=name == "migrate",
    )


def _said_ready(config: Config, name: str) -> bool:
    """Whether the process that runs now, and not one before it, has said that it works."""
    folder = config.home / "run"
    pid: int = json.loads((folder / f"{name}.json").read_text("utf-8"))[0]
    return (folder / f"{name}.ready").read_text("utf-8") == str(pid)


def _say_ready(config: Config, name: str) -> None:
    path = config.home / "run" / f"{name}.ready"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(str(os.getpid()), "utf-8")


def _serves(config: Config) -> bool:
    line = HTTPConnection(_reached(config.host), config.port, timeout=5)
    try:
        line.request("GET", "/healthz", headers={"Host": config.allowed_hosts[0].lstrip(".*") or "localhost"})
        return line.getresponse().status < 500  # noqa: PLR2004
    finally:
        line.close()


def _reached(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _up(config: Config, stamp: Path, say: Say, *, web: bool) -> None:
    stamp.write_text(str(os.getpid()), "utf-8")
    if web:
        host = _reached(config.host)
        shown = f"[{host}]" if ":" in host else host
        city = City.read(config.city_file)
        say(f"\n  {city.name}: http://{shown}:{config.port}/\n")
        if city.sample and (accounts := config.home / "secrets" / "sample_accounts").is_file():
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
        _django()
        from django.core.checks import ERROR, run_checks

        yield from (f"{found.msg} ({found.id})" for found in run_checks() if found.level >= ERROR)
    except Exception as error:  # noqa: BLE001 — a service from elsewhere may fail in any way
        yield f"The services can't be read: {type(error).__name__}: {error}"


def _django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "candia.web.settings")
    django.setup()


def _migrate(config: Config) -> None:
    """Bring the records, the observations and the streams to the shape that this version expects."""
    _django()
    from django.core.management import call_command

    from candia.core import sample
    from candia.telemetry.store import Store

    call_command("migrate", verbosity=1, interactive=False)
    Store(config.telemetry_url).prepare()
    asyncio.run(_prepare_stream(config))
    sample.fill()
    _note_accounts(config)


def _note_accounts(config: Config) -> None:
    """Write down, for the owner alone, who may sign in to the sample city."""
    from candia.core.service import services

    city = City.read(config.city_file)
    if city.sample and "people" in services():
        from candia.services.people import sample

        path = config.home / "secrets" / "sample_accounts"
        path.touch(mode=0o600)
        path.write_text(sample.told(), "utf-8")


async def _prepare_stream(config: Config) -> None:
    from candia.telemetry.stream import Stream

    stream = await Stream.connect(config.stream_url)
    await stream.prepare()
    await stream.close()


def _jobs(config: Config) -> None:
    """Run rules and other jobs until SIGTERM."""
    _django()
    # Its tasks, the periodic one too, are known by being imported.
    import_module("candia.core.jobs")
    from django.core.management import call_command

    _say_ready(config, "jobs")
    call_command("procrastinate", "worker", concurrency=2)


def _play(config: Config) -> None:
    """Go on with the sample city as time goes, until SIGTERM."""
    _django()
    from candia.core import sample

    _say_ready(config, "play")
    sample.play()


def _ingest(config: Config) -> None:
    """Store what devices say, until SIGTERM."""
    _django()
    asyncio.run(_until_told_to_stop(_take_in(config)))


async def _take_in(config: Config) -> None:
    from candia.core.catalogue import CityCatalogue
    from candia.core.service import services
    from candia.telemetry.ingest import Ingest
    from candia.telemetry.store import Store
    from candia.telemetry.stream import Stream

    stream = await Stream.connect(config.stream_url)
    catalogue = CityCatalogue(config.database_url, services().values())
    _say_ready(config, "ingest")
    await Ingest(Store(config.telemetry_url), stream, catalogue).run()


def _gateway(config: Config) -> None:
    """Say to NATS who a device is, until SIGTERM."""
    from candia.doors.gateway import Gateway

    if not (config.gateway_url and config.gateway_seed):
        raise StartError("With a NATS of your own, set CANDIA_GATEWAY_URL and CANDIA_GATEWAY_SEED as well.")
    gateway = Gateway(config.gateway_url, config.gateway_seed, config.database_url)
    asyncio.run(_until_told_to_stop(gateway.run(lambda: _say_ready(config, "gateway"))))


async def _until_told_to_stop(work: Coroutine[Any, Any, None]) -> None:
    """Do it until SIGTERM or SIGINT; what is not finished after a moment may be cut off at any point."""
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)

    def stop() -> None:
        task.cancel()
        loop.call_later(LAST_WORDS, os._exit, 0)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()


def _web(config: Config) -> None:
    """Serve pages, the API and the built front end until SIGTERM."""
    from granian import Granian
    from granian.constants import Interfaces

    dist = Path(__file__).parent / "web" / "dist"
    if not (dist / "manifest.json").exists():
        raise StartError(f"The front end is not built: {dist} is empty. Run `make`.")

    if config.web_workers > 1:
        _counted_together(config)
    server = Granian(
        "candia.web.asgi:application",
        address=config.host,
        port=config.port,
        interface=Interfaces.ASGINL,  # Django has no lifespan events
        workers=config.web_workers,
        respawn_failed_workers=True,
        static_path_route=["/static"],
        static_path_mount=[dist],
    )
    _say_ready(config, "web")
    server.serve(target_loader=web_application, wrap_loader=False)


def _counted_together(config: Config) -> None:
    """Let prometheus-client keep the counts of all web processes in files, from zero."""
    folder = config.home / "run" / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def web_application() -> Callable[..., Any]:
    """The ASGI application of a web process, which must not outlive the leader whose port it holds."""
    tie(signal.SIGKILL, os.getppid())()
    from candia.web.asgi import application

    return application


# In the order of their start; the first ends before the others begin.
PARTS: dict[str, Callable[[Config], None]] = {
    "migrate": _migrate,
    "ingest": _ingest,
    "gateway": _gateway,
    "jobs": _jobs,
    "play": _play,
    "web": _web,
}
