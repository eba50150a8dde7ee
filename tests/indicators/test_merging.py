"""What becomes of a value that meets another: against a second version, cell by cell in plain Python."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indicators.merging import Arriving, Held, merge

Row = tuple[int | None, ...]
#: key -> values, submission
Table = dict[int, tuple[Row, int]]
#: A file: its grade and its rows.
File = tuple[int, dict[int, Row]]

GRADES = {"simulated": 0, "provisional": 1, "reviewed": 2}


def loaded(table: Table, number: int, files: Sequence[File]) -> tuple[Table, int]:
    """The table after file `number` was merged into it by the code under test, and how many values gave way."""
    grade, rows = files[number]
    arriving = Arriving(_array(list(rows)), _values(list(rows.values())), number, grade)
    held = Held(
        _array(list(table)),
        _values([values for values, _owner in table.values()]),
        _array([owner for _values, owner in table.values()]),
        _array([files[owner][0] for _values, owner in table.values()]),
    )
    result = merge(arriving, held)
    after, keys = dict(table), list(rows)
    for place in result.new.tolist():
        after[keys[place]] = (rows[keys[place]], number)
    for place, values, owner in zip(
        result.changed.tolist(), result.values.tolist(), result.submission.tolist(), strict=True
    ):
        after[keys[place]] = (tuple(None if value < 0 else value for value in values), owner)
    return after, len(result.changes.row)


def _array(numbers: Sequence[int]) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def _values(rows: Sequence[Row]) -> np.ndarray:
    return np.array([[-1 if v is None else v for v in row] for row in rows], dtype=np.int64).reshape(len(rows), 2)


def naive(files: Sequence[File]) -> dict[int, Row]:
    """The table that files in the order of receipt come to, whatever order they are loaded in."""
    found: dict[int, Row] = {}
    for key in set(itertools.chain.from_iterable(rows for _grade, rows in files)):
        speaking = [(grade, rows[key]) for grade, rows in files if key in rows]
        best = max(grade for grade, _row in speaking)
        cells = zip(*(row for grade, row in speaking if grade == best), strict=True)
        found[key] = tuple(next((value for value in reversed(cell) if value is not None), None) for cell in cells)
    return found


cell = st.one_of(st.none(), st.integers(0, 3))
row = st.tuples(cell, cell).filter(lambda values: values != (None, None))
file = st.tuples(st.sampled_from(sorted(GRADES.values())), st.dictionaries(st.integers(0, 3), row, max_size=4))


@given(st.lists(file, min_size=1, max_size=4))
def test_files_loaded_in_the_order_of_receipt_come_to_what_the_rules_say(files):
    table: Table = {}
    for number in range(len(files)):
        table, _changes = loaded(table, number, files)
    assert {key: values for key, (values, _owner) in table.items()} == naive(files)


@given(file, file)
def test_two_files_come_to_the_same_table_in_either_order(first, second):
    files = [first, second]
    tables = []
    for order in ((0, 1), (1, 0)):
        table: Table = {}
        for number in order:
            table, _changes = loaded(table, number, files)
        tables.append({key: values for key, (values, _owner) in table.items()})
    assert tables[0] == tables[1] == naive(files)


@given(file)
def test_the_same_file_again_changes_nothing(one):
    table, _changes = loaded({}, 0, [one])
    assert loaded(table, 0, [one]) == (table, 0)


def test_a_value_that_came_too_late_is_kept_as_known_before():
    files: list[File] = [(1, {7: (10, None)}), (1, {7: (20, None)})]
    table, _changes = loaded({}, 1, files)
    arriving = Arriving(_array([7]), _values([(10, None)]), 0, 1)
    held = Held(_array([7]), _values([(20, None)]), _array([1]), _array([1]))
    changes = merge(arriving, held).changes
    assert (changes.old.tolist(), changes.new.tolist()) == ([10], [20])
    assert (changes.old_submission.tolist(), changes.new_submission.tolist()) == ([0], [1])


def test_a_reviewed_row_displaces_a_provisional_one_whole_and_never_the_reverse():
    provisional, reviewed = (1, {7: (10, 11)}), (2, {7: (12, None)})
    table, _changes = loaded({}, 0, [provisional, reviewed])
    assert loaded(table, 1, [provisional, reviewed])[0][7] == ((12, None), 1)
    late: list[File] = [reviewed, provisional]
    table, _changes = loaded({}, 0, late)
    assert loaded(table, 1, late) == (table, 0)
