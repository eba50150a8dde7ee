"""From the kind of a target and the evidence to its state: the exact layer, certain facts only.

Every kind is brought to *rules* on the level of its indicator: a hold is a cap at the baseline plus its tolerance, a
trend a cap just below last year, a relative change a cap worked out from the base. One function, `judge`, then knows
all states that need no probability.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from evaluation.budget import (
    Comparator,
    DaysSoFar,
    Span,
    attains,
    can_attain,
    count_span,
    mean_span,
    must_attain,
    percentile_span,
    ratio_span,
)
from evaluation.rounding import (
    Number,
    exact,
    places_of,
    round_down,
    round_half_even,
    round_up,
    rounding_edge,
)
from evaluation.statistics import mean, percentile_of_sorted

#: Counts up whenever a rule in this package changes what a stored verdict would say.
RULE_VERSION = 3

Direction = Literal["decrease", "increase", "hold"]


class State(StrEnum):
    """The state of a target. The English word is what other programs see."""

    SECURED = "secured"
    LIKELY = "likely"
    OPEN = "open"
    UNLIKELY = "unlikely"
    IMPOSSIBLE = "impossible"
    MET = "met"
    MISSED = "missed"
    INSUFFICIENT_DATA = "insufficient data"
    AWAITING_NUMBER = "awaiting number"
    NO_DATA = "no data"


#: The state that most needs a person first. A goal takes the first state that any of its targets is in.
URGENCY = (
    State.IMPOSSIBLE,
    State.MISSED,
    State.UNLIKELY,
    State.OPEN,
    State.AWAITING_NUMBER,
    State.INSUFFICIENT_DATA,
    State.NO_DATA,
    State.LIKELY,
    State.SECURED,
    State.MET,
)


def most_urgent(states: Iterable[State]) -> State:
    """The state of a goal from those of its targets. ValueError without any."""
    return min(states, key=URGENCY.index)


class Kind(StrEnum):
    """What a target asks for; docs/design.md has an example of each."""

    ABSOLUTE = "absolute"
    RELATIVE_CHANGE = "relative_change"
    POINT_CHANGE = "point_change"
    INCREMENT = "increment"
    HOLD = "hold"
    TREND = "trend"
    DELEGATED = "delegated"
    SCHEDULE = "schedule"
    QUALITATIVE = "qualitative"


class Lack(StrEnum):
    """What is missing before a target can be judged."""

    ASSIGNED_VALUE = "assigned_value"  # a higher level's number is not recorded
    SCHEDULE_POINT = "schedule_point"  # nor is the year's point of the schedule
    TOLERANCE = "tolerance"  # 基本 without anybody having set how much that is
    BASELINE = "baseline"  # the figure to compare with is not known
    EVIDENCE = "evidence"
    VALID_DATA = "valid_data"
    JUDGEMENT = "judgement"


STATE_OF_LACK: Mapping[Lack, State] = {
    Lack.ASSIGNED_VALUE: State.AWAITING_NUMBER,
    Lack.SCHEDULE_POINT: State.AWAITING_NUMBER,
    Lack.TOLERANCE: State.AWAITING_NUMBER,
    Lack.EVIDENCE: State.NO_DATA,
    Lack.JUDGEMENT: State.NO_DATA,
    Lack.BASELINE: State.INSUFFICIENT_DATA,
    Lack.VALID_DATA: State.INSUFFICIENT_DATA,
}


@dataclass(frozen=True)
class Rule:
    """A level, rounded to `places` decimals, must compare so with the limit."""

    comparator: Comparator
    limit: Decimal
    places: int


@dataclass(frozen=True)
class Aim:
    """What a target asks of the level of its indicator.

    `value` is signed for changes, as the plan register keeps it. `minimum` and `maximum` are the natural bounds of the
    indicator (a share lies in 0..100): at a bound, "= 100" means "not below 100". `places` are the decimals of
    attainment; a number printed with more decimals is compared with those.
    """

    kind: Kind
    direction: Direction
    places: int
    comparator: Comparator | None = None
    value: Decimal | None = None
    tolerance: Decimal | None = None
    approximate: bool = False
    allows_equal: bool = False  # 稳中有降: no worse is enough
    minimum: Decimal | None = None
    maximum: Decimal | None = None


def rules_of(aim: Aim, baseline: Decimal | None) -> tuple[Rule, ...] | Lack:
    """The rules on the level, or what is lacking to know them. `baseline`: the level of the baseline period.

    Who owes a number comes before what is measured, so an unset tolerance is reported before a missing baseline.
    ValueError for a kind that a person judges.
    """
    match aim.kind:
        case Kind.ABSOLUTE | Kind.DELEGATED | Kind.SCHEDULE if aim.value is not None and aim.comparator is not None:
            return (_absolute(aim, aim.comparator, aim.value),)
        case Kind.DELEGATED:
            return Lack.ASSIGNED_VALUE
        case Kind.SCHEDULE:
            return Lack.SCHEDULE_POINT
        case Kind.HOLD if aim.tolerance is None and aim.approximate:
            return Lack.TOLERANCE
        case Kind.HOLD | Kind.TREND | Kind.RELATIVE_CHANGE | Kind.POINT_CHANGE | Kind.INCREMENT if baseline is None:
            return Lack.BASELINE
        case _:
            return _rules_on_baseline(aim, baseline)


def _rules_on_baseline(aim: Aim, baseline: Decimal | None) -> tuple[Rule, ...]:
    if baseline is None:
        raise ValueError(f"{aim.kind} is not judged by rules on a level")
    if aim.kind == Kind.HOLD:
        return _hold(aim, baseline)
    if aim.kind == Kind.TREND:
        return (_trend(aim, baseline),)
    if aim.value is None or aim.comparator is None:
        raise ValueError(f"a target of kind {aim.kind} carries a comparator and a value")
    if aim.kind == Kind.RELATIVE_CHANGE:
        return (_relative_change(aim, aim.comparator, aim.value, baseline),)
    places = max(aim.places, places_of(aim.value), places_of(baseline))
    return (Rule(aim.comparator, baseline + aim.value, places),)


def _absolute(aim: Aim, comparator: Comparator, value: Decimal) -> Rule:
    if comparator == "=" and value == aim.maximum:
        comparator = ">="
    elif comparator == "=" and value == aim.minimum:
        comparator = "<="
    return Rule(comparator, value, max(aim.places, places_of(value)))


def _hold(aim: Aim, baseline: Decimal) -> tuple[Rule, ...]:
    """Tolerance 0 unless one is set; only the bad direction counts, both where the indicator has none."""
    tolerance = aim.tolerance or Decimal(0)
    level = round_half_even(baseline, aim.places)
    places = max(aim.places, places_of(tolerance))
    cap, floor = Rule("<=", level + tolerance, places), Rule(">=", level - tolerance, places)
    return {"decrease": (cap,), "increase": (floor,), "hold": (cap, floor)}[aim.direction]


def _trend(aim: Aim, baseline: Decimal) -> Rule:
    """Better than the baseline; as good is enough where the plan says so or the bound is reached already."""
    level = round_half_even(baseline, aim.places)
    if aim.direction == "increase":
        equal = aim.allows_equal or level == aim.maximum
        return Rule(">=" if equal else ">", level, aim.places)
    equal = aim.allows_equal or level == aim.minimum
    return Rule("<=" if equal else "<", level, aim.places)


def _relative_change(aim: Aim, comparator: Comparator, percent: Decimal, baseline: Decimal) -> Rule:
    """The last printed level whose change on the base, rounded to one decimal or as printed, still meets the aim."""
    change_places = max(1, places_of(percent))
    places = max(aim.places, places_of(baseline))
    if comparator in ("<=", "<"):
        if comparator == "<":
            percent = percent - Decimal(1).scaleb(-change_places)
        edge = rounding_edge(percent, change_places, "upper")
        level = exact(baseline) * (1 + edge.value / 100)
        cap = round_down(level, places)
        if exact(cap) == level and not edge.inclusive:
            cap -= Decimal(1).scaleb(-places)
        return Rule("<=", cap, places)
    if comparator == "=":
        raise ValueError("a change is capped or floored, not fixed")
    if comparator == ">":
        percent = percent + Decimal(1).scaleb(-change_places)
    edge = rounding_edge(percent, change_places, "lower")
    level = exact(baseline) * (1 + edge.value / 100)
    floor = round_up(level, places)
    if exact(floor) == level and not edge.inclusive:
        floor += Decimal(1).scaleb(-places)
    return Rule(">=", floor, places)


def in_terms_of(aim: Aim, level: Number, baseline: Decimal | None) -> Decimal | None:
    """The level as the target speaks of it: a change in %, in points, an amount added, or the level itself, rounded.

    None where the baseline that a change needs is not known.
    """
    if aim.kind not in (Kind.RELATIVE_CHANGE, Kind.POINT_CHANGE, Kind.INCREMENT):
        places = aim.places if aim.value is None else max(aim.places, places_of(aim.value))
        return round_half_even(level, places)
    if baseline is None:
        return None
    places = max(aim.places, places_of(baseline))
    rounded = exact(round_half_even(level, places))
    if aim.kind == Kind.RELATIVE_CHANGE:
        return round_half_even((rounded - exact(baseline)) / exact(baseline) * 100, 1)
    return round_half_even(rounded - exact(baseline), places)


# ---- evidence ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CityYear:
    """One city's year so far in a daily statistic; see `DaysSoFar`. `missing`: days gone by without a valid value."""

    total: Fraction
    valid: int
    remaining: int
    missing: int
    sufficient: bool
    values: tuple[int, ...] = ()  # the daily values, where a percentile needs them, ascending, in 1/`scale` of the unit
    scale: int = 1

    def so_far(self, *, missing_count_as_remaining: bool) -> DaysSoFar:
        """The running total; thin data are tested as if every missing day could still help."""
        return DaysSoFar(self.total, self.valid, self.remaining + (self.missing if missing_count_as_remaining else 0))


