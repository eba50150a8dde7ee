"""From targets to verdicts: which number judges, which evidence, which state, and why. Reads only.

The same code answers a page for a day that nobody stored and writes the verdicts that are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import chain
from typing import Any

from django.db.models import F

from evaluation.forecast import OLDEST
from evaluation.progress import (
    STATE_OF_LACK,
    UNCERTAIN,
    Aim,
    Kind,
    Lack,
    Rule,
    State,
    holds,
    in_terms_of,
    judge,
    most_urgent,
    outlook_state,
    rules_of,
    settled,
)
from evaluation.rounding import round_half_even
from evaluation.standards import aqi_standard
from evaluation.totals import schedule_point
from goals.aims import (
    AQI_FIGURES,
    CHANGES,
    ON_A_BASELINE,
    Base,
    Number,
    aim_of,
    coverage_facts,
    number_facts,
    rule_facts,
    subject_of,
)
from goals.budgets import budget
from goals.evidence import Best, EvidenceRoom, Subject, as_printed, same_day
from goals.found import Found
from goals.models import AssignedValue, Judgement, Plan, Target
from goals.outlook import LessonInUse, context_facts, lesson_in_use, outlook, repeats, shown_probability
from goals.said import assigned_values, judgements, plans_of
from indicators.catalogue import DAILY_STATISTICS
from indicators.models import Indicator
from memory.tables import remembered_each
from provinces.models import Region


class Verdicts:
    """The verdicts on some targets as of a day (None: all that is known now)."""

    def __init__(
        self, targets: Iterable[Target], as_of: date | None, today: date, room: EvidenceRoom | None = None
    ) -> None:
        self.targets = list(targets)
        self.as_of = as_of
        self.today = today
        self._later: Verdicts | None = None
        self._plans = plans_of(self.targets)
        self.subjects = {target.pk: subject_of(target) for target in self.targets}
        self.room = room or EvidenceRoom(self.subjects.values(), years_of(self.targets), as_of, today)

    def all(self) -> list[Found]:
        """The verdict on every target, in the order given: its latest evaluation, settled with those before it."""
        found = [self.evaluated(target) for target in self.targets]
        self._settle(found)
        return found

    def _settle(self, found: Sequence[Found]) -> None:
        """Give each verdict the state that its evaluations have settled on (`evaluation.progress.settled`).

        Earlier evaluations are worked out as far back as they are needed, so that nothing depends on what was stored.
        """
        chains = {one.target.pk: [one.state] for one in found}
        waiting = {one.target.pk: self._earlier_days(one) for one in found if one.evaluated_daily}
        while waiting:
            by_day: dict[date, list[Target]] = defaultdict(list)
            for target in self.targets:
                if waiting.get(target.pk):
                    by_day[waiting[target.pk].pop()].append(target)
            waiting = {pk: days for pk, days in waiting.items() if days}
            for day, targets in by_day.items():
                earlier = self._earlier(targets, day)
                for target in targets:
                    chain = chains[target.pk]
                    chain.append(earlier.evaluated(target, brief=True).state)
                    if holds(chain[-2], chain[-1]):
                        waiting.pop(target.pk, None)
        for one in found:
            state = settled(chains[one.target.pk])
            if state != one.state:
                one.facts["evaluated"] = one.state.value
                one.state = state

    def _earlier(self, targets: Sequence[Target], day: date) -> Verdicts:
        """Verdicts as of an earlier day, by what these have gathered already."""
        earlier = Verdicts(targets, day, self.today, self.room.earlier(day))
        earlier._later, earlier._plans = self, self._plans
        return earlier

    def _earlier_days(self, found: Found) -> list[date]:
        """The data days of the year before the one that a verdict rests on, the latest last."""
        return self.room.data_days(self.subjects[found.target.pk], found.target.plan.year)[:-1]

    def evaluated(self, target: Target, *, brief: bool = False) -> Found:
        """One evaluation of a target; `brief` finds the state alone."""
        if target.indicator.statistic == "judgement" or target.kind == Kind.QUALITATIVE:
            return self._judged(target)
        if target.indicator.statistic == "list":
            return self._listed(target)
        return self._measured(target, brief=brief)

    # ---- what people and higher levels said ------------------------------------------------------------------------

    @cached_property
    def _assigned(self) -> Mapping[int, list[AssignedValue]]:
        return assigned_values(self._plans, self.as_of)

    @cached_property
    def _judgements(self) -> Mapping[int, list[Judgement]]:
        return judgements(self._plans, self.as_of)

    @cached_property
    def _children(self) -> Mapping[int, list[Found]]:
        within = chain.from_iterable(_children_within(self._plans).values())
        rows = [one for one in within if one.parent_id in self.subjects]
        found: dict[int, list[Found]] = defaultdict(list)
        room = self.room if {row.pk for row in rows} <= set(self.subjects) else None  # it knows what they rest on
        for verdict in Verdicts(rows, self.as_of, self.today, room).all() if rows else []:
            found[verdict.target.parent_id or 0].append(verdict)
        return found

    def _judged(self, target: Target) -> Found:
        """What a person said last; once the year is over only a final word counts."""
        known = self._judgements.get(target.pk, [])
        if not known:
            owes_tolerance = target.kind == Kind.HOLD and target.approximate and target.tolerance is None
            lack = Lack.TOLERANCE if owes_tolerance else Lack.JUDGEMENT
            return Found(target, STATE_OF_LACK[lack], facts={"lack": lack.value})
        latest = known[-1]
        facts = {
            "basis": "judged",
            "judged_on": latest.judged_on.isoformat(),
            "evidence": latest.evidence,
            "document": latest.document,
            "by": str(latest.entered_by or ""),
        }
        state = State(latest.state)
        if self.room.closed(target.plan.year) and state not in (State.MET, State.MISSED):
            return Found(
                target,
                State.INSUFFICIENT_DATA,
                facts=facts | {"lack": Lack.JUDGEMENT.value},
                simulated=latest.simulated,
            )
        return Found(target, state, facts=facts, simulated=latest.simulated)

    def _listed(self, target: Target) -> Found:
        """A delegated list is where its child that most needs a person is."""
        children = self._children.get(target.pk, [])
        if not children:
            return Found(target, State.AWAITING_NUMBER, facts={"lack": Lack.ASSIGNED_VALUE.value})
        return Found(
            target,
            most_urgent(child.state for child in children),
            facts={"basis": "children", "children": [child.target.register_id for child in children]},
            simulated=any(child.simulated for child in children),
        )

    # ---- what is measured ------------------------------------------------------------------------------------------

    def _measured(self, target: Target, *, brief: bool) -> Found:
        subject, year = self.subjects[target.pk], target.plan.year
        number = self._number(target)
        aim = aim_of(target, number)
        best = self.room.best(subject, year)
        base = self._baseline(target, aim, number, best)
        rules = self._rules(target, aim, number, base)
        verdict = judge(rules, best.evidence if best else None)
        found = Found(target, verdict.state)
        found.evaluated_daily = verdict.state in UNCERTAIN and best is not None and bool(best.cities)
        if best is not None and verdict.state == State.OPEN and not isinstance(rules, Lack):
            self._look_out(found, subject, best, rules, brief=brief)
        if brief:
            return found
        if verdict.lack:
            found.facts["lack"] = verdict.lack.value
        if not isinstance(rules, Lack):
            found.facts["rules"] = [rule_facts(rule) for rule in rules]
        if number and number.source:
            found.facts["assigned"] = number_facts(number)
            found.simulated |= number.source.simulated
        if base:
            found.facts["baseline"] = {
                "year": base.year,
                "level": str(base.level),
                "basis": base.basis,
                "same_period": base.same_period,
            }
            found.simulated |= base.simulated
        if best:
            self._describe(found, subject, best, base.level if base else None, aim)
            if not isinstance(rules, Lack):
                left = self._year_level(target, aim, number, base, best) or budget(
                    target.indicator, aim, rules[0], best
                )
                if left:
                    found.facts["budget"] = left
        return found

    def _year_level(
        self, target: Target, aim: Aim, number: Number | None, base: Base | None, best: Best
    ) -> dict[str, Any] | None:
        """For a printed figure whose change is held against the same period: what the whole year must be."""
        if base is None or not base.same_period or best.cities:
            return None
        whole = self._whole_base(target, number)
        rules = rules_of(aim, whole.level) if whole else Lack.BASELINE
        if isinstance(rules, Lack):
            return None
        return {"kind": "year_level", "unit": target.indicator.unit, **rule_facts(rules[0])}

    def _rules(self, target: Target, aim: Aim, number: Number | None, base: Base | None) -> tuple[Rule, ...] | Lack:
        """What the year-end figure must be. Of a figure that days add up to, a change is one on the whole base year:
        that of the same period says how things stand, not where they must end."""
        if base is not None and base.same_period and target.indicator.statistic in DAILY_STATISTICS:
            whole = self._whole_base(target, number)
            return rules_of(aim, whole.level if whole else None)
        return rules_of(aim, base.level if base else None)

    @cached_property
    def _lesson(self) -> LessonInUse:
        if self._later is None or self.as_of is None:
            return lesson_in_use(self.as_of)
        return self._later._lesson.on(self.as_of)

    def _look_out(self, found: Found, subject: Subject, best: Best, rules: tuple[Rule, ...], *, brief: bool) -> None:
        """The outlook of an open target: it is likely, unlikely or stays open, by a forecast that passes its gate."""
        indicator, year = subject.indicator, found.target.plan.year
        ahead = outlook(self.room, subject, year, best, self._lesson.lesson)
        if ahead is not None:
            facts = ahead.facts(rules, max(indicator.display_places, 1)) | {
                "shown": ahead.passes,
                "unit": indicator.unit,
            }
            found.facts["forecast"] = facts
            found.state = outlook_state(shown_probability(facts))
        if not brief:
            found.simulated |= self.room.simulated_in(subject, range(year - OLDEST, year))
            places = max([indicator.display_places, *(rule.places for rule in rules)])
            past = context_facts(repeats(self.room, subject, year, best), rules, places)
            if past is not None:
                found.facts["context"] = past

    def _describe(self, found: Found, subject: Subject, best: Best, base: Decimal | None, aim: Aim) -> None:
        """Value, basis, period, coverage, the same period of last year: what the pages print."""
        indicator, year = subject.indicator, found.target.plan.year
        places = max(indicator.display_places, 0)
        level = as_printed(best, places)
        changed = in_terms_of(aim, level, base)
        found.value = level if changed is None or aim.kind not in CHANGES else changed
        found.figure = best.figure
        found.simulated |= best.simulated
        found.facts.update(
            {
                "basis": best.basis,
                "level": str(level),
                "unit": found.target.unit if aim.kind in CHANGES and found.target.unit else indicator.unit,
                "first": best.first.isoformat(),
                "last": best.last.isoformat(),
                "closed": best.evidence.closed,
                "coverage": coverage_facts(best),
            }
        )
        if best.beside is not None:
            beside = round_half_even(best.beside.level, places)
            found.facts["beside"] = {
                "basis": best.beside.basis,
                "level": str(beside),
                "difference": str(level - beside),
            }
        found.facts.update(self._other_accounts(subject, year, best, places))
        earlier = self.room.same_period(subject, year - 1, best)
        if earlier is not None:
            found.facts["same_period"] = str(as_printed(earlier, places))
            found.simulated |= earlier.simulated

    def _other_accounts(self, subject: Subject, year: int, best: Best, places: int) -> dict[str, Any]:
        """The figure with or without dust, where days are listed; both years on the newer AQI table."""
        facts: dict[str, Any] = {}
        listed = self.room.exceptional_count(subject, year)
        if listed:
            other = replace(subject, without_dust=not subject.without_dust)
            beside = self.room.computed(other, year, best.last)
            facts["dust"] = {
                "days": listed,
                "left_out": subject.without_dust,
                "other": None if beside is None else str(round_half_even(beside.level, places)),
            }
        if subject.indicator.figure in AQI_FIGURES:
            newer = aqi_standard(best.last)
            if newer != aqi_standard(date(year - 1, 1, 1)):
                levels = [
                    self.room.same_basis(subject, one, same_day(best.last, one), best.last) for one in (year, year - 1)
                ]
                now, before = (None if one is None else str(round_half_even(one.level, places)) for one in levels)
                facts["same_basis"] = {"standard": newer, "level": now, "same_period": before}
        return facts

    # ---- the number and the baseline -------------------------------------------------------------------------------

    def _number(self, target: Target) -> Number | None:
        """The number that judges the target; None where a higher level owes it or the kind needs none."""
        if target.value is not None:
            return Number(target.comparator, target.value, baseline_year=target.baseline_year)
        known = [value for value in self._assigned.get(target.pk, []) if value.value is not None]
        own = [value for value in known if value.year == target.plan.year]
        if own:
            last = own[-1]
            return Number(last.comparator, last.value or Decimal(0), last.as_change, last.baseline_year, last)
        if target.kind == Kind.SCHEDULE and known:
            return self._on_the_line(target, known)
        return None

    def _on_the_line(self, target: Target, known: Sequence[AssignedValue]) -> Number | None:
        """The year's point between the base year and a later assigned one; only a fallback, and said so."""
        last = known[-1]
        start_year = last.baseline_year or target.plan.year - 1
        start = Decimal(0)
        if not last.as_change:
            base = self.room.whole_year(self.subjects[target.pk], start_year)
            if base is None:
                return None
            start = as_printed(base, target.indicator.attainment_places)
        points = {value.year: value.value for value in known if value.value is not None}
        point = schedule_point(points, (start_year, start), target.plan.year)
        if point is None:
            return None
        return Number(last.comparator, point.value, last.as_change, start_year, last, by_line=True)

    def _baseline(self, target: Target, aim: Aim, number: Number | None, best: Best | None) -> Base | None:
        """The level to compare with: the whole baseline year, or for a change its same period before year-end."""
        if aim.kind not in ON_A_BASELINE:
            return None
        year = (number.baseline_year if number else None) or _baseline_year(target)
        subject = self.subjects[target.pk]
        places = target.indicator.attainment_places
        if aim.kind == Kind.RELATIVE_CHANGE and best is not None and not best.evidence.closed:
            part = self.room.same_period(subject, year, best)
            if part is not None:
                return Base(year, as_printed(part, places), part.basis, part.simulated, same_period=True)
            return None
        return self._whole_base(target, number)

    def _whole_base(self, target: Target, number: Number | None) -> Base | None:
        """The level of the whole baseline year."""
        year = (number.baseline_year if number else None) or _baseline_year(target)
        whole = self.room.whole_year(self.subjects[target.pk], year)
        if whole is None:
            return None
        places = target.indicator.attainment_places
        return Base(year, as_printed(whole, places), whole.basis, whole.simulated)


def years_of(targets: Iterable[Target]) -> set[int]:
    """The years to look at: the plans', their baselines, and where days count the past ones that outlooks rest on."""
    years = set()
    for target in targets:
        years |= {_baseline_year(target), target.plan.year}
        if target.indicator.statistic in DAILY_STATISTICS:
            years |= set(range(target.plan.year - OLDEST, target.plan.year))
    return years


def _baseline_year(target: Target) -> int:
    return target.baseline_year or target.plan.year - 1


@remembered_each(Target, Plan, Region, Indicator, most=2000)
def _children_within(plans: Sequence[int]) -> Mapping[int, Sequence[Target]]:
    children = Target.objects.filter(parent__plan__in=plans, status=Target.Status.APPROVED).order_by("order")
    found: dict[int, list[Target]] = {plan: [] for plan in plans}
    children = children.select_related("plan__region", "indicator").defer("plan__text")
    for child in children.annotate(plan_above=F("parent__plan")):
        found[child.plan_above].append(child)
    return found
