"""`candia replay`: recorded data as if it were today."""

import signal
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.progress import track

from candia.commands.telemetry import console, fail, settings
from candia.config import Config

if TYPE_CHECKING:
    from candia.telemetry.observation import Observation
    from candia.telemetry.replay import Device

app = typer.Typer()


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
        fail(f"There is no recording {name!r}. There are: {', '.join(recordings)}.")
    config, city = settings()
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
        fail(str(closed))


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
