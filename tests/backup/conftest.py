"""One city for all tests of backups: filled, backed up while it works, and once more into a bucket."""

import asyncio
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import requests
from moto.server import ThreadedMotoServer

from candia.backup import encryption
from candia.telemetry import deadletters, line
from candia.telemetry.reason import because
from candia.telemetry.stream import OBSERVATIONS, Message, Stream
from tests.backup.town import Town
from tests.engines_once import wait_for

BEGIN = 1_700_000_000
HOUR = 3600


@dataclass
class Lived:
    """The city, what its tests look for, and what had been acknowledged when the backup began."""

    town: Town
    told: dict
    folder: Path
    said: str = ""
    acknowledged: list = field(default_factory=list)
    moment: str = ""
    key: Path | None = None

    @property
    def url(self):
        return self.town.config.database_url


@pytest.fixture(scope="package")
def bucket():
    """A bucket on this machine, and the settings that lead to it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    requests.put(f"{address}/city", timeout=10).raise_for_status()
    yield {
        "BACKUP_TO": "s3://city/backups",
        "BACKUP_S3_ENDPOINT": address,
        "BACKUP_S3_KEY": "key",
        "BACKUP_S3_SECRET": "secret",
    }
    server.stop()


@pytest.fixture(scope="package")
def lived(bucket):
    """A city that has lived a little, stands in one backup in a folder, and in one that is sealed in a bucket."""
    # Not pytest's own folder: another run beside this one would close it to PostgreSQL's user.
    folder = Path(tempfile.mkdtemp(prefix="candia-backup-"))
    key = folder / "key"
    town = Town(folder / "home", BACKUP_WAL="yes", BACKUP_RECIPIENT=encryption.make_key(key), **bucket)
    try:
        town.start()
        city = Lived(town, town.filled(), folder, key=key)
        _speak(city)
        with Load(city):
            code, city.said = town.candia("backup", "--to", folder / "to", BACKUP_RECIPIENT="")
        assert code == 0, city.said
        yield city
    finally:
        town.stop()
        shutil.rmtree(folder, ignore_errors=True)


def hour(number):
    """The payload of one hour's reading."""
    return b'{"time": %d, "index": %d}' % ((BEGIN + number * HOUR) * 1000, number)


def _speak(city):
    """Forty readings are stored, thirty are acknowledged and not; of each sort, one can't be taken."""
    parts = city.town.parts()
    parts.start("ingest")
    parts.with_stream(lambda stream: _publish(city, stream, range(40)))
    parts.with_stream(lambda stream: stream.publish("loader", b"nonsense that is buried"))
    wait_for(lambda: parts.count("water.meter:loaded") == 40 and parts.letters("loader"), 40)
    wait_for(lambda: parts.with_stream(lambda stream: line.floor(stream, OBSERVATIONS)) == 41, 40)
    parts.stop()
    parts.with_stream(lambda stream: _publish(city, stream, range(40, 70)))
    parts.with_stream(_cut_off)


async def _publish(city, stream, numbers):
    for number in numbers:
        await stream.publish("loader", hour(number))
        city.acknowledged.append(number)


async def _cut_off(stream):
    """Ingest fell after it had buried a letter, and before it could acknowledge the message."""
    number = await stream.publish("loader", b"nonsense that comes again")
    message = Message("v1.loader", b"nonsense that comes again", number, time.time_ns() // 1000 + 1, {})
    await deadletters.bury(stream, [(message, because("The payload is empty."))])


class Load:
    """Readings and changes of records that go on while a backup is made."""

    def __init__(self, city):
        self._city, self._stop = city, threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._send, self._write)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self):
        async def go():
            stream = await Stream.connect(self._city.town.config.stream_url)
            number = 1000
            while not self._stop.wait(0.01):
                await stream.publish("loader", hour(number))
                number += 1
            await stream.close()

        asyncio.run(go())

    def _write(self):
        with psycopg.connect(self._city.url, autocommit=True) as records:
            number = 0
            while not self._stop.wait(0.01):
                number += 1
                _entity(records, f"water.meter:load-{number}")


def _entity(line, name):
    line.execute(
        "INSERT INTO core_entity (id, kind, name, zone, synthetic, created) "
        "VALUES (%s, 'water.meter', 'Υδρόμετρο', '', false, now())",
        (name,),
    )
