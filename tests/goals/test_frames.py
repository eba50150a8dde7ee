"""The courses that pictures show, against naive second implementations."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from goals.frames import _running_percentile

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
