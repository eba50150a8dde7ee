"""The day that a page shows, from its address: `?as_of=2021-09-30`, `?as_of=now`, or the day the site opens on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.utils.translation import gettext as _

from goals.selectors import plan_years, plans_of_region, shown_date

NOW = "now"


@dataclass(frozen=True)
class ShownDay:
    """The day shown. `day` is None for all that is known now; `query` keeps it in the links of the page."""

    day: date | None
    opens_on: date | None
    query: str

    @property
    def before(self) -> date | None:
        """The day before, for the stepper."""
        return None if self.day is None else self.day - timedelta(days=1)

    @property
    def after(self) -> date | None:
        """The day after, for the stepper."""
        return None if self.day is None else self.day + timedelta(days=1)


@dataclass(frozen=True)
class Slider:
    """A slider over the days of a year: `value` counts its days from 0."""

    first: date
    last: date
    value: int

    @property
    def most(self) -> int:
        """The greatest value."""
        return (self.last - self.first).days


def slider(year: int | None, shown: ShownDay) -> Slider | None:
    """The slider of a year, standing on the shown day; None without a year."""
    if year is None:
        return None
    first, last = date(year, 1, 1), date(year, 12, 31)
    day = min(max(shown.day or last, first), last)
    return Slider(first, last, (day - first).days)


def opens_on(request: HttpRequest) -> date | None:
    """The day that the site opens on, asked for once in a request."""
    if "opens_on" not in request.__dict__:
        request.__dict__["opens_on"] = shown_date()
    found: date | None = request.__dict__["opens_on"]
    return found


def shown_day(request: HttpRequest) -> ShownDay:
    """The day that this request asks for. Raises BadRequest, with a sentence, for what is no day."""
    first = opens_on(request)
    asked = request.GET.get("as_of", "")
    if not asked:
        return ShownDay(first, first, "")
    if asked == NOW:
        return ShownDay(None, first, f"?as_of={NOW}")
    day = _day(asked)
    return ShownDay(day, first, f"?as_of={day.isoformat()}")


def shown_year(request: HttpRequest, shown: ShownDay, of_region: str = "") -> int | None:
    """The plan year asked for; else that of the shown day, where it has a plan; else the latest one."""
    asked = request.GET.get("year", "")
    if asked.isdecimal():
        return int(asked)
    known = [plan.year for plan in plans_of_region(of_region)] if of_region else plan_years()
    day = shown.day or shown.opens_on
    if day is not None and day.year in known:
        return day.year
    return known[0] if known else None


def asked_day(request: HttpRequest, name: str) -> date | None:
    """The day that a parameter of the address names; None without it. Raises BadRequest as `shown_day`."""
    asked = request.GET.get(name, "")
    return _day(asked) if asked else None


def asked_month(request: HttpRequest, name: str) -> date | None:
    """The first day of the month that a parameter names (2021-09); None without it. Raises as `shown_day`."""
    asked = request.GET.get(name, "")
    return _day(f"{asked[:7]}-01") if asked else None


def _day(asked: str) -> date:
    try:
        return date.fromisoformat(asked)
    except ValueError as error:
        raise BadRequest(_("“%(asked)s”不是日期，应写成 2021-09-30。") % {"asked": asked[:40]}) from error
