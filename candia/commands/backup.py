"""`candia backup` and `candia restore`: a whole city written down while it runs, and brought back."""

import contextlib
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from candia.config import Config, ConfigError

app = typer.Typer(no_args_is_help=True)
Key = Annotated[
    Path | None, typer.Option("--key", help="The file of the private key, for an encrypted backup.")
]


@app.command()
def backup(
    to: Annotated[str, typer.Option(help="A folder or s3://bucket/prefix; else CANDIA_BACKUP_TO.")] = "",
    verify: Annotated[
        str, typer.Option(metavar="FROM", help="Make none: read this one, and say whether it is whole.")
    ] = "",
    make_key: Annotated[
        Path | None,
        typer.Option("--make-key", metavar="FILE", help="Make none: write a new private key to this file."),
    ] = None,
) -> None:
    """Write the whole city down while it runs: records, observations, what the stream alone holds, files, secrets.

    Each backup is a folder of its own, named for the moment (UTC) at which it began, with a `manifest.json` that is
    written last. With CANDIA_BACKUP_RECIPIENT all of it but the manifest is encrypted.
    """
    from candia.backup import create
    from candia.backup.errors import BackupFailed

    try:
        if make_key is not None:
            _make_key(make_key)
        elif verify:
            _verify(verify)
        else:
            config = Config.read(os.environ)
            _gently()
            place = to or config.backup_to
            name, contents = create.make(config, os.environ, place, lambda text: typer.echo(text, err=True))
            typer.echo(f"{place.rstrip('/')}/{name}: {contents.size / 1e6:.1f} MB, read again and whole")
            _warn(config, place)
    except (BackupFailed, ConfigError, OSError) as failed:
        _fail(str(failed))


def _make_key(path: Path) -> None:
    from candia.backup import encryption

    public = encryption.make_key(path)
    typer.echo(
        f"The private key is in {path}. Keep it away from this machine, and in two places: without it no"
    )
    typer.echo(
        f"backup can be opened. The city is given its public half:\n\nCANDIA_BACKUP_RECIPIENT={public}"
    )


def _verify(place: str) -> None:
    from candia.backup import manifest, restore
    from candia.backup.storage import Storage

    found = restore.chosen(Storage.at(place, os.environ))
    contents = manifest.read(found)
    wrong = list(manifest.differing(found, contents))
    for sentence in wrong:
        typer.secho(sentence, err=True, fg=typer.colors.RED)
    if wrong:
        raise typer.Exit(1)
    typer.echo(
        f"{found.root} is whole: {len(contents.files)} files, {contents.size / 1e6:.1f} MB, "
        f"of {contents.began:%Y-%m-%d %H:%M} UTC"
    )


def _gently() -> None:
    """Let the city's readers go first, and nobody else read what is written."""
    import psutil

    os.umask(0o077)
    os.nice(10)
    with contextlib.suppress(OSError, psutil.Error):
        psutil.Process().ionice(psutil.IOPRIO_CLASS_IDLE)


def _warn(config: Config, place: str) -> None:
    if not config.backup_recipient:
        typer.echo(
            "It is not encrypted: whoever reads it reads everything, people and secrets too.", err=True
        )
    if "://" not in place and Path(place).stat().st_dev == config.home.stat().st_dev:
        typer.echo("It lies on the same disk as the city. A broken disk would take both.", err=True)


@app.command()
def restore(
    place: Annotated[
        str, typer.Argument(metavar="FROM", help="One backup, or where backups lie: the newest.")
    ],
    to: Annotated[
        Path | None, typer.Option(help="The home to make, which must be empty; else CANDIA_HOME.")
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=[f"%Y-%m-%dT%H:%M{rest}%z" for rest in ("", ":%S", ":%S.%f")],
            help="The records as they were then.",
        ),
    ] = None,
    key: Key = None,
) -> None:
    """Bring a city back into an empty home. Every file is checked before anything is written.

    Then `CANDIA_HOME=… candia run` starts it. Nobody is signed in, devices keep their secrets, and letters that
    waited are not sent again. `--until 2026-11-27T10:00+02:00` takes the records to that moment, where
    CANDIA_BACKUP_WAL keeps what that needs.
    """
    from candia.backup import encryption
    from candia.backup import restore as work
    from candia.backup.errors import BackupFailed
    from candia.backup.storage import Storage
    from candia.config import read_one

    os.umask(0o077)
    try:
        home = to.expanduser().resolve() if to else read_one(os.environ, "HOME")
        opened = encryption.identity(key) if key else None
        found = work.chosen(Storage.at(place, os.environ), until)
        contents = work.restore(found, home, os.environ, typer.echo, key=opened, until=until)
    except (BackupFailed, ConfigError, OSError) as failed:
        _fail(str(failed))
    typer.echo(f"{contents.city} is back in {home}, as of {until or contents.records_at:%Y-%m-%d %H:%M %Z}.")
    typer.echo(
        f"The city's own files of then are in {home / 'city.files'}. Start it: CANDIA_HOME={home} candia run"
    )


def _fail(sentence: str) -> NoReturn:
    typer.secho(sentence, err=True, fg=typer.colors.RED)
    raise typer.Exit(1)
