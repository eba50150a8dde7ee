"""The overview: how many targets are safe, in doubt, lost, unknown; what changed and why; what needs a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

import numpy as np
from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils.translation import gettext as _

from charts.maps import Area, map_svg, tiles_svg
from evaluation.progress import URGENCY, State, most_urgent
from evaluation.rounding import IntArray
from goals import history, selectors, sentences
from goals.dashboard.choice import Choice, Occurring, Option, chosen_roll
from goals.dashboard.errands import Errand, errands
from goals.history import Change
from goals.judged_days import PLACES, STATES
from goals.models import Plan, Target
from goals.rolls import BoolArray, Roll, roll_of_year
from goals.standings import Judged, Standings, standings
from goals.timeline import MARKS
from indicators.catalogue import DOMAINS
from indicators.models import Indicator
from memory.tables import remembered
from provinces.models import Region
from provinces.shapes import sheet_of, squares

#: The four groups of the overview, each with its states.
GROUPS: Mapping[str, tuple[State, ...]] = {
    "safe": (State.SECURED, State.MET, State.LIKELY),
    "doubt": (State.OPEN, State.UNLIKELY),
    "lost": (State.IMPOSSIBLE, State.MISSED),
    "unknown": (State.INSUFFICIENT_DATA, State.AWAITING_NUMBER, State.NO_DATA),
}
#: How a cell or an area is tinted by its state; what is safe or unknown is not.
TINTS: Mapping[State, str] = {
    State.IMPOSSIBLE: "lost",
    State.MISSED: "lost",
    State.UNLIKELY: "hard",
    State.OPEN: "warn",
}
WEEK, MONTH = 7, 31
#: More targets than these are counted, not shown mark by mark; so many regions stand on one page.
MOST_MARKS, MOST_ROWS = 400, 40
#: So many changes are named.
MOST_CHANGES = 8


@dataclass(frozen=True)
class Group:
    """One of the four answers: how many, and how many more than a week ago (None: nobody judged then). `marked`: its
    verdicts, where they are few enough to be shown mark by mark; of a whole country's they would be a carpet."""

    name: str
    counts: Mapping[State, int]
    grown: int | None
    marked: Sequence[Judged]

    @property
    def total(self) -> int:
        """How many targets count; aspirational ones are no failure."""
        return sum(self.counts.values())


def groups(found: Standings, before: IntArray | None = None) -> list[Group]:
    """The verdicts in four groups, within each in the order of its states; `before`: the states of a week ago by their
    places in STATES, -1 for those that nobody had judged."""
    is_known = before is not None and bool((before >= 0).any())
    members = {
        name: {state: np.flatnonzero(found.are(state) & ~_excused(name, found.roll)) for state in states}
        for name, states in GROUPS.items()
    }
    lots = [np.concatenate(list(counted.values())) for counted in members.values()]
    shown = found.at_each(lots if len(found) <= MOST_MARKS else [lot[:0] for lot in lots])
    result = []
    for (name, counted), marked in zip(members.items(), shown, strict=True):
        counts = {state: len(places) for state, places in counted.items() if len(places)}
        grown = _growth(name, found, before) if before is not None and is_known else None
        result.append(Group(name, counts, grown, marked))
    return result


def _growth(group: str, found: Standings, before: IntArray) -> int:
    """By how many targets a group has grown, of those that somebody judged then."""
    counted = (before >= 0) & ~_excused(group, found.roll)
    members = [PLACES[state] for state in GROUPS[group]]
    return int((np.isin(found.states, members) & counted).sum() - (np.isin(before, members) & counted).sum())


def _excused(group: str, roll: Roll) -> BoolArray:
    """An aspirational target (力争) is shown, and never counted as a failure."""
    return roll.aspirational if group == "lost" else np.zeros_like(roll.aspirational)


