"""History: a table of observations that an operator brings, checked row by row and sent the way of all others.

It goes through the stream in the name of the desk's own device, so ingest checks it as it checks everybody, and
what is brought twice is stored once.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import IO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.core import errors
from candia.core.access import Actor, Device, system
from candia.core.command import command
from candia.core.entity import Entity
from candia.core.event import Happened
from candia.core.service import entity_kinds, services
from candia.devices import ingest_status
from candia.devices.commands import (
    DESK,
    add_device,
    at_the_console,
    grant_device,
    keeper,
    operates,
    story_of,
)
from candia.telemetry.catalogue import FixedCatalogue
from candia.telemetry.check import Check
from candia.telemetry.formats import DecodeError, csv, senml
from candia.telemetry.observation import Observation, Speaker
from candia.telemetry.reason import Reason
from candia.telemetry.stream import Stream

MEGABYTES = 50
PACK, UNDER_WAY = 1000, 16
# So many bad rows are kept with their reasons; the others are counted.
TOLD = 2000
# A file is sent within so many seconds, or the stream is called away.
PATIENCE = 300.0


@dataclass
class Told:
    """How many rows tell of one thing, and of which stretch of time (ms)."""

    rows: int = 0
    first: int = 0
    last: int = 0


@dataclass
class Report:
    """What becomes of the rows of a file, thing by thing; `bad` holds (row number, reason) of the first bad."""

    good: int = 0
    refused: int = 0
    bad: list[tuple[int, Reason]] = field(default_factory=list)
    entities: dict[str, Told] = field(default_factory=dict)
    first: int = 0
    last: int = 0

    def refuse(self, number: int, reason: Reason) -> None:
        """Note a bad row."""
        self.refused += 1
        if len(self.bad) < TOLD:
            self.bad.append((number, reason))

    def take(self, seen: Observation) -> None:
        """Note a good row."""
        self.first = min(self.first, seen.time) if self.good else seen.time
        self.last = max(self.last, seen.time)
        told = self.entities.setdefault(seen.entity, Told(0, seen.time, seen.time))
        told.rows, told.first, told.last = (
            told.rows + 1,
            min(told.first, seen.time),
            max(told.last, seen.time),
        )
        self.good += 1


def desk_device(service: str) -> str:
    """The device in whose name the desk of a service speaks; nobody has its secret, for it has none."""
    name = f"{DESK}{service}"
    kinds = [kind for kind in entity_kinds() if kind.startswith(f"{service}.")]
    device = Device.objects.filter(pk=name).first()
    if device is None:
        add_device(by=system, id=name, fingerprint="none", title=str(services()[service].title), kinds=kinds)
    elif device.revoked is None and not set(kinds) <= set(device.kinds):
        grant_device(by=system, device=name, kinds=kinds)
    return name


@command(event="devices.history_sent", title=__("History brought in"), may=keeper | at_the_console)
def send_history(by: Actor, *, device: Device, file: IO[bytes], report: Report) -> Happened:
    """Send a CSV table of observations through the desk's device; good rows go, bad ones are told in the report."""
    service = device.id.removeprefix(DESK)
    if service not in services() or device.id == service:
        raise errors.Refused(_("History goes through the desk's own device."))
    if by != system and service not in operates(by):
        raise errors.Forbidden(_("This device speaks for a service that you do not operate."))
    if device.revoked:
        raise errors.Conflict(_("The device is revoked. Add another one."))
    packs = read(service, device.id, file, report)
    ingest_status.ask(lambda stream: _send(stream, device.id, packs), PATIENCE)
    if not report.good:
        raise errors.Refused(_("No row of the file can be taken."))
    times = {name: datetime.fromtimestamp(getattr(report, name) / 1000, UTC) for name in ("first", "last")}
    facts = {"rows": report.good, "refused": report.refused, "entities": len(report.entities), **times}
    return Happened(story_of(device), data=facts)


def look(service: str, file: IO[bytes]) -> Report:
    """What would become of the rows of a file; nothing is sent."""
    report = Report()
    for _pack in read(service, f"{DESK}{service}", file, report):
        pass
    return report


def serials(service: str) -> dict[str, str]:
    """A service's things by what is written on them: serial numbers and aliases, each that names just one."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for model in services()[service].entities:
        for column in ("alias", *model.serials):
            for id, told in model._default_manager.values_list("pk", column):
                if told and found.setdefault(told, id) != id:
                    twice.add(told)
    return {serial: id for serial, id in found.items() if serial not in twice}


def lines(file: IO[bytes], numbers: Collection[int]) -> dict[int, str]:
    """These lines of a file as they stand, by their numbers."""
    file.seek(0)
    wanted, last = set(numbers), max(numbers, default=0)
    text = io.TextIOWrapper(file, "utf-8-sig", errors="replace")
    try:
        told = enumerate(islice(text, last), start=1)
        return {number: line.rstrip("\r\n") for number, line in told if number in wanted}
    finally:
        text.detach()


def read(service: str, device: str, file: IO[bytes], report: Report) -> Iterator[list[Observation]]:
    """The good rows of a file in packs; the report learns of each row as it is read."""
    declared = {service: {item.name: item for item in services()[service].properties}}
    own = Entity.objects.filter(kind_name__startswith=f"{service}.")
    known = frozenset(own.values_list("pk", flat=True))
    catalogue = FixedCatalogue(declared, known, aliases=serials(service))
    check = Check(catalogue)
    speaker = Speaker(device, int(time.time() * 1000), None, check.properties, catalogue.by_alias)
    return _packs(_rows(file, speaker), check, speaker, report)


def _packs(
    rows: Iterable[tuple[int, Observation | DecodeError]], check: Check, speaker: Speaker, report: Report
) -> Iterator[list[Observation]]:
    pack: list[Observation] = []
    for number, seen in rows:
        if isinstance(seen, DecodeError):
            report.refuse(number, seen.reason)
            continue
        if wrong := check.refusal(seen, speaker):
            report.refuse(number, wrong)
            continue
        report.take(seen)
        pack.append(seen)
        if len(pack) == PACK:
            yield pack
            pack = []
    if pack:
        yield pack


def _rows(file: IO[bytes], speaker: Speaker) -> Iterator[tuple[int, Observation | DecodeError]]:
    """Each row of the file; where it can't be read on, the last one says so."""
    lines, number = io.TextIOWrapper(file, "utf-8-sig", newline=""), 0
    try:
        for number, seen in csv.each(lines, speaker):
            yield number, seen
    except UnicodeDecodeError:
        yield number + 1, DecodeError("From here on the file is not UTF-8. Save it as CSV in UTF-8.")
    except DecodeError as wrong:
        yield number + 1, wrong
    finally:
        # The file belongs to whoever brought it, and is not closed with its reader.
        lines.detach()


async def _send(stream: Stream, device: str, packs: Iterator[list[Observation]]) -> None:
    under_way: set[asyncio.Task[int]] = set()
    for pack in packs:
        under_way.add(asyncio.create_task(stream.publish(device, senml.encode_json(pack))))
        if len(under_way) >= UNDER_WAY:
            done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    await asyncio.gather(*under_way)
