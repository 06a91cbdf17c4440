"""Backups as jobs: the nightly one is begun when it is due, and what is wrong with them is told.

The work is a process of its own, beside the worker's two places and its event loop; it ends with the part `jobs`.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from procrastinate.contrib.django import app

from candia.backup import create, retention, wal
from candia.backup.errors import BackupFailed
from candia.conditions import Conditions
from candia.config import Config

logger = logging.getLogger(__name__)


@app.periodic(cron="*/5 * * * *")
@app.task(name="core.backup", queueing_lock="core.backup", pass_context=False)
def look(timestamp: int) -> None:  # noqa: ARG001 — procrastinate's signature
    """Every five minutes: say what is wrong with the backups, and begin one that is due."""
    config, now = settings.CANDIA, datetime.now(UTC)
    retention.judge(config, now)
    desk = retention.Desk(config.home)
    zone = ZoneInfo(settings.CANDIA_CITY.timezone)
    if config.backup_to and retention.due(desk.last(), now, config.backup_at, zone) and not desk.is_busy():
        begin()


@app.periodic(cron="* * * * *")
@app.task(name="core.ship_log", queueing_lock="core.ship_log", pass_context=False)
def ship(timestamp: int) -> None:  # noqa: ARG001 — procrastinate's signature
    """Once a minute: move the finished files of the records' log beside the backups, where that is wished."""
    config: Config = settings.CANDIA
    if not (config.backup_wal and config.backup_to):
        return
    conditions = Conditions(config.home)
    try:
        storage = create.opened(config, config.environment(), config.backup_to)
        wal.ship(config.home, storage, config.database_url, create.key_of(config))
    except BackupFailed as failed:
        conditions.report("backup_log_behind", why=str(failed))
    else:
        conditions.clear("backup_log_behind")


def begin() -> None:
    """Begin a backup, and go on; it says itself what becomes of it."""
    process = subprocess.Popen([sys.executable, "-m", "candia.cli", "backup"], stdin=subprocess.DEVNULL)
    logger.info("A backup has begun (process %s).", process.pid)
    threading.Thread(target=process.wait, name="backup", daemon=True).start()
