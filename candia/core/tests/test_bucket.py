"""A bucket instead of the home's folder: the same files, and a sentence where it does not answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests
from django.urls import reverse
from moto.server import ThreadedMotoServer

from candia.config import Config
from candia.contract.dummy import installed
from candia.core import attachment, attachment_sweep, errors, file_store
from candia.core.attachment import Attachment, attach
from candia.core.tests.test_attachments import OPEN, document, person, photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def bucket(settings, tmp_path):
    """A bucket on this machine, by the settings that lead a city to it; answers with the names in it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    requests.put(f"{address}/city", timeout=10).raise_for_status()
    told = {"TO": "s3://city/files/", "S3_ENDPOINT": address, "S3_KEY": "key", "S3_SECRET": "secret"}
    told = {f"FILES_{name}": value for name, value in told.items()} | {"HOME": str(tmp_path)}
    config = Config.read({f"CANDIA_{name}": value for name, value in told.items()})
    settings.STORAGES = {**settings.STORAGES, "attachments": file_store.backend(config)}
    with installed():
        yield lambda: [path for paths in file_store.folders() for path in paths]
    server.stop()


def test_files_lie_in_a_bucket_and_come_back_from_it(
    bucket, client, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    maria = person("maria")
    assert bucket() == []
    hung = [attach(maria, OPEN, file) for file in (photo(), document())]
    assert len(bucket()) == 3
    for one in hung:
        answer = client.get(reverse("file", args=[one.pk]))
        assert (answer.status_code, len(answer.content)) == (200, one.size)

    with django_capture_on_commit_callbacks(execute=True):
        attachment.remove(hung[:1])
    assert bucket() == hung[1].paths()
    Attachment.objects.all().delete()
    assert attachment_sweep.leftovers() == 0
    monkeypatch.setattr(attachment_sweep, "GRACE", timedelta(seconds=-5))
    assert attachment_sweep.leftovers() == 1
    assert bucket() == []


def test_a_bucket_that_does_not_answer_is_a_sentence(bucket, settings, client) -> None:
    maria = person("maria")
    hung = attach(maria, OPEN, photo())
    store = settings.STORAGES["attachments"]
    gone = {**store["OPTIONS"], "endpoint_url": "http://127.0.0.1:9"}
    settings.STORAGES = {**settings.STORAGES, "attachments": {**store, "OPTIONS": gone}}

    answer = client.get(reverse("file", args=[hung.pk]))
    assert answer.status_code == 503
    with pytest.raises(errors.Unavailable):
        attach(maria, OPEN, document())
    assert Attachment.objects.count() == 1
