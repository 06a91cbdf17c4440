"""What may be asked for about devices: to add one, give it more or less, reach it by LoRaWAN, revoke it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Annotated

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.core import errors
from candia.core.access import Actor, Device, Grant, May, RoleHolder, administrator, system
from candia.core.command import OneOf, command
from candia.core.entity import Entity
from candia.core.event import Happened
from candia.core.feed import Feed
from candia.core.service import entity_kinds, feeds, services
from candia.devices import ingest_status
from candia.devices.credentials import name_pattern
from candia.devices.models import LorawanAddress
from candia.telemetry import deadletters
from candia.telemetry.stream import Stream

# The devices in whose names the desk itself speaks.
DESK = "desk-"
# A device that speaks for more than this is given their kind.
MOST = 1000
# The ports of an application; above them LoRaWAN's own begin.
PORTS = range(1, 224)
# So many letters go at one press, within so many seconds.
MOST_LETTERS, PATIENCE = 5000, 60.0


def operates(by: object) -> tuple[str, ...]:
    """The services whose devices this actor may keep."""
    if not (isinstance(by, RoleHolder) and by.is_active):
        return ()
    return tuple(name for name in services() if administrator(by) or by.has_role(Grant.OPERATOR, name))


keeper = May("operator of its service | administrator", lambda by, _target: bool(operates(by)))
at_the_console = May("the console", lambda by, _target: by == system)


def keeps(by: object, device: Device) -> bool:
    """Whether this person may keep the device: an administrator, or an operator of all that it speaks for."""
    wanted = services_of(device.entities, device.kinds)
    return by == system or administrator(by) or (bool(wanted) and wanted <= set(operates(by)))  # type: ignore[arg-type]


def feeds_of(by: object) -> dict[str, Feed]:
    """The feeds of the services whose devices this actor may keep, by the names in which they lie in the stream."""
    wanted = set(services()) if by == system else set(operates(by))
    return {feed.device(service.name): feed for service, feed in feeds().values() if service.name in wanted}


def services_of(entities: Iterable[str], kinds: Iterable[str]) -> set[str]:
    """The services to which entities and kinds belong."""
    return {told.partition(".")[0] for told in (*entities, *kinds)}


def story_of(device: Device | str) -> str:
    """The id under which events speak of a device."""
    return f"devices.device:{device if isinstance(device, str) else device.id}"


@command(event="devices.device_added", title=__("Device added"), may=keeper | at_the_console)
def add_device(
    by: Actor,
    *,
    id: str,
    fingerprint: str,
    title: str = "",
    entities: Sequence[str] = (),
    kinds: Sequence[str] = (),
    source: str = "",
) -> Happened:
    """Let a device in, to speak for these entities and kinds; `fingerprint` is what is kept of its secret."""
    if not name_pattern.fullmatch(id):
        wrong = _("A device is named with small Latin letters, digits and hyphens, at most 64.")
        raise errors.Refused(wrong, id=wrong)
    if id.startswith(DESK) and by != system:
        wrong = _("Names that begin with desk- are the desk's own.")
        raise errors.Refused(wrong, id=wrong)
    _check_source(source)
    device = Device(id=id, title=" ".join(title.split())[:120], secret_hash=fingerprint, source=source)
    _give(by, device, entities, kinds)
    try:
        # Of two who take a name at once, the database lets one have it.
        with transaction.atomic():
            device.save(force_insert=True)
    except IntegrityError as known:
        taken = _("There was a device of this name before. Choose another.")
        raise errors.Conflict(taken, id=taken) from known
    return Happened(story_of(device), data={**_facts(entities, kinds), "source": source})


@command(event="devices.device_granted", title=__("Device given more"), may=keeper | at_the_console)
def grant_device(
    by: Actor, *, device: Device, entities: Sequence[str] = (), kinds: Sequence[str] = ()
) -> Happened:
    """Let a device speak for more entities and kinds."""
    _check_kept(by, device)
    _give(by, device, entities, kinds)
    device.save(update_fields=["entities", "kinds"])
    return Happened(story_of(device), data=_facts(entities, kinds))


@command(event="devices.device_limited", title=__("Device given less"), may=keeper | at_the_console)
def limit_device(
    by: Actor, *, device: Device, entities: Sequence[str] = (), kinds: Sequence[str] = ()
) -> Happened:
    """Take entities and kinds away from a device; what it says of them from now on is refused."""
    _check_kept(by, device)
    if not (set(entities) & set(device.entities) or set(kinds) & set(device.kinds)):
        raise errors.Conflict(_("The device does not speak for this any more."))
    device.entities = [own for own in device.entities if own not in entities]
    device.kinds = [own for own in device.kinds if own not in kinds]
    device.save(update_fields=["entities", "kinds"])
    return Happened(story_of(device), data=_facts(entities, kinds))


@command(event="devices.lorawan_set", title=__("LoRaWAN address set"), may=keeper | at_the_console)
def set_lorawan(
    by: Actor,
    *,
    device: Device,
    dev_eui: str,
    f_port: int,
    device_class: Annotated[str, OneOf("A", "C")],
) -> Happened:
    """Have a device get its orders as downlinks, through the city's ChirpStack."""
    _check_kept(by, device)
    dev_eui = re.sub(r"[\s:-]", "", dev_eui).lower()
    if not re.fullmatch(r"[0-9a-f]{16}", dev_eui):
        wrong = _("A DevEUI has sixteen digits, 0 to 9 and a to f.")
        raise errors.Refused(wrong, dev_eui=wrong)
    if f_port not in PORTS:
        wrong = _("A port is a number from 1 to 223.")
        raise errors.Refused(wrong, f_port=wrong)
    if device_class not in dict(LorawanAddress.CLASSES):
        wrong = _("A class is A or C.")
        raise errors.Refused(wrong, device_class=wrong)
    if LorawanAddress.objects.filter(dev_eui=dev_eui).exclude(device=device).exists():
        taken = _("Another device has this DevEUI.")
        raise errors.Conflict(taken, dev_eui=taken)
    told = {"dev_eui": dev_eui, "f_port": f_port, "device_class": device_class}
    LorawanAddress.objects.update_or_create(device=device, defaults=told)
    return Happened(story_of(device), data=told)


