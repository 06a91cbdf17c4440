"""Mail that lies as files under the home (CANDIA_EMAIL_URL=file:), found by whom it was written to.

Django writes a file for each connection, and lines of dashes between the messages in it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses
from pathlib import Path

from django.conf import settings

SEPARATOR = b"-" * 79 + b"\n"


def written_to(addresses: Collection[str]) -> list[dict[str, str]]:
    """What lies there for these addresses: date and subject of each message."""
    return [
        {"date": str(one["Date"] or ""), "subject": str(one["Subject"] or "")}
        for _path, messages in _files()
        for one in map(_parsed, messages)
        if _is_for(one, addresses)
    ]


def remove(addresses: Collection[str]) -> None:
    """Take away every message to these addresses, and leave those to others."""
    for path, messages in _files():
        kept = [one for one in messages if not _is_for(_parsed(one), addresses)]
        with contextlib.suppress(FileNotFoundError):
            if not kept:
                path.unlink()
            elif len(kept) < len(messages):
                # Whole or not at all, and by no name that is read as mail.
                draft = path.with_suffix(".draft")
                draft.write_bytes(b"".join(one + SEPARATOR for one in kept))
                draft.replace(path)


def _files() -> Iterator[tuple[Path, list[bytes]]]:
    for path in Path(settings.EMAIL_FILE_PATH).glob("*.log"):
        with contextlib.suppress(FileNotFoundError):
            yield path, [one for one in path.read_bytes().split(SEPARATOR) if one.strip()]


def _parsed(message: bytes) -> EmailMessage:
    return BytesParser(EmailMessage, policy=policy.default).parsebytes(message, headersonly=True)


def _is_for(message: EmailMessage, addresses: Collection[str]) -> bool:
    recipients = [str(value) for name in ("To", "Cc", "Bcc") for value in message.get_all(name, ())]
    wanted = {address.casefold() for address in addresses}
    return any(address.casefold() in wanted for _name, address in getaddresses(recipients))
