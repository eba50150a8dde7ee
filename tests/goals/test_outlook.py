"""The outlook: its states, two evaluations running, what it learns from and how it is held to account."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import orjson
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from evaluation.forecast import SERIES
from evaluation.lessons import Lesson, shipped
from evaluation.progress import State
from goals import sentences
from goals.assessing import assess_days, assess_targets
from goals.history import record_of
from goals.learning import TooLittleToLearnError, relearn
from goals.models import Assessment, ForecastLesson
from goals.outlook import lesson_in_use, lesson_on
from goals.record import forecasts_page
from goals.selectors import verdicts
from goals.verdicts import Verdicts
from indicators.models import AirDay
from provinces.models import Region
from provinces.selectors import cities_of
from tests.goals.cast import assign, days, figure, judged, revise, target, year_of_days

pytestmark = pytest.mark.django_db

GUANGZHOU, GUANGXI, HENGYANG = "440100", "450000", "430400"
NEW_YEAR, SEPTEMBER_30, YEAR_END = date(2021, 1, 1), date(2021, 9, 30), date(2021, 12, 31)


# ---- the outlook -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "state"), [(24, State.LIKELY), (33.0, State.OPEN), (39, State.UNLIKELY)])
def test_the_outlook_decides_between_likely_open_and_unlikely(past, level, state):
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=level)
    found = judged("GZ-01", SEPTEMBER_30)
    forecast = found.facts["forecast"]
    assert found.state == state
    assert forecast["shown"] is True
    assert forecast["years"] == [2020, 2019, 2018]
    assert Decimal(forecast["low"]) <= Decimal(forecast["middle"]) <= Decimal(forecast["high"])
    assert "回测" in sentences.record_sentence(found.facts)  # a probability never stands without its record


def test_what_fails_its_gate_is_not_shown(past, monkeypatch):
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=24)
    monkeypatch.setattr(Lesson, "may_speak", lambda *_args: False)
    found = judged("GZ-01", SEPTEMBER_30)
    assert found.state == State.OPEN
    assert found.facts["forecast"]["shown"] is False
    assert sentences.outlook_sentence(found.facts) == sentences.record_sentence(found.facts) == ""
    assert "未通过历史检验" in sentences.hidden_sentence(found.facts)


def test_without_a_complete_past_year_there_is_no_outlook():
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=24)
    year_of_days(GUANGZHOU, 2020, date(2020, 8, 1))
    found = judged("GZ-01", SEPTEMBER_30)
    assert found.state == State.OPEN
    assert "forecast" not in found.facts
    assert "context" not in found.facts


def test_certain_facts_override_the_outlook(past):
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=50)
    found = judged("GZ-01", SEPTEMBER_30)
    assert found.state == State.IMPOSSIBLE
    assert "forecast" not in found.facts


def test_an_outlook_from_simulated_years_is_marked(past):
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=24)
    assert not judged("GZ-01", SEPTEMBER_30).simulated
    AirDay.objects.filter(region=GUANGZHOU, day__year=2018).update(simulated=True)
    assert judged("GZ-01", SEPTEMBER_30).simulated


def test_in_how_many_past_years_the_rest_would_have_been_enough(past):
    """273 days of 33.2 leave (33.5·365 - 33.2·273)/92 = 34.4 for the rest; past years at 32 stayed below that."""
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=33.2)
    context = judged("GZ-01", SEPTEMBER_30).facts["context"]
    naive = []
    for year in (2020, 2019, 2018):
        rest = AirDay.objects.filter(region=GUANGZHOU, day__gt=date(year, 9, 30), day__lte=date(year, 12, 31))
        mean = sum(Decimal(day.pm25_fg) for day in rest) / len(rest) / 10**9
        naive.append((year, (Decimal("33.2") * 273 + mean * 92) / 365 < Decimal("33.5")))
    assert [(one["year"], one["attains"]) for one in context["years"]] == naive
    assert context["within"] == sum(attains for _year, attains in naive)


def test_a_region_needs_the_past_of_all_its_cities():
    for year in (2019, 2020):
        year_of_days(GUANGXI, year, level=29)
    year_of_days(GUANGXI, 2021, SEPTEMBER_30, level=25)
    assert judged("GX-06", SEPTEMBER_30).state == State.LIKELY
    AirDay.objects.filter(region=cities_of(Region.objects.get(code=GUANGXI))[0], day__year__lt=2021).delete()
    assert "forecast" not in judged("GX-06", SEPTEMBER_30).facts


def test_of_days_a_percentile_allows(past):
    """GZ-02 (ozone): once 182 is the cap of 2020 held, 40 of 273 days above it: 36 are allowed in 365."""
    AirDay.objects.filter(region=GUANGZHOU).update(o3_8h_fg=100 * 10**9)
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30)
    AirDay.objects.filter(region=GUANGZHOU, day__year=2021).update(o3_8h_fg=100 * 10**9)
    AirDay.objects.filter(region=GUANGZHOU, day__lte=date(2021, 2, 9), day__year=2021).update(o3_8h_fg=200 * 10**9)
    one = target("GZ-02")
    one.tolerance, one.tolerance_document = Decimal(0), "函"
    one.save()
    found = judged("GZ-02", SEPTEMBER_30)
    assert found.facts["budget"] == {"kind": "percentile_days", "left": -4, "until_lost": -2, "over": 40, "days": 92}
    assert found.state == State.IMPOSSIBLE
    assert sentences.budget_sentence(found.facts) == "超限已40天，必不达标"


# ---- two evaluations running -----------------------------------------------------------------------------------------


def states(identity: str, first: date, number: int) -> list[str]:
    """The states of a target on some days running."""
    return [judged(identity, first + timedelta(days=n)).state.value for n in range(number)]


@pytest.fixture
def jumpy(past, monkeypatch) -> dict[date, str]:
    """Probabilities by the day of the last data, in place of the forecast's."""
    said: dict[date, str] = {}
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)

    def facts(self, rules, places):
        return {"probability": said[self.day], "low": "1", "high": "2", "record": {}, "source": "", "month": 9}

    def outlook(room, subject, year, best, lesson):
        class Said:
            passes = True
            day = best.last

        Said.facts = facts
        return Said()

    monkeypatch.setattr("goals.verdicts.outlook", outlook)
    return said


