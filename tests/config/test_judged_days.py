"""What a process has read of the verdicts of days is brought up to date as others are stored, and is what is stored."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import numpy as np
import pytest
from django.utils import timezone

from config.data_version import table_versions
from evaluation.progress import RULE_VERSION, Lack, State
from goals import history, judged_days
from goals.dashboard import overview
from goals.dashboard.choice import Choice
from goals.history import states_within
from goals.judged_days import LACKS, STATES
from goals.models import Assessment, Target
from goals.selectors import approved_targets
from memory.tables import known_versions
from tests.goals.cast import target

pytestmark = [pytest.mark.django_db, pytest.mark.services, pytest.mark.usefixtures("remembering")]
FIRST, DAYS = date(2021, 1, 1), 8
_DAYS = [FIRST + timedelta(days=n) for n in range(DAYS)]
_LOOKED_AT = [*_DAYS[2:6], None]  # of how many days the verdicts are remembered


def store(
    of: Target, day: int | None, state: str, late: timedelta = timedelta(), rule: int = RULE_VERSION, **facts: str
) -> None:
    """A verdict of a day of January 2021, or of now, that was judged a while ago."""
    as_of = None if day is None else FIRST + timedelta(days=day)
    Assessment.objects.create(
        target=of, as_of=as_of, assessed_at=timezone.now() - late, state=state, reason="new data", rule_version=rule,
        facts=facts,
    )  # fmt: skip


def said(keys: list[int], *, remembered: bool) -> tuple[object, ...]:
    """All that is said of the days, by what is remembered or by what is stored."""
    with known_versions(table_versions() if remembered else None):
        found = states_within(FIRST, FIRST + timedelta(days=DAYS - 1))
        verdicts = [judged_days.last_verdicts(day).tolist() for day in _LOOKED_AT]
    return found.turns, [found.on(day, np.array(keys)).tolist() for day in _DAYS], verdicts


def naively(day: date | None) -> list[list[int]]:
    """Of the last verdict on each target, one after the other, what stands in columns."""
    last = {}
    for one in Assessment.objects.filter(as_of=day, rule_version=RULE_VERSION).order_by("id"):
        last[one.target_id] = one
    return [
        [
            target, one.pk, STATES.index(State(one.state)),
            LACKS.index(Lack(one.facts["lack"])) if "lack" in one.facts else -1,
            STATES.index(State(one.facts["evaluated"])) if "evaluated" in one.facts else -1,
            int(one.simulated), (one.assessed_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1),
        ]
        for target, one in sorted(last.items())
    ]  # fmt: skip


def test_after_any_change_they_are_what_is_stored():
    """Verdicts that come, are judged again, and go with their targets, at random, against reading them all anew."""
    choice, targets = Random(5), [target(name) for name in ("GZ-01", "GX-10", "GX-08", "DL-01", "DL-02", "HY-02")]
    keys = [one.pk for one in targets]
    for turn in range(60):
        if turn in (25, 45):
            gone = targets.pop()
            written = Assessment.objects.filter(target=gone).values_list("as_of", "state")
            for day, state in written:  # as many as before, on other targets
                store(targets[0], day and (day - FIRST).days, state)
            gone.delete()
        for _ in range(choice.randint(0, 3)):
            day, state = choice.choice([None, *range(DAYS)]), choice.choice(("open", "open", "likely", "unlikely"))
            facts = choice.choice(({}, {}, {"lack": "evidence"}, {"evaluated": "likely"}))
            late = timedelta(seconds=choice.choice((0, 0, 20, 7200)))
            store(choice.choice(targets), day, state, late, choice.choice((1, RULE_VERSION)), **facts)
        if choice.random() < 0.4:
            again = Assessment.objects.filter(target=choice.choice(targets), as_of=choice.choice(_DAYS[2:4]))
            Assessment.objects.filter(pk__in=again.values("pk")[:2]).update(assessed_at=timezone.now())
        found = said(keys, remembered=True)
        assert found == said(keys, remembered=False), turn
        assert found[-1] == [naively(day) for day in _LOOKED_AT], turn


@pytest.fixture
def read_anew(monkeypatch) -> list[date | None]:
    """The days whose verdicts are read as if nothing were remembered, of states first."""
    asked: list[date | None] = []
    for memory in (judged_days.states_of, judged_days._verdicts_of):
        plain = memory.read
        monkeypatch.setattr(memory, "read", lambda days, plain=plain: [asked.extend(days), plain(days)][1])
    return asked


def test_what_is_added_or_judged_again_does_not_make_a_day_be_read_anew(read_anew):
    one, other = target("GZ-01"), target("GX-08")
    for day in range(DAYS):
        store(one, day, "open")
    said([one.pk], remembered=True)
    read_anew.clear()
    store(one, 3, "likely")
    store(other, 3, "open", late=timedelta(seconds=20))
    store(other, 5, "likely")
    Assessment.objects.filter(target=one, as_of=_DAYS[5]).update(assessed_at=timezone.now())
    found = said([one.pk, other.pk], remembered=True)
    assert read_anew == [None]  # now is read whole
    read_anew.clear()
    assert found == said([one.pk, other.pk], remembered=False)
    assert read_anew == [*_DAYS, *_LOOKED_AT]  # where nothing is remembered


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=2)])
def test_where_verdicts_are_gone_or_came_late_a_day_is_read_anew(read_anew, late):
    one, other = target("GZ-01"), target("GX-08")
    for day in range(DAYS):
        store(one, day, "open")
        store(other, day, "open")
    said([one.pk], remembered=True)
    read_anew.clear()
    if late:
        store(one, 3, "likely", late)
    else:
        Assessment.objects.filter(target=other, as_of=_DAYS[3]).delete()
    found = said([one.pk, other.pk], remembered=True)
    assert [day for day in read_anew if day is not None] == ([] if late else [_DAYS[3]]) + [_DAYS[3]]
    assert found == said([one.pk, other.pk], remembered=False)


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
