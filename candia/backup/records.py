"""Records: PostgreSQL's tables by its own pg_dump, counted in the same snapshot, and brought back by pg_restore.

A dump is read by any later PostgreSQL, the embedded one or one's own; what a moment in between needs is in `log`.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from candia.backup.errors import BackupFailed
from candia.engines import postgres

NAME = "records.dump"
TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
)
#: Queue of the jobs that do nothing but write to somebody.
MAIL = "mail"
# Who is signed in, by table; nobody is, after a restore.
SESSIONS = ("django_session", "usersessions_usersession")
# What is on its way to people's devices, by table.
PUSHED = ("people_pushed",)


@dataclass(frozen=True)
class Snapshot:
    """The records at one moment: rows by table, the migrations that made them, and the server's version."""

    moment: datetime
    tables: dict[str, int]
    migrations: list[str]
    version: str


@contextmanager
def snapshot(url: str, binaries: str) -> Iterator[tuple[Snapshot, IO[bytes]]]:
    """The records as they are now, and their dump to read; raises BackupFailed."""
    with answering(), psycopg.connect(url) as line:
        line.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        line.read_only = True
        name, moment, version = one(
            line, "SELECT pg_export_snapshot(), now(), current_setting('server_version')"
        )
        snapshot = Snapshot(moment, counts(line), _migrations(line), version)
        words = ("--format=custom", "--compress=gzip:3", "--no-owner", "--no-privileges", "--no-comments")
        # The transaction stays open meanwhile: both look at the same moment.
        with reading("pg_dump", url, binaries, *words, f"--snapshot={name}") as dump:
            yield snapshot, dump


def one(line: psycopg.Connection[Any], question: str) -> Any:
    """The one row that answers a question."""
    return line.execute(question.encode()).fetchone()


def counts(line: psycopg.Connection[Any]) -> dict[str, int]:
    """The rows of every table."""
    names = [name for (name,) in line.execute(TABLES)]
    count = sql.SQL("SELECT count(*) FROM {}")
    return {name: line.execute(count.format(sql.Identifier(name))).fetchone()[0] for name in names}  # type: ignore[index]


def _migrations(line: psycopg.Connection[Any]) -> list[str]:
    return [name for (name,) in line.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")]


@contextmanager
def answering() -> Iterator[None]:
    """Let a database that does not answer be told in a sentence."""
    try:
        yield
    except psycopg.Error as wrong:
        raise BackupFailed(f"The records can't be read or written: {str(wrong).strip()}") from wrong


@contextmanager
def reading(program: str, url: str, binaries: str, *words: str) -> Iterator[IO[bytes]]:
    """What a program of PostgreSQL writes; raises BackupFailed where it does not end well."""
    with _started(program, url, binaries, *words, stdout=subprocess.PIPE) as (process, wrong):
        yield process.stdout
        _ended(process, program, wrong)


@contextmanager
def writing(program: str, url: str, binaries: str, *words: str) -> Iterator[IO[bytes]]:
    """What a program of PostgreSQL reads; raises BackupFailed where it does not end well."""
    with _started(program, url, binaries, *words, stdin=subprocess.PIPE) as (process, wrong):
        try:
            yield process.stdin
            process.stdin.close()
        except BrokenPipeError:
            pass  # It has said why.
        _ended(process, program, wrong)


@contextmanager
def _started(
    program: str, url: str, binaries: str, *words: str, stdin: int | None = None, stdout: int | None = None
) -> Iterator[tuple[Any, IO[bytes]]]:
    address = conninfo_to_dict(url)
    # A password on the command line could be read by anybody on this machine.
    environ = {**os.environ, "PGPASSWORD": str(address.pop("password", "") or ""), "LC_ALL": "C"}
    command = [str(postgres.program(program, binaries)), f"--dbname={make_conninfo('', **address)}", *words]
    with tempfile.TemporaryFile() as wrong:
        process = subprocess.Popen(command, env=environ, stdin=stdin, stdout=stdout, stderr=wrong)
        try:
            yield process, wrong
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def _ended(process: Any, program: str, wrong: IO[bytes]) -> None:
    if process.wait() != 0:
        wrong.seek(0)
        output = wrong.read().decode("utf-8", "replace").strip().splitlines()
        raise BackupFailed(f"{program} did not do its work: {' '.join(output[-3:])}")


def restore(url: str, binaries: str, fill: Any) -> None:
    """Bring a dump back into an empty database; `fill` writes it into the file that it is given."""
    words = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    with writing("pg_restore", url, binaries, *words) as sink:
        fill(sink)


def is_empty(url: str) -> bool:
    """Whether the database has no table yet."""
    with answering(), psycopg.connect(url, connect_timeout=5) as line:
        return not line.execute(TABLES).fetchall()


def settle(url: str) -> int:
    """What a restored city must not go on with: nobody is signed in, and nothing is told twice; how many letters.

    A letter that waited when the backup began has been sent a moment later, unless the city ended right then. Every
    other job that waited or was under way runs again, as after a crash.
    """
    with answering(), psycopg.connect(url) as line:
        there = {name for (name,) in line.execute(TABLES)}
        for table in there.intersection(SESSIONS + PUSHED):
            line.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        stopped = line.execute(
            "UPDATE procrastinate_jobs SET status = 'cancelled' "
            "WHERE queue_name = %s AND status IN ('todo', 'doing')",
            (MAIL,),
        )
        line.execute("UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL WHERE status = 'doing'")
        line.execute("DELETE FROM procrastinate_workers")
        return stopped.rowcount
