"""The targets of a year in columns: a country has ten thousand of them. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from django.db.models import BigIntegerField, F, Func, QuerySet, Subquery
from django.utils import timezone

from evaluation.rounding import IntArray
from goals.found import Listed
from goals.models import Plan, Target
from goals.selectors import in_plan_order, plans, targets_by_key
from indicators.bulk import instant
from indicators.selectors import indicators
from memory.tables import remembered_each
from provinces.models import Region

BoolArray = npt.NDArray[np.bool_]
TextArray = npt.NDArray[np.str_]
NameArray = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Roll:
    """Some targets of a year in the order of their plans, in columns."""

    keys: IntArray
    plan_keys: IntArray
    indicators: TextArray  # by their codes
    domains: TextArray  # that each of them counts to
    aspirational: BoolArray
    updated: IntArray  # when each was last written, in microseconds since 1970
    names: NameArray  # of each its register_id and what the plan calls its indicator
    plans: Mapping[int, Plan]

    def __len__(self) -> int:
        return len(self.keys)

    def where(self, chosen: BoolArray) -> Roll:
        """Some of them."""
        plans = {plan: self.plans[plan] for plan in np.unique(self.plan_keys[chosen]).tolist()}
        return Roll.of([column[chosen] for column in self._columns], plans)

    def with_others(self, others: Roll) -> Roll:
        """These and others, whose plans are none of theirs."""
        columns = [np.concatenate(pair) for pair in zip(self._columns, others._columns, strict=True)]
        plans = {**self.plans, **others.plans}
        rank = {key: place for place, key in enumerate(sorted(plans, key=lambda key: plans[key].region_id))}
        order = np.argsort([rank[plan] for plan in columns[1].tolist()], kind="stable")
        return Roll.of([column[order] for column in columns], {key: plans[key] for key in rank})

    @classmethod
    def of(cls, columns: Iterable[npt.NDArray[Any]], plans: Mapping[int, Plan]) -> Roll:
        """Columns, from the keys to the names, with the plans."""
        keys, plan_keys, codes, domains, aspirational, updated, names = columns
        return cls(keys, plan_keys, codes, domains, aspirational, updated, names, plans)

    @property
    def _columns(self) -> tuple[npt.NDArray[Any], ...]:
        return (
            self.keys,
            self.plan_keys,
            self.indicators,
            self.domains,
            self.aspirational,
            self.updated,
            self.names,
        )

    def at(self, places: IntArray) -> list[Target]:
        """The targets at some places."""
        keys = self.keys[places].tolist()
        found = targets_by_key(keys)
        return [found[key] for key in keys]

    def listed(self, places: IntArray) -> list[Listed]:
        """The same as far as a list shows them: nothing more is read."""
        known, names = indicators(), self.names[places].tolist()
        columns = (self.keys, self.plan_keys, self.indicators, self.domains, self.aspirational)
        rows = zip(names, *(column[places].tolist() for column in columns), strict=True)
        return [
            Listed(key, register_id, self.plans[plan], known[code], indicator_zh, domain, aspirational)
            for (register_id, indicator_zh), key, plan, code, domain, aspirational in rows
        ]

    @cached_property
    def places(self) -> Mapping[int, int]:
        """The place of each target by its key."""
        return {key: place for place, key in enumerate(self.keys.tolist())}

    @cached_property
    def regions(self) -> Sequence[tuple[Region, IntArray]]:
        """Their regions, provinces first, each with the places of its targets; in a year a region has one plan."""
        order = np.argsort(self.plan_keys, kind="stable")
        plans, begins = np.unique(self.plan_keys[order], return_index=True)
        parts = zip(plans.tolist(), np.split(order, begins[1:]), strict=False)  # of no rows there is one empty part
        found = [(self.plans[plan].region, places) for plan, places in parts]
        return sorted(found, key=lambda of: (of[0].level != Region.Level.PROVINCE, of[0].code))


def roll_of_year(year: int | None) -> Roll:
    """The approved targets of a year, of all regions; none without a year."""
    return _rolls_of([year])[year].roll


def rolls_of_years(years: Iterable[int]) -> Mapping[int, Roll]:
    """The same of several years, read together; of a year of which no target was written with the very columns of
    before."""
    return {year: read.roll for year, read in _rolls_of(list(years)).items() if year is not None}


_WANTED = ("id", "plan_id", "indicator_id", "domain", "aspirational", "updated", "register_id", "indicator_zh")
_Row = tuple[Any, ...]


def _rows(targets: QuerySet[Target], *more: str) -> list[_Row]:
    """What is wanted of targets, and more, in the order of their plans."""
    return list(in_plan_order(targets).annotate(updated=instant("updated_at")).values_list(*_WANTED, "status", *more))


def _roll(rows: Sequence[_Row], known: Mapping[int, Plan]) -> Roll:
    """The approved ones among such rows; `known` has their plans."""
    approved = [row[: len(_WANTED)] for row in rows if row[len(_WANTED)] == Target.Status.APPROVED]
    keys, plan_keys, codes, domains, aspirational, updated, *names = zip(*approved, strict=True) if approved else _NONE
    columns = (
        np.array(keys, dtype=np.int64),
        np.array(plan_keys, dtype=np.int64),
        np.array(codes, dtype=np.str_),
        np.array(domains, dtype=np.str_),
        np.array(aspirational, dtype=np.bool_),
        np.array(updated, dtype=np.int64),
        np.array(names, dtype=np.object_).T,
    )
    return Roll.of(columns, {key: known[key] for key in dict.fromkeys(plan_keys)})


_NONE: tuple[tuple[Any, ...], ...] = ((),) * 8


def _plans_of(years: Collection[int | None]) -> dict[int | None, dict[int, Plan]]:
    found: dict[int | None, dict[int, Plan]] = {year: {} for year in years}
    for key, plan in plans().items():
        if plan.year in found:
            found[plan.year][key] = plan
    return found


def _rows_of(
    targets: QuerySet[Target], known: Mapping[int | None, Mapping[int, Plan]], *more: str
) -> dict[int | None, list[_Row]]:
    """Rows by year, of those years whose plans are known."""
    years = {key: year for year, of_year in known.items() for key in of_year}
    found: dict[int | None, list[_Row]] = {year: [] for year in known}
    for row in _rows(targets.filter(plan__in=years), *more):
        found[years[row[1]]].append(row)
    return found


class _Read(NamedTuple):
    """A roll, and since when what is written may not be in it."""

    since: datetime
    roll: Roll


#: A target may be committed so much later than it says that it was written: `config.data_version` sees to it that it
#: says so, whoever writes it.
_LATE = timedelta(seconds=600)


#: How many targets there are, and the sum of their keys: while both are right, none is gone.
_COUNTED = {
    "number": Func(F("pk"), function="COUNT", output_field=BigIntegerField()),
    "sum_of_keys": Func(F("pk"), function="SUM", output_field=BigIntegerField()),
}


def _up_to_date(known: Mapping[int | None, _Read]) -> Mapping[int | None, _Read]:
    """Rolls in which only those plans were read anew of which a target was written since; none where others are gone.

    One query where any was written, as to read them whole takes.
    """
    now, of_years = timezone.now() - _LATE, _plans_of(known)
    written = Target.objects.filter(updated_at__gte=min(read.since for read in known.values())).order_by()
    approved = Target.objects.filter(plan__in=[key for of_year in of_years.values() for key in of_year])
    approved = approved.filter(status=Target.Status.APPROVED).order_by()
    counted = {name: Subquery(approved.values(one=counts)) for name, counts in _COUNTED.items()}
    rows = _rows_of(Target.objects.filter(plan__in=written.values("plan")).annotate(**counted), of_years, *_COUNTED)
    told = next((row[-2:] for some in rows.values() for row in some), None)
    number, keys = told or next(iter(approved.values_list(*_COUNTED.values())), (0, None))
    rolls = {year: _with_rows(read.roll, rows[year], of_years[year]) for year, read in known.items()}
    found = {year: _Read(now, roll) for year, roll in rolls.items() if roll is not None}
    of_all = np.concatenate([np.empty(0, dtype=np.int64), *(read.roll.keys for read in found.values())])
    return found if (number, keys or 0) == (len(of_all), int(of_all.sum())) else {}


def _with_rows(before: Roll, rows: Sequence[_Row], known: Mapping[int, Plan]) -> Roll | None:
    """A roll as before, but for the plans that rows are of; None where a plan is gone or is another region's."""
    if not all(key in known and known[key].region_id == plan.region_id for key, plan in before.plans.items()):
        return None
    same = replace(before, plans={key: known[key] for key in before.plans})
    if not rows:
        return same
    return same.where(~np.isin(same.plan_keys, [row[1] for row in rows])).with_others(_roll(rows, known))


@remembered_each(Target, Plan, Region, most=12, renew=_up_to_date)
def _rolls_of(years: Sequence[int | None]) -> Mapping[int | None, _Read]:
    now, of_years = timezone.now() - _LATE, _plans_of(years)
    rows = _rows_of(Target.objects.filter(status=Target.Status.APPROVED), of_years)
    return {year: _Read(now, _roll(rows[year], known)) for year, known in of_years.items()}
