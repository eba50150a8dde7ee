"""Days and hours as the standards stamp them: in China time, an hour named by its end."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: By so much, all year since 1991: for columns of moments, where a zone would cost a call a row.
SECONDS_AHEAD = 8 * 3600


def day_of(ts: datetime) -> date:
    """The day to which the hour that ends at `ts` belongs: hour 0 closes the previous day (HJ 633)."""
    return (ts.astimezone(SHANGHAI) - timedelta(seconds=1)).date()


def end_of_day(day: date) -> datetime:
    """The moment at which a day is over: hour 0 of the next."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=SHANGHAI)


def days_of_year(year: int) -> list[date]:
    """All days of a year."""
    first = date(year, 1, 1).toordinal()
    return [date.fromordinal(first + n) for n in range(date(year + 1, 1, 1).toordinal() - first)]


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1) - timedelta(days=1)


def is_month_end(day: date) -> bool:
    """Whether a day is the last of its month."""
    return month_end(day) == day
