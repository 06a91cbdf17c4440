"""The nightly backup is begun by a job, once; its age is at the desk of administrators and in the metrics."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from candia.accounts.tests.samples import somebody
from candia.backup import manifest
from candia.backup.retention import Desk
from candia.backup.storage import Storage
from candia.core import backups
from candia.core.access import Grant
from tests.engines_once import wait_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def nights(tmp_path, monkeypatch):
    """The home's backups, of the test's records, into a folder."""
    url = (
        urlsplit(settings.CANDIA.database_url)._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    )
    monkeypatch.setenv("CANDIA_DATABASE_URL", url)
    monkeypatch.setenv("CANDIA_BACKUP_TO", str(tmp_path / "to"))
    monkeypatch.setattr(settings, "CANDIA", replace(settings.CANDIA, backup_to=str(tmp_path / "to")))
    yield Desk(settings.CANDIA.home)
    shutil.rmtree(settings.CANDIA.home / "backup", ignore_errors=True)


def test_a_due_backup_is_made_once_and_its_age_is_told(nights, tmp_path, client: Client):
    storage = Storage.at(str(tmp_path / "to"), {})
    assert "candia_backup_age_seconds" not in metrics(client)
    backups.look(timestamp=0)
    wait_for(lambda: nights.last().finished and not nights.is_busy(), 60)
    backups.look(timestamp=300)
    assert not nights.is_busy()
    assert len(manifest.whole(storage)) == 1
    assert nights.last().size == manifest.read(storage.below(manifest.whole(storage)[0])).size
    age = next(line for line in metrics(client).splitlines() if line.startswith("candia_backup_age_seconds"))
    assert 0 < float(age.split()[-1]) < (datetime.now(UTC) - nights.last().of).total_seconds() + 1

    client.force_login(somebody("boss", (Grant.ADMINISTRATOR, "")))
    assert "data-backup" in client.get("/desk/").content.decode()
    client.force_login(somebody("shift", (Grant.OPERATOR, "water")))
    assert "data-backup" not in client.get("/desk/").content.decode()


def metrics(client):
    return client.get("/metrics").content.decode()
