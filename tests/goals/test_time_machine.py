"""The record of verdicts: replays, reasons with their facts, runs of states, what is due."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluation.lessons import Lesson, shipped
from evaluation.progress import State
from goals.aims import subject_of
from goals.assessing import assess_stale, assess_targets, replay
from goals.history import (
    States,
    Stored,
    Turn,
    last_change,
    last_turns,
    record_of,
    runs,
    states_within,
    stored_changes,
    stored_runs,
)
from goals.judged_days import STATES
from goals.kept import kept
from goals.models import Assessment, ForecastLesson, SiteSetting, Target
from goals.outlook import lesson_on
from goals.selectors import approved_targets, stale_targets
from goals.verdicts import Verdicts
from indicators.models import AirDay
from provinces.services import ALL_EVIDENCE, note_changed_evidence
from tests.goals.cast import days, judged, revise, target, year_of_days

pytestmark = pytest.mark.django_db

GUANGZHOU, GUANGXI, HENGYANG = "440100", "450000", "430400"
NEW_YEAR, SEPTEMBER_30, YEAR_END = date(2021, 1, 1), date(2021, 9, 30), date(2021, 12, 31)


# ---- the record and the time machine ---------------------------------------------------------------------------------


def test_a_replay_says_exactly_what_was_stored(past):
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=24)
    one = target("GZ-01")
    assess_targets([one], SEPTEMBER_30)
    assert replay(one, SEPTEMBER_30).is_same
    year_of_days(GUANGZHOU, 2022, date(2022, 1, 31), level=90)
    assert replay(one, SEPTEMBER_30).is_same  # what came later does not reach back
    assert replay(one, date(2021, 8, 31)) is None  # nothing was stored for that day


def test_a_revision_after_the_day_is_taken_back(past):
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)
    one = target("GZ-01")
    assess_targets([one], SEPTEMBER_30)
    revise(date(2021, 9, 1), 30, 300, on=date(2021, 10, 5))
    assert replay(one, SEPTEMBER_30).is_same
    assert judged("GZ-01", date(2021, 10, 6)).facts["level"] == "31.0"  # (272·30 + 300)/273


def test_a_replay_that_differs_names_what_came_since(past):
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)
    one = target("GZ-01")
    assess_targets([one], SEPTEMBER_30)
    Assessment.objects.update(assessed_at=timezone.make_aware(timezone.datetime(2021, 10, 1, 6)))
    Target.objects.filter(pk=one.pk).update(updated_at=timezone.make_aware(timezone.datetime(2021, 1, 1)))
    one.refresh_from_db()
    revise(date(2021, 9, 1), 30, 300, on=date(2021, 10, 5))
    days(GUANGZHOU, date(2021, 10, 1), date(2021, 10, 8), pm25=30)
    row = assess_targets([one], date(2021, 10, 8))[0]
    assert row.reason == "revised data"
    assert [cause["kind"] for cause in row.causes] == ["revision"]
    assert (row.causes[0]["old"], row.causes[0]["new"]) == ("30", "300")
    AirDay.objects.filter(region=GUANGZHOU, day=date(2021, 9, 2)).update(pm25_fg=500 * 10**9)  # late, and no revision
    again = replay(one, SEPTEMBER_30)
    assert not again.is_same
    assert again.reason == "new data"


def test_a_replay_says_which_revision_makes_the_difference(past):
    """Judged at 6 in the morning of 30 September; at noon a day of early September is revised."""
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)
    one = target("GZ-01")
    assess_targets([one], SEPTEMBER_30)
    Assessment.objects.update(assessed_at=timezone.make_aware(timezone.datetime(2021, 9, 30, 6)))
    Target.objects.filter(pk=one.pk).update(updated_at=timezone.make_aware(timezone.datetime(2021, 1, 1)))
    one.refresh_from_db()
    revision = revise(date(2021, 9, 1), 30, 300, on=SEPTEMBER_30)
    again = replay(one, SEPTEMBER_30)
    assert (again.is_same, again.reason) == (False, "revised data")
    assert [cause["id"] for cause in again.causes] == [revision.pk]


def test_an_amendment_is_the_reason_and_its_words_are_kept(past):
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)
    one = target("GZ-01")
    assess_targets([one], SEPTEMBER_30)
    one.value, one._change_reason = Decimal(20), "厅务会调整"
    one.save()
    row = assess_targets([target("GZ-01")], SEPTEMBER_30)[0]
    assert (row.reason, row.state) == ("amended target", "impossible")
    assert row.causes[0]["why"] == "厅务会调整"
    assert ["value", "33", "20"] in row.causes[0]["changes"]


def test_other_numbers_for_the_outlook_are_a_changed_rule(past):
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=24)
    one = [target("GZ-01")]
    assess_targets(one, SEPTEMBER_30)
    own = Lesson(shipped().numbers, shipped().scores, "本局 2018—2020")
    ForecastLesson.objects.create(learned_on=date(2021, 9, 1), source=own.source, data=own.as_json())
    row = assess_targets(one, SEPTEMBER_30)[0]
    assert row.reason == "changed rule"
    assert row.causes[0]["lesson_after"] == "本局 2018—2020"
    assert lesson_on(date(2021, 8, 31)).source == shipped().source  # not learned yet on that day


def stored(*pairs: tuple[int, str]) -> list[Stored]:
    """Stored verdicts of January 2021, by day."""
    return [Stored(n, date(2021, 1, day), state, "new data") for n, (day, state) in enumerate(pairs, start=1)]


def test_a_figure_kept_for_a_picture_is_worked_out_again_when_its_evidence_changed():
    made = []

    def figure() -> int:
        made.append(1)
        return len(made)

    one = target("GX-06")
    room = Verdicts([one], SEPTEMBER_30, date(2021, 10, 1)).room

    def asked(of: Target) -> int:
        return kept("figure", subject_of(of), room, figure)

    assert (asked(one), asked(one)) == (1, 1)
    for number, kind in enumerate(ALL_EVIDENCE, start=2):
        note_changed_evidence([GUANGXI], timezone.now(), [kind])
        assert asked(one) == number - 1  # what the room has gathered is of before
        assert room.earlier(date(2021, 9, 29)).changes == room.changes  # and so is what it shares
        room = Verdicts([one], SEPTEMBER_30, date(2021, 10, 1)).room
        assert (asked(one), asked(one)) == (number, number)
    assert asked(target("GX-08")) == 5  # another indicator


def test_a_number_entered_or_taken_back_and_a_new_rule_make_a_verdict_due():
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)
    one = target("GZ-01")

    def due() -> bool:
        found = bool(stale_targets([target("GZ-01")], SEPTEMBER_30))
        assess_targets([target("GZ-01")], SEPTEMBER_30)
        return found

    assert (due(), due()) == (True, False)
    number = one.assigned_values.create(
        year=2021, comparator="<=", value=Decimal(30), document="测试文件", assigned_on=NEW_YEAR
    )
    assert (due(), due()) == (True, False)
    number.delete()
    assert (due(), due()) == (True, False)
    Assessment.objects.update(rule_version=0)
    assert (due(), due()) == (True, False)


def test_changes_are_the_stored_verdicts_without_the_days_that_changed_nothing():
    one, other = target("GZ-01"), target("GX-01")
    store(one, "3 open, 4 open, 5 likely, 5 open, 6 open, 8 likely, 8 unlikely, 9 unlikely, 12 open")
    store(other, "2 likely, 9 likely")

    def turned(until: date | None) -> dict[int, list[tuple[int, str]]]:
        found = stored_changes([one, other], until)
        return {key: [(row.as_of.day, row.state) for row in rows] for key, rows in found.items()}

    begun = [(3, "open"), (8, "unlikely")]
    assert turned(None) == {one.pk: [*begun, (12, "open")], other.pk: [(2, "likely")]}
    assert turned(date(2021, 1, 11)) == {one.pk: begun, other.pk: [(2, "likely")]}
    assert last_turns() == {
        one.pk: Turn(State.UNLIKELY, State.OPEN, date(2021, 1, 12), Assessment.objects.get(as_of=date(2021, 1, 12)).pk)
    }


def store(of: Target, said: str) -> None:
    """Store verdicts of January 2021: "3 open, 4 likely"."""
    for day, state in (one.split() for one in said.split(", ")):
        Assessment.objects.create(
            target=of, as_of=date(2021, 1, int(day)), assessed_at=timezone.now(), state=state, reason="new data",
            rule_version=1,
        )  # fmt: skip


def at_random(choice: Random) -> dict[int, dict[date, Assessment]]:
    """Verdicts of January on four targets, several on one day among them, and of three days of February on one of
    them; of each day the one that brought its last state."""
    targets = [target(name) for name in ("GZ-01", "GX-10", "GX-08", "DL-01")]
    for _ in range(120):
        state = choice.choice(("open",) * 4 + ("likely", "unlikely"))
        store(choice.choice(targets), f"{choice.randint(1, 28)} {state}")
    for day in (1, 2, 3):
        Assessment.objects.create(
            target=targets[-1], as_of=date(2021, 2, day), assessed_at=timezone.now(), state="met", reason="new data",
            rule_version=1,
        )  # fmt: skip
    found: dict[int, dict[date, Assessment]] = {one.pk: {} for one in targets}
    for row in Assessment.objects.order_by("as_of", "pk"):
        known = found[row.target_id].get(row.as_of)
        if known is None or known.state != row.state:
            found[row.target_id][row.as_of] = row
    return found


def on(found: States, day: date) -> dict[int, State | None]:
    """The state of every target that was ever judged on a day; none is known of one that comes after all of them."""
    keys = np.array(sorted({row.target_id for row in Assessment.objects.all()}))
    assert found.on(day, np.array([10**9])).tolist() == [-1]
    places = found.on(day, keys).tolist()
    return {key: STATES[place] if place >= 0 else None for key, place in zip(keys.tolist(), places, strict=True)}


def test_the_states_within_some_days_are_those_of_the_last_verdicts_until_each():
    """Verdicts at random against looking at each of them."""
    stored = at_random(Random(3))
    for first, last in ((date(2021, 1, 5), date(2021, 1, 20)), (date(2021, 2, 1), date(2021, 2, 5))):
        found = states_within(first, last)
        turns = {}
        for key, days_stored in stored.items():
            within = [row for day, row in days_stored.items() if first <= day <= last]
            for before, after in itertools.pairwise(within):
                if before.state != after.state:
                    turns[key] = Turn(State(before.state), State(after.state), after.as_of, after.pk)
        assert found.turns == turns
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
            until = {key: [row.state for on, row in rows.items() if first <= on <= day] for key, rows in stored.items()}
            assert on(found, day) == {key: states[-1] if states else None for key, states in until.items()}
    later = on(states_within(date(2021, 2, 1), date(2021, 2, 5)), date(2021, 2, 5))
    assert [key for key, state in later.items() if state] == [target("DL-01").pk]
    assert states_within(date(2020, 2, 1), date(2020, 2, 5)).turns == {}
    assert states_within(date(2021, 1, 30), date(2021, 2, 5)).turns == {}  # who is judged for the first time turns not


def test_the_runs_of_several_targets_are_those_of_each_of_them():
    at_random(Random(7))
    targets, last = [target(name) for name in ("GZ-01", "GX-10", "GX-08", "DL-01", "GX-01")], date(2021, 2, 28)
    found = stored_runs([one.pk for one in targets], NEW_YEAR, last)
    assert "GX-01" not in {one.register_id for one in targets if one.pk in found}  # nobody judged it
    for one in targets[:-1]:
        assert found[one.pk] == runs(record_of(one.pk, NEW_YEAR), NEW_YEAR, last)
    assert stored_runs([], NEW_YEAR, last) == {}


def test_runs_say_of_every_day_what_looking_at_it_alone_says():
    """Verdicts at random, with gaps of a month and more among them."""
    choice = Random(5)
    last = NEW_YEAR + timedelta(days=364)
    for _ in range(200):
        days = sorted(choice.sample(range(-40, 365), choice.randint(0, 40)))
        history = [
            Stored(n, NEW_YEAR + timedelta(days=day), choice.choice(("open", "open", "likely")), "new data")
            for n, day in enumerate(days)
        ]
        seen = [one for one in history if one.as_of >= NEW_YEAR]
        wanted = []
        for day in (NEW_YEAR + timedelta(days=n) for n in range(365)):
            before = [one for one in seen if one.as_of <= day]
            holds = before and (day - before[-1].as_of).days <= 31 and (before[-1].as_of == day or seen[-1].as_of > day)
            wanted.append(before[-1].state if holds else None)
        found = runs(history, NEW_YEAR, last)
        assert [run.state for run in found for _day in range(run.days)] == wanted
        assert all(one.last + timedelta(days=1) == two.first for one, two in itertools.pairwise(found))
        assert all(one.state != two.state for one, two in itertools.pairwise(found))


def test_a_year_as_runs_of_states():
    found = runs(stored((3, "open"), (5, "open"), (8, "likely")), NEW_YEAR, date(2021, 1, 20))
    assert [(run.state, run.first.day, run.last.day) for run in found] == [
        (None, 1, 2), ("open", 3, 7), ("likely", 8, 8), (None, 9, 20)]  # fmt: skip
    assert sum(run.days for run in found) == 20
    assert runs([], NEW_YEAR, date(2021, 1, 20))[0].state is None


def test_what_nobody_judged_for_longer_than_a_month_is_unknown():
    history = [*stored((3, "open")), Stored(9, date(2021, 4, 1), "open", "new data")]
    found = runs(history, NEW_YEAR, date(2021, 4, 1))
    assert [(run.state, run.first, run.last) for run in found][1:3] == [
        ("open", date(2021, 1, 3), date(2021, 2, 3)),
        (None, date(2021, 2, 4), date(2021, 3, 31)),
    ]


def test_one_new_city_day_is_due_for_its_own_targets_only(past):
    days(GUANGZHOU, NEW_YEAR, date(2021, 9, 29), pm25=30)
    SiteSetting.objects.create(shown_date=SEPTEMBER_30)
    assess_targets(approved_targets(), SEPTEMBER_30)
    days(GUANGZHOU, SEPTEMBER_30, SEPTEMBER_30, pm25=30)
    note_changed_evidence({GUANGZHOU}, timezone.now(), ["air"])
    due = {one.register_id for one in stale_targets(approved_targets(), SEPTEMBER_30)}
    assert due == {"GZ-01", "GZ-02", "GZ-07"}  # the air targets of Guangzhou
    assert {row.target.register_id for row in assess_stale()} == due


def test_judging_many_asks_no_more_than_judging_few(past):
    """Twice as many targets, each with a twin: as many queries."""
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)

    def queries(day: date) -> int:
        with CaptureQueriesContext(connection) as asked:
            assess_targets(approved_targets(), day)
        return sum(query["sql"].startswith("SELECT") for query in asked.captured_queries)  # rows go in by batches

    queries(date(2021, 9, 28))
    few = queries(date(2021, 9, 29))
    twins = list(Target.objects.all())
    for twin in twins:
        twin.pk, twin.register_id = None, f"{twin.register_id}-X"
    Target.objects.bulk_create(twins)
    assert queries(SEPTEMBER_30) == few


def test_the_last_change_is_found_in_a_history():
    assert last_change(stored((3, "open"), (8, "likely"), (9, "likely")), State.LIKELY).day == date(2021, 1, 8)
    assert last_change(stored((3, "open")), State.OPEN) is None
