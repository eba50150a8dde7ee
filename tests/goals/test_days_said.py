"""A day as a page of a year says it."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils.translation import override

from goals.sentences import day_in

DAY = date(2020, 4, 13)


@pytest.mark.parametrize(
    ("language", "year", "says"),
    [
        ("zh-hans", 2020, "4月13日"),
        ("zh-hans", 2021, "2020年4月13日"),
        ("zh-hans", None, "2020年4月13日"),
        ("en", 2020, "Apr 13"),
        ("en", 2021, "Apr 13, 2020"),
    ],
)
def test_a_day_of_another_year_is_said_with_it(language, year, says):
    with override(language):
        assert day_in(DAY, year) == says