@command(event="devices.lorawan_dropped", title=__("LoRaWAN address dropped"), may=keeper | at_the_console)
def drop_lorawan(by: Actor, *, device: Device) -> Happened:
    """Have a device get its orders by MQTT or HTTP again."""
    _check_kept(by, device)
    if not LorawanAddress.objects.filter(device=device).delete()[0]:
        raise errors.Conflict(_("The device is not reached by LoRaWAN."))
    return Happened(story_of(device))


@command(event="devices.secret_renewed", title=__("Secret renewed"), may=keeper | at_the_console)
def renew_secret(by: Actor, *, device: Device, fingerprint: str) -> Happened:
    """Give a device another secret; from that moment the old one opens nothing."""
    _check_kept(by, device)
    device.secret_hash = fingerprint
    device.save(update_fields=["secret_hash"])
    return Happened(story_of(device))


@command(event="devices.device_revoked", title=__("Device revoked"), may=keeper | at_the_console)
def revoke_device(by: Actor, *, device: Device) -> Happened:
    """Shut a device out for good; it is disconnected within seconds, and its name is not given again."""
    _check_kept(by, device)
    device.revoked = timezone.now()
    device.save(update_fields=["revoked"])
    return Happened(story_of(device))


@command(event="devices.letters_replayed", title=__("Dead letters sent again"), may=keeper | at_the_console)
def replay_letters(by: Actor, *, name: str, reason: str) -> Happened:
    """Send a device's dead letters of one reason on their way again, after what stopped them is mended."""
    return _letters(by, name, lambda stream: deadletters.replay(stream, name, kind=reason, most=MOST_LETTERS))


@command(event="devices.letters_discarded", title=__("Dead letters thrown away"), may=keeper | at_the_console)
def discard_letters(by: Actor, *, name: str, reason: str) -> Happened:
    """Throw a device's dead letters of one reason away for good."""
    return _letters(by, name, lambda stream: deadletters.discard_all(stream, name, reason, most=MOST_LETTERS))


def _letters(by: Actor, name: str, do: Callable[[Stream], Awaitable[int]]) -> Happened:
    device, fed = Device.objects.filter(pk=name).first(), feeds_of(by)
    kept = name in fed or (device is not None and keeps(by, device))
    if not (by == system or administrator(by) or kept):
        raise errors.Forbidden(_("This device speaks for a service that you do not operate."))
    count = ingest_status.ask(do, PATIENCE) if name in fed or name_pattern.fullmatch(name) else 0
    if not count:
        raise errors.Conflict(_("There are no such letters any more."))
    return Happened(story_of(name), data={"count": count})


def _check_kept(by: Actor, device: Device) -> None:
    if not keeps(by, device):
        raise errors.Forbidden(_("This device speaks for a service that you do not operate."))
    if device.revoked:
        raise errors.Conflict(_("The device is revoked. Add another one."))


def _give(by: Actor, device: Device, entities: Sequence[str], kinds: Sequence[str]) -> None:
    strangers = set(kinds) - entity_kinds().keys()
    if strangers:
        unknown = _("The city knows no kind %(kinds)s. Known are: %(known)s.") % {
            "kinds": ", ".join(sorted(strangers))[:200],
            "known": ", ".join(sorted(entity_kinds())),
        }
        raise errors.Refused(unknown, kinds=unknown)
    missing = set(entities) - set(Entity.objects.filter(pk__in=entities).values_list("pk", flat=True))
    if missing:
        unknown = _("The city has no entity %(ids)s. Load it first, or correct the name.") % {
            "ids": ", ".join(sorted(missing)[:5])
        }
        raise errors.Refused(unknown, entities=unknown)
    device.entities = sorted({*device.entities, *entities})
    device.kinds = sorted({*device.kinds, *kinds})
    if not (entities or kinds):
        nothing = _("Name at least one entity or kind that the device speaks for.")
        raise errors.Refused(nothing, entities=nothing)
    if len(device.entities) > MOST:
        many = _("A device speaks for at most %(most)d entities. Give it their kind.") % {"most": MOST}
        raise errors.Refused(many, entities=many)
    if not keeps(by, device):
        raise errors.Forbidden(_("This device speaks for a service that you do not operate."))


def _check_source(source: str) -> None:
    known = {item.name for service in services().values() for item in service.sources}
    if source and source not in known:
        unknown = _(
            "No service reads the format %(source)s. Leave it empty, or choose one of: %(known)s."
        ) % {
            "source": source[:60],
            "known": ", ".join(sorted(known)) or "–",
        }
        raise errors.Refused(unknown, source=unknown)


def _facts(entities: Sequence[str], kinds: Sequence[str]) -> dict[str, object]:
    return {"entities": sorted(entities)[:20], "count": len(entities), "kinds": sorted(kinds)}
