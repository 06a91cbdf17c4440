"""Parts: how each of Candia's own processes begins, and what it does until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import shutil
import signal
import threading
from collections.abc import Callable, Coroutine
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from candia.conditions import Conditions
from candia.config import City, Config
from candia.core.startup import start_django
from candia.engines.heartbeat import Heartbeat
from candia.engines.part import StartError
from candia.engines.supervisor import tie

if TYPE_CHECKING:
    from django.core.checks import CheckMessage

# The loop itself holds its tasks but weakly.
_begun: list[asyncio.Task[None]] = []
# Seconds that ingest, gateway and jobs have to stop in good order.
LAST_WORDS = 2.0
# Seconds in which a connection must send a request's headers, also before the first and after the last.
HEADERS = 10
LARGEST_HEADERS = 64 * 1024
# Open files that the web asks for.
FILES = 32_768


def mistakes() -> list[CheckMessage]:
    """What in files or declarations makes no sense, as the checks of the services and of Django find it."""
    from django.core.checks import ERROR, run_checks

    return [found for found in run_checks() if found.level >= ERROR]


def check_declared() -> None:
    """Raise StartError where something is wrong: a city does not start on it."""
    if wrong := mistakes():
        raise StartError("\n".join(f"{found.msg} {found.hint or ''}".rstrip() for found in wrong))


def say_ready(config: Config, name: str, process: int = 0) -> None:
    """Write down that the part of this name works, in this process or in the one named."""
    path = config.home / "run" / f"{name}.ready"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(str(process or os.getpid()), "utf-8")


def _migrate(config: Config) -> None:
    """Bring the records, the observations and the streams to the shape that this version expects."""
    start_django()
    from django.core.management import call_command

    from candia.core import sample, search_index
    from candia.core.errors import Refused
    from candia.core.telemetry import properties, zone
    from candia.telemetry import damage
    from candia.telemetry.rollup import keep_days
    from candia.telemetry.store import Store

    check_declared()
    try:
        call_command("migrate", verbosity=1, interactive=False)
    except Refused as refused:
        raise StartError(str(refused)) from refused
    store = Store(config.telemetry_url)
    store.prepare()
    keep_days(store, zone(), properties())
    damage.report(Conditions(config.home), damage.found(store))
    asyncio.run(prepare_stream(config))
    search_index.prepare()
    sample.announce()


def _note_accounts(config: Config) -> None:
    """Write down, for the owner alone, who may sign in to the sample city."""
    if City.read(config.city_file).sample:
        from candia.accounts import sample

        path = config.home / "secrets" / "sample_accounts"
        path.touch(mode=0o600)
        path.write_text(sample.welcome(), "utf-8")


async def prepare_stream(config: Config) -> None:
    """Make the streams that devices' words lie in, or bring them to this version."""
    from candia.doors.mqtt_limits import bound
    from candia.telemetry.stream import Stream

    stream = await Stream.connect(config.stream_url)
    await stream.prepare(config.stream_bytes)
    await bound(stream)
    await stream.close()


def _jobs(config: Config) -> None:
    """Run rules and other jobs, and give devices their orders, until SIGTERM."""
    start_django()
    # Its tasks, the periodic ones too, are known by being imported.
    for tasks in (
        "candia.core.jobs",
        "candia.core.derivations",
        "candia.core.forecasting",
        "candia.core.positions",
        "candia.core.backups",
        "candia.core.attachment_sweep",
        "candia.core.search_index",
        "candia.core.self_check",
    ):
        import_module(tasks)
    asyncio.run(_until_told_to_stop(_jobs_and_orders(config), Heartbeat(config.home, "jobs")))


async def _jobs_and_orders(config: Config) -> None:
    from candia.devices.orders.worker import Worker

    chirpstack = None
    if config.chirpstack_url:
        from candia.devices.orders.chirpstack import ChirpStack

        try:
            chirpstack = ChirpStack(config.chirpstack_url, config.chirpstack_token)
        except ImportError as missing:
            raise StartError(
                "CANDIA_CHIRPSTACK_URL is set, and what speaks with ChirpStack is not installed. "
                "Install it: pip install candia[lorawan]."
            ) from missing
    worker = Worker(config.stream_url, config.order_rate, chirpstack)
    await asyncio.gather(_work_off(config), worker.run())


async def _work_off(config: Config) -> None:
    from procrastinate.contrib.django import app

    from candia.core import at_once

    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
    with app.replace_connector(connector):
        async with app.open_async():
            say_ready(config, "jobs")
            hearing = asyncio.create_task(at_once.listen(config.stream_url))
            try:
                await app.run_worker_async(concurrency=2, install_signal_handlers=False)
            finally:
                hearing.cancel()


