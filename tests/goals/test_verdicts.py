"""Every kind of target, judged on evidence whose outcome is worked out by hand in the comments."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pytest
from django.utils import timezone

from evaluation.calendar import SHANGHAI
from evaluation.progress import State
from goals import sentences
from goals.aims import subject_of
from goals.assessing import assess_targets
from goals.dashboard.overview import groups
from goals.evidence import EvidenceRoom
from goals.history import last_change, record_of
from goals.judged_days import PLACES
from goals.models import Assessment, Target
from goals.selectors import approved_targets, verdicts
from goals.services import OfferDoesNotFitError, accept_offer
from goals.standings import Standings
from indicators.models import OfferedValue, Submission, WaterValue
from indicators.water_months import section_months
from provinces.models import Region, Site
from provinces.selectors import assessed_sections
from tests.goals.cast import assign, days, figure, judge, judged, roll_of, target, year_of_days

pytestmark = pytest.mark.django_db

NEW_YEAR, SEPTEMBER_30, YEAR_END = date(2021, 1, 1), date(2021, 9, 30), date(2021, 12, 31)
BEFORE = (date(2020, 1, 1), date(2020, 12, 31))
WHOLE = (NEW_YEAR, YEAR_END)
GUANGZHOU, HENGYANG = "440100", "430400"


# ---- absolute: a mean ----------------------------------------------------------------------------------------------


def test_a_mean_under_its_cap_is_open_and_says_what_the_rest_may_be():
    """GZ-01: PM2.5 within 33. 273 days of 30; (33.5·365 - 30·273)/92 = 43.88…, below which 43.8 is printed; the plain
    one is (33·365 - 8190)/92 = 41.90."""
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)
    found = judged("GZ-01", SEPTEMBER_30)
    assert (found.state, found.value) == (State.OPEN, Decimal(30))
    assert found.facts["budget"]["required"] == "43.8"
    assert found.facts["budget"]["plain"] == "41.90"
    assert sentences.budget_sentence(found.facts) == "余下92天均值须不高于43.8 µg/m³"


def test_a_mean_that_nothing_can_mend_is_impossible():
    """273 days of 45 make 12285, more than 33.5·365 = 12227.5."""
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=45)
    assert judged("GZ-01", SEPTEMBER_30).state == State.IMPOSSIBLE


@pytest.mark.parametrize(("pm25", "state"), [(33.4, State.MET), (33.5, State.MISSED), (34, State.MISSED)])
def test_the_year_is_rounded_once_half_to_even(pm25, state):
    """33.5 rounds to 34, the even one."""
    days(GUANGZHOU, *WHOLE, pm25=pm25)
    assert judged("GZ-01", YEAR_END).state == state


def test_too_little_data_is_neither_met_nor_missed():
    days(GUANGZHOU, NEW_YEAR, date(2021, 1, 10), pm25=20)
    assert judged("GZ-01", date(2021, 3, 31)).state == State.INSUFFICIENT_DATA
    assert judged("GZ-01", YEAR_END).state == State.INSUFFICIENT_DATA


def test_nothing_received_is_no_data_never_zero():
    found = judged("GZ-01", SEPTEMBER_30)
    assert (found.state, found.value) == (State.NO_DATA, None)
    assert sentences.lack_sentence(found.facts) == "没有收到数据"


# ---- absolute: a share of days -------------------------------------------------------------------------------------


def test_days_that_may_still_fail():
    """HY-01: at least 88 %, rounded to 88.0 from 87.95: 321.02 good days of 365, so 322; 43 may fail."""
    days(HENGYANG, NEW_YEAR, SEPTEMBER_30, aqi=80)
    found = judged("HY-01", SEPTEMBER_30)
    assert found.state == State.OPEN
    assert sentences.budget_sentence(found.facts) == "还可超标43天"


def test_enough_good_days_secure_a_share():
    """330 good days are 90.4 % even if all 35 others fail."""
    days(HENGYANG, NEW_YEAR, date(2021, 11, 26), aqi=80)
    assert judged("HY-01", date(2021, 11, 26)).state == State.SECURED


def test_thin_data_may_prove_failure():
    """181 failing days sink 88 % whatever the missing half of the year was."""
    days(HENGYANG, NEW_YEAR, date(2021, 6, 30), aqi=150)
    assert judged("HY-01", YEAR_END).state == State.MISSED


def test_an_aqi_of_100_is_a_good_day_and_101_is_none():
    days(HENGYANG, NEW_YEAR, date(2021, 6, 30), aqi=100)
    days(HENGYANG, date(2021, 7, 1), YEAR_END, aqi=101)
    assert judged("HY-01", YEAR_END).value == Decimal("49.6")  # 181 of 365 days


# ---- trend, hold ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("heavy", "state"), [(3, State.MET), (4, State.MISSED), (5, State.MISSED)])
def test_a_trend_must_be_better_than_the_year_before(heavy, state):
    """GX-09: heavy days keep falling; each of the cities had 4 the year before."""
    for year, number in ((2020, 4), (2021, heavy)):
        days("450000", date(year, 1, 1), date(year, 1, number), aqi=220)
        days("450000", date(year, 1, number + 1), date(year, 12, 31), aqi=60)
    assert judged("GX-09", YEAR_END).state == state


def test_basically_stable_waits_for_somebody_to_say_how_stable():
    found = judged("GX-07", SEPTEMBER_30)
    assert found.state == State.AWAITING_NUMBER
    assert sentences.state_label(found.state, found.facts) == "待设定"
    one = target("GX-07")
    one.tolerance, one.tolerance_document = Decimal(3), "厅务会纪要"
    one.save()
    assert judged("GX-07", SEPTEMBER_30).state == State.NO_DATA


# ---- changes on published figures ----------------------------------------------------------------------------------


@pytest.fixture
def nitrogen_oxides():
    """HY-15: down 2.5 % on 2020, of which the first half and the whole are published."""
    figure("HY-15", "500", date(2020, 1, 1), date(2020, 6, 30), date(2020, 8, 31))
    figure("HY-15", "1000", *BEFORE, date(2021, 3, 1))


def test_a_change_is_held_against_the_same_period_before_the_year_ends(nitrogen_oxides):
    figure("HY-15", "490", NEW_YEAR, date(2021, 6, 30), date(2021, 8, 31))
    assert judged("HY-15", date(2021, 8, 30)).state == State.NO_DATA  # not published yet
    found = judged("HY-15", SEPTEMBER_30)
    assert (found.state, found.value) == (State.OPEN, Decimal("-2.0"))  # (490 - 500)/500
    assert found.facts["baseline"]["level"] == "500"
    assert sentences.budget_sentence(found.facts) == "全年须不高于975 吨"  # 1000 less 2.5 %


@pytest.mark.parametrize(("value", "state"), [("974", State.MET), ("975", State.MET), ("976", State.MISSED)])
def test_a_change_is_judged_on_the_whole_year_once_that_is_published(nitrogen_oxides, value, state):
    figure("HY-15", value, *WHOLE, date(2022, 2, 1))
    assert judged("HY-15", date(2022, 2, 1)).state == state


def test_a_figure_without_a_day_of_publication_is_known_only_without_as_of(nitrogen_oxides):
    figure("HY-15", "974", *WHOLE, None)
    assert judged("HY-15", date(2022, 12, 31)).state == State.NO_DATA
    assert judged("HY-15", None).state == State.MET


def test_points_are_added_to_the_baseline():
    """HY-13: rural sewage rate up 2 points on 2020."""
    figure("HY-13", "20.0", *BEFORE, date(2021, 2, 1))
    figure("HY-13", "22.0", *WHOLE, date(2022, 2, 1))
    assert judged("HY-13", None).state == State.MET


def test_without_its_baseline_a_change_is_not_judged():
    figure("HY-15", "974", *WHOLE, date(2022, 2, 1))
    found = judged("HY-15", None)
    assert (found.state, found.facts["lack"]) == (State.INSUFFICIENT_DATA, "baseline")


def test_print_is_the_verdict_and_the_computed_value_stands_beside_it():
    days(GUANGZHOU, *WHOLE, pm25=30)
    figure("GZ-01", "34", *WHOLE, date(2022, 6, 1))
    then, now = judged("GZ-01", YEAR_END), judged("GZ-01", None)
    assert (then.state, then.facts["basis"]) == (State.MET, "computed")
    assert (now.state, now.value, now.facts["basis"]) == (State.MISSED, Decimal(34), "published")
    assert now.facts["beside"] == {"basis": "computed", "level": "30.0", "difference": "4.0"}


def test_a_figure_of_an_unmapped_scope_is_nobodys_evidence():
    figure("GZ-01", "20", *WHOLE, date(2022, 6, 1), scope="unmapped", scope_zh="三五个地方")
    assert judged("GZ-01", None).state == State.NO_DATA


# ---- what somebody owes --------------------------------------------------------------------------------------------


def test_a_delegated_target_waits_for_its_number_and_knows_it_from_its_day():
    assert judged("GX-10", SEPTEMBER_30).state == State.AWAITING_NUMBER
    assign("GX-10", "94.6", date(2021, 6, 20))
    assert judged("GX-10", date(2021, 6, 19)).state == State.AWAITING_NUMBER
    assert judged("GX-10", SEPTEMBER_30).state == State.NO_DATA


def test_a_schedule_uses_its_points_and_the_straight_line_only_as_a_flagged_fallback():
    """GX-18: 18 % in five years is 3.6 % in the first."""
    assert judged("GX-18", SEPTEMBER_30).state == State.AWAITING_NUMBER
    change = {"year": 2025, "comparator": "<=", "as_change": True, "baseline_year": 2020, "unit": "%"}
    assign("GX-18", "-18", date(2021, 3, 1), **change)
    assert judged("GX-18", SEPTEMBER_30).facts["assigned"]["value"] == "-3.6"
    assert judged("GX-18", SEPTEMBER_30).facts["assigned"]["by_line"] is True
    assign("GX-18", "-4", date(2021, 4, 1), **{**change, "year": 2021})
    assert judged("GX-18", SEPTEMBER_30).facts["assigned"]["by_line"] is False
    assert judged("GX-18", SEPTEMBER_30).facts["assigned"]["value"] == "-4"


def test_what_a_person_judges_needs_a_final_word_after_the_year():
    assert judged("HY-06", SEPTEMBER_30).facts["lack"] == "judgement"
    judge("HY-06", "likely", date(2021, 9, 1))
    assert judged("HY-06", SEPTEMBER_30).state == State.LIKELY
    assert judged("HY-06", YEAR_END).state == State.INSUFFICIENT_DATA
    judge("HY-06", "met", date(2022, 1, 15))
    assert judged("HY-06", date(2022, 1, 15)).state == State.MET


def offer(**changes: object) -> OfferedValue:
    file = Submission.objects.create(sha256="0" * 64, name="f.csv", size=1, received_at="2021-01-01T00:00+08:00")
    values = {
        "region_id": "410000", "indicator_id": "pm25_mean", "year": 2021, "comparator": "<=", "value": "50",
        "unit": "µg/m3", "document": "豫环〔2021〕1号", "published_on": date(2021, 4, 1), "submission": file, "row": 2,
        **changes,
    }  # fmt: skip
    return OfferedValue.objects.create(**values)


def test_a_delegated_list_gets_a_child_for_an_assigned_indicator():
    assert judged("HN-01", SEPTEMBER_30).state == State.AWAITING_NUMBER
    assigned = accept_offer(offer(), target("HN-01"), None)
    child = assigned.target
    assert (child.parent, child.indicator_id, assigned.document) == (target("HN-01"), "pm25_mean", "豫环〔2021〕1号")
    days("410000", NEW_YEAR, SEPTEMBER_30, pm25=80)
    assert judged(child.register_id, SEPTEMBER_30).state == State.IMPOSSIBLE
    assert judged("HN-01", SEPTEMBER_30).state == State.IMPOSSIBLE


@pytest.mark.parametrize(
    "wrong",
    [{"year": 2022}, {"region_id": "450000"}, {"published_on": None}, {"scope": "unmapped", "scope_zh": "某处"}],
)
def test_an_offer_that_does_not_fit_is_refused_in_words(wrong):
    with pytest.raises(OfferDoesNotFitError, match="不能采用"):
        accept_offer(offer(**wrong), target("HN-01"), None)


# ---- what is kept --------------------------------------------------------------------------------------------------


def test_simulated_evidence_marks_its_verdict():
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, simulated=True)
    assert judged("GZ-01", SEPTEMBER_30).simulated
    assert not judged("GX-01", SEPTEMBER_30).simulated


def test_an_aspirational_target_is_shown_and_is_no_failure():
    one = Target.objects.filter(aspirational=True).first()
    nobody, somebody = np.array([False]), np.array([PLACES[State.MISSED]])
    missed = Standings(roll_of([one]), somebody, np.array([-1]), nobody, nobody, np.array([-1]), {})
    lost = next(group for group in groups(missed) if group.name == "lost")
    assert lost.total == 0


def test_the_same_day_again_appends_nothing_and_a_change_has_its_reason():
    days(GUANGZHOU, NEW_YEAR, date(2021, 6, 30), pm25=30)
    days(GUANGZHOU, date(2021, 7, 1), SEPTEMBER_30, pm25=80)
    one = [target("GZ-01")]
    for day in (date(2021, 6, 30), SEPTEMBER_30, SEPTEMBER_30):
        assess_targets(one, day)
    history = record_of(one[0].pk, date.min)
    assert [row.state for row in history] == [State.OPEN, State.IMPOSSIBLE]
    assert Assessment.objects.count() == 2
    change = last_change(history, State.IMPOSSIBLE)
    assert (change.day, change.before, change.reason) == (SEPTEMBER_30, State.OPEN, "new data")
    assert last_change(history, State.OPEN) is None


def test_an_amended_target_is_the_reason_of_its_change():
    days(GUANGZHOU, NEW_YEAR, SEPTEMBER_30, pm25=30)
    assess_targets([target("GZ-01")], SEPTEMBER_30)
    one = target("GZ-01")
    one.value = Decimal(20)
    one.save()
    assert assess_targets([target("GZ-01")], SEPTEMBER_30)[0].reason == "amended target"
    assert verdicts([target("GZ-01")], SEPTEMBER_30)[0].state == State.IMPOSSIBLE


def test_all_98_are_judged_or_say_what_is_missing():
    for found in verdicts(Target.objects.select_related("plan__region", "indicator"), SEPTEMBER_30):
        assert found.state in (State.NO_DATA, State.AWAITING_NUMBER)
        assert sentences.lack_sentence(found.facts)


def test_a_verdict_does_not_depend_on_who_is_judged_beside_it():
    """Of each target alone, the years that its number is held against are looked at all the same."""
    for region in ("210200", "430400"):
        for year in range(2014, 2021):
            year_of_days(region, year, level=30 + 2 * (year - 2014))
        year_of_days(region, 2021, SEPTEMBER_30, level=30)
    assign("DL-02", "300", date(2021, 3, 1))
    assign("DL-03", "20", date(2021, 3, 1), comparator=">=", as_change=True, baseline_year=2016)
    together = verdicts(approved_targets(year=2021), SEPTEMBER_30)
    for found in together:
        (alone,) = verdicts([found.target], SEPTEMBER_30)
        assert (alone.state, alone.value, alone.facts) == (found.state, found.value, found.facts)
    facts = {one.target.register_id: one.facts for one in together}
    subject = subject_of(target("DL-02"))
    rooms = [EvidenceRoom([subject], years, SEPTEMBER_30, SEPTEMBER_30) for years in ((), (2021,), range(2014, 2022))]
    assert len({str([room.best(subject, year) for year in (2014, 2021)]) for room in rooms}) == 1
    assert [one["year"] for one in facts["DL-02"]["context"]["years"]] == [2020, 2019, 2018, 2017, 2016, 2015]
    assert facts["DL-03"]["baseline"]["year"] == 2016


@pytest.mark.parametrize("at_once", [1, 1000])
def test_sections_of_several_regions_are_read_together_and_told_apart(monkeypatch, at_once):
    """Of the province, too, whose sections are those of its cities."""
    monkeypatch.setattr("goals.evidence.SECTIONS_AT_ONCE", at_once)
    file = Submission.objects.create(sha256="b" * 64, name="water.csv", size=1, received_at=timezone.now())
    for number, region in enumerate(("430400", "430400", "450100", "210200")):
        site = Site.objects.create(
            kind=Site.Kind.WATER_SECTION, region_id=region, name=f"断面{number}", code=f"W{number}", assessed=True,
            waterbody="river",
        )  # fmt: skip
        WaterValue.objects.create(
            site=site, ts=datetime(2021, 3, 1, 4, tzinfo=SHANGHAI), item="NH3-N", micro=number * 10**5, submission=file
        )
    subjects = [
        replace(subject_of(target("GX-10")), region=Region.objects.get(code=code))
        for code in ("430400", "430000", "450000", "210200")
    ]
    room = EvidenceRoom(subjects, (2021,), SEPTEMBER_30, SEPTEMBER_30)
    for subject in (*subjects, replace(subjects[0], region=Region.objects.get(code="450100"))):  # nobody told of it
        found = room.section_months(subject.region, 2021, SEPTEMBER_30)
        alone = section_months(assessed_sections(subject.region), 2021, SEPTEMBER_30)
        assert [(one.site, one.months) for one in found] == [(one.site, one.months) for one in alone]
    assert [len(room.section_months(one.region, 2021, SEPTEMBER_30)) for one in subjects] == [2, 2, 1, 1]
