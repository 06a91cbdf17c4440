"""Extensions: what of PostgreSQL the records need beside itself, and what to do where a server lacks it."""

from __future__ import annotations

from typing import Any

from django.db import Error, transaction

from candia.core.errors import Refused

#: Words without accents; misspelt ones.
NEEDED = ("unaccent", "pg_trgm")


def create(_apps: Any, editor: Any) -> None:
    """Have the extensions; raises Refused with what is missing and who can mend it."""
    database = editor.connection
    with database.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_available_extensions")
        there = {name for (name,) in cursor.fetchall()}
    if missing := [name for name in NEEDED if name not in there]:
        raise Refused(
            f"The PostgreSQL that CANDIA_DATABASE_URL names lacks {' and '.join(missing)}. Install its "
            "extensions on that server (postgresql-contrib), and start Candia again."
        )
    for name in NEEDED:
        try:
            with transaction.atomic(using=database.alias), database.cursor() as cursor:
                cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
        except Error as refused:
            raise Refused(
                f"The user of CANDIA_DATABASE_URL may not create the extension {name}. Let the database's owner "
                f"run once, in that database: {' '.join(f'CREATE EXTENSION {one};' for one in NEEDED)}"
            ) from refused