@dataclass(frozen=True)
class Evidence:
    """A level and where it can end.

    `span` supposes that the remaining days are valid; `widest` that the days without valid data are free as well.
    `closed`: the period is over and nothing remains.
    """

    level: Fraction | None
    span: Span
    widest: Span
    sufficient: bool
    closed: bool


Statistic = Literal["mean", "day_ratio", "day_count", "percentile"]
#: A statistic of days as an indicator names it -> the same, known to be one.
STATISTICS: Mapping[str, Statistic] = {
    "mean": "mean",
    "day_ratio": "day_ratio",
    "day_count": "day_count",
    "percentile": "percentile",
}


def evidence_of_days(
    statistic: Statistic, cities: Sequence[CityYear], percent: Decimal | None = None
) -> Evidence | None:
    """The unweighted mean of the cities' daily statistics; one city is a region of its own.

    None when no city has a valid day. The figures are sufficient when those of every city are.
    """
    if not any(city.valid for city in cities):
        return None
    span = _span(statistic, cities, percent, widest=False)
    levels = [_level(statistic, city, percent) for city in cities]
    known = [level for level in levels if level is not None]
    return Evidence(
        level=mean(known),
        span=span,
        widest=_span(statistic, cities, percent, widest=True),
        sufficient=all(city.sufficient for city in cities),
        closed=all(city.remaining == 0 for city in cities),
    )


