"""`candia simulate`: the sample city's meters through the devices' door, and the truth about what is hidden."""

import signal
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from candia.core.startup import start_django

if TYPE_CHECKING:
    from candia.services.water.network import Network
    from candia.services.water.sample import Filled
    from candia.telemetry.observation import Observation
    from candia.telemetry.replay import Device

app = typer.Typer()
console = Console(stderr=True)
DEVICE = "meters"
# A gateway gathers what it hears for so many seconds; so far ahead a simulation that follows may go.
TICK, AHEAD = 1.0, timedelta(days=400)


@app.command()
def simulate(
    days: Annotated[float, typer.Option(help="How far back to begin; 0: only what is to come.", min=0)] = 7,
    speed: Annotated[
        float,
        typer.Option(help="Times as fast as it was, until now is reached; 0: as fast as it goes.", min=0),
    ] = 0,
    truth: Annotated[
        Path | None, typer.Option(help="Write what is hidden in these days to this table (CSV).")
    ] = None,
    only_truth: Annotated[
        bool, typer.Option("--only-truth", help="Write the truth and send nothing.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on after now is reached, as time goes, until Ctrl-C.")
    ] = False,
) -> None:
    """Play the sample city's water meters through MQTT, as their gateway would.

    Leaks, bursts, backflow, stuck and silent meters, weak batteries and exchanges are hidden among them. The same
    city gives the same readings whenever it is asked, so what was sent before changes nothing. A running sample
    city does this by itself; here it can be done again, faster, and with the truth written down.
    """
    network, made = _network()
    now = datetime.now(UTC)
    since = max(now - timedelta(days=days), made.time - timedelta(days=network.history))
    if truth:
        _write_truth(truth, network, made, since, now)
    if only_truth:
        return
    from candia.services.water.play import door
    from candia.telemetry.replay import DoorClosed

    try:
        gateway = door(DEVICE)
        try:
            _send(gateway, network, made, since, now, speed=speed, follow=follow)
        finally:
            gateway.close()
    except DoorClosed as closed:
        _fail(str(closed))


def _network() -> "tuple[Network, Filled]":
    start_django()
    from django.db import Error

    from candia.services.water import sample

    try:
        network, made = sample.told(), sample.filled()
    except Error as away:
        _fail(f"The records do not answer: {away}Is the city running, under this CANDIA_HOME?")
    if network is None or made is None:
        _fail("This city has no simulated meters: the sample city has, once `candia run` has started it.")
    return network, made


def _write_truth(path: Path, network: "Network", made: "Filled", since: datetime, now: datetime) -> None:
    from candia.services.water import hidden

    found = [
        one
        for one in network.hidden(made.time, network.first_day(made.time), now.date())
        if one.end > since.timestamp() and one.begin < now.timestamp()
    ]
    count = hidden.write(path, found, network.ids)
    console.print(f"{count} things are hidden in these days; {path} tells them.")


def _send(
    gateway: "Device",
    network: "Network",
    made: "Filled",
    since: datetime,
    now: datetime,
    *,
    speed: float,
    follow: bool,
) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    started, sent = time.time(), 0

    def reached() -> float:
        """The moment (ms) up to which readings are due: never beyond now."""
        far = since.timestamp() + (time.time() - started) * speed if speed else time.time()
        return min(far, time.time()) * 1000

    for seen in _days(network, made, since, now + AHEAD if follow else now):
        sent += _send_day(gateway, seen, reached, stop)
        if stop.is_set():
            break
        console.print(f"{datetime.fromtimestamp(seen[-1].time / 1000, UTC):%Y-%m-%d %H:%M} UTC")
    console.print(f"{sent} readings sent and acknowledged.")


def _send_day(
    gateway: "Device", seen: "list[Observation]", reached: Callable[[], float], stop: threading.Event
) -> int:
    """Send a day's readings as they fall due; how many were sent before it was over or stopped."""
    from candia.telemetry.replay import packs

    sent = 0
    while sent < len(seen) and not stop.is_set():
        upto = bisect_right(seen, reached(), key=lambda one: one.time)
        for pack in packs(seen[sent:upto]):
            gateway.send(pack)
        gateway.settle()
        sent = max(sent, upto)
        if sent < len(seen):
            stop.wait(TICK)
    return sent


def _days(
    network: "Network", made: "Filled", since: datetime, until: datetime
) -> "Iterator[list[Observation]]":
    from candia.core.telemetry import zone
    from candia.services.water import sample
    from candia.services.water.play import due

    for day in network.days(made.time, until.date(), zone(), sample.recorded(network), made.weeks):
        seen = due(network, day, since, until) if day.date >= since.date() else []
        if seen:
            yield seen


def _fail(sentence: str) -> NoReturn:
    console.print(sentence, style="red")
    raise typer.Exit(1)
