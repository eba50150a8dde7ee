"""How many values make a valid mean. A profile is data: the target says which one judges it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from evaluation.calendar import is_month_end


@dataclass(frozen=True)
class ValidityProfile:
    """The least numbers of values that make a mean valid.

    The defaults of the fields marked R were recalled, not read: a bureau may replace them.
    """

    code: str
    hours_per_day: int  # daily mean
    hours_per_8h: int  # one running 8 h mean
    windows_per_day: int  # running 8 h means behind a daily maximum
    days_per_year: int
    days_per_month: int
    days_per_february: int
    share_of_points: Fraction = Fraction(3, 4)  # R: city figure
    share_of_few_points: Fraction = Fraction(1, 2)  # R: with fewer than `few_points`
    few_points: int = 4  # R
    source: str = ""

    def points_needed(self, points: int) -> int:
        """The least number of valid points that make a valid city figure out of `points` (HJ 663-2013 6.1, R)."""
        share = self.share_of_few_points if points < self.few_points else self.share_of_points
        return max(1, -(-share.numerator * points // share.denominator))

    def month_suffices(self, month: int, valid_days: int) -> bool:
        """Whether a whole month has enough valid days (GB 3095 Table 4)."""
        return valid_days >= (self.days_per_february if month == 2 else self.days_per_month)

    def year_suffices(self, valid_days_by_month: Mapping[int, int]) -> bool:
        """Whether a whole year has: enough days, and enough in each of its twelve months (GB 3095 Table 4)."""
        return sum(valid_days_by_month.values()) >= self.days_per_year and all(
            self.month_suffices(month, valid_days_by_month.get(month, 0)) for month in range(1, 13)
        )

    def so_far_suffices(self, valid_days_by_month: Mapping[int, int], until: date) -> bool:
        """Whether the part of the year that ends with `until` is fit to be judged.

        No standard says. We ask for one whole month at least, and for enough days in each whole month, so that a
        year that can no longer become valid is never called on course (own rule).
        """
        whole = range(1, until.month + (1 if is_month_end(until) else 0))
        if until.month == 12 and until.day == 31:
            return self.year_suffices(valid_days_by_month)
        return len(whole) > 0 and all(self.month_suffices(m, valid_days_by_month.get(m, 0)) for m in whole)


CN = ValidityProfile(
    code="CN",
    hours_per_day=20,
    hours_per_8h=6,
    windows_per_day=14,
    days_per_year=324,
    days_per_month=27,
    days_per_february=25,
    source="GB 3095-2012 表4；HJ 663-2013 6.1",
)

PROFILES: Mapping[str, ValidityProfile] = {profile.code: profile for profile in (CN,)}
