"""The version of everything that the pages show: it differs after every committed change, whoever made it.

Triggers keep it, so that no writer can forget to: on PostgreSQL a statement appends a row, which nobody has to wait
for; on SQLite, which knows row triggers and one writer at a time only, one row counts up. The version is read off the
first row, the last one, and their number: a transaction that commits late adds a row that was not there before, even
if later ones were; what a transaction wrote that was rolled back takes its numbers along, so that the version it saw
does not come again.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Max

from config.models import DataChange

#: Rooms whose tables the pages show, and what they know of people: who is in which group, what a group may do.
ROOMS = ("provinces", "indicators", "goals", "ingest", "reports")
RIGHTS = ("auth_user_groups", "auth_group_permissions", "auth_user_user_permissions")
#: Hours come in by the million, and never without a change of their submission and region in the same transaction.
NOT_WATCHED = ("AirHour", "DirtyAirDay")

#: So many traces are kept: enough to tell two versions apart, few enough to count in a moment.
KEPT = 1000


def data_version() -> str:
    """The version of what is stored now. One query."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:  # asked for with every page: not put together anew each time
        cursor.execute(f"SELECT min(id), count(*), max(id) FROM {DataChange._meta.db_table}")
        first, number, last = cursor.fetchone()
    return f"{first}-{number}-{last}"


def forget_old_changes() -> int:
    """Drop the oldest traces. A version that came before never comes again: the first row differs."""
    last = DataChange.objects.aggregate(last=Max("id"))["last"] or 0
    return DataChange.objects.filter(id__lte=last - KEPT).delete()[0]


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
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_PG_FUNCTION.format(changes=changes))
        else:
            cursor.execute(f"INSERT INTO {changes} (id) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM {changes})")
        for table in watched_tables():
            if table in present:
                for statement in _triggers(connection.vendor, table, changes):
                    cursor.execute(statement)


_PG_FUNCTION = """
CREATE OR REPLACE FUNCTION dabiao_data_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {changes} DEFAULT VALUES;
    RETURN NULL;
END $$
"""


def _triggers(vendor: str, table: str, changes: str) -> Iterator[str]:
    if vendor == "postgresql":
        yield (
            f"CREATE OR REPLACE TRIGGER {table}_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION dabiao_data_changed()"
        )
        return
    for verb in ("INSERT", "UPDATE", "DELETE"):
        yield (
            f"CREATE TRIGGER IF NOT EXISTS {table}_{verb.lower()} AFTER {verb} ON {table} "
            f"BEGIN UPDATE {changes} SET id = id + 1; END"
        )
