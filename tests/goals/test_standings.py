"""How all targets of a year stand, in columns, against the verdict on each of them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

import numpy as np
import pytest
from django.utils import timezone

from evaluation.progress import RULE_VERSION, Lack, State
from goals.assessing import assess_targets
from goals.dashboard.choice import Choice, chosen_roll
from goals.dashboard.overview import areas, groups, overview
from goals.found import Found
from goals.models import Assessment, Plan, Target
from goals.rolls import roll_of_year
from goals.selectors import (
    _last_changes,
    approved_targets,
    evidence_of,
    plans_of_region,
    stale_targets,
    targets_by_key,
    verdicts,
)
from goals.standings import (
    PLACES,
    STATES,
    Standing,
    Standings,
    last_changes_of_year,
    standings,
    verdict_in_full,
)
from goals.verdicts import Verdicts
from provinces.models import EvidenceChange
from provinces.services import ALL_EVIDENCE, note_changed_evidence
from tests.goals.cast import assign, days, judge, roll_of, target

pytestmark = pytest.mark.django_db

NEW_YEAR, SEPTEMBER_30 = date(2021, 1, 1), date(2021, 9, 30)


def of_year(as_of: date | None) -> Standings:
    return standings(2021, as_of, roll_of_year(2021))


def said(found: Standings) -> list[tuple[object, ...]]:
    """What columns say of each target."""
    rows = zip(found.at(np.arange(len(found))), found.unsettled.tolist(), found.simulated.tolist(), strict=True)
    return [(one.target.pk, one.state, one.lack, bool(other), simulated) for one, other, simulated in rows]


def said_of_each(as_of: date | None) -> list[tuple[object, ...]]:
    """What the verdict on each target says."""
    return [
        (one.target.pk, one.state, one.facts.get("lack", ""), "evaluated" in one.facts, one.simulated)
        for one in verdicts(approved_targets(year=2021), as_of)
    ]


def store(choice: Random, of: Target, as_of: date | None) -> None:
    """Any verdict on a target: by the rule in use or an older one, from before or after the last changes."""
    facts = {"document": 'said "lack" and "evaluated"'}
    if choice.random() < 0.3:
        facts["lack"] = choice.choice(tuple(Lack)).value
    if choice.random() < 0.2:
        facts["evaluated"] = choice.choice(tuple(State)).value
    Assessment.objects.create(
        target=of, as_of=as_of, state=choice.choice(tuple(State)), facts=facts, reason="new data",
        simulated=choice.random() < 0.3, rule_version=choice.choice((RULE_VERSION, RULE_VERSION, RULE_VERSION - 1)),
        assessed_at=_last_changes([of])[of.pk] + timedelta(microseconds=choice.choice((1, 1, 0, -1))),
    )  # fmt: skip


@pytest.mark.services
@pytest.mark.parametrize("as_of", [SEPTEMBER_30, None])
def test_the_columns_say_what_the_verdict_on_each_target_says(as_of):
    choice, targets = Random(4), list(approved_targets(year=2021))
    for _ in range(3):
        for one in choice.sample(targets, 60):
            store(choice, one, choice.choice((as_of, as_of, date(2021, 9, 29))))
        found = of_year(as_of)
        assert said(found) == said_of_each(as_of)
        stale = [one.target for one in found.judged_now.values()]
        assert stale_targets(approved_targets(year=2021), as_of) == stale


def test_a_region_opens_on_its_latest_plan_where_the_day_has_none(admin_client):
    for year in (2019, 2020):
        Plan.objects.create(region_id="450000", year=year, title=f"{year}", text="一", text_sha256="0" * 64)
    assert [plan.year for plan in plans_of_region("450000")] == [2021, 2020, 2019]
    assert admin_client.get("/regions/450000/?as_of=2024-03-01").context["page"].plan.year == 2021


@pytest.mark.services
def test_what_last_changed_is_the_same_for_a_few_targets_and_in_columns():
    """A list of water rests on no air, what is published on figures, an assigned number on itself."""
    choice, now = Random(5), timezone.now()
    for one in approved_targets(year=2021):
        Target.objects.filter(pk=one.pk).update(updated_at=now + timedelta(microseconds=choice.randrange(10**6)))
    for n, region in enumerate(("450000", "440100", "430400", "210200")):
        for kind in choice.sample(ALL_EVIDENCE, n):
            note_changed_evidence([region], now + timedelta(microseconds=choice.randrange(2 * 10**6)), [kind])
    assign("GX-10", "94.6", date(2021, 6, 20))
    beginning = datetime(1970, 1, 1, tzinfo=UTC)
    wanted = {
        key: (when - beginning) // timedelta(microseconds=1)
        for key, when in _last_changes(approved_targets(year=2021)).items()
    }
    keys, changed = last_changes_of_year(2021)
    assert list(zip(keys.tolist(), changed.tolist(), strict=True)) == sorted(wanted.items())
    assert len(set(wanted.values())) > 50


def test_where_nothing_was_ever_handed_in_a_target_last_changed_when_it_was_written():
    EvidenceChange.objects.all().delete()
    roll = roll_of_year(2021)
    keys, changed = last_changes_of_year(2021)
    assert dict(zip(keys.tolist(), changed.tolist(), strict=True)) == dict(
        zip(roll.keys.tolist(), roll.updated.tolist(), strict=True)
    )
    assert (changed > 0).all()


@pytest.mark.parametrize(
    ("statistic", "domain", "kinds"),
    [
        ("mean", "air", {"figures", "air"}),
        ("composite_index", "air", {"figures", "air"}),
        ("class_share", "water", {"figures", "water"}),
        ("list", "air", {"figures", "air"}),  # judged by its children, which are of its domain
        ("list", "water", {"figures", "water"}),
        ("list", "soil", {"figures", "air", "water"}),
        ("reported", "soil", {"figures"}),
    ],
)
def test_a_verdict_rests_on_the_evidence_of_its_statistic(statistic, domain, kinds):
    assert set(evidence_of(statistic, domain)) == kinds


def test_the_roll_has_the_approved_targets_in_the_order_of_their_plans(django_assert_num_queries):
    Target.objects.filter(register_id="GX-05").update(status="draft")
    Target.objects.filter(register_id="GX-08").update(parent=target("GX-06"))
    roll, wanted = roll_of_year(2021), list(approved_targets(year=2021))
    found = roll.at(np.arange(len(roll)))
    assert found == wanted
    with django_assert_num_queries(0):  # what they need came along
        assert [(one.plan.region, one.indicator, one.parent) for one in found] == [
            (one.plan.region, one.indicator, one.parent) for one in wanted
        ]
    assert any(one.parent for one in found)
    assert [tuple(one) for one in roll.listed(np.arange(len(roll)))] == [
        (one.pk, one.register_id, one.plan, one.indicator, one.indicator_zh, one.domain, one.aspirational)
        for one in wanted
    ]
    assert [one.pk for one in roll.where(roll.domains == "air").listed(np.array([2, 0]))] == [
        [one.pk for one in wanted if one.domain == "air"][n] for n in (2, 0)
    ]
    columns = (roll.keys, roll.plan_keys, roll.indicators, roll.domains, roll.aspirational)
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == [
        (one.pk, one.plan_id, one.indicator_id, one.domain, one.aspirational) for one in wanted
    ]
    assert len(roll_of_year(None)) == 0


def test_what_nobody_stored_is_judged_now_and_said_in_the_same_columns():
    days("440100", NEW_YEAR, SEPTEMBER_30, pm25=30, simulated=True)
    judge("GX-25", "likely", date(2021, 9, 1))
    found = of_year(SEPTEMBER_30)
    assert said(found) == said_of_each(SEPTEMBER_30)
    assert len(found.judged_now) == len(found)
    assert found.simulated.any()
    assert not found.simulated.all()


def test_a_target_whose_last_evaluation_differs_waits_for_a_second_one(monkeypatch):
    def all_of(judging: Verdicts) -> list[Found]:
        return [Found(one, State.OPEN, facts={"evaluated": "secured"}) for one in judging.targets]

    monkeypatch.setattr("goals.standings.Verdicts.all", all_of)
    assert of_year(SEPTEMBER_30).unsettled.all()


def test_what_needs_a_person_is_counted_as_looking_at_each_verdict_counts_it():
    choice = Random(6)
    for one in approved_targets(year=2021):
        store(choice, one, SEPTEMBER_30)
    known = _last_changes(approved_targets(year=2021))
    for row in Assessment.objects.filter(target__aspirational=True):
        row.state, row.rule_version, row.assessed_at = "missed", RULE_VERSION, known[row.target_id]
        row.save()
    kinds: dict[str, list[str]] = {kind: [] for kind in ("lost", "assigned", "tolerance", "judgement", "evidence")}
    for one in verdicts(approved_targets(year=2021), SEPTEMBER_30):
        kind = {"assigned_value": "assigned", "schedule_point": "assigned"}.get(one.lack, one.lack)
        if kind in kinds:
            kinds[kind].append(one.target.plan.region.label)
        if one.state in ("impossible", "missed") and not one.target.aspirational:
            kinds["lost"].append(one.target.plan.region.label)
    page = overview(2021, SEPTEMBER_30, Choice(), "", "")
    counted = {errand.kind: (errand.count, errand.detail) for errand in page.errands if errand.kind in kinds}
    assert counted == {
        kind: (len(labels), "、".join(f"{label} {count}" for label, count in Counter(labels).most_common(6)))
        for kind, labels in kinds.items()
    }
    assert all(len(set(labels)) > 1 for labels in kinds.values())


def test_an_area_has_the_state_that_most_needs_a_person_aspirational_targets_aside():
    firm = list(approved_targets("450000", 2021).filter(aspirational=False)[:3])
    aims = list(approved_targets(year=2021).filter(aspirational=True)[:1])
    (guangxi,) = areas(standing(firm, ("likely", "open", "met")), "")
    assert (guangxi.code, guangxi.css) == ("450000", "warn")
    assert "3项中2项稳妥" in guangxi.title
    (only,) = areas(standing(aims, ("missed",)), "")
    assert only.css == "lost"
    beside = approved_targets(aims[0].plan.region_id, 2021).filter(aspirational=False).first()
    (both,) = areas(standing([*aims, beside], ("missed", "open")), "")
    assert both.css == "warn"


def test_what_is_stored_is_known_in_short_and_read_in_full_where_it_is_shown():
    days("440100", NEW_YEAR, SEPTEMBER_30, pm25=30, simulated=True)
    judge("GX-25", "likely", date(2021, 9, 1))
    wanted = [target("GZ-01"), target("GX-25"), target("GX-01")]
    assess_targets(wanted[:2], SEPTEMBER_30)
    found = standings(2021, SEPTEMBER_30, roll_of(wanted)).at(np.arange(3))
    assert [type(one) for one in found] == [Standing, Standing, Found]
    assert (found[0].simulated, found[1].simulated, found[2].lack) == (True, False, "assigned_value")
    stored = Assessment.objects.in_bulk()
    for short, same in zip(found, verdicts(wanted, SEPTEMBER_30), strict=True):
        one = verdict_in_full(short, stored, targets_by_key([one.pk for one in wanted]))
        assert (one.target, one.state, one.value, one.facts, one.figure, one.simulated) == (
            same.target, same.state, same.value, dict(same.facts), same.figure, same.simulated,
        )  # fmt: skip


def test_a_target_to_which_a_number_was_assigned_since_is_judged_anew():
    assess_targets(approved_targets(year=2021), SEPTEMBER_30)
    before = of_year(SEPTEMBER_30)
    assert not before.judged_now
    assign("GX-10", "94.6", date(2021, 6, 20))
    after = of_year(SEPTEMBER_30)
    assert [one.target.register_id for one in after.judged_now.values()] == ["GX-10"]
    place = after.roll.places[target("GX-10").pk]
    assert (before.lacking(Lack.ASSIGNED_VALUE)[place], after.lacking(Lack.EVIDENCE)[place]) == (True, True)
    assert (STATES[before.states[place]], STATES[after.states[place]]) == (State.AWAITING_NUMBER, State.NO_DATA)


def test_a_roll_knows_its_regions_and_what_is_chosen():
    roll = chosen_roll(2021, Choice(level="city", domain="air"))
    assert set(roll.domains) == {"air"}
    assert [region.code for region, _places in roll.regions] == ["210200", "430400", "440100"]
    for region, places in roll.regions:
        assert {one.plan.region_id for one in roll.at(places)} == {region.code}
    assert sorted(np.concatenate([places for _region, places in roll.regions])) == list(range(len(roll)))
    assert [region.code for region, _places in chosen_roll(2021, Choice()).regions[:3]] == [
        "410000",
        "450000",
        "210200",
    ]
    assert len(standings(1999, None, chosen_roll(1999, Choice()))) == 0


def test_a_group_grows_by_those_that_came_less_those_that_left():
    """Aspirational targets are no failure, before or after; whom nobody had judged did not come."""
    aims = [*Target.objects.filter(aspirational=False)[:4], *Target.objects.filter(aspirational=True)[:1]]
    now = ("missed", "missed", "likely", "open", "missed")
    before = ("likely", "", "likely", "impossible", "likely")
    grown = {group.name: group.grown for group in groups(standing(aims, now), places(before))}
    assert grown == {"safe": -1 - 1, "doubt": 1, "lost": 1 - 1, "unknown": 0}
    assert {group.grown for group in groups(standing(aims, now), places([""] * 5))} == {None}


def standing(targets: list[Target], states: tuple[str, ...]) -> Standings:
    none = np.full(len(targets), -1)
    return Standings(roll_of(targets), places(states), none, none > 0, none > 0, none, {})


def places(states: tuple[str, ...] | list[str]) -> np.ndarray:
    return np.array([PLACES[State(state)] if state else -1 for state in states])
