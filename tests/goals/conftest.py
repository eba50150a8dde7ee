"""What tests of steering stand on."""

from __future__ import annotations

import pytest

from tests.goals.cast import year_of_days


@pytest.fixture
def past(db: None) -> None:
    """Three finished years of Guangzhou at 32, against the cap of 33 that its plan sets."""
    for year in (2018, 2019, 2020):
        year_of_days("440100", year, level=32)
