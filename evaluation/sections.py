"""The year of surface-water sections: class on the mean of the months, and what the rest of the year cannot change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from evaluation.progress import SectionYear
from evaluation.statistics import total
from evaluation.water import (
    WORSE_THAN_V,
    Waterbody,
    class_of_mean,
    counts_for_class,
    item_limits,
    item_mean,
    section_class,
)

#: A year's mean rests on twelve months, on eight at least where ice or the like stops sampling (R).
MONTHS_NEEDED = 8


@dataclass(frozen=True)
class SectionSoFar:
    """A section's year so far. `grade` is on the mean of its months; `items` of the 21 were there (按5项)."""

    grade: int
    worst: tuple[str, ...]
    items: int
    months: int
    means: Mapping[str, Fraction]
    certainly_worse_than: int  # no remaining month can bring the year to this class or better; 0 where none is certain


def section_so_far(months: Mapping[tuple[int, str], Fraction], waterbody: Waterbody) -> SectionSoFar | None:
    """The section on its (month, item) means so far. None without any of the 21 items.

    Certain is what holds even if every remaining month brought nothing of a pollutant at all: the sum so far over
    twelve is then the least mean that the year can have. Oxygen and pH can always recover.
    """
    by_item: dict[str, list[Fraction]] = defaultdict(list)
    for (_month, item), value in months.items():
        by_item[item].append(value)
    means = {item: item_mean(item, values) for item, values in by_item.items()}
    found = section_class(means, waterbody)
    if found is None:
        return None
    least = {
        item: total(values) / 12
        for item, values in by_item.items()
        if counts_for_class(item, waterbody) and item_limits(item, waterbody).rule == "le"
    }
    grades = [class_of_mean(item, value, waterbody) for item, value in least.items()]
    return SectionSoFar(
        grade=found.grade,
        worst=found.worst,
        items=found.items,
        months=len({month for month, _item in months}),
        means=means,
        certainly_worse_than=max(grades, default=1) - 1,
    )


def in_classes(section: SectionSoFar, wanted: Collection[int]) -> SectionYear:
    """Whether a section is in the wanted classes, and what is certain about that."""
    worst_wanted = max(wanted)
    return SectionYear(
        inside=section.grade in wanted,
        certainly_inside=worst_wanted == WORSE_THAN_V and section.certainly_worse_than + 1 >= min(wanted),
        certainly_outside=section.certainly_worse_than >= worst_wanted,
    )


def months_suffice(section: SectionSoFar, whole_months: int, needed: int = MONTHS_NEEDED) -> bool:
    """Whether a section has enough months: eight of twelve in a whole year, in proportion before (R, own rule)."""
    return section.months >= max(1, -(-needed * whole_months // 12))
