"""Retention: which backups stay, when the next one is due, and what became of the last."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from candia.backup import manifest
from candia.backup.errors import BackupFailed
from candia.backup.storage import Storage
from candia.conditions import Conditions
from candia.config import City, Config

#: A nightly backup that is older than this was missed.
OLD = timedelta(hours=26)
# After a failure the next try is made so much later; what is unfinished for so long was cut off.
AGAIN, CUT_OFF = timedelta(hours=1), timedelta(days=2)
# A moment that lies further ahead was written under a clock that was wrong.
AHEAD = timedelta(minutes=10)


@dataclass(frozen=True)
class Last:
    """The newest whole backup of this home and the last try; seconds since 1970, 0 where there was none yet."""

    began: float = 0
    finished: float = 0
    size: int = 0
    tried: float = 0
    wrong: str = ""

    @property
    def of(self) -> datetime:
        """The moment as of which the newest one holds the city."""
        return datetime.fromtimestamp(self.began, UTC)

    @property
    def age(self) -> timedelta | None:
        """How old what was backed up is by now; None where nothing was."""
        return datetime.now(UTC) - self.of if self.began else None


class Desk:
    """The folder under the home in which backups of it are begun one at a time, and noted."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._folder = home / "backup"

    def last(self) -> Last:
        """What is known of the last one."""
        try:
            return Last(**json.loads((self._folder / "last.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return Last()

    def note(self, last: Last) -> None:
        """Write it down, whole or not at all."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._folder / "last.json.draft"
        draft.write_text(json.dumps(asdict(last)), "utf-8")
        draft.replace(self._folder / "last.json")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While one backup of this home is made; raises BackupFailed where another is."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / "lock").open("a+", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as busy:
                lock.seek(0)
                raise BackupFailed(
                    f"A backup is being made already (process {lock.read().strip()})."
                ) from busy
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def is_busy(self) -> bool:
        """Whether one is being made."""
        try:
            with self.alone():
                return False
        except BackupFailed:
            return True


def due(last: Last, now: datetime, at: str, zone: ZoneInfo) -> bool:
    """Whether a backup should begin at this moment: the night's hour has passed since the last one began.

    A night that was slept through is made up for, also one in which the clock left the hour out or struck it twice.
    """
    hour, minute = (int(part) for part in at.split(":"))
    local = now.astimezone(zone)
    slot = local.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
    if slot.astimezone(UTC) > now:
        slot = (slot - timedelta(days=1)).replace(fold=0)
    began, tried = (datetime.fromtimestamp(moment, UTC) for moment in (last.began, last.tried))
    if began - now > AHEAD or tried - now > AHEAD:
        return True
    return began < slot.astimezone(UTC) and (tried < slot.astimezone(UTC) or now - tried >= AGAIN)


def judge(config: Config, now: datetime) -> None:
    """Report what is wrong with this home's backups, and clear what is over."""
    desk, conditions = Desk(config.home), Conditions(config.home)
    last = desk.last()
    missing = not config.backup_to and not City.read(config.city_file).sample
    if missing:
        conditions.report("backup_missing")
    else:
        conditions.clear("backup_missing")
    if last.tried > last.finished and not last.wrong and not desk.is_busy():
        desk.note(Last(**{**asdict(last), "wrong": "It was cut off before its end."}))
        last = desk.last()
    if config.backup_to and last.wrong:
        conditions.report("backup_failed", why=last.wrong)
    else:
        conditions.clear("backup_failed")
    if config.backup_to and last.began and now.timestamp() - last.began > OLD.total_seconds():
        conditions.report("backup_old", hours=int(OLD.total_seconds() // 3600))
    else:
        conditions.clear("backup_old")


def kept(names: list[str], keep: str) -> set[str]:
    """Those of the backups that stay: the last of each of so many days, and of so many weeks, that have one."""
    many = {part[-1]: int(part[:-1]) for part in keep.split(",")}
    stay: set[str] = set()
    for letter, pattern in (("d", "%Y-%m-%d"), ("w", "%G-%V")):
        last = {f"{manifest.stamped(name):{pattern}}": name for name in sorted(names)}
        stay.update(sorted(last.values())[-many[letter] :] if many.get(letter) else ())
    return stay


def tidy(storage: Storage, keep: str, now: datetime) -> list[str]:
    """Remove the backups that have served, and what was left of those that were cut off; their names."""
    whole = manifest.whole(storage)
    stay = kept(whole, keep)
    gone = [name for name in whole if name not in stay]
    for name in storage.folders():
        began = manifest.stamped(name)
        if began and name not in whole and now - began > CUT_OFF:
            gone.append(name)
    for name in gone:
        # The manifest first: what is half removed must not look whole.
        if manifest.NAME in storage.below(name).sizes():
            storage.remove(f"{name}/{manifest.NAME}")
        storage.remove(name)
    return gone