def test_a_single_day_changes_no_state(jumpy):
    first = date(2021, 9, 20)
    for n, p in enumerate(["0.5", "0.5", "0.9", "0.5", "0.9", "0.9", "0.5", "0.1", "0.1"]):
        jumpy[first - timedelta(days=1) + timedelta(days=n)] = p
    jumpy |= {first - timedelta(days=n): "0.5" for n in range(2, 5)}
    assert states("GZ-01", first, 8) == ["open", "open", "open", "open", "likely", "likely", "likely", "unlikely"]
    held = judged("GZ-01", first + timedelta(days=1))
    assert held.facts["evaluated"] == "likely"
    assert "连续两个数据日" in sentences.held_sentence(held.facts)


def test_the_order_and_number_of_runs_change_nothing(jumpy):
    first = date(2021, 9, 10)
    random = np.random.default_rng(5)
    for n in range(-3, 21):
        jumpy[first + timedelta(days=n)] = str(random.choice(["0.1", "0.5", "0.9"]))
    wanted = [first + timedelta(days=n) for n in range(20)]
    once = {day: judged("GZ-01", day).state.value for day in wanted}
    shuffled = [wanted[n] for n in random.permutation(20)]
    for day in [*shuffled, *shuffled[:5]]:
        assess_targets([target("GZ-01")], day)
    assert {row.as_of: row.state for row in Assessment.objects.all()} == once
    Assessment.objects.all().delete()
    for _day, _rows in assess_days([target("GZ-01")], wanted[::3]):
        pass
    assert {row.as_of: row.state for row in Assessment.objects.all()} == {day: once[day] for day in wanted[::3]}


def test_only_days_with_data_are_evaluations(jumpy):
    """Two days without data lie between: the evaluation before 23 September is the one of the 20th."""
    AirDay.objects.filter(region=GUANGZHOU, day__in=[date(2021, 9, 21), date(2021, 9, 22)]).delete()
    jumpy |= {date(2021, 9, n): p for n, p in ((19, "0.9"), (20, "0.9"), (21, "0.1"), (22, "0.1"), (23, "0.9"))}
    assert judged("GZ-01", date(2021, 9, 23)).facts.get("evaluated") is None
    assert judged("GZ-01", date(2021, 9, 23)).state == State.LIKELY