# ---- regions by domains ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """A region's targets of one domain. `state` is what most needs a person, aspirational ones aside."""

    domain: str
    state: State | None
    found: Sequence[Judged]
    aspirational: Sequence[Judged]

    @property
    def tint(self) -> str:
        """The class of its ground."""
        return TINTS.get(self.state, "") if self.state else ""


@dataclass(frozen=True)
class MatrixRow:
    """A region over the domains that occur."""

    region: Region
    total: int
    safe: int
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Matrix:
    """A part of the regions as rows, and how many there are; the domains that any of them has as columns."""

    rows: Page[MatrixRow]
    regions: int
    columns: Sequence[str]


def matrix(found: Standings, number: str = "1") -> Matrix:
    """The regions of a page of the matrix, provinces first. Of a country's rows only those are made that are shown."""
    occurring = set(found.roll.domains.tolist())
    columns = [domain for domain in DOMAINS if domain in occurring]
    paginator: Paginator[Any] = Paginator(found.roll.regions, MOST_ROWS)
    page = paginator.get_page(number)
    shown = found.at_each([places for _region, places in page.object_list])
    made = [_matrix_row(of[0], rows, columns) for of, rows in zip(page.object_list, shown, strict=True)]
    return Matrix(Page(made, page.number, paginator), len(found.roll.regions), columns)


def _matrix_row(region: Region, rows: Sequence[Judged], columns: Sequence[str]) -> MatrixRow:
    cells = []
    for domain in columns:
        here = [one for one in rows if one.target.domain == domain]
        firm = sorted((one for one in here if not one.target.aspirational), key=lambda one: URGENCY.index(one.state))
        aims = [one for one in here if one.target.aspirational]
        state = most_urgent(one.state for one in firm or aims) if here else None
        cells.append(Cell(domain, state, firm, aims))
    return MatrixRow(region, len(rows), sum(one.state in GROUPS["safe"] for one in rows), cells)


# ---- regions on a map ------------------------------------------------------------------------------------------------


def areas(found: Standings, query: str) -> list[Area]:
    """Every region with the state that most needs a person."""
    result, safe = [], found.are(*GROUPS["safe"])
    for region, places in sorted(found.roll.regions, key=lambda of: of[0].code):
        firm = places[~found.roll.aspirational[places]]
        state = most_urgent(STATES[place] for place in found.states[firm if len(firm) else places].tolist())
        title = _("%(region)s：%(state)s，%(total)d项中%(safe)d项稳妥") % {
            "region": region.label,
            "state": sentences.state_label(state, {}),
            "total": len(places),
            "safe": safe[places].sum(),
        }
        link = reverse("region", args=[region.code]) + query
        result.append(Area(region.code, region.label, title, TINTS.get(state, "plain"), link, MARKS[state]))
    return result


def picture_of(drawn: Sequence[Area], view: str) -> str:
    """The regions as a map with the other provinces around them, or as squares."""
    label = _("各地区最需留意的状态")
    if view == "tiles":
        provinces = {code: place for code, place in squares().items() if code.endswith("0000")}
        placed = _on_free_squares(drawn, provinces)
        return tiles_svg(drawn, placed, label, around=list(provinces.values()), side=54)
    return map_svg(drawn, sheet_of(tuple(area.code for area in drawn)), label)


def _on_free_squares(drawn: Sequence[Area], provinces: Mapping[str, tuple[int, int]]) -> Mapping[str, tuple[int, int]]:
    """Provinces on their squares, a city on its province's, or on the nearest one that is free; of a whole country's
    regions more than the map has squares spread beyond it."""
    beyond = next(n for n in count() if (13 + 2 * n) * (12 + 2 * n) >= len(drawn))
    free = {(row, column) for row in range(-1 - beyond, 12 + beyond) for column in range(-beyond, 12 + beyond)}
    placed = {}
    for area in sorted(drawn, key=lambda one: (not one.code.endswith("0000"), one.code)):
        row, column = provinces.get(area.code[:2] + "0000", (0, 0))
        placed[area.code] = min(free, key=lambda at: (abs(at[0] - row) + abs(at[1] - column), at))
        free.remove(placed[area.code])
    return placed


