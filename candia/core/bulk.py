"""Bulk: many rows of a model written in one statement, which takes them as one piece of JSON.

Django's own bulk_create and bulk_update bind each value of each row by itself, which costs ten times the writing.
Nothing but the rows is written: no signal is sent and no parent's table is touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from django.db import connection, models


def insert(rows: Sequence[models.Model], *, unless_there: bool = False) -> None:
    """Add rows of one model; a key that the database makes is set on each of them.

    `unless_there` leaves out, and gives no key to, those that a constraint forbids because there is one already.
    """
    if not rows:
        return
    statement, fields = _insert(type(rows[0]), unless_there)
    told = [
        {"place_": place, **{field.column: field.pre_save(row, add=True) for field in fields}}
        for place, row in enumerate(rows)
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, [_json(told)])
        # Keys are drawn from a sequence in the order of the rows.
        keys = [] if unless_there else sorted(key for (key,) in cursor.fetchall())
    made = rows[0]._meta.pk
    for row, key in zip(rows, keys, strict=False):
        if made.attname not in {field.attname for field in fields}:
            row.pk = key
        # As Django's own insertion leaves them.
        row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001


def update(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write the fields of these names of rows of one model."""
    if not rows:
        return
    statement, fields = _update(type(rows[0]), tuple(names))
    told = [{field.column: getattr(row, field.attname) for field in fields} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(statement, [_json(told)])


@cache
def _insert(model: type[models.Model], unless_there: bool) -> tuple[str, list[Any]]:
    fields = [field for field in model._meta.local_concrete_fields if not isinstance(field, models.AutoField)]
    names = ", ".join(_quoted(field.column) for field in fields)
    key = _quoted(model._meta.pk.column)
    ends = "ON CONFLICT DO NOTHING" if unless_there else f"RETURNING {key}"
    statement = (
        f"INSERT INTO {_quoted(model._meta.db_table)} ({names}) SELECT {names} "
        f"FROM jsonb_to_recordset(%s::jsonb) AS new(place_ int, {_typed(fields)}) ORDER BY place_ {ends}"
    )
    return statement, fields


@cache
def _update(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, list[Any]]:
    table, key = _quoted(model._meta.db_table), model._meta.pk
    written: list[Any] = [model._meta.get_field(name) for name in names]
    assigned = ", ".join(f"{_quoted(field.column)} = new.{_quoted(field.column)}" for field in written)
    fields = [key, *written]
    statement = (
        f"UPDATE {table} SET {assigned} FROM jsonb_to_recordset(%s::jsonb) AS new({_typed(fields)}) "
        f"WHERE {table}.{_quoted(key.column)} = new.{_quoted(key.column)}"
    )
    return statement, fields


def _typed(fields: Sequence[Any]) -> str:
    return ", ".join(f"{_quoted(field.column)} {field.db_type(connection)}" for field in fields)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows, enc_hook=str).decode()