@pytest.mark.services
def test_a_room_of_an_earlier_day_takes_later_revisions_back(past):
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)
    revise(date(2021, 9, 1), 30, 300, on=date(2021, 9, 29))
    one = target("GZ-01")
    room = Verdicts([one], SEPTEMBER_30, date(2021, 10, 1))
    subject = room.subjects[one.pk]
    level = {day: room.room.earlier(day).best(subject, 2021).level for day in (date(2021, 9, 28), date(2021, 9, 29))}
    assert level[date(2021, 9, 28)] == 30
    assert level[date(2021, 9, 29)] == Fraction(271 * 30 + 300, 272)


def test_judging_many_days_at_once_says_what_each_day_says_alone(past):
    """Later days are in the room already, and must not show: neither their values nor that they are simulated."""
    year_of_days(GUANGZHOU, 2021, date(2021, 9, 20), level=24)
    days(GUANGZHOU, date(2021, 9, 21), SEPTEMBER_30, pm25=500, simulated=True)
    revise(date(2021, 9, 2), 30, 300, on=date(2021, 9, 25))
    one = [target("GZ-01"), target("GZ-07")]
    asked = [date(2021, 8, 31), date(2021, 9, 10), date(2021, 9, 24), date(2021, 9, 26), SEPTEMBER_30]
    for day, rows in assess_days(one, asked):
        alone = Verdicts(one, day, timezone.localdate()).all()
        for row, found in zip(rows, alone, strict=True):
            assert (row.state, row.value, row.simulated) == (found.state, found.value, found.simulated)
            assert row.facts == found.facts


def test_a_certain_fact_changes_the_state_at_once(past):
    days(GUANGZHOU, NEW_YEAR, date(2021, 9, 29), pm25=44.79)  # just below 33.5·365/273
    assert judged("GZ-01", date(2021, 9, 29)).state != State.IMPOSSIBLE
    days(GUANGZHOU, SEPTEMBER_30, SEPTEMBER_30, pm25=60)
    assert judged("GZ-01", SEPTEMBER_30).state == State.IMPOSSIBLE


# ---- learning, the record, the commands ------------------------------------------------------------------------------


def test_too_few_years_teach_nothing():
    year_of_days(GUANGZHOU, 2020)
    with pytest.raises(TooLittleToLearnError):
        relearn(date(2021, 10, 1))
    with pytest.raises(CommandError, match="仍用原参数"):
        call_command("relearn_forecast")
    assert not ForecastLesson.objects.exists()


def test_a_bureau_learns_from_its_own_years():
    for year in range(2017, 2021):
        for place, city in enumerate((GUANGZHOU, HENGYANG, "450100", "450200")):
            year_of_days(city, year, level=30 + place, seed=place)
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30)
    kept, lesson = relearn(date(2021, 10, 1))
    assert set(lesson.numbers) <= set(SERIES)
    assert lesson.numbers["pm25"].years == 3  # targets 2018 to 2020; the open year teaches nothing
    assert lesson_on(date(2021, 10, 1)).source == kept.source
    assert lesson_on(date(2021, 9, 30)).source == shipped().source
    in_use = lesson_in_use(date(2021, 12, 1))
    assert in_use.on(date(2021, 10, 1)) is in_use  # nothing is asked again
    assert in_use.on(date(2021, 9, 30)).lesson.source == shipped().source


@pytest.mark.services
def test_every_forecast_that_was_shown_is_held_against_its_outcome(past):
    year_of_days(GUANGZHOU, 2021, YEAR_END, level=24)
    for _day, _rows in assess_days([target("GZ-01")], [date(2021, 8, 31), SEPTEMBER_30]):
        pass
    assert forecasts_page(SEPTEMBER_30).waiting == 2
    page = forecasts_page(YEAR_END)
    assert page.waiting == 0
    line = page.running[0]
    assert (line.shown, line.forecasts, line.likely, line.unlikely) == (True, 2, "2 / 2", "0 / 0")


