"""A ClickHouse client can't tell the host of chDB from a server."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.client import HTTPConnection
from urllib.parse import urlsplit

import clickhouse_connect
import psutil
import pyarrow as pa
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from candia.engines import clickhouse
from candia.engines.chdb_request import MOST
from candia.telemetry import store
from candia.telemetry.store import Store
from tests.engines_once import free_port, wait_for


@pytest.fixture
def connect(engines):
    clients = []

    def connect(**keywords):
        clients.append(clickhouse_connect.get_client(dsn=engines.config.telemetry_url, **keywords))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def client(connect):
    return connect()


@pytest.fixture
def readings(client):
    columns = "entity String, time DateTime64(3, 'UTC'), value Float64"
    client.command(f"CREATE TABLE readings ({columns}) ORDER BY (entity, time)")
    yield "readings"
    client.command("DROP TABLE readings")


TABLE = pa.table(
    {
        "entity": ["water.meter:1", "water.meter:Ω'\\\n"],
        "time": pa.array(
            [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)], pa.timestamp("ms", "UTC")
        ),
        "value": [1.5, -2.0],
    }
)


@pytest.mark.parametrize("compress", [False, "lz4", "zstd", "gzip"])
def test_what_is_inserted_as_arrow_or_rows_is_read_back(connect, readings, compress):
    client = connect(compress=compress)
    assert client.insert_arrow(readings, TABLE).written_rows == 2
    client.insert(
        readings, [["water.meter:3", datetime(2026, 1, 3, tzinfo=UTC), 7.0]], column_names=TABLE.column_names
    )
    back = client.query_arrow(f"SELECT * FROM {readings} ORDER BY time", use_strings=True)
    assert back.slice(0, 2).to_pydict() == TABLE.to_pydict()
    assert client.query(f"SELECT entity, value FROM {readings} ORDER BY time").result_rows[2] == (
        "water.meter:3",
        7.0,
    )


def test_a_large_insert_may_hold_any_byte(client, readings):
    many = pa.table(
        {
            "entity": [f"water.meter:{number};\nINSERT" for number in range(300_000)],
            "time": pa.array(range(300_000), pa.timestamp("ms", "UTC")),
            "value": [float(number) for number in range(300_000)],
        }
    )
    client.insert_arrow(readings, many)
    assert client.query(f"SELECT count(), sum(value) FROM {readings}").first_row == (
        300_000,
        44_999_850_000.0,
    )


def test_parameters_are_values_and_never_sql(client):
    tricky = "x'); DROP TABLE y; -- \\ Ω \t\n"
    rows = client.query(
        "SELECT {text:String}, {list:Array(UInt8)}", parameters={"text": tricky, "list": [1, 2]}
    ).result_rows
    assert rows == [(tricky, [1, 2])]


def test_many_parameters_travel_in_a_form(client):
    names = [f"water.meter:{number}" for number in range(20_000)]
    assert client.query("SELECT length({names:Array(String)})", parameters={"names": names}).first_row == (
        20_000,
    )


def test_a_setting_holds_for_its_own_statement(connect):
    client = connect(autogenerate_session_id=False)
    asked = "SELECT getSetting('max_block_size')"
    before = client.query(asked).first_row
    assert client.query(asked, settings={"max_block_size": 77}).first_row == (77,)
    assert client.query(asked).first_row == before


def test_a_session_keeps_its_temporary_table_to_itself(connect):
    one, other = connect(session_id="one"), connect(session_id="other")
    one.command("CREATE TEMPORARY TABLE mine (number UInt8)")
    one.command("INSERT INTO mine VALUES (5)")
    assert one.command("SELECT sum(number) FROM mine") == 5
    with pytest.raises(DatabaseError, match="UNKNOWN_TABLE"):
        other.command("SELECT * FROM mine")


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT nonsense", 47),
        ("SELEKT 1", 62),
        ("SELECT * FROM nowhere", 60),
        ("SELECT throwIf(number = 3) FROM numbers(5)", 395),
        ("SELECT 1 SETTINGS no_such_setting = 1", 115),
    ],
)
def test_a_bad_query_is_refused_as_by_a_server(client, sql, code):
    with pytest.raises(DatabaseError, match=rf"(?s)Code: {code}\. DB::Exception: .*\(version \d+") as refused:
        client.query(sql)
    assert refused.value.code == code
    assert client.command("SELECT 1") == 1


def test_a_stranger_is_refused(engines, connect):
    host = urlsplit(engines.config.telemetry_url)
    with pytest.raises(DatabaseError, match="AUTHENTICATION_FAILED"):
        clickhouse_connect.get_client(
            host=host.hostname, port=host.port, username="candia", password="guessed"
        )


def test_a_get_reads_and_writes_nothing(engines, readings):
    host = urlsplit(engines.config.telemetry_url)
    line = HTTPConnection(host.hostname, host.port)
    told = {"X-ClickHouse-User": host.username, "X-ClickHouse-Key": host.password}
    for asked, status in (("SELECT+1", 200), (f"DROP+TABLE+{readings}", 403)):
        line.request("GET", f"/?query={asked}", headers=told)
        answer = line.getresponse()
        answer.read()
        assert answer.status == status
    line.close()


def test_eight_threads_insert_and_ask_at_once(connect, readings):
    def work(number):
        client = connect(autogenerate_session_id=False)
        for hour in range(5):
            row = [f"water.meter:{number}", datetime(2026, 1, 1, hour, tzinfo=UTC), float(hour)]
            client.insert(readings, [row], column_names=TABLE.column_names)
        return client.command(
            "SELECT count() FROM readings WHERE entity = {entity:String}", {"entity": f"water.meter:{number}"}
        )

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [5] * 8


def test_a_client_that_goes_away_harms_nobody(engines, client):
    host = urlsplit(engines.config.telemetry_url)
    pid = engines.pid("clickhouse")
    line = HTTPConnection(host.hostname, host.port)
    told = {"X-ClickHouse-User": host.username, "X-ClickHouse-Key": host.password}
    running = "SELECT count() FROM system.processes WHERE query LIKE 'SELECT sum(sleepEachRow%'"
    line.request("POST", "/", "SELECT sum(sleepEachRow(0.2)) FROM numbers(5)", told)
    wait_for(lambda: client.command(running) == 1)
    line.close()
    wait_for(lambda: client.command(running) == 0)
    assert engines.pid("clickhouse") == pid


def test_what_was_inserted_is_there_after_kill(engines, client, readings):
    client.insert_arrow(readings, TABLE)
    engines.kill("clickhouse")
    assert client.command("SELECT count() FROM readings") == 2


@pytest.mark.parametrize("session", [True, False], ids=["in a session", "without one"])
def test_an_answer_that_failed_half_way_leaves_nothing_in_the_next_one(connect, session):
    client = connect(autogenerate_session_id=session, compress=False)
    half = "SELECT throwIf(number = 200000) FROM numbers(300000) SETTINGS max_block_size = 1000"
    with pytest.raises(DatabaseError):
        client.raw_query(half, fmt="TSV")
    assert client.raw_query("SELECT 2", fmt="TSV") == b"2\n"


MB = 1 << 20


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("known", [False, True])
def test_what_is_too_large_is_refused_before_it_is_there(engines, client, known, chunked):
    """A stranger's request costs nothing, whatever it brings; one of ours costs what is allowed."""
    host = urlsplit(engines.config.telemetry_url)
    process = psutil.Process(engines.pid("clickhouse"))
    before, over = process.memory_info().rss, threading.Event()
    most = [before]

    def look():
        while not over.wait(0.01):
            most.append(process.memory_info().rss)

    watch = threading.Thread(target=look)
    watch.start()
    try:
        status = _send(host, host.password if known else "guessed", 400 * MB, chunked=chunked)
    finally:
        over.set()
        watch.join()
    assert status in {(413 if known else 403), None}, status
    assert max(most) - before < (3 * MOST if known else 32 * MB)
    assert client.command("SELECT 1") == 1


