"""What every picture of a page is made of: its words, its twin as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from charts import figures
from goals import sentences
from goals.sentences import in_english, target_name
from goals.verdicts import Found


@dataclass(frozen=True)
class Picture:
    """A figure with its words and its twin as a table."""

    key: str
    title: str
    subtitle: str
    figure: str  # JSON
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    labels: Sequence[str] = ()
    notes: Sequence[str] = ()  # labels of the figure that a narrow screen prints below it


def words(year: int, unit: str, today: str = "") -> figures.Words:
    """What stands on the charts of a page."""
    months = tuple(date_format(date(2021, month, 1), "M") if in_english() else f"{month}月" for month in range(1, 13))
    weekdays = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su") if in_english() else tuple("一二三四五六日")
    return figures.Words(str(year), str(year - 1), unit, months, weekdays, today)


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
    """A figure as the page takes it."""
    text: str = figure.to_json()
    return text
