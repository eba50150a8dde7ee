"""Many rows at once, on SQLite and PostgreSQL alike. The only place that writes SQL."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connection, models


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows to the model's table. `columns` are database columns; values are plain database values.

    IntegrityError when a key is there already: the caller's transaction decides what that means.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", _copy_text(rows))
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(rows))


def update_rows(
    model: type[models.Model], columns: Sequence[str], key: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Set columns of rows of the model's table. Each row: the new values, then the key."""
    if not rows:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    assignments = ", ".join(f"{column} = %s" for column in columns)
    condition = " AND ".join(f"{column} = %s" for column in key)
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {assignments} WHERE {condition}", rows)


def select_rows(
    model: type[models.Model], columns: Sequence[str], where: str, parameters: Sequence[Any], order: str = ""
) -> list[tuple[Any, ...]]:
    """Rows of the model's table as tuples of database values. `where` and `order` are written by the caller's code."""
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM {table} WHERE {where} {order}", parameters)
        return list(cursor.fetchall())


def database_times() -> Callable[[Any], Any]:
    """Turns a moment into what the database keeps for it, each one once."""
    return cache(connection.ops.adapt_datetimefield_value)


def _copy_text(rows: Iterable[Sequence[Any]]) -> io.StringIO:
    """Rows in PostgreSQL's text format. Values are numbers, moments, names of items: nothing that needs escaping."""
    lines = ("\t".join("\\N" if value is None else str(value) for value in row) + "\n" for row in rows)
    return io.StringIO("".join(lines))
