"""When a region's evidence last changed, to the microsecond, and never where nothing did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from provinces.models import EvidenceChange
from provinces.selectors import Changed, evidence_changes

pytestmark = [pytest.mark.django_db, pytest.mark.services]
WHEN = datetime(2021, 9, 30, 8, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize("micros", [0, 1, 400_000, 999_999, 120])
def test_each_kind_changed_when_it_says(micros):
    when = WHEN + timedelta(microseconds=micros)
    EvidenceChange.objects.all().delete()
    EvidenceChange.objects.create(region_id="450000", air_changed_at=when, figures_changed_at=when + timedelta(days=1))
    assert evidence_changes(["450000", "210200"]) == {
        "450000": Changed(when, None, when + timedelta(days=1)),
        "210200": Changed(None, None, None),
    }
