"""History brought in as a table: good rows go the way of all observations, bad ones are told by their number."""

import csv
import json
import re
import secrets
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from candia.core.access import Grant, Person
from candia.core.entity import Entity
from candia.core.event import Event
from candia.core.service import entity_kinds
from candia.core.telemetry import properties, store
from candia.devices import history, ingest_status
from candia.devices.models import HistoryImport
from candia.devices.tests.samples import _prepared, brought
from candia.telemetry import questions, rollup
from candia.telemetry.observation import Observation
from candia.telemetry.position import Position

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    _prepared()
    id = f"water.district:{secrets.token_hex(6)}"
    return Entity.objects.create(id=id, kind_name="water.district", name=id).pk


@pytest.fixture
def bring(client, db):
    """Brings a file as the operator of water; the page that answers."""
    person = Person.objects.create_user("operator@example.gr", "a long enough password")
    Grant.objects.create(person=person, role=Grant.OPERATOR, service="water")
    client.force_login(person)

    def bring(content, service="water"):
        file = SimpleUploadedFile("history.csv", content if isinstance(content, bytes) else content.encode())
        return client.post(reverse("devices-desk-history"), {"service": service, "file": file})

    return bring


def sent(district):
    """The values of this district that lie in the stream under the desk's name."""

    async def ask(stream):
        reader = await stream.context.subscribe("v1.desk-water", stream="OBSERVATIONS", ordered_consumer=True)
        left = (await stream.context.stream_info("OBSERVATIONS", subjects_filter="v1.desk-water")).state
        count = (left.subjects or {}).get("v1.desk-water", 0)
        packs = [json.loads((await reader.next_msg(timeout=5)).data) for _ in range(count)]
        await reader.unsubscribe()
        return [one["v"] for pack in packs for one in pack if one["n"] == f"{district}/inflow"]

    return ingest_status.ask(ask)


def test_good_rows_are_sent_and_bad_ones_told_by_their_number(bring, district):
    rows = [
        "entity,property,time,value",
        f"{district},inflow,2026-05-01T10:00:00+03:00,18.4",
        f"{district},inflow,2026-05-01T11:00:00,18.4",
        f"{district},inflow,2026-05-01T12:00:00+03:00,99999",
        "water.district:nowhere,inflow,2026-05-01T12:00:00+03:00,1",
        f"{district},inflow,2026-05-01T13:00:00+03:00",
        f"{district},inflow,2026-05-01T14:00:00+03:00,much",
        f"{district},inflow,2026-05-01T15:00:00+03:00,18.6",
    ]
    told = bring("\n".join(rows))
    report = told.context["report"]
    assert (report.good, report.refused) == (2, 5)
    assert [number for number, _ in report.bad] == [3, 4, 5, 6, 7]
    assert "lacks its zone" in str(report.bad[0][1])
    assert "Η πόλη δεν έχει οντότητα «water.district:nowhere»." in told.content.decode()
    assert sent(district) == [18.4, 18.6]
    data = Event.objects.get(kind="devices.history_sent").data
    assert (data["rows"], data["refused"], data["entities"]) == (2, 5, 1)


def test_a_greek_spreadsheet_is_read(bring, district):
    bring(f"\ufeffentity;property;time;value\r\n{district};inflow;2026-05-01T10:00:00+03:00;18,4\r\n")
    assert sent(district) == [18.4]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "entity,time\n",
        "entity,property,time,value\n",
        b"\xff\xfe\x00",
        b"PK\x03\x04" + bytes(100),
        '"' * 200_000,
    ],
    ids=["nothing", "a header that lacks names", "no rows", "UTF-16", "a spreadsheet's own file", "quotes"],
)
def test_what_is_no_table_is_refused_with_a_sentence(bring, content):
    answer = bring(content)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not Event.objects.filter(kind="devices.history_sent").exists()


def test_a_file_that_breaks_off_in_the_middle_says_where(bring, district):
    whole = f"entity,property,time,value\n{district},inflow,2026-05-01T10:00:00+03:00,18.4\n"
    report = bring(whole.encode() + bytes(20_000) + b"\xff").context["report"]
    assert report.good == 1
    assert report.refused >= 1


def test_a_large_file_is_refused_before_it_is_read(bring, monkeypatch):
    monkeypatch.setattr("candia.devices.forms.MEGABYTES", 0)
    assert bring("entity,property,time,value\n").context["form"].errors["file"]


def test_nobody_brings_history_of_a_service_that_they_do_not_operate(bring):
    assert bring("entity,property,time,value\n", service="dialogue").context["form"].errors["service"]


