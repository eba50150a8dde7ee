"""The versions of everything that the pages show: that of a table differs after every committed change of it, whoever
made it.

Triggers keep them, so that no writer can forget to: on PostgreSQL a statement appends a row, which nobody has to wait
for; on SQLite, which knows row triggers and one writer at a time only, one row a table moves up. The version of a table
is read off its first row, its last one, and their number: a transaction that commits late adds a row that was not there
before, even if later ones were; what a transaction wrote that was rolled back takes its numbers along, so that the
version it saw does not come again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.utils import CursorWrapper
from django.db.models import Max

from config.models import DataChange
from memory.tables import Versions

#: Rooms whose tables the pages show, and what they know of people: who is in which group, what a group may do.
ROOMS = ("provinces", "indicators", "goals", "ingest", "reports")
RIGHTS = ("auth_user_groups", "auth_group_permissions", "auth_user_user_permissions")
#: Hours come in by the million, and never without a change of their submission and region in the same transaction.
NOT_WATCHED = ("AirHour", "DirtyAirDay")

#: Tables of which a row says when it was last written, `updated_at`, on which rests what was judged by it or remembered
#: of it; and what of a row is no amendment.
DATED = {"goals_target": ("id", "updated_at", "text_sha256", "lead_unit", "due_on", "next_figure_on")}

#: So many traces are kept: enough to tell two versions apart, few enough to count in a moment.
KEPT = 1000


def table_versions() -> Versions:
    """The versions of the tables, of those that ever changed. One query, asked with every page."""
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS[connection.vendor].format(changes=DataChange._meta.db_table))
        return {row[0]: row[1:] for row in cursor.fetchall()}


_VERSIONS = {
    "postgresql": (
        "SELECT table_name, min(id), count(*), max(id) FROM {changes} GROUP BY table_name ORDER BY table_name"
    ),
    "sqlite": "SELECT table_name, id FROM {changes} ORDER BY id",
}


def data_version(versions: Versions | None = None) -> str:
    """The version of all that is stored now, or was stored when these versions were read."""
    found = table_versions() if versions is None else versions
    return hashlib.sha256(repr(found).encode()).hexdigest()[:24]


def forget_old_changes() -> int:
    """Drop the oldest traces, of which there are many on PostgreSQL only; returns of how many tables. A version that
    came before never comes again: a table that loses traces is given a new one."""
    if connection.vendor != "postgresql":
        return 0
    last = DataChange.objects.aggregate(last=Max("id"))["last"] or 0
    table = DataChange._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH gone AS (DELETE FROM {table} WHERE id <= %s RETURNING table_name)"
            f" INSERT INTO {table} (table_name) SELECT DISTINCT table_name FROM gone",
            [last - KEPT],
        )
        dropped: int = cursor.rowcount
    return dropped


def watched_tables() -> Iterator[str]:
    """The tables whose changes move the version. Histories move with what they are the history of."""
    for label in ROOMS:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            if model.__name__ not in NOT_WATCHED and not model.__name__.startswith("Historical"):
                yield model._meta.db_table
    yield from RIGHTS


def watch_tables(sender: object, using: str, **_more: object) -> None:
    """After migrations: triggers on every watched table; a table that was remade lost its own."""
    connection = connections[using]
    present = set(connection.introspection.table_names())
    changes = DataChange._meta.db_table
    if changes not in present:
        return
    watched = [table for table in watched_tables() if table in present]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_PG_FUNCTION.format(changes=changes))
        else:
            _begin_counting(cursor, watched, changes)
        for table in watched:
            for statement in _triggers(connection.vendor, table, changes):
                cursor.execute(statement)
        for table in DATED.keys() & set(watched):
            _date_rows(cursor, table)


def _begin_counting(cursor: CursorWrapper, tables: list[str], changes: str) -> None:
    """On SQLite a row for each table that has none yet. They begin with the time: what was counted in a database that
    was emptied does not come again."""
    cursor.execute(f"SELECT table_name, id FROM {changes}")
    known = dict(cursor.fetchall())
    begin = max([time.time_ns() // 1_000_000, *known.values()]) + 1
    lacking = [table for table in tables if table not in known]
    cursor.executemany(
        f"INSERT INTO {changes} (id, table_name) VALUES (%s, %s)",
        [(begin + n, table) for n, table in enumerate(lacking)],
    )


_PG_FUNCTION = """
CREATE OR REPLACE FUNCTION dabiao_data_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {changes} (table_name) VALUES (TG_TABLE_NAME);
    RETURN NULL;
END $$
"""


#: Who changes a row and does not say when is helped to it.
_PG_DATING = """
CREATE OR REPLACE FUNCTION dabiao_dated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER {table}_dated BEFORE UPDATE OF {columns} ON {table}
FOR EACH ROW WHEN (NEW.updated_at = OLD.updated_at) EXECUTE FUNCTION dabiao_dated()
"""
_SQLITE_DATING = """
CREATE TRIGGER {table}_dated AFTER UPDATE OF {columns} ON {table} WHEN NEW.updated_at = OLD.updated_at
BEGIN UPDATE {table} SET updated_at = strftime('%Y-%m-%d %H:%M:%f000', 'now') WHERE id = NEW.id; END
"""


def let_columns_change(sender: object, using: str, **_more: object) -> None:
    """Before migrations: no trigger may name a column that one of them drops."""
    with connections[using].cursor() as cursor:
        for table in DATED:
            _leave_undated(cursor, table)


def _leave_undated(cursor: CursorWrapper, table: str) -> None:
    of = f" ON {table}" if cursor.db.vendor == "postgresql" else ""
    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_dated{of}")


def _date_rows(cursor: CursorWrapper, table: str) -> None:
    """See to it that a row of the table is never changed without its moment, but for what `DATED` leaves out."""
    described = cursor.db.introspection.get_table_description(cursor, table)
    columns = [cursor.db.ops.quote_name(column.name) for column in described if column.name not in DATED[table]]
    _leave_undated(cursor, table)  # by a trigger that may know fewer columns
    dating = _PG_DATING if cursor.db.vendor == "postgresql" else _SQLITE_DATING
    cursor.execute(dating.format(table=table, columns=", ".join(columns)))


def _triggers(vendor: str, table: str, changes: str) -> Iterator[str]:
    if vendor == "postgresql":
        yield (
            f"CREATE OR REPLACE TRIGGER {table}_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION dabiao_data_changed()"
        )
        return
    for verb in ("INSERT", "UPDATE", "DELETE"):
        yield (
            f"CREATE TRIGGER IF NOT EXISTS {table}_changed_{verb.lower()} AFTER {verb} ON {table} BEGIN "
            f"UPDATE {changes} SET id = (SELECT max(id) FROM {changes}) + 1 WHERE table_name = '{table}'; END"
        )