def _play(config: Config) -> None:
    """Fill the sample city where that was not done, and go on with it as time goes, until SIGTERM."""
    start_django()
    from candia.core import sample

    sample.fill()
    _note_accounts(config)
    say_ready(config, "play")
    sample.play(Heartbeat(config.home, "play").beat)


def _ingest(config: Config) -> None:
    """Store what devices say, until SIGTERM."""
    start_django()
    asyncio.run(_until_told_to_stop(_take_in(config), Heartbeat(config.home, "ingest")))


async def _take_in(config: Config) -> None:
    from candia.core.service import services
    from candia.devices.catalogue import CityCatalogue
    from candia.telemetry.ingest import Ingest
    from candia.telemetry.newest import Newest
    from candia.telemetry.store import WRITING, Store
    from candia.telemetry.stream import Stream

    stream = await Stream.connect(config.stream_url)
    catalogue = CityCatalogue(config.database_url, services().values())
    say_ready(config, "ingest")
    store = Store(config.telemetry_url, patience=WRITING)
    await Ingest(store, stream, catalogue, Conditions(config.home), Newest(config.home)).run()


def _gateway(config: Config) -> None:
    """Say to NATS who a device is, until SIGTERM."""
    from candia.doors.gateway import Gateway

    if not (config.gateway_url and config.gateway_seed):
        raise StartError("With a NATS of your own, set CANDIA_GATEWAY_URL and CANDIA_GATEWAY_SEED as well.")
    work = Gateway(config).run(lambda: say_ready(config, "gateway"))
    asyncio.run(_until_told_to_stop(work, Heartbeat(config.home, "gateway")))


async def _until_told_to_stop(work: Coroutine[Any, Any, None], heart: Heartbeat) -> None:
    """Do it until SIGTERM or SIGINT; what is not finished after a moment may be cut off at any point.

    The moment is counted by a thread: under load the loop may not have its turn for a second, and in the end it
    waits for threads that are deep in work.
    """
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)

    def stop(_number: int, _frame: object) -> None:
        end = threading.Timer(LAST_WORDS, os._exit, (0,))
        end.daemon = True
        end.start()
        loop.call_soon_threadsafe(task.cancel)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    beating = asyncio.create_task(heart.beat_on())
    await asyncio.wait({task})
    beating.cancel()
    if not task.cancelled():
        task.result()


def _web(config: Config) -> None:
    """Serve pages, the API and the built front end until SIGTERM."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    dist = Path(__file__).parent / "web" / "dist"
    if not (dist / "manifest.json").exists():
        raise StartError(f"The front end is not built: {dist} is empty. Run `make`.")

    # The clock that they count by begins anew with the machine.
    shutil.rmtree(config.home / "run" / "limits", ignore_errors=True)
    if config.web_workers > 1:
        _counted_together(config)
    server = Granian(
        "candia.web.asgi:application",
        address=config.host,
        port=config.port,
        interface=Interfaces.ASGINL,  # Django has no lifespan events
        workers=config.web_workers,
        respawn_failed_workers=True,
        # HTTP/2 lets one connection ask and take back without end; a proxy may speak it with visitors.
        http=HTTPModes.http1,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS * 1000, max_buffer_size=LARGEST_HEADERS),
        backlog=4096,
        backpressure=_connections() // config.web_workers,
        workers_kill_timeout=5,
        # At INFO it has a line for each piece of an answer that nobody took.
        log_level=LogLevels.warning,
    )
    Heartbeat(config.home, "web").beat_beside()
    server.serve(target_loader=web_application, wrap_loader=False)


def _connections() -> int:
    """How many connections the web may hold, each with a file of its own; takes what the machine allows."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if most == resource.RLIM_INFINITY else min(FILES, most)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return max(wanted - 512, 256) // 2


def _counted_together(config: Config) -> None:
    """Let prometheus-client keep the counts of all web processes in files, from zero."""
    folder = config.home / "run" / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def web_application() -> Callable[..., Any]:
    """The ASGI application of a web process, which must not outlive the leader whose port it holds."""
    tie(signal.SIGKILL, os.getppid())()
    config = Config.read(os.environ)
    heart = Heartbeat(config.home, "web")
    # So that one is known that hangs while it reads the code.
    heart.beat()
    from candia.web.asgi import application

    # What was read at the start stays to the end: to look through it for garbage would hold up a page now and then.
    gc.collect()
    gc.freeze()

    async def begin() -> None:
        say_ready(config, "web", os.getppid())
        await heart.beat_on()

    # The server has made the loop already, and runs it next.
    _begun.append(asyncio.get_event_loop().create_task(begin()))
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
