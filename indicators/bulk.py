"""Many rows at once, as columns of integers, on SQLite and PostgreSQL alike. The only place that writes SQL."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any, Literal, NamedTuple

import numpy as np
from django.db import connection, models
from django.db.models import F, Func

from evaluation.calendar import SECONDS_AHEAD
from evaluation.rounding import IntArray

_WIDTHS = {"moment": 8, "bigint": 8, "integer": 4, "smallint": 2, "date": 4, "boolean": 1}
#: PostgreSQL counts moments in microseconds, and days, from the year 2000 (binary format of COPY).
_PG_EPOCH = 946_684_800
_PG_FIRST_DAY = date(2000, 1, 1).toordinal()
_PG_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_PG_TAIL = b"\xff\xff"
#: So many rows share one INSERT on SQLite, where an INSERT a row costs half the speed.
_ROWS_AN_INSERT = 100


#: The day from which dates that are read are counted.
EPOCH = date(1970, 1, 1).toordinal()


class Column(NamedTuple):
    """A database column. Moments are seconds since 1970, dates ordinals; a value below 0 is NULL; a text is its place
    in `words`."""

    name: str
    kind: Literal["moment", "date", "bigint", "integer", "smallint", "boolean", "text"]
    values: IntArray
    words: Sequence[str] = ()


class Wanted(NamedTuple):
    """A column to read: like Column, with NULL read as -1 and a text as its place in `words` (-1 for another one);
    of a column of JSON the text that stands in it under `key`. An instant is a moment in microseconds since 1970.

    A date is read as days since 1970-01-01; so is the day in China to which the hour that ends at a moment belongs
    (hour 0 closes the day before)."""

    name: str
    kind: Literal["moment", "date", "instant", "day_of_moment", "number", "text"]
    words: Sequence[str] = ()
    key: str = ""


def instant(name: str) -> Func:
    """A moment of a query as `instant` has it, made a number by the database: to make it a moment takes Python
    longer."""
    template = _expression(Wanted("%(expressions)s", "instant")).replace("%%", "%%%%")  # it is filled in twice
    return Func(F(name), template=template, output_field=models.BigIntegerField())


def insert_columns(model: type[models.Model], columns: Sequence[Column]) -> None:
    """Append rows to the model's table.

    IntegrityError when a key is there already: the caller's transaction decides what that means.
    """
    _insert(_table(model), columns)


def update_columns(model: type[models.Model], key: Sequence[Column], columns: Sequence[Column]) -> None:
    """Set columns of the rows of the model's table that `key` names."""
    assignments = ", ".join(f"{_quoted(column.name)} = given.{_quoted(column.name)}" for column in columns)
    table = _table(model)
    with _Given(table, [*key, *columns]), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {assignments} FROM given WHERE {_same(table, key)}")


def delete_rows(model: type[models.Model], key: Sequence[Column]) -> None:
    """Delete the rows of the model's table that `key` names."""
    table = _table(model)
    with _Given(table, key), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE EXISTS (SELECT 1 FROM given WHERE {_same(table, key)})")


def select_columns(
    model: type[models.Model], columns: Sequence[Wanted], where: str, parameters: Sequence[Any], *, groups: int = 0
) -> IntArray:
    """Rows of the model's table as an array (row, column). `where` is written by the caller's code.

    `groups`: the rows are grouped by so many of the first columns; the others say what is wanted of a group.
    """
    words = [word for column in columns for word in column.words]
    expressions = ", ".join(f"{_expression(column)} AS c{place}" for place, column in enumerate(columns))
    query, given = f"SELECT {expressions} FROM {_table(model)} WHERE {where}", [*words, *parameters]
    if groups:
        query += f" GROUP BY {', '.join(str(place) for place in range(1, groups + 1))}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return _copied_out(cursor, query, given, len(columns))
        return _written_out(cursor, query, given, len(columns))


def select_lists(
    model: type[models.Model], keys: Sequence[Wanted], lists: Sequence[str], where: str, parameters: Sequence[Any]
) -> list[tuple[Any, ...]]:
    """Rows of the model's table by groups in which `keys` are equal: of each group these, and an array for each of
    `lists`, columns of integers without NULL. Where an index begins with the keys that takes half the time of all rows.
    """
    told = ", ".join(_expression(key) for key in keys)
    listed = "string_agg({}::text, ',')" if connection.vendor == "postgresql" else "group_concat({})"
    texts = ", ".join(listed.format(name) for name in lists)
    of_each = ", ".join(key.name for key in keys)
    query = f"SELECT {told}, {texts} FROM {_table(model)} WHERE {where} GROUP BY {of_each}"
    with connection.cursor() as cursor:
        cursor.execute(query, [*(word for key in keys for word in key.words), *parameters])
        return [
            (*row[: len(keys)], *(np.fromstring(text, dtype=np.int64, sep=",") for text in row[len(keys) :]))
            for row in cursor.fetchall()
        ]


