"""What every picture of a page is made of: its finding as title, its words, its twin as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from charts import figures
from goals import sentences
from goals.found import Found
from goals.sentences import in_english, target_name


@dataclass(frozen=True)
class Picture:
    """A figure with its words and its twin as a table: `figure` is drawn by Plotly, else `svg` stands in the page."""

    key: str
    title: str
    subtitle: str
    figure: str  # JSON
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    labels: Sequence[str] = ()
    notes: Sequence[str] = ()  # labels of the figure that a narrow screen prints below it
    svg: str = ""
    source: str = ""

    @property
    def description(self) -> str:
        """The picture in words, for those who cannot see it: of each column its ends and its last value."""
        parts = [f"{self.title}。{self.subtitle}。"]
        for place, column in enumerate(self.columns[1:], start=1):
            known = [
                (value, row[0]) for row in self.rows if place < len(row) and (value := _number(row[place])) is not None
            ]
            if known:
                low, high, last = min(known), max(known), known[-1]
                parts.append(
                    _(
                        "%(column)s：最低%(low)s（%(at_low)s），最高%(high)s（%(at_high)s），末项%(last)s（%(at_last)s）。"
                    )
                    % {
                        "column": column,
                        "low": low[0],
                        "at_low": low[1],
                        "high": high[0],
                        "at_high": high[1],
                        "last": last[0],
                        "at_last": last[1],
                    }  # fmt: skip
                )
        return "".join(parts)


def _number(cell: str) -> Decimal | None:
    try:
        return Decimal(cell.replace("−", "-").replace("+", ""))
    except InvalidOperation:
        return None


def words(year: int, unit: str, today: str = "", places: int = 1) -> figures.Words:
    """What stands on the charts of a page."""
    months = tuple(date_format(date(2021, month, 1), "M") if in_english() else f"{month}月" for month in range(1, 13))
    weekdays = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su") if in_english() else tuple("一二三四五六日")
    return figures.Words(str(year), str(year - 1), unit, months, weekdays, today, places)


def course_title(found: Found) -> str:
    """The finding, as the title of the picture."""
    left = sentences.budget_sentence(found.facts)
    if left:
        return left
    return _("%(state)s：%(name)s") % {
        "state": sentences.state_label(found.state, found.facts),
        "name": target_name(found.target),
    }


def as_json(figure: Any) -> str:
    """A figure as the page takes it; "<" is escaped, for it stands inside the page."""
    text: str = figure.to_json()
    return text.replace("<", "\\u003c")
