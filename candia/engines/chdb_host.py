"""chDB behind ClickHouse's HTTP interface, so that a ClickHouse client can't tell it from a server.

A process of its own, because one process owns a data folder and a fork after opening it would hang.
Run as `python -m candia.engines.chdb_host HOME`; it listens where <home>/secrets/telemetry_url says.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import signal
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from shutil import disk_usage
from threading import Lock
from typing import Any
from urllib.parse import unquote, urlsplit

from chdb import _chdb as _untyped

from candia.config import Config
from candia.engines import chdb_request
from candia.engines.chdb_request import MOST, READS, Ask, Wrong

# As many statements run at once; more wait.
THREADS = 8
# When each of them has run for so many seconds nobody waits for them any more, and no other gets its turn.
STUCK = 330.0
# How often it is seen whether there is room to merge, s.
ROOM = 0.2
# Connections that are kept open for the next statement of their kind.
IDLE = 16

# The extension itself: chDB's own wrapper adds what a notebook needs.
_chdb: Any = _untyped
log = logging.getLogger("candia.clickhouse")
# A database, and the settings that hold for every statement of the connection.
Kind = tuple[str | tuple[str, str], ...]
Answer = tuple[int, dict[str, str], bytes]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Engine:
    """The open data folder: hands out connections, each with the state of one session only."""

    def __init__(self, folder: Path, database: str) -> None:
        self._folder, self._default = str(folder), database
        # The last connection that closes would close the engine.
        self._anchor = _chdb.connect(self._folder)
        self._anchor.query(f"CREATE DATABASE IF NOT EXISTS `{database}`")
        facts = self._anchor.query("SELECT version(), timezone()", "TSV").bytes().decode().split()
        self.version, self.timezone = facts
        self._lock = Lock()
        # The longest unused first.
        self._idle: list[tuple[Kind, Any]] = []
        self._sessions: dict[str, tuple[Any, float]] = {}
        self._busy: set[str] = set()

    @contextmanager
    def connection(self, ask: Ask) -> Iterator[Any]:
        """A connection for this statement, in its session if it names one."""
        if ask.session:
            with self._session(ask) as connection:
                yield connection
            return
        kind: Kind = (ask.database or self._default, *sorted(ask.settings.items()))
        with self._lock:
            at = next((at for at, (known, _) in enumerate(self._idle) if known == kind), None)
            connection = self._idle.pop(at)[1] if at is not None else None
        connection, done = connection or self._open(ask), False
        try:
            yield connection
            done = True
        finally:
            # Only what can't have left a trace in the connection's state is used again. A statement that failed may
            # have left the beginning of its answer there, which chDB would put before the next one's.
            self._lay_aside(kind, connection, again=done and ask.verb in READS | {"INSERT"})

    def _lay_aside(self, kind: Kind, connection: Any, *, again: bool) -> None:
        spare: Any = connection
        if again:
            with self._lock:
                self._idle.append((kind, connection))
                spare = self._idle.pop(0)[1] if len(self._idle) > IDLE else None
        if spare is not None:
            spare.close()

    @contextmanager
    def _session(self, ask: Ask) -> Iterator[Any]:
        self._end_old_sessions()
        with self._lock:
            if ask.session in self._busy:
                raise Wrong(
                    373, "SESSION_IS_LOCKED", f"Session {ask.session} is locked by a concurrent client"
                )
            self._busy.add(ask.session)
            connection = self._sessions.pop(ask.session, (None, 0.0))[0]
        try:
            if connection is None:
                connection = self._open(ask)
            elif ask.settings:
                connection.query(ask.set_statement)
            try:
                yield connection
            except Exception:
                # Whatever is left of the answer that failed comes with this one.
                connection.query("SELECT 1", "TSV")
                raise
            if ask.settings:
                connection.query("SET " + ", ".join(f"{name} = DEFAULT" for name in ask.settings))
        finally:
            with self._lock:
                self._busy.discard(ask.session)
                if connection is not None:
                    self._sessions[ask.session] = (connection, time.monotonic() + ask.session_timeout)

    def _open(self, ask: Ask) -> Any:
        connection = _chdb.connect(self._folder)
        try:
            connection.query(f"USE `{(ask.database or self._default).replace('`', '')}`")
            if ask.settings:
                connection.query(ask.set_statement)
        except BaseException:
            connection.close()
            raise
        return connection

    def _end_old_sessions(self) -> None:
        now = time.monotonic()
        with self._lock:
            old = [name for name, (_, until) in self._sessions.items() if until < now]
            ended = [self._sessions.pop(name)[0] for name in old]
        for connection in ended:
            connection.close()

    def merge(self, *, on: bool) -> None:
        """Go on with merging parts, or stop it; one that is under way is given up and its sources stay."""
        self._anchor.query(f"SYSTEM {'START' if on else 'STOP'} MERGES")

    def answers(self) -> None:
        """Ask the engine for next to nothing; one that refuses has answered."""
        with suppress(Exception):
            self._anchor.query("SELECT 1", "TSV")

    def close(self) -> None:
        """Close everything; the folder may then be opened by another process."""
        for connection in [
            *self._idle,
            *(connection for connection, _ in self._sessions.values()),
            self._anchor,
        ]:
            connection.close()


async def merge_while_there_is_room(engine: Engine, folder: Path, reserve: int) -> None:
    """Merge only while more than the reserve is free on the disk.

    A merge that runs into a full disk may put an unreadable part in place of the sound ones it was made of (seen on
    chDB 26.9: empty files of marks).
    """
    merging = True
    while True:
        free = disk_usage(folder).free
        if merging != (wanted := free > (reserve if merging else reserve * 1.25)):
            await asyncio.to_thread(engine.merge, on=wanted)
            merging = wanted
            log.warning("Merging is %s: %d MB are free.", "on again" if merging else "off", free // 1_000_000)
        await asyncio.sleep(ROOM)


class Host:
    """The ASGI application: /ping, and statements and /alive for whoever has the password."""

    def __init__(self, engine: Engine, user: str, password: str) -> None:
        self._engine, self._user, self._password = engine, user, password
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="statement")
        # When each statement that runs has begun.
        self._running: dict[object, float] = {}
        self._pulse = ThreadPoolExecutor(1, thread_name_prefix="pulse")
        self._asked: asyncio.Future[None] | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["path"] == "/ping" or not (scope["query_string"] or scope["method"] == "POST"):
            answer: Answer = (200, {}, b"Ok.\n")
        else:
            answer = await self._statement(scope, receive)
        status, headers, content = answer
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": content})

    async def _statement(self, scope: MutableMapping[str, Any], receive: Receive) -> Answer:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        query_string = scope["query_string"].decode("latin-1")
        refusal = self._refusal(query_string, headers)
        if refusal is not None:
            return refusal
        if scope["path"] == "/alive":
            return await self._alive()
        try:
            body = await _body(receive, headers.get("content-length", ""))
        except Wrong as too_large:
            return self._failure(too_large)
        work = partial(self._answer, scope["method"], query_string, headers, body)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _alive(self) -> Answer:
        """200 if statements are carried out; no answer from an engine that gives none."""
        running = list(self._running.values())
        if len(running) == THREADS and time.monotonic() - max(running) > STUCK:
            return 503, {}, b"Every thread is stuck.\n"
        if self._asked is None or self._asked.done():
            self._asked = asyncio.get_running_loop().run_in_executor(self._pulse, self._engine.answers)
        await asyncio.shield(self._asked)
        return 200, {}, b"Ok.\n"

    def _refusal(self, query_string: str, headers: dict[str, str]) -> Answer | None:
        user, password = chdb_request.credentials(query_string, headers)
        known = hmac.compare_digest(user.encode(), self._user.encode())
        if hmac.compare_digest(password.encode(), self._password.encode()) and known:
            return None
        return self._failure(
            Wrong(
                516,
                "AUTHENTICATION_FAILED",
                f"{user or 'default'}: Authentication failed: password is incorrect, "
                "or there is no user with such name.",
            )
        )

    def _answer(self, method: str, query_string: str, headers: dict[str, str], body: bytes) -> Answer:
        turn = object()
        self._running[turn] = time.monotonic()
        try:
            ask = chdb_request.read(method, query_string, headers, body)
            with self._engine.connection(ask) as connection:
                result = _carry_out(connection, ask)
            return 200, self._headers(ask, result), result.bytes()
        except Exception as error:  # noqa: BLE001 — whatever a client sends, the process lives on
            return self._failure(error)
        finally:
            del self._running[turn]

    def _headers(self, ask: Ask, result: Any) -> dict[str, str]:
        summary = {
            "read_rows": result.storage_rows_read(),
            "read_bytes": result.storage_bytes_read(),
            "written_rows": result.rows_written(),
            "written_bytes": result.bytes_written(),
            "result_rows": result.rows_read(),
            "result_bytes": result.size(),
            "elapsed_ns": int(result.elapsed() * 1e9),
        }
        return {
            "X-ClickHouse-Summary": json.dumps({name: str(value) for name, value in summary.items()}),
            "X-ClickHouse-Query-Id": ask.query_id or str(uuid.uuid4()),
            "X-ClickHouse-Format": ask.format,
            "X-ClickHouse-Timezone": self._engine.timezone,
            "X-ClickHouse-Server-Display-Name": "candia",
            "Content-Type": "application/octet-stream",
        }

    def _failure(self, error: Exception) -> Answer:
        text = str(error)
        if "DB::Exception" not in text:
            log.error("A statement failed in an unexpected way", exc_info=error)
            text = f"Code: 1002. DB::Exception: {text} (UNKNOWN_EXCEPTION)"
        code = chdb_request.code_of(text)
        text = text.rstrip().removesuffix(f"(version {self._engine.version})").rstrip()
        headers = {"X-ClickHouse-Exception-Code": str(code), "Content-Type": "text/plain; charset=UTF-8"}
        body = f"{text} (version {self._engine.version} (official build))\n".encode()
        return chdb_request.status_of(code), headers, body

    def close(self) -> None:
        """Let what runs end, and close the engine."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._pulse.shutdown(wait=True, cancel_futures=True)
        self._engine.close()


