"""`candia device`: who may speak for the city's things, from the console of the machine it runs on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from candia.core.startup import start_django

if TYPE_CHECKING:
    from candia.core.access import Device

app = typer.Typer()
device = typer.Typer(
    no_args_is_help=True,
    help="""
    Devices: the credentials of meters, sensors and gateways, and what each may speak for.

    A device connects by MQTT with its name and its secret and publishes on `v1/<name>`, or posts to
    `/api/v1/observations`. It may speak for the entities it was given, or for a whole kind. docs/devices.md
    tells the maker of a device what to send.

    `candia device add meter-17 --entity water.meter:17` lets one in and prints its secret, once.
    """,
)
app.add_typer(device, name="device")
console = Console(stderr=True)

Name = Annotated[str, typer.Argument(help="The device's name: small letters, digits, hyphens.")]
Entities = Annotated[
    list[str] | None, typer.Option("--entity", help="An entity, such as water.meter:17; may be repeated.")
]
Kinds = Annotated[
    list[str] | None, typer.Option("--kind", help="A whole kind, such as water.meter, for a gateway.")
]
Save = Annotated[
    bool,
    typer.Option("--save", help="Keep the secret in CANDIA_HOME/secrets/device_NAME instead of printing it."),
]


@device.command()
def add(
    name: Name,
    entity: Entities = None,
    kind: Kinds = None,
    title: Annotated[str, typer.Option(help="What people call it.")] = "",
    source: Annotated[
        str, typer.Option(help="A vendor's format that a service reads; leave it out for the usual ones.")
    ] = "",
    *,
    save: Save = False,
) -> None:
    """Let a device in. Its secret is printed once and kept nowhere: write it into the device now."""
    with records():
        from candia.core.access import system
        from candia.devices import credentials

        _added, secret = credentials.issue(
            system, name, title=title, entities=entity or (), kinds=kind or (), source=source
        )
    _hand_over(name, secret, save=save)


@device.command("list")
def list_(
    words: Annotated[str, typer.Argument(help="Only those whose name or title holds this.")] = "",
    *,
    revoked: Annotated[bool, typer.Option("--revoked", help="Those that were revoked as well.")] = False,
) -> None:
    """List the devices and what each may speak for."""
    with records():
        from django.db.models import Q

        from candia.core.access import Device

        found = Device.objects.filter(Q(id__icontains=words) | Q(title__icontains=words)).order_by("id")
        rows = list(found if revoked else found.filter(revoked=None))
    table = Table("Name", "Title", "Speaks for", "Since", "Revoked")
    for one in rows:
        ended = f"{one.revoked:%Y-%m-%d}" if one.revoked else ""
        table.add_row(one.id, one.title, _spoken_for(one), f"{one.created:%Y-%m-%d}", ended)
    Console().print(table)
    console.print(f"{len(rows)} devices.")


@device.command()
def grant(name: Name, entity: Entities = None, kind: Kinds = None) -> None:
    """Let a device speak for more."""
    _change("grant_device", name, entities=entity or (), kinds=kind or ())


@device.command()
def limit(name: Name, entity: Entities = None, kind: Kinds = None) -> None:
    """Take entities and kinds away from a device."""
    _change("limit_device", name, entities=entity or (), kinds=kind or ())


@device.command()
def lorawan(
    name: Name,
    dev_eui: Annotated[
        str, typer.Option(help="The DevEUI, sixteen digits; none: by MQTT or HTTP again.")
    ] = "",
    port: Annotated[int, typer.Option(help="The port (fPort) on which the device hears orders.")] = 10,
    device_class: Annotated[str, typer.Option("--class", help="A: listens after it spoke; C: always.")] = "A",
) -> None:
    """Have a device get its orders by LoRaWAN, through the city's ChirpStack."""
    if dev_eui:
        _change("set_lorawan", name, dev_eui=dev_eui, f_port=port, device_class=device_class)
    else:
        _change("drop_lorawan", name)


@device.command()
def renew(name: Name, *, save: Save = False) -> None:
    """Give a device another secret; whoever has the old one is put out within seconds."""
    from candia.devices import credentials

    secret = credentials.new_secret()
    _change("renew_secret", name, fingerprint=credentials.fingerprint(secret))
    _hand_over(name, secret, save=save)


@device.command()
def revoke(
    name: Name, *, yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False
) -> None:
    """Shut a device out for good, within seconds; its name is not given again."""
    if not yes:
        typer.confirm(f"Shut {name} out for good?", abort=True, err=True)
    _change("revoke_device", name)
    kept = _kept(name)
    kept.unlink(missing_ok=True)


def _change(verb: str, name: str, **arguments: Any) -> None:
    with records():
        from candia.core.access import Device, system
        from candia.core.service import commands

        if not Device.objects.filter(pk=name).exists():
            fail(f"There is no device {name!r}. `candia device list` shows them all.")
        commands()[f"devices.{verb}"](by=system, device=name, **arguments)
        now = Device.objects.get(pk=name)
    console.print(f"{name} is revoked." if now.revoked else f"{name} speaks for {_spoken_for(now)}.")


def _hand_over(name: str, secret: str, *, save: bool) -> None:
    if save:
        path = _kept(name)
        path.touch(mode=0o600)
        path.write_text(secret, "utf-8")
        console.print(f"The secret of {name} is in {path}.")
        return
    console.print(f"The secret of {name}, shown this once:")
    typer.echo(secret)


def _kept(name: str) -> Path:
    from django.conf import settings

    home: Path = settings.CANDIA.home
    return home / "secrets" / f"device_{name}"


def _spoken_for(one: "Device") -> str:
    kinds = [f"all {kind}" for kind in one.kinds]
    own = one.entities[:3] + ([f"{len(one.entities) - 3} more"] if len(one.entities) > 3 else [])  # noqa: PLR2004
    return ", ".join([*kinds, *own]) or "nothing"


@contextmanager
def records() -> Iterator[None]:
    """Have the records at hand; what is refused, or does not answer, becomes one sentence."""
    import logging

    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError

    from candia.config import ConfigError

    # What libraries say when they are loaded is no news to whoever types a command.
    logging.disable(logging.INFO)
    try:
        start_django()
        from django.utils.translation import override

        from candia.core.errors import CandiaError

        with override("en"):
            try:
                yield
            except CandiaError as refused:
                fail(str(refused))
    except (OperationalError, ImproperlyConfigured):
        fail("The records do not answer. Is the city running, and CANDIA_HOME the one it runs under?")
    except ConfigError as wrong:
        fail(str(wrong))


def fail(sentence: str) -> NoReturn:
    """End with a sentence that says why."""
    console.print(sentence, style="red", highlight=False, soft_wrap=True)
    raise typer.Exit(1)