def test_a_forecast_that_was_not_shown_is_held_against_its_outcome_too(past, monkeypatch):
    year_of_days(GUANGZHOU, 2021, YEAR_END, level=24)
    monkeypatch.setattr(Lesson, "may_speak", lambda *_args: False)
    assess_targets([target("GZ-01")], SEPTEMBER_30)
    assert Assessment.objects.get().probability is None
    assert [(line.shown, line.forecasts) for line in forecasts_page(YEAR_END).running] == [(False, 1)]


def run(*arguments: str) -> list[dict[str, object]]:
    """`manage.py assess ... --json`."""
    out = io.StringIO()
    call_command("assess", *arguments, "--json", stdout=out)
    return orjson.loads(out.getvalue())


def test_assess_prints_the_forecast_and_fills_the_record(past):
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=24)
    found = run("--region", GUANGZHOU, "--since", "2021-09-28", "--as-of", "2021-09-30")
    one = next(row for row in found if row["target"] == "GZ-01")
    assert one["state"] == "likely"
    assert Decimal(one["forecast"]["probability"]) >= Decimal("0.8")
    days_stored = [row.as_of.day for row in record_of(target("GZ-01").pk, date.min)]
    assert days_stored == [28, 29, 30]
    with pytest.raises(CommandError, match="--as-of"):
        run("--since", "2021-09-28")


def test_a_change_of_a_daily_figure_must_end_on_the_whole_base_year():
    """PM2.5 down 10 % on 2020, which was 40 in winter and 20 later, 30 as a whole: the same period of 2020 only says
    how things stand."""
    days(GUANGZHOU, date(2020, 1, 1), date(2020, 6, 30), pm25=40)
    days(GUANGZHOU, date(2020, 7, 1), date(2020, 12, 31), pm25=20)
    days(GUANGZHOU, NEW_YEAR, date(2021, 6, 30), pm25=38)
    one = target("GZ-01")
    one.kind, one.comparator, one.value, one.unit, one.baseline_year = "relative_change", "<=", Decimal(-10), "%", 2020
    one.save()
    found = judged("GZ-01", date(2021, 6, 30))
    assert found.facts["baseline"]["same_period"] is True
    assert found.value == Decimal("-5.0")  # 38 against 40
    assert found.facts["rules"][0]["limit"] == "27"  # of the whole year's 30, and -9.95 % rounds to -10.0: 27.015


def test_a_schedule_says_what_the_whole_year_must_be():
    """GX-18: 3.6 % less than 2020, which ended at 1.00 after a first half of 1.10: down to 0.9645 rounds to
    it, at the three decimals of the indicator 0.964."""
    change = {"year": 2021, "comparator": "<=", "as_change": True, "baseline_year": 2020, "unit": "%"}
    assign("GX-18", "-3.6", date(2021, 3, 1), **change)
    figure("GX-18", "1.10", date(2020, 1, 1), date(2020, 6, 30), date(2020, 8, 31))
    figure("GX-18", "1.00", date(2020, 1, 1), date(2020, 12, 31), date(2021, 2, 1))
    figure("GX-18", "1.05", NEW_YEAR, date(2021, 6, 30), date(2021, 8, 31))
    found = judged("GX-18", SEPTEMBER_30)
    assert found.value == Decimal("-4.5")
    assert found.facts["budget"]["kind"] == "year_level"
    assert found.facts["budget"]["limit"] == "0.964"


def test_the_control_value_says_how_the_rounding_of_the_mean_moves_it(past):
    """273 days at 30.0 print as 30.0: 29.95 to 30.05. The control value is (33.5·365 - 273·m)/92: 43.7 to 44.0."""
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)
    found = judged("GZ-01", SEPTEMBER_30)
    low, high = ((33.5 * 365 - 273 * m) / 92 for m in (30.05, 29.95))
    assert found.facts["budget"]["blur"] == {"low": f"{low:.1f}", "high": f"{high:.1f}"}
    assert "至" in sentences.blur_sentence(found.facts)


def test_figures_alone_settle_at_once():
    figure("HY-15", "500", date(2020, 1, 1), date(2020, 6, 30), date(2020, 8, 31))
    figure("HY-15", "1000", date(2020, 1, 1), date(2020, 12, 31), date(2021, 3, 1))
    figure("HY-15", "974", NEW_YEAR, YEAR_END, date(2022, 2, 1))
    assert verdicts([target("HY-15")], date(2022, 2, 1))[0].state == State.MET