def _level(statistic: Statistic, city: CityYear, percent: Decimal | None) -> Fraction | None:
    if not city.valid:
        return None
    if statistic == "percentile":
        return percentile_of_sorted(city.values, percent or 0) / city.scale
    if statistic == "day_count":
        return city.total
    return city.total / city.valid * (100 if statistic == "day_ratio" else 1)


def _span(statistic: Statistic, cities: Sequence[CityYear], percent: Decimal | None, *, widest: bool) -> Span:
    if statistic == "percentile":
        spans = [
            percentile_span(percent or 0, city.values, city.remaining + (city.missing if widest else 0), city.scale)
            for city in cities
        ]
        return _mean_span(spans)
    so_far = [city.so_far(missing_count_as_remaining=widest) for city in cities]
    if any(city.expected == 0 for city in so_far):
        return Span(None, None)
    return {"mean": mean_span, "day_ratio": ratio_span, "day_count": count_span}[statistic](so_far)


def _mean_span(spans: Sequence[Span]) -> Span:
    lows = [span.low for span in spans if span.low is not None]
    highs = [span.high for span in spans if span.high is not None]
    return Span(
        mean(lows) if len(lows) == len(spans) else None,
        mean(highs) if len(highs) == len(spans) else None,
    )


def evidence_of_figure(
    value: Number,
    *,
    closed: bool,
    only_grows: bool = False,
    minimum: Decimal | None = None,
    maximum: Decimal | None = None,
) -> Evidence:
    """A printed figure. Before the year closes it can still end anywhere within the indicator's natural bounds;
    an amount that only adds up cannot end below what was reached."""
    level = exact(value)
    if closed:
        span = Span(level, level)
    else:
        low = level if only_grows else (None if minimum is None else exact(minimum))
        span = Span(low, None if maximum is None else exact(maximum))
    return Evidence(level=level, span=span, widest=span, sufficient=True, closed=closed)


