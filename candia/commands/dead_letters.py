"""`candia dead`: what devices sent and could not be taken."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from candia.commands.telemetry import console, with_stream

if TYPE_CHECKING:
    from candia.telemetry.deadletters import DeadLetter
    from candia.telemetry.stream import Stream

app = typer.Typer()
dead = typer.Typer(no_args_is_help=True, help="Dead letters: what devices sent and could not be taken.")
app.add_typer(dead, name="dead")

OfDevice = Annotated[str, typer.Option(help="Only what this device sent.")]
OfReason = Annotated[str, typer.Option(help="Only those whose reason holds these words.")]


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

    found = with_stream(ask)
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

    count = with_stream(lambda stream: deadletters.replay(stream, device, reason))
    console.print(f"{count} sent again. Those that still can't be taken will be listed anew.")
