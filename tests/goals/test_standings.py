"""How all targets of a year stand, in columns, against the verdict on each of them."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import numpy as np
import pytest
from django.utils import timezone

from evaluation.progress import RULE_VERSION, Lack, State
from goals.assessing import assess_targets
from goals.dashboard.choice import Choice, chosen_roll
from goals.dashboard.overview import groups
from goals.found import Found
from goals.models import Assessment, Target
from goals.selectors import approved_targets, targets_of_year, verdicts
from goals.standings import PLACES, STATES, Roll, Standing, Standings, in_full, standings
from tests.goals.cast import assign, days, judge, target

pytestmark = pytest.mark.django_db

NEW_YEAR, SEPTEMBER_30 = date(2021, 1, 1), date(2021, 9, 30)


def of_year(as_of: date | None) -> Standings:
    return standings(2021, as_of, Roll(targets_of_year(2021)))


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
        assessed_at=timezone.now() + timedelta(hours=choice.choice((1, 1, 1, -1))),
    )  # fmt: skip


@pytest.mark.services
@pytest.mark.parametrize("as_of", [SEPTEMBER_30, None])
def test_the_columns_say_what_the_verdict_on_each_target_says(as_of):
    choice, targets = Random(4), list(approved_targets(year=2021))
    for _ in range(3):
        for one in choice.sample(targets, 60):
            store(choice, one, choice.choice((as_of, as_of, date(2021, 9, 29))))
        assert said(of_year(as_of)) == said_of_each(as_of)


def test_what_is_stored_is_known_in_short_and_read_in_full_where_it_is_shown():
    days("440100", NEW_YEAR, SEPTEMBER_30, pm25=30, simulated=True)
    judge("GX-25", "likely", date(2021, 9, 1))
    wanted = [target("GZ-01"), target("GX-25"), target("GX-01")]
    assess_targets(wanted[:2], SEPTEMBER_30)
    roll = Roll(wanted)
    found = standings(2021, SEPTEMBER_30, roll).at(np.arange(3))
    assert [type(one) for one in found] == [Standing, Standing, Found]
    assert (found[0].simulated, found[1].simulated, found[2].lack) == (True, False, "assigned_value")
    for one, same in zip(in_full(found), verdicts(wanted, SEPTEMBER_30), strict=True):
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
    assert roll.domains == {"air"}
    assert [region.code for region, _places in roll.regions] == ["210200", "430400", "440100"]
    for region, places in roll.regions:
        assert {roll.targets[place].plan.region_id for place in places} == {region.code}
    assert sorted(np.concatenate([places for _region, places in roll.regions])) == list(range(len(roll.targets)))
    assert [region.code for region, _places in chosen_roll(2021, Choice()).regions[:3]] == [
        "410000",
        "450000",
        "210200",
    ]
    assert len(standings(1999, None, chosen_roll(1999, Choice()))) == 0


def test_a_group_grows_by_those_that_came_less_those_that_left():
    """Aspirational targets are no failure, before or after; whom nobody had judged did not come."""
    aims = [Target.objects.filter(aspirational=is_aim).first() for is_aim in (False, False, False, False, True)]
    now = ("missed", "missed", "likely", "open", "missed")
    before = ("likely", "", "likely", "impossible", "likely")
    grown = {group.name: group.grown for group in groups(standing(aims, now), places(before))}
    assert grown == {"safe": -1 - 1, "doubt": 1, "lost": 1 - 1, "unknown": 0}
    assert {group.grown for group in groups(standing(aims, now), places([""] * 5))} == {None}


def standing(targets: list[Target], states: tuple[str, ...]) -> Standings:
    none = np.full(len(targets), -1)
    return Standings(Roll(targets), places(states), none, none > 0, none > 0, none, {})


def places(states: tuple[str, ...] | list[str]) -> np.ndarray:
    return np.array([PLACES[State(state)] if state else -1 for state in states])