def _written_out(cursor: Any, query: str, parameters: Sequence[Any], width: int) -> IntArray:
    """What a query of integers without NULL answers, on SQLite, which writes a column into one text in a third of the
    time that Python takes to make an object a number."""
    texts = ", ".join(f"group_concat(c{place})" for place in range(width))
    cursor.execute(f"SELECT count(*), {texts} FROM ({query})", parameters)
    count, *columns = cursor.fetchone()
    numbers = [np.fromstring(text or "", dtype=np.int64, sep=",") for text in columns]
    return np.array(numbers, dtype=np.int64).reshape(width, count).T  # raises where one was NULL: it is left out


def _copied_out(cursor: Any, query: str, parameters: Sequence[Any], width: int) -> IntArray:
    """What a query of bigints without NULL answers; twice as fast as a cursor that makes an object a number."""
    data = io.BytesIO()
    with connection.wrap_database_errors:  # Django wraps no error of COPY
        cursor.copy_expert(f"COPY ({cursor.mogrify(query, parameters).decode()}) TO STDOUT (FORMAT BINARY)", data)
    row = np.dtype([("count", ">i2"), ("cells", [("length", ">i4"), ("value", ">i8")], (width,))])
    body = memoryview(data.getbuffer())[len(_PG_HEAD) : -len(_PG_TAIL)]
    return np.frombuffer(body, row)["cells"]["value"].astype(np.int64)


def moment(ts: int | datetime) -> Any:
    """What the database keeps for a moment (seconds since 1970): a parameter for `where`."""
    found = datetime.fromtimestamp(ts, UTC) if isinstance(ts, int) else ts
    return connection.ops.adapt_datetimefield_value(found)


def lock_against_writers(model: type[models.Model]) -> None:
    """Let nobody else write the table until the transaction ends; readers go on. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {_table(model)} IN SHARE ROW EXCLUSIVE MODE")


def take_turns(room: int, number: int) -> None:
    """Wait until no other transaction holds the turn of that number, and hold it until this one ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [room, number])


@contextmanager
def without_site_index() -> Iterator[None]:
    """Leave out the hours' second index while many files are loaded; it is built again afterwards, also after a failure
    and by `build_site_index` after a power cut. Only PostgreSQL has it: on SQLite it would cost two thirds of the speed
    of every load."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX IF EXISTS air_hour_by_site")
    try:
        yield
    finally:
        build_site_index()


def build_site_index() -> None:
    """Build the hours' second index, (site, ts), where it is missing."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("CREATE INDEX IF NOT EXISTS air_hour_by_site ON indicators_airhour (site_id, ts)")


def _table(model: type[models.Model]) -> str:
    return _quoted(model._meta.db_table)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _same(table: str, key: Sequence[Column]) -> str:
    names = [_quoted(column.name) for column in key]
    return " AND ".join(f"{table}.{name} = given.{name}" for name in names)


class _Given:
    """A temporary table `given` with these columns, for as long as the block runs."""

    def __init__(self, like: str, columns: Sequence[Column]) -> None:
        self._like, self._columns = like, columns

    def __enter__(self) -> None:
        names = ", ".join(_quoted(column.name) for column in self._columns)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE given AS SELECT {names} FROM {self._like} WHERE 1 = 0")
        _insert("given", self._columns)

    def __exit__(self, *_failure: object) -> None:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE given")


