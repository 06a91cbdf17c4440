"""`candia replay` and `candia dead`: recorded data as if it were today, and what could not be taken."""

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from candia.config import City, Config, ConfigError

if TYPE_CHECKING:
    from candia.telemetry.deadletters import DeadLetter
    from candia.telemetry.observation import Observation
    from candia.telemetry.replay import Device
    from candia.telemetry.stream import Stream

app = typer.Typer(no_args_is_help=True)
dead = typer.Typer(no_args_is_help=True, help="Dead letters: what devices sent and could not be taken.")
app.add_typer(dead, name="dead")
console = Console(stderr=True)
Answer = TypeVar("Answer")

OfDevice = Annotated[str, typer.Option(help="Only what this device sent.")]
OfReason = Annotated[str, typer.Option(help="Only those whose reason holds these words.")]


@app.command()
def replay(
    name: Annotated[str, typer.Argument(help="The recording: bwdf, ten real water districts.")],
    device: Annotated[
        str, typer.Option(help="The credential that speaks for the recording's entities.")
    ] = "replay",
    days: Annotated[float, typer.Option(help="How far back to begin.", min=0)] = 90,
    speed: Annotated[
        float,
        typer.Option(help="Times as fast as it was, until now is reached; 0: as fast as it goes.", min=0),
    ] = 0,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on after now is reached, as time goes, until Ctrl-C.")
    ] = False,
) -> None:
    """Stream a recorded data set through MQTT as devices would, moved in time so that it goes on now.

    It speaks as a device of its own: `candia device add replay --kind water.district --save` makes one and keeps
    its secret where this command looks for it. The districts of bwdf are `water.district:a` to `water.district:j`;
    load them first. To watch two days pass in a minute: `candia replay bwdf --days 2 --speed 3000`.
    """
    from candia.telemetry.recordings import recordings
    from candia.telemetry.replay import Device, DoorClosed, moved

    if name not in recordings:
        _fail(f"There is no recording {name!r}. There are: {', '.join(recordings)}.")
    config, city = _settings()
    recording = recordings[name]
    console.print(f"{recording.title}. {recording.source}. {recording.licence}.")
    now = datetime.now(UTC)
    seen = moved(recording.load(config.home / "cache"), now, ZoneInfo(city.timezone))
    seen = [one for one in seen if one.time >= (now - timedelta(days=days)).timestamp() * 1000]
    try:
        door = Device(_reached(config.mqtt_host), config.mqtt_port, device, _password(config, device))
        try:
            _play(door, seen, now, days=days, speed=speed, follow=follow)
        finally:
            door.close()
    except DoorClosed as closed:
        _fail(str(closed))


def _play(
    door: "Device", seen: "list[Observation]", now: datetime, *, days: float, speed: float, follow: bool
) -> None:
    from candia.telemetry.replay import packs, play

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    begin = (now - timedelta(days=days)).timestamp()
    if not speed:
        past = [one for one in seen if one.time <= now.timestamp() * 1000]
        for pack in track(list(packs(past)), "sending history", console=console, disable=not past):
            if stop.is_set():
                return
            door.send(pack)
        door.settle()
        console.print(f"{len(past)} observations sent and acknowledged.")
        begin = now.timestamp()
    if not follow:
        seen = [one for one in seen if one.time <= now.timestamp() * 1000]
    for moment in play(door, seen, begin, speed or 1, stop):
        console.print(f"{datetime.fromtimestamp(moment / 1000, UTC):%Y-%m-%d %H:%M} UTC")


def _reached(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _password(config: Config, device: str) -> str:
    kept = config.home / "secrets" / f"device_{device}"
    if kept.is_file():
        return kept.read_text("utf-8").strip()
    return str(typer.prompt(f"Secret of the device {device}", hide_input=True, err=True))


@dead.command("list")
def list_(
    device: OfDevice = "",
    reason: OfReason = "",
    limit: Annotated[int, typer.Option(help="At most so many, the newest.", min=1)] = 50,
) -> None:
    """List dead letters with their reasons, oldest first: `candia dead list --reason "no entity"`."""
    from candia.telemetry import deadletters
    from candia.telemetry.reason import printable

    async def ask(stream: "Stream") -> "list[DeadLetter]":
        return [letter async for letter in deadletters.letters(stream, device, reason)]

    found = _with_stream(ask)
    table = Table("Number", "Device", "Received (UTC)", "Reason", "Payload")
    for letter in found[-limit:]:
        received = datetime.fromtimestamp(letter.received / 1000, UTC).isoformat(" ", "seconds")[:19]
        reason_shown, payload = printable(letter.reason), deadletters.shown(letter.payload, 60)
        # What a device sends is shown as it is, and never as markup.
        table.add_row(str(letter.number), letter.device, received, Text(reason_shown), Text(payload))
    Console().print(table)
    console.print(f"{min(limit, len(found))} of {len(found)}.")


@dead.command("replay")
def replay_dead(device: OfDevice = "", reason: OfReason = "") -> None:
    """Send dead letters on their way again, after what stopped them is mended.

    They go as they came, with the time of their first receipt; whatever is taken by now is stored once. So load the
    missing entities, or give the device what it speaks for, and then: `candia dead replay --device gateway-3`.
    """
    from candia.telemetry import deadletters

    count = _with_stream(lambda stream: deadletters.replay(stream, device, reason))
    console.print(f"{count} sent again. Those that still can't be taken will be listed anew.")


def _with_stream(ask: "Callable[[Stream], Awaitable[Answer]]") -> Answer:
    from candia.telemetry.stream import Stream, StreamAway

    config, _ = _settings()

    async def go() -> Answer:
        try:
            # The connection itself would wait for as long as it takes.
            stream = await asyncio.wait_for(Stream.connect(config.stream_url), 3)
        except (TimeoutError, StreamAway) as away:
            raise StreamAway("The stream does not answer. Is the city running?") from away
        try:
            return await ask(stream)
        finally:
            await stream.close()

    try:
        return asyncio.run(go())
    except StreamAway as away:
        _fail(str(away))


def _settings() -> tuple[Config, City]:
    try:
        config = Config.read(os.environ)
        return config, City.read(config.city_file)
    except ConfigError as wrong:
        _fail(str(wrong))


def _fail(sentence: str) -> NoReturn:
    console.print(sentence, style="red")
    raise typer.Exit(1)