# ---- the page --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Changes:
    """What changed in the last days, the latest first; `days` is 7, or 31 where the week brought none."""

    days: int
    total: int
    shown: Sequence[Change]
    worse: int
    better: int
    pending: Sequence[Judged]  # one evaluation says otherwise, a second has to agree


@dataclass(frozen=True)
class Overview:
    """All that the overview prints."""

    total: int  # how many targets
    groups: Sequence[Group]
    changes: Changes
    errands: Sequence[Errand]
    errands_total: int
    regions: int
    matrix: Page[MatrixRow]
    columns: Sequence[str]
    picture: str
    view: str
    may_map: bool
    choice: Choice
    levels: Sequence[Option]
    domains: Sequence[Option]
    indicators: Sequence[Option]
    simulated: bool


def overview(
    year: int | None, as_of: date | None, chosen: Choice, view: str, query: str, number: str = "1"
) -> Overview:
    """The overview of a year as of a day. `view`: matrix, map or tiles; `query` keeps the day in its links; `number`:
    the page of the matrix."""
    found = standings(year, as_of, chosen_roll(year, chosen))
    table = matrix(found, number)  # before the others: they ask for single ones of its targets
    changes, week_ago = _changes(found, as_of, few=len(roll_of_year(year)) <= MOST_MARKS)
    occurring = _occurring(year)
    may_map = selectors.shows_map()
    view = view if view in ("map", "tiles") else "matrix"
    view = "tiles" if view == "map" and not may_map else view
    waiting = errands(found, as_of)
    return Overview(
        total=len(found),
        groups=groups(found, week_ago),
        changes=changes,
        errands=waiting,
        errands_total=sum(errand.count for errand in waiting),
        regions=table.regions,
        matrix=table.rows,
        columns=table.columns,
        picture=picture_of(areas(found, query), view) if view != "matrix" and len(found) else "",
        view=view,
        may_map=may_map,
        choice=chosen,
        levels=occurring.levels,
        domains=occurring.domains,
        indicators=occurring.indicators_of(chosen.domain),
        simulated=bool(found.simulated.any()),
    )


@remembered(Target, Plan, Region, Indicator, most=4)
def _occurring(year: int | None) -> Occurring:
    return Occurring.among(roll_of_year(year))


def _changes(found: Standings, as_of: date | None, *, few: bool) -> tuple[Changes, IntArray | None]:
    """The changes of the last week, or month where the week brought none, and the states of a week ago by their places
    in STATES. Where a target was not judged on the first day, the last verdict of as many days before tells of it."""
    week_ago, spans = None, 1
    if as_of is not None and few:  # targets in all: the states of a day are read of every one
        history.states_within(as_of - timedelta(days=2 * MONTH), as_of)  # all that may be asked for, at once
    for days in (WEEK, MONTH):
        if as_of is None:
            turns = history.last_turns()
        else:
            first = as_of - timedelta(days=days)
            states = history.states_within(as_of - timedelta(days=spans * days), as_of)
            if spans == 1 and (states.on(first, found.roll.keys) < 0).any():
                spans = 2
                states = history.states_within(as_of - timedelta(days=spans * days), as_of)
            turns, week_ago = states.turns, states.on(as_of - timedelta(days=WEEK), found.roll.keys)
        changes = history.recent_changes(found, as_of, days, turns)
        if changes:
            break
    worse = sum(URGENCY.index(turn.after) < URGENCY.index(turn.before) for _place, turn in changes)
    pending = found.at(np.flatnonzero(found.unsettled))
    shown = history.with_reasons(found, changes[:MOST_CHANGES])
    return Changes(days, len(changes), shown, worse, len(changes) - worse, pending), week_ago