def _carry_out(connection: Any, ask: Ask) -> Any:
    brought = ask.insert
    if brought is None:
        return connection.query(ask.sql, ask.default_format, params=dict(ask.parameters))
    # Inline data would be searched for the ends of statements; binary data holds what looks like them.
    statement, form, data = brought
    insert = connection.send_insert(statement, form)
    connection.insert_append(insert, data)
    return connection.insert_done(insert)


async def _body(receive: Receive, declared: str) -> bytes:
    """What a request brings along; raises Wrong for more than MOST, as it is declared or as it comes."""
    too_large = Wrong(307, "TOO_MANY_BYTES", f"A request brings {MOST} bytes at most; send it in pieces")
    if declared.isdigit() and int(declared) > MOST:
        raise too_large
    chunks, size = [], 0
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MOST:
            raise too_large
        if not message.get("more_body"):
            return b"".join(chunks)


async def serve(home: Path) -> None:
    """Listen until SIGTERM or SIGINT."""
    from granian.constants import Interfaces
    from granian.server.embed import Server

    url = urlsplit((home / "secrets" / "telemetry_url").read_text("utf-8").strip())
    engine = Engine(home / "clickhouse", url.path.lstrip("/"))
    reserve = Config.read(os.environ).disk_reserve
    merging = asyncio.create_task(merge_while_there_is_room(engine, home / "clickhouse", reserve))
    host = Host(engine, unquote(url.username or ""), unquote(url.password or ""))
    server = Server(
        host,
        address=url.hostname or "127.0.0.1",
        port=url.port or 8123,
        interface=Interfaces.ASGI,
        log_enabled=False,
    )
    # The engine's own handlers would end the process before it has closed its folder.
    _chdb.set_signal_handlers_enabled(False)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.stop)
    try:
        await server.serve()
    finally:
        merging.cancel()
        host.close()


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.INFO)
    asyncio.run(serve(Path(sys.argv[1])))