def evidence_of_sections(sections: Sequence[SectionYear], *, sufficient: bool, closed: bool) -> Evidence | None:
    """The share (%) of the sections that are in the wanted classes on the mean of their months so far.

    What remains of the year may move every section that is not certain. None without sections.
    """
    if not sections:
        return None
    count = len(sections)
    inside = sum(section.inside for section in sections)
    span = Span(
        Fraction(100 * sum(section.certainly_inside for section in sections), count),
        Fraction(100 * (count - sum(section.certainly_outside for section in sections)), count),
    )
    level = Fraction(100 * inside, count)
    if closed:
        span = Span(level, level)
    return Evidence(level, span, span, sufficient, closed)


@dataclass(frozen=True)
class SectionYear:
    """One section's year so far: in the wanted classes now, and what the remaining months cannot change."""

    inside: bool
    certainly_inside: bool
    certainly_outside: bool


# ---- the verdict ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """A state, and what was lacking where it is unknown."""

    state: State
    lack: Lack | None = None


def meets(rules: Sequence[Rule], level: Number) -> bool:
    """Whether a final level attains all rules."""
    return all(attains(level, rule.comparator, rule.limit, rule.places) for rule in rules)


def judge(rules: Sequence[Rule] | Lack, evidence: Evidence | None) -> Verdict:
    """The state of a target from certain facts.

    In this order: a number that somebody owes; no evidence; a failure that even thin data prove; too little data; the
    closed year; what is certain already; else open. Thin data prove failure, never success.

    In words: a target is secured when it is met whatever the rest of the year brings, and impossible when nothing can
    still save it; in between it is open. With too little data only failure can be certain.
    方法：余下时间无论怎样都能完成为“已锁定”，无论怎样都完不成为“已无法完成”，其余为“尚难判断”；数据不足时只可能判定完不成，不会判定完成。
    依据：算术推导（自定）
    """
    if isinstance(rules, Lack):
        early = STATE_OF_LACK[rules]
        if early == State.AWAITING_NUMBER or evidence is not None:
            return Verdict(early, rules)
        return Verdict(State.NO_DATA, Lack.EVIDENCE)
    if evidence is None or evidence.level is None:
        return Verdict(State.NO_DATA, Lack.EVIDENCE)
    reach = evidence.span if evidence.sufficient else evidence.widest
    if not all(can_attain(reach, rule.comparator, rule.limit, rule.places) for rule in rules):
        return Verdict(State.MISSED if evidence.closed else State.IMPOSSIBLE)
    if not evidence.sufficient:
        return Verdict(State.INSUFFICIENT_DATA, Lack.VALID_DATA)
    if evidence.closed:
        return Verdict(State.MET if meets(rules, evidence.level) else State.MISSED)
    if all(must_attain(evidence.span, rule.comparator, rule.limit, rule.places) for rule in rules):
        return Verdict(State.SECURED)
    return Verdict(State.OPEN)


#: From what probability on a target is called likely, and up to which unlikely.
LIKELY_FROM, UNLIKELY_TO = Decimal("0.8"), Decimal("0.2")


def outlook_state(probability: Decimal | None) -> State:
    """Likely, open or unlikely; open wherever no forecast passes its gate."""
    if probability is None or UNLIKELY_TO < probability < LIKELY_FROM:
        return State.OPEN
    return State.LIKELY if probability >= LIKELY_FROM else State.UNLIKELY


#: States that scatter from day to day. All others rest on a certain fact and hold at once.
UNCERTAIN = (State.LIKELY, State.OPEN, State.UNLIKELY, State.INSUFFICIENT_DATA)


def settled(evaluations: Iterable[State]) -> State:
    """The state after some evaluations, the latest first, each a data day of the target (the two-evaluation rule).

    A state changes on a certain fact, or when two evaluations running say the same. So it is the latest evaluation
    that is certain itself, follows on one that is certain (a certainty that has gone holds nothing up), repeats the one
    before it, or is the first of its year. Evaluations are only taken from the iterable as far as they are needed, and
    nothing depends on which of them anybody ran before. ValueError without any.

    In words: a state that rests on probability or on how much data there is changes only when two days running say so;
    what is certain counts at once.
    方法：锁定、无法完成、完成、未完成等确定的事实当即改变状态；有望、尚难判断、难度较大和数据不足之间，连续两个数据日结论一致才改变。
    依据：自定
    """
    running = iter(evaluations)
    latest = next(running, None)
    if latest is None:
        raise ValueError("no evaluation, no state")
    for before in running:
        if holds(latest, before):
            return latest
        latest = before
    return latest


def holds(latest: State, before: State) -> bool:
    """Whether an evaluation stands after the one before it: a certain one is among them, or they agree."""
    return latest not in UNCERTAIN or before not in UNCERTAIN or before == latest