def test_a_long_file_goes_in_packs(bring, district, monkeypatch):
    monkeypatch.setattr(history, "PACK", 7)
    rows = [f"{district},inflow,{1_777_000_000 + number},{number % 50}" for number in range(400)]
    report = bring("\n".join(["entity,property,time,value", *rows])).context["report"]
    assert report.good == 400
    assert sorted(sent(district)) == sorted(number % 50 for number in range(400))


def test_a_look_says_what_would_be_done_and_does_nothing(bring, client, district):
    told = f"entity,property,time,value\n{district},inflow,2026-05-01T10:00:00+03:00,18.4\n=1+1,inflow,x,1\n"
    file = SimpleUploadedFile("history.csv", told.encode())

    page = client.post(reverse("devices-desk-history"), {"service": "water", "file": file, "look": "1"})

    assert (page.context["report"].good, page.context["report"].refused) == (1, 1)
    assert [(id, rows) for id, _name, rows, _since, _until in page.context["things"]] == [(district, 1)]
    assert sent(district) == []
    assert not Event.objects.filter(kind="devices.history_sent").exists()
    link = re.search(r'href="data:text/csv;charset=utf-8,([^"]*)"', page.content.decode())[1]
    header, row = csv.reader(unquote(link).lstrip("\ufeff").splitlines())
    assert header == ["row", "reason", "line"]
    # What a spreadsheet would compute is text.
    assert (row[0], row[2]) == ("3", "'=1+1,inflow,x,1")
    bring(told)
    assert sent(district) == [18.4]


def test_a_meter_is_named_by_what_is_written_on_it(bring):
    _prepared()
    meter = entity_kinds()["water.meter"]
    mark = secrets.token_hex(4)
    for name, serial in (("a", f"S-{mark}"), ("b", f"T-{mark}"), ("c", f"T-{mark}")):
        meter.objects.create(id=f"water.meter:{mark}-{name}", name=name, serial=serial)
    rows = [f"S-{mark} ;index;2026-05-01T10:00Z;1,5", f"T-{mark};index;2026-05-01T10:00Z;2", ";index;1;3"]

    page = bring("\n".join(["serial;property;time;value", *rows]))

    assert set(page.context["report"].entities) == {f"water.meter:{mark}-a"}
    assert [number for number, _reason in page.context["report"].bad] == [3, 4]
    # Of two that have the same number, neither is meant.
    assert f"T-{mark}" in str(page.context["report"].bad[0][1])


def back(number):
    return reverse("devices-desk-history-import", args=[number])


def stored(made, values):
    """What ingest does with what lies in the stream."""
    received = datetime.fromtimestamp(made.moments[0] / 1000, UTC)
    seen = [Observation(made.things[0], "water.inflow", time, value) for time, value in values.items()]
    rollup.record(store(), seen, properties(), received)


def left(district):
    span = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)
    return questions.series(store(), district, "water.inflow", *span, "raw").to_pylist()


def test_an_import_is_listed_and_taken_back_once_it_is_stored(bring, client, district, monkeypatch):
    times = [1_777_633_200_000, 1_777_636_800_000]
    rows = [f"{district},inflow,{time // 1000},18.4" for time in times]
    page = bring("\n".join(["entity,property,time,value", *rows])).content.decode()
    made = HistoryImport.objects.get()
    assert (made.file, made.rows, made.things, made.properties) == (
        "history.csv",
        2,
        [district],
        ["water.inflow"],
    )
    here = back(made.pk)
    assert here in page
    # Ingest has not said yet that it holds them.
    assert "still being stored" in client.get(f"/en{here}").content.decode()
    assert client.post(here).status_code == 409

    noted = Position(1, made.moments[-1] * 1000 + 999, 1)
    monkeypatch.setattr(history.position, "known", lambda *_of: [noted])
    stored(made, dict.fromkeys(times, 18.4))
    assert len(left(district)) == 2
    assert "Take back 2 rows" in client.get(f"/en{here}").content.decode()
    answer = client.post(f"/en{here}", follow=True).content.decode()

    assert "2 rows were removed." in answer
    assert left(district) == []
    event = Event.objects.get(kind="devices.history_taken_back")
    assert event.data == {"import": made.pk, "rows": 2, "removed": 2}
    made.refresh_from_db()
    assert (made.removed, made.taken_back_by) == (2, event.by)
    assert client.post(here).status_code == 409


def test_nobody_takes_back_what_another_service_brought_in(bring, client, district):
    others = brought(service="dialogue")
    bring("entity,property,time,value\n")

    assert client.get(back(others.pk)).status_code == 404
    assert client.post(back(others.pk)).status_code == 404
    assert HistoryImport.objects.get(pk=others.pk).taken_back is None


def test_an_import_of_which_no_moment_is_known_is_never_taken_back(bring, client, district):
    bring("entity,property,time,value\n")

    assert client.post(back(brought(moments=[]).pk)).status_code == 409
