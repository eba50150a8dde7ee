"""The courses that pictures show, against naive second implementations."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goals.frames import _running_percentile, months_frame
from goals.verdicts import Verdicts
from tests.goals.cast import target
from tests.goals.test_alerts import section

DAYS = st.lists(st.tuples(st.booleans(), st.integers(0, 500)), max_size=40)


@given(DAYS, st.integers(1, 99))
def test_a_percentile_so_far_is_that_of_the_valid_days_until_then(days, percent):
    valid = np.array([known for known, _value in days], dtype=np.bool_)
    values = np.array([value for _known, value in days], dtype=np.float64)
    last = max(np.flatnonzero(valid), default=-1)
    naive = [
        np.percentile(values[: n + 1][valid[: n + 1]], percent) if valid[: n + 1].any() and n <= last else np.nan
        for n in range(len(days))
    ]
    np.testing.assert_allclose(_running_percentile(valid, values, percent), np.array(naive, dtype=np.float64))


@pytest.mark.django_db
def test_the_months_of_a_share_of_sections_are_judged_each_by_itself():
    """NH3-N of 0.1 mg/L is of class Ⅰ, 1.1 of class Ⅳ (GB 3838-2002 表1)."""
    one = target("HY-05")
    section(1, {(year, month): 0.1 for year in (2020, 2021) for month in range(1, 13)})
    section(2, {(2021, month): 1.1 if month <= 3 else 0.1 for month in range(1, 13)} | {(2020, 5): 1.1})
    room = Verdicts([one], date(2021, 9, 30), date(2021, 10, 1))
    frame = months_frame(room.room, room.subjects[one.pk], 2021)
    assert frame["this_year"].tolist()[:9] == [50.0] * 3 + [100.0] * 6
    assert frame["this_year"].isna().tolist() == [False] * 9 + [True] * 3
    assert frame["last_year"].tolist() == [100.0] * 4 + [50.0] + [100.0] * 7
