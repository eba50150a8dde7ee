"""Days whose states a process has read are read anew where something was stored of them, and only there."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import numpy as np
import pytest
from django.utils import timezone

from config.data_version import table_versions
from goals import history
from goals.dashboard import overview
from goals.dashboard.choice import Choice
from goals.history import states_within
from goals.models import Assessment, Target
from goals.selectors import approved_targets
from memory.tables import known_versions
from tests.goals.cast import target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("remembering")]
FIRST, DAYS = date(2021, 1, 1), 8


def store(of: Target, day: int, state: str) -> None:
    """A verdict of a day of January 2021."""
    Assessment.objects.create(
        target=of, as_of=FIRST + timedelta(days=day), assessed_at=timezone.now(), state=state, reason="new data",
        rule_version=1,
    )  # fmt: skip


def said(keys: list[int], *, remembered: bool) -> tuple[object, ...]:
    """All that is said of the days, by what is remembered or by what is stored."""
    with known_versions(table_versions() if remembered else None):
        found = states_within(FIRST, FIRST + timedelta(days=DAYS - 1))
    days = (FIRST + timedelta(days=n) for n in range(DAYS))
    return found.turns, [found.on(day, np.array(keys)).tolist() for day in days]


def test_after_any_change_they_are_what_is_stored():
    """Verdicts that come and go with their targets, at random, against reading them all anew."""
    choice, targets = Random(5), [target(name) for name in ("GZ-01", "GX-10", "GX-08", "DL-01", "DL-02", "HY-02")]
    keys = [one.pk for one in targets]
    for turn in range(60):
        if turn in (25, 45):
            gone = targets.pop()
            written = Assessment.objects.filter(target=gone).values_list("as_of", "state")
            for day, state in written:  # as many as before, on other targets
                store(targets[0], (day - FIRST).days, state)
            gone.delete()
        for _ in range(choice.randint(0, 3)):
            store(choice.choice(targets), choice.randrange(DAYS), choice.choice(("open", "open", "likely", "unlikely")))
        assert said(keys, remembered=True) == said(keys, remembered=False), turn


def test_of_a_day_on_which_nothing_was_stored_nothing_is_read(monkeypatch):
    one = target("GZ-01")
    for day in range(DAYS):
        store(one, day, "open")
    said([one.pk], remembered=True)
    asked: list[date] = []
    plain = history._states_of.read
    monkeypatch.setattr(history._states_of, "read", lambda days: [asked.extend(days), plain(days)][1])
    store(one, 3, "likely")
    assert said([one.pk], remembered=True) == said([one.pk], remembered=False)
    days = [FIRST + timedelta(days=n) for n in range(DAYS)]
    assert asked == [days[3], *days]  # the one day, then all where nothing is remembered


@pytest.mark.parametrize(("most", "days"), [(20, 8), (1000, 63)])
def test_of_a_few_chosen_among_many_no_more_days_are_read(monkeypatch, most, days):
    """All that may be asked for is read at once where there are few targets in all, not where few are chosen."""
    for day in range(DAYS):
        for one in approved_targets(year=2021).filter(domain="soil"):
            store(one, day, "open" if day < 5 else "likely")
    monkeypatch.setattr(overview, "MOST_MARKS", most)
    asked: list[int] = []
    plain = history.states_within
    monkeypatch.setattr(
        history, "states_within", lambda first, last: [asked.append((last - first).days + 1), plain(first, last)][1]
    )
    last = FIRST + timedelta(days=DAYS - 1)
    page = overview.overview(2021, last, Choice(domain="soil"), "", "")
    assert 0 < page.total <= 20 < approved_targets(year=2021).count()
    assert asked[0] == days