def _expression(column: Wanted) -> str:
    if column.kind == "moment":
        if connection.vendor == "postgresql":
            # a double, not the slow decimals of EXTRACT, holds every second
            return f"CAST(date_part('epoch', {column.name}) AS bigint)"
        return f"CAST(strftime('%%s', {column.name}) AS integer)"
    if column.kind == "day_of_moment":
        return f"({_expression(Wanted(column.name, 'moment'))} + {SECONDS_AHEAD} - 1) / 86400"
    if column.kind == "date":
        if connection.vendor == "postgresql":
            return f"CAST({column.name} - DATE '1970-01-01' AS bigint)"
        return f"CAST(julianday({column.name}) - 2440587.5 AS integer)"
    if column.kind == "instant":
        if connection.vendor == "postgresql":
            # not EXTRACT, which counts in slow decimals; a double holds a quarter of a microsecond, and CAST rounds
            return f"CAST(date_part('epoch', {column.name}) * 1000000 AS bigint)"
        part = f"CAST(substr({column.name}, 21, 6) AS integer)"  # a text; a second's parts are rounded otherwise
        return f"(CAST(strftime('%%s', substr({column.name}, 1, 19)) AS integer) * 1000000 + {part})"
    if column.kind == "text":
        cases = " ".join(f"WHEN %s THEN {place}" for place in range(len(column.words)))
        return f"CAST(CASE {_text(column)} {cases} ELSE -1 END AS bigint)"
    return f"CAST(COALESCE({column.name}, -1) AS bigint)"


def _text(column: Wanted) -> str:
    if not column.key:
        return column.name
    if connection.vendor == "postgresql":
        return f"{column.name} ->> '{column.key}'"
    return f"json_extract({column.name}, '$.{column.key}')"


def _insert(table: str, columns: Sequence[Column]) -> None:
    if not len(columns[0].values):
        return
    names = ", ".join(_quoted(column.name) for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            data = io.BytesIO(b"".join((_PG_HEAD, *_binary(columns), _PG_TAIL)))
            with connection.wrap_database_errors:  # Django wraps no error of COPY
                cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)", data)
        else:
            _insert_by_statement(cursor, f"INSERT INTO {table} ({names}) VALUES ", columns)


def _insert_by_statement(cursor: Any, statement: str, columns: Sequence[Column]) -> None:
    marks = f"({', '.join(['%s'] * len(columns))})"
    flat = list(chain.from_iterable(zip(*(_plain(column) for column in columns), strict=True)))
    step = _ROWS_AN_INSERT * len(columns)
    whole = len(flat) // step * step
    cursor.executemany(
        statement + ", ".join([marks] * _ROWS_AN_INSERT), [flat[at : at + step] for at in range(0, whole, step)]
    )
    if whole < len(flat):
        cursor.execute(statement + ", ".join([marks] * ((len(flat) - whole) // len(columns))), flat[whole:])


def _plain(column: Column) -> list[Any]:
    if column.kind == "moment":
        known, places = np.unique(column.values, return_inverse=True)
        texts = [moment(int(ts)) for ts in known]
        return [texts[place] for place in places.tolist()]
    if column.kind == "date":
        return [str(date.fromordinal(day)) for day in column.values.tolist()]
    if column.kind == "text":
        return [column.words[place] for place in column.values.tolist()]
    found: list[Any] = column.values.tolist()
    for place in np.flatnonzero(column.values < 0).tolist():
        found[place] = None
    return found


def _binary(columns: Sequence[Column]) -> Iterator[bytes]:
    """Rows in PostgreSQL's binary format; rows of one shape (the same NULLs, texts of the same length) at once."""
    shape = np.zeros(len(columns[0].values), dtype=np.int64)
    for column in columns:
        if column.kind == "text":
            lengths = np.array([len(word.encode()) for word in column.words])
            shape = shape * (lengths.max() + 1) + lengths[column.values]
            continue
        shape = shape * 2 + (column.values < 0)
    for found in np.unique(shape):
        rows = np.flatnonzero(shape == found)
        yield _rows_of_one_shape(columns, rows if len(rows) < len(shape) else slice(None), len(rows))


def _counted(kind: str, values: IntArray) -> IntArray:
    if kind == "moment":
        return (values - _PG_EPOCH) * 1_000_000
    return values - _PG_FIRST_DAY if kind == "date" else values


def _rows_of_one_shape(columns: Sequence[Column], rows: Any, count: int) -> bytes:
    fields: list[tuple[str, str]] = [("count", ">i2")]
    given: dict[str, Any] = {"count": len(columns)}
    for place, column in enumerate(columns):
        values = column.values[rows]
        length, value = f"l{place}", f"v{place}"
        fields.append((length, ">i4"))
        if column.kind == "text":
            words = np.array([word.encode() for word in column.words])[values]
            width = len(words[0])
            fields.append((value, f"S{width}"))
            given |= {length: width, value: words}
        elif values[0] < 0:
            given[length] = -1
        else:
            width = _WIDTHS[column.kind]
            fields.append((value, f">i{width}"))
            given |= {length: width, value: _counted(column.kind, values)}
    table = np.empty(count, dtype=np.dtype(fields))
    for name, values in given.items():
        table[name] = values
    return table.tobytes()