def _send(host, password, size, *, chunked):
    """The status with which so many bytes are refused; None where the line was cut meanwhile."""
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
    head = (
        f"POST /?query=INSERT+INTO+readings+FORMAT+Arrow HTTP/1.1\r\nHost: x\r\n{length}\r\n"
        f"X-ClickHouse-User: {host.username}\r\nX-ClickHouse-Key: {password}\r\n\r\n"
    )
    piece = bytes(MB)
    with socket.create_connection((host.hostname, host.port), timeout=20) as line:
        line.sendall(head.encode())
        told = b""
        try:
            for _ in range(size // MB):
                line.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            told = line.recv(100)
        except OSError:
            line.settimeout(1)
            try:
                told = line.recv(100)
            except OSError:
                return None
        return int(told.split()[1]) if told else None


def test_more_than_the_store_takes_at_once_is_sent_in_pieces(engines, client, readings, monkeypatch):
    monkeypatch.setattr(store, "PIECE", 10_000)
    many = pa.table(
        {
            "entity": [f"water.meter:{number}" for number in range(5000)],
            "time": pa.array(range(5000), pa.timestamp("ms", "UTC")),
            "value": [1.0] * 5000,
        }
    )
    ours = Store(engines.config.telemetry_url)
    ours.insert(readings, many)
    ours.close()
    assert client.command(f"SELECT count() FROM {readings}") == 5000


@pytest.fixture
def impatient(tmp_path):
    """A host of its own, which takes its threads for stuck after a second; its address."""
    url = f"clickhouse://candia:secret@127.0.0.1:{free_port()}/candia"
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "telemetry_url").write_text(url)
    text = (
        "import asyncio, pathlib; from candia.engines import chdb_host; chdb_host.STUCK = 1.0; "
        f"asyncio.run(chdb_host.serve(pathlib.Path({str(tmp_path)!r})))"
    )
    process = subprocess.Popen([sys.executable, "-c", text])
    try:
        wait_for(lambda: clickhouse.answers(url), 30)
        yield url, process
    finally:
        process.kill()
        process.wait()


def test_a_store_whose_threads_are_all_stuck_is_known(impatient):
    url, process = impatient
    clickhouse.alive(url)

    def ask(seconds):
        clickhouse_connect.get_client(dsn=url).query(
            f"SELECT sum(sleepEachRow(0.5)) FROM numbers({seconds * 2}) SETTINGS max_block_size = 1"
        )

    def stuck():
        try:
            return clickhouse.alive(url)
        except TimeoutError:
            return True

    with ThreadPoolExecutor(8) as pool:
        # Busy is not stuck: seven that take long leave a way through.
        for _ in range(7):
            pool.submit(ask, 20)
        time.sleep(1.5)
        assert not stuck()
        pool.submit(ask, 20)
        wait_for(stuck, 10)
        assert clickhouse.answers(url)
        os.kill(process.pid, signal.SIGKILL)


def test_a_store_that_hangs_is_known(impatient):
    url, process = impatient
    process.send_signal(signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        clickhouse.alive(url)
