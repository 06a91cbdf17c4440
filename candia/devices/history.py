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

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.core import errors
from candia.core.access import Actor, Device, system
from candia.core.command import command
from candia.core.entity import Entity
from candia.core.event import Happened
from candia.core.service import entity_kinds, services
from candia.core.telemetry import properties, store
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
from candia.devices.models import HistoryImport
from candia.telemetry import position, taking_back
from candia.telemetry.catalogue import FixedCatalogue
from candia.telemetry.check import Check
from candia.telemetry.formats import DecodeError, csv, senml
from candia.telemetry.observation import Observation, Speaker
from candia.telemetry.reason import Reason
from candia.telemetry.received import moments
from candia.telemetry.store import StoreAway
from candia.telemetry.stream import OBSERVATIONS, Stream
from candia.telemetry.taking_back import Brought

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
    properties: set[str] = field(default_factory=set)
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
        self.properties.add(seen.property)
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
def send_history(by: Actor, *, device: Device, file: IO[bytes], report: Report, name: str = "") -> Happened:
    """Send a CSV table of observations through the desk's device; good rows go, bad ones are told in the report."""
    service = device.id.removeprefix(DESK)
    if service not in services() or device.id == service:
        raise errors.Refused(_("History goes through the desk's own device."))
    if by != system and service not in operates(by):
        raise errors.Forbidden(_("This device speaks for a service that you do not operate."))
    if device.revoked:
        raise errors.Conflict(_("The device is revoked. Add another one."))
    packs = read(service, device.id, file, report)
    taken = ingest_status.ask(lambda stream: _send(stream, device.id, packs), PATIENCE)
    if not report.good:
        raise errors.Refused(_("No row of the file can be taken."))
    times = {name: datetime.fromtimestamp(getattr(report, name) / 1000, UTC) for name in ("first", "last")}
    facts = {"rows": report.good, "refused": report.refused, **times}
    brought = HistoryImport.objects.create(
        service=service,
        file=name.rpartition("/")[2][:120],
        by=by.actor_id,
        things=sorted(report.entities),
        properties=sorted(report.properties),
        moments=taken,
        **facts,
    )
    return Happened(story_of(device), data={**facts, "entities": len(report.entities), "import": brought.pk})


@command(event="devices.history_taken_back", title=__("History taken back"), may=keeper | at_the_console)
def take_back_history(by: Actor, *, history: int) -> Happened:
    """Remove what an import of history brought and nobody replaced since; hours and days are computed again."""
    brought = HistoryImport.objects.select_for_update().filter(pk=history).first()
    if brought is None or (by != system and brought.service not in operates(by)):
        raise errors.NotFound
    if brought.taken_back:
        raise errors.Conflict(_("This import is taken back already."))
    try:
        must_be_stored(brought)
        removed = taking_back.take_back(store(), rows_of(brought), properties())
    except StoreAway as away:
        raise errors.Unavailable(
            _("The store of observations does not answer. Try again in a minute.")
        ) from away
    brought.taken_back, brought.taken_back_by, brought.removed = timezone.now(), by.actor_id, removed
    brought.save(update_fields=["taken_back", "taken_back_by", "removed"])
    facts = {"import": brought.pk, "rows": brought.rows, "removed": removed}
    return Happened(story_of(f"{DESK}{brought.service}"), data=facts)


def rows_of(brought: HistoryImport) -> Brought:
    """The rows of an import, as the store knows them."""
    first, last = (round(moment.timestamp() * 1000) for moment in (brought.first, brought.last))
    return Brought(brought.properties, brought.things, first, last, brought.moments)


def taken_back() -> set[tuple[str, int]]:
    """The messages of imports that were taken back, by device and moment (ms): they are not brought in again."""
    found = HistoryImport.objects.exclude(taken_back=None).values_list("service", "moments")
    return {(f"{DESK}{service}", moment) for service, moments in found for moment in moments}


def must_be_stored(brought: HistoryImport) -> None:
    """Refuse while some rows of an import are still on their way: they would come after it was taken back."""
    if not brought.moments:
        raise errors.Conflict(_("This import can't be taken back: it is not known which rows it brought."))
    noted = position.known(store(), OBSERVATIONS)
    if max((one.received for one in noted), default=0) // 1000 < max(brought.moments):
        raise errors.Conflict(_("Its rows are still being stored. Try again in a minute."))


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


async def _send(stream: Stream, device: str, packs: Iterator[list[Observation]]) -> list[int]:
    """Send the packs; the moments (ms) at which the stream took them."""
    numbers: list[int] = []
    under_way: set[asyncio.Task[int]] = set()
    for pack in packs:
        under_way.add(asyncio.create_task(stream.publish(device, senml.encode_json(pack))))
        if len(under_way) >= UNDER_WAY:
            done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            numbers += [task.result() for task in done]
    numbers += await asyncio.gather(*under_way)
    return await moments(stream, device, numbers)
