"""`candia telemetry`: how far ingest is, a message that it shall skip, and a damaged store that is refilled."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from candia.conditions import Conditions
from candia.config import City, Config, ConfigError
from candia.core.startup import start_django

if TYPE_CHECKING:
    from candia.telemetry.progress import Progress
    from candia.telemetry.refill import Refilled
    from candia.telemetry.stream import Message, Stream

app = typer.Typer()
telemetry = typer.Typer(
    no_args_is_help=True, help="From the stream to the store: what stands still, what is gone."
)
app.add_typer(telemetry, name="telemetry")
console = Console(stderr=True)
Answer = TypeVar("Answer")
#: The conditions that an operator may take note of, so that they are told no more.
NOTED = ("store_damaged", "stream_lost_messages")


@telemetry.command()
def status(
    most: Annotated[int, typer.Option(help="So many of the messages that wait are listed.", min=1)] = 10,
) -> None:
    """Say how far ingest is, what waits, and what is wrong."""
    from candia.telemetry import deadletters, progress

    async def ask(stream: "Stream") -> "tuple[Progress, list[Message]]":
        seen = await progress.look(stream)
        return seen, await progress.waiting(stream, max(seen.stored, seen.first - 1), most)

    seen, waiting = with_stream(ask)
    since = f"what came since {_utc(seen.since)}" if seen.since else "nothing"
    console.print(f"The stream holds {since}; its last number is {seen.last}.")
    console.print(
        f"Stored up to {seen.stored}, with its hours up to {seen.acknowledged}; {seen.behind} messages wait."
    )
    if seen.told is None:
        console.print("Ingest does not answer.", style="red")
    elif seen.told["waiting"]:
        console.print(Text(str(seen.told["waiting"]), "red"))
    table = Table("Number", "Device", "Received (UTC)", "Bytes", "Payload")
    for one in waiting:
        received, payload = (
            datetime.fromtimestamp(one.received / 1e6, UTC),
            deadletters.shown(one.payload, 60),
        )
        size = str(len(one.payload))
        table.add_row(str(one.sequence), one.device, _utc(received), size, Text(payload))
    if waiting:
        Console().print(table)
    for condition in Conditions(settings()[0].home).standing():
        facts = ", ".join(f"{name} {value}" for name, value in condition.facts.items())
        console.print(Text(f"{condition.name} since {_utc(condition.since)}: {facts}", "red"))


@telemetry.command()
def skip(
    number: Annotated[int, typer.Argument(help="The message's number, as `status` tells it.", min=1)],
) -> None:
    """Take one message out of ingest's way; it is kept as a dead letter.

    Ingest itself makes a dead letter of whatever it can't read. Should it stand still all the same,
    `candia telemetry status` lists the messages that are next.
    """
    from candia.telemetry import position, progress
    from candia.telemetry.store import Store, StoreAway
    from candia.telemetry.stream import OBSERVATIONS

    async def ask(stream: "Stream") -> "tuple[Progress, Message]":
        return await progress.look(stream), await progress.skip(stream, number)

    try:
        seen, message = with_stream(ask)
    except progress.NothingToSkip as why:
        fail(str(why))
    try:
        # So that the hole at the stream's beginning is not taken for a loss.
        position.passed(Store(settings()[0].telemetry_url, patience=5), OBSERVATIONS, message, seen.last)
    except StoreAway as away:
        console.print(str(away), style="yellow")
    console.print(f"Number {number} of {message.device} is skipped. It is kept: candia dead list")


@telemetry.command()
def refill() -> None:
    """Bring back what a damaged store has lost, from what the stream still holds; the city may run meanwhile.

    It may be done as often as you like. Where no damage is known, all that the stream holds is written again.
    """
    from candia.telemetry import damage, progress
    from candia.telemetry import refill as refilling
    from candia.telemetry.store import Store, StoreAway

    config, _ = settings()
    start_django()
    from candia.core.service import services
    from candia.devices.catalogue import CityCatalogue
    from candia.devices.history import taken_back

    store = Store(config.telemetry_url)
    catalogue = CityCatalogue(config.database_url, services().values())
    try:
        for part in damage.set_aside(store):
            console.print(f"{part} can't be read and is set aside.")
        console.print(_told(damage.facts(damage.found(store))))
        held = with_stream(progress.look).since
        console.print(
            f"The stream holds what came since {_utc(held)}." if held else "The stream holds nothing."
        )
        with Bar(console=console) as bar:
            task = bar.add_task("messages")

            async def ask(stream: "Stream") -> "Refilled":
                return await refilling.refill(
                    stream,
                    store,
                    catalogue,
                    lambda done, of: bar.update(task, completed=done, total=of),
                    without,
                )

            without = taken_back()
            done = with_stream(ask)
    except StoreAway as away:
        fail(str(away))
    finally:
        catalogue.close()
    console.print(f"{done.messages} messages read again, {done.back} observations brought back.")
    if done.left:
        damage.report(Conditions(config.home), done.left)
        fail(
            "Not all that was lost is in the stream any more. Bring the rest back from a backup; or, if it is gone "
            "for good: candia telemetry acknowledge store_damaged"
        )
    damage.report(Conditions(config.home), [])


@telemetry.command()
def acknowledge(condition: Annotated[str, typer.Argument(help=" or ".join(NOTED))]) -> None:
    """Take note of a loss that can't be undone; it is then told no more."""
    from candia.telemetry import damage
    from candia.telemetry.store import Store, StoreAway

    if condition not in NOTED:
        fail(f"That can be said of {' and '.join(NOTED)}; others end by themselves.")
    config, _ = settings()
    if condition == "store_damaged":
        try:
            store = Store(config.telemetry_url)
            damage.settle(store, damage.found(store))
        except StoreAway as away:
            fail(str(away))
    Conditions(config.home).clear(condition)


def _told(facts: dict[str, str | int]) -> str:
    if not facts["tables"]:
        return "No damage is known; all that the stream holds is written again."
    return f"Damaged: {facts['tables']}, months {facts['months']}, at least {facts['rows']} rows."


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def with_stream(ask: "Callable[[Stream], Awaitable[Answer]]") -> Answer:
    """What the city's stream answers; where it does not, that is said and the command ends."""
    from candia.telemetry.stream import Stream, StreamAway

    config, _ = settings()

    async def go() -> Answer:
        try:
            # The connection itself would wait for as long as it takes.
            async with asyncio.timeout(3):
                stream = await Stream.connect(config.stream_url)
        except (TimeoutError, StreamAway) as away:
            raise StreamAway("The stream does not answer. Is the city running?") from away
        try:
            return await ask(stream)
        finally:
            await stream.close()

    try:
        return asyncio.run(go())
    except StreamAway as away:
        fail(str(away))


def settings() -> tuple[Config, City]:
    """The settings in force and the city; where one is wrong, that is said and the command ends."""
    try:
        config = Config.read(os.environ)
        return config, City.read(config.city_file)
    except ConfigError as wrong:
        fail(str(wrong))


def fail(sentence: str) -> NoReturn:
    """Say it and end with code 1."""
    console.print(sentence, style="red")
    raise typer.Exit(1)
