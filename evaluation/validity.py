"""How many values make a valid mean. A profile is data (tables/air_data_validity.csv); the target says which judges it.

CN is GB 3095 with HJ 663. EU, EPA and CAAQS are offered for comparison; their numbers are recalled and marked R.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Literal

from evaluation.calendar import is_month_end
from evaluation.standards import table

Profile = Literal["CN", "EU", "EPA", "CAAQS"]


@dataclass(frozen=True)
class ValidityProfile:
    """The least numbers of values that make a mean valid. Percents are of the days of the period.

    Every number stands in tables/air_data_validity.csv with its clause and mark; 0 asks for nothing. The share of valid
    city points (R) is that of CN in every profile: the other rules judge single stations.
    """

    code: str
    minutes_per_hour: int
    hours_per_day: int  # daily mean
    hours_per_8h: int  # one running 8 h mean
    first_window_end: int  # o'clock at which a day's first 8 h window ends; above 24 - windows the last ends next day
    windows: int
    windows_needed: int
    valid_above_limit: bool  # a maximum from fewer windows is valid where it is above the limit
    percent_of_points: int
    percent_of_few_points: int
    few_points: int
    days_per_year: int = 0
    percent_of_year: int = 0
    percent_of_quarter: int = 0
    days_per_month: int = 0
    days_per_february: int = 0
    season: tuple[int, int] | None = None  # the months of ozone, which then replace year and quarters for it
    percent_of_season: int = 0

    def hour_suffices(self, minutes: int) -> bool:
        """Whether so many minutes of sampling make a valid hour (GB 3095 Table 4: 45)."""
        return minutes >= self.minutes_per_hour

    def points_needed(self, points: int) -> int:
        """The least number of valid points that make a valid city figure out of `points` (HJ 663-2013 6.1, R)."""
        percent = self.percent_of_few_points if points < self.few_points else self.percent_of_points
        return max(1, _share(percent, points))

    def month_suffices(self, month: int, valid_days: int) -> bool:
        """Whether a whole month has enough valid days (GB 3095 Table 4)."""
        return valid_days >= (self.days_per_february if month == 2 else self.days_per_month)

    def year_suffices(self, valid_days_by_month: Mapping[int, int], year: int, figure: str = "") -> bool:
        """Whether a whole year has enough valid days, and enough in each of its parts (GB 3095 Table 4).

        `figure`: the column of city days, as ozone has a season in some profiles. The same numbers serve a percentile
        (R).

        In words: a year counts only with at least 324 valid days, 27 in every month and 25 in February. With fewer, a
        limit may still be proved broken, and never proved kept.
        方法：全年至少324个有效日均值，每月至少27个（2月至少25个）才算有效年；不足时只能证明超标，不能证明达标。
        依据：GB 3095-2012 表4、GB 3095-2026 表4（A）；百分位数沿用同一要求（R）；数据少只证不达标（自定）
        """
        return self.so_far_suffices(valid_days_by_month, date(year, 12, 31), figure)

    def so_far_suffices(self, valid_days_by_month: Mapping[int, int], until: date, figure: str = "") -> bool:
        """Whether the part of the year that ends with `until` is fit to be judged.

        No standard says. We ask for one whole month at least, for enough days in each whole month, quarter or season,
        and that the year can still become valid, so that one that cannot is never called on course (own rule).
        """
        whole_months = until.month if is_month_end(until) else until.month - 1
        if whole_months == 0:
            return False
        if self.season and figure == "o3_8h":
            return self._period_suffices(valid_days_by_month, *self.season, self.percent_of_season, until)
        months = all(self.month_suffices(m, valid_days_by_month.get(m, 0)) for m in range(1, whole_months + 1))
        quarters = not self.percent_of_quarter or all(
            self._period_suffices(valid_days_by_month, first, first + 2, self.percent_of_quarter, until)
            for first in (1, 4, 7, 10)
        )
        in_year = _days(until.year, 1, 12)
        needed = max(self.days_per_year, _share(self.percent_of_year, in_year))
        return months and quarters and _can_reach(needed, valid_days_by_month, until, 1, 12)

    def _period_suffices(
        self, valid_days_by_month: Mapping[int, int], first: int, last: int, percent: int, until: date
    ) -> bool:
        needed = _share(percent, _days(until.year, first, last))
        return _can_reach(needed, valid_days_by_month, until, first, last)


def days_by_month(measured: Iterable[bool], days: Iterable[date]) -> dict[int, int]:
    """How many days are measured, by month; one flag a day. ValueError for unequal lengths."""
    return Counter(day.month for there, day in zip(measured, days, strict=True) if there)


def _can_reach(needed: int, valid_days_by_month: Mapping[int, int], until: date, first: int, last: int) -> bool:
    """Whether the months `first` to `last` have enough valid days, or days enough left to get them."""
    valid = sum(valid_days_by_month.get(month, 0) for month in range(first, last + 1))
    end = date(until.year + last // 12, last % 12 + 1, 1) - timedelta(days=1)
    left = min(max(0, (end - until).days), _days(until.year, first, last))
    return valid + left >= needed


@cache
def _days(year: int, first_month: int, last_month: int) -> int:
    return (date(year + last_month // 12, last_month % 12 + 1, 1) - date(year, first_month, 1)).days


def _share(percent: int, of: int) -> int:
    """The least whole number that is at least so many percent of another."""
    return -(-percent * of // 100)


@cache
def profile(code: str) -> ValidityProfile:
    """The profile of that code, from the rows of the table. ValueError for an unknown one."""
    rows = [row for row in table("air_data_validity") if row["profile"] == code and row["rule"] != "other pollutants"]
    if not rows:
        raise ValueError(f"no validity profile {code}")
    found = {name: int(number) for row in rows for name, _, number in _settings(row["settings"])}
    season = (found.pop("first_month"), found.pop("last_month")) if "first_month" in found else None
    above = bool(found.pop("valid_above_limit"))
    return ValidityProfile(code=code, valid_above_limit=above, season=season, **found)


def _settings(cell: str) -> list[tuple[str, str, str]]:
    return [setting.partition("=") for setting in cell.split()]


CODES: tuple[str, ...] = tuple(dict.fromkeys(row["profile"] for row in table("air_data_validity")))
PROFILES: Mapping[str, ValidityProfile] = {code: profile(code) for code in CODES}
CN = PROFILES["CN"]


def other_pollutant_suffices(pollutant: str, averaging: str, valid_days_by_month: Mapping[int, int]) -> bool:
    """Whether TSP, BaP or Pb have enough evenly spread daily means for a year ("annual") or, Pb, a "quarterly" mean.

    `valid_days_by_month` names every month of the period, with 0 where there is none (GB 3095-2026 Table 4, A).
    ValueError for a pair that the table lacks.
    """
    for row in table("air_data_validity"):
        if (row["rule"], row["averaging"]) == ("other pollutants", averaging) and pollutant in row["pollutants"].split(
            ";"
        ):
            needed = {name: int(number) for name, _, number in _settings(row["settings"])}
            total = needed.get("days_per_year", needed.get("days_per_quarter", 1))
            least = needed.get("days_per_month", 0)
            days = valid_days_by_month.values()
            return sum(days) >= total and all(count >= least for count in days)
    raise ValueError(f"GB 3095 Table 4 has no rule for {pollutant} {averaging}")
