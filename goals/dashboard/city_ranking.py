"""The cities of a region in their order: change on last year, good days, what spoilt the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from evaluation.standards import as_in_force
from goals.dashboard.choice import Option
from goals.dashboard.indicator_pictures import limits_on
from goals.dashboard.indicators import Ranked, change_label, ranked_line
from goals.evidence import EvidenceRoom, Subject
from goals.found import Found
from goals.models import Target
from goals.picture import Picture
from goals.ranking import Place, change_unit, is_daily, places, subjects_of
from goals.sentences import number_label, unit_label
from indicators.models import Indicator
from indicators.selectors import indicators
from provinces.models import Region
from provinces.selectors import cities_of

GOOD_DAYS = "good_day_ratio"


@dataclass(frozen=True)
class RankLine(Ranked):
    """A city with its good days, ready to print."""

    good: str
    good_change: str


@dataclass(frozen=True)
class Ranking:
    """The cities by one of the region's daily indicators."""

    indicator: Indicator
    unit: str
    change_unit: str
    title: str
    lines: Sequence[RankLine]
    choices: Sequence[Option]
    picture: Picture  # its numbers, to take home


@dataclass(frozen=True)
class Order:
    """Which cities are ranked, by which indicator, and what else is told of them."""

    cities: Sequence[Region]
    indicator: Indicator
    good: Indicator | None
    choices: Sequence[Option]

    @property
    def subjects(self) -> list[Subject]:
        """What the evidence must know of."""
        return subjects_of(self.cities, [self.indicator, *([self.good] if self.good else [])])


def order_of(region: Region, targets: Sequence[Target], asked: str) -> Order | None:
    """By the indicator asked for, else by the first daily one that the targets rest on. None for a single city."""
    cities = cities_of(region)
    named = {target.indicator_id: target.indicator for target in targets if is_daily(target.indicator)}
    first = next((one for code, one in named.items() if code != GOOD_DAYS), next(iter(named.values()), None))
    indicator = named.get(asked) or first
    if len(cities) < 2 or indicator is None:
        return None
    good = named.get(GOOD_DAYS) or indicators().get(GOOD_DAYS)
    return Order(cities, indicator, good, [Option(code, one.label) for code, one in named.items()])


def city_ranking(order: Order, found: Sequence[Found], year: int, room: EvidenceRoom) -> Ranking | None:
    """The ranking in a year so far; None where no city has a value."""
    indicator = order.indicator
    ranked = places(order.cities, indicator, year, room, exceeding=True)
    if all(place.value is None for place in ranked):
        return None
    good = order.good
    good_days = {place.region.code: place for place in places(order.cities, good, year, room)} if good else {}
    target = next((one for one in found if one.target.indicator_id == indicator.code), None)
    lines = _lines(ranked, good_days, _limit(target, indicator, year))
    unit = unit_label(indicator.unit)
    title = _title(ranked, indicator)
    return Ranking(
        indicator=indicator,
        unit=unit,
        change_unit=change_unit(indicator),
        title=title,
        lines=lines,
        choices=order.choices,
        picture=_numbers(lines, title, unit, indicator, room.until(year)),
    )


def _limit(target: Found | None, indicator: Indicator, year: int) -> float | None:
    """The level of the region's own target, else the national limit."""
    rules = (target.facts.get("rules") if target else None) or []
    if rules:
        return float(Decimal(rules[0]["limit"]))
    return next((rule.value for rule in reversed(limits_on(indicator, date(year, 12, 31)))), None)


def _lines(ranked: Sequence[Place], good_days: dict[str, Place], limit: float | None) -> list[RankLine]:
    numbers = [float(n) for one in ranked for n in (one.value, one.before) if n is not None]
    numbers += [] if limit is None else [limit]
    low, high = min(numbers), max(numbers)
    return [_line(one, good_days.get(one.region.code), limit, low, high) for one in ranked]


def _line(place: Place, good: Place | None, limit: float | None, low: float, high: float) -> RankLine:
    return RankLine(
        **vars(ranked_line(place, limit, low, high)),
        good="—" if good is None else number_label(good.value),
        good_change="—" if good is None else change_label(good.change),
    )


def _title(ranked: Sequence[Place], indicator: Indicator) -> str:
    compared = [one for one in ranked if one.value is not None and one.before is not None]
    higher = sum(one.value > one.before for one in compared if one.value is not None and one.before is not None)
    values = {"total": len(compared), "higher": higher, "name": indicator.label}
    if not compared:
        return _("%(name)s：各市排名") % values
    return _("%(total)d市中%(higher)d市%(name)s高于去年同期") % values


def _numbers(lines: Sequence[RankLine], title: str, unit: str, indicator: Indicator, until: date) -> Picture:
    columns = (
        _("城市"), _("名次"), f"{indicator.label} {unit}".strip(), _("上年同期"), _("同比"), _("优良天数比例"),
        _("超标天数"), _("首要污染物（天）"),
    )  # fmt: skip
    rows = [
        [
            one.place.region.label, str(one.place.rank or "—"), one.value, one.before, one.change,
            one.good, "—" if one.place.bad_days is None else str(one.place.bad_days), one.causes,
        ]
        for one in lines
    ]  # fmt: skip
    subtitle = _("年初至%(day)s；按修约后的数值排名，数同则并列，名次顺延") % {"day": until.isoformat()}
    return Picture("ranking", title, subtitle, "", columns, rows, source=as_in_force(indicator.standard, until))
