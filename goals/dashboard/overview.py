"""The overview: how many targets are safe, in doubt, lost, unknown; what changed and why; what needs a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils.translation import gettext as _

from charts.maps import Area, map_svg, tiles_svg
from evaluation.progress import URGENCY, State, most_urgent
from goals import history, selectors, sentences
from goals.dashboard.choice import Choice, Occurring, Option
from goals.dashboard.errands import Errand, errands
from goals.found import Found
from goals.history import Change
from goals.models import Plan, Target
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
    """One of the four answers: how many, which marks, and how many more than a week ago (None: nobody judged then)."""

    name: str
    found: Sequence[Found]
    counts: Mapping[State, int]
    grown: int | None = None

    @property
    def total(self) -> int:
        """How many targets count; aspirational ones are no failure."""
        return len(self.found)


def groups(found: Sequence[Found], before: Mapping[int, State] | None = None) -> list[Group]:
    """The verdicts in four groups, within each in the order of its states; `before`: the states of a week ago."""
    by_state: dict[State, list[Found]] = defaultdict(list)
    for one in found:
        by_state[one.state].append(one)
    grown = _growth(found, before) if before else {}
    result = []
    for name, states in GROUPS.items():
        counted = {state: [one for one in by_state[state] if not _excused(name, one)] for state in states}
        members = [one for state in states for one in counted[state]]
        counts = {state: len(ones) for state, ones in counted.items() if ones}
        result.append(Group(name, members, counts, grown.get(name)))
    return result


def _growth(found: Sequence[Found], before: Mapping[int, State]) -> Mapping[str, int]:
    """By how many targets each group has grown, of those that somebody judged then."""
    grown = dict.fromkeys(GROUPS, 0)
    for one in found:
        was = before.get(one.target.id)
        if was is not None and was != one.state:
            for name, by in ((_GROUP_OF[one.state], 1), (_GROUP_OF[was], -1)):
                if not _excused(name, one):
                    grown[name] += by
    return grown


_GROUP_OF: Mapping[State, str] = {state: name for name, states in GROUPS.items() for state in states}


def _excused(group: str, found: Found) -> bool:
    """An aspirational target (力争) is shown, and never counted as a failure."""
    return group == "lost" and found.target.aspirational


# ---- regions by domains ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """A region's targets of one domain. `state` is what most needs a person, aspirational ones aside."""

    domain: str
    state: State | None
    found: Sequence[Found]
    aspirational: Sequence[Found]

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


def matrix(found: Sequence[Found], number: str = "1") -> Matrix:
    """The regions of a page of the matrix, provinces first. Of a country's rows only those are made that are shown."""
    present = {one.target.domain for one in found}
    columns = [domain for domain in DOMAINS if domain in present]
    ranked = sorted(_by_region(found), key=lambda of: (of[0].level != "province", of[0].code))
    paginator: Paginator[Any] = Paginator([rows for _region, rows in ranked], MOST_ROWS)
    page = paginator.get_page(number)
    made = [_matrix_row(rows[0].target.plan.region, rows, columns) for rows in page.object_list]
    return Matrix(Page(made, page.number, paginator), len(ranked), columns)


def _by_region(found: Iterable[Found]) -> list[tuple[Region, list[Found]]]:
    """The verdicts of each region; in a year it has one plan."""
    by_plan: dict[int, list[Found]] = defaultdict(list)
    for one in found:
        by_plan[one.target.plan_id].append(one)
    return [(rows[0].target.plan.region, rows) for rows in by_plan.values()]


def _matrix_row(region: Region, rows: Sequence[Found], columns: Sequence[str]) -> MatrixRow:
    cells = []
    for domain in columns:
        here = [one for one in rows if one.target.domain == domain]
        firm = sorted((one for one in here if not one.target.aspirational), key=lambda one: URGENCY.index(one.state))
        aims = [one for one in here if one.target.aspirational]
        state = most_urgent(one.state for one in firm or aims) if here else None
        cells.append(Cell(domain, state, firm, aims))
    return MatrixRow(region, len(rows), sum(one.state in GROUPS["safe"] for one in rows), cells)


# ---- regions on a map ------------------------------------------------------------------------------------------------


def areas(found: Iterable[Found], query: str) -> list[Area]:
    """Every region with the state that most needs a person."""
    result = []
    for region, rows in sorted(_by_region(found), key=lambda of: of[0].code):
        firm = [one.state for one in rows if not one.target.aspirational] or [one.state for one in rows]
        state = most_urgent(firm)
        count = sum(one.state in GROUPS["safe"] for one in rows)
        title = _("%(region)s：%(state)s，%(total)d项中%(safe)d项稳妥") % {
            "region": region.label,
            "state": sentences.state_label(state, {}),
            "total": len(rows),
            "safe": count,
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
    pending: Sequence[Found]  # one evaluation says otherwise, a second has to agree


@dataclass(frozen=True)
class Overview:
    """All that the overview prints."""

    found: Sequence[Found]
    groups: Sequence[Group]
    changes: Changes
    errands: Sequence[Errand]
    errands_total: int
    regions: int
    matrix: Page[MatrixRow]
    columns: Sequence[str]
    has_marks: bool  # every target as a mark; of a whole country's they would be a carpet
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
    every = selectors.targets_of_year(year)
    occurring = _occurring(year)
    targets = chosen.narrow(every)
    found = selectors.verdicts_of_year(year, as_of, targets)
    changes, week_ago = _changes(found, as_of)
    may_map = selectors.shows_map()
    view = view if view in ("map", "tiles") else "matrix"
    view = "tiles" if view == "map" and not may_map else view
    waiting = errands(found, as_of, targets)
    table = matrix(found, number)
    return Overview(
        found=found,
        groups=groups(found, week_ago),
        changes=changes,
        errands=waiting,
        errands_total=sum(errand.count for errand in waiting),
        regions=table.regions,
        matrix=table.rows,
        has_marks=len(found) <= MOST_MARKS,
        columns=table.columns,
        picture=picture_of(areas(found, query), view) if view != "matrix" and found else "",
        view=view,
        may_map=may_map,
        choice=chosen,
        levels=occurring.levels,
        domains=occurring.domains,
        indicators=occurring.indicators_of(chosen.domain),
        simulated=any(one.simulated for one in found),
    )


@remembered(Target, Plan, Region, Indicator, most=4)
def _occurring(year: int | None) -> Occurring:
    return Occurring.among(selectors.targets_of_year(year))


def _changes(found: Sequence[Found], as_of: date | None) -> tuple[Changes, Mapping[int, State]]:
    """The changes of the last week, or month, by the stored states of twice as long; the states of a week ago."""
    week_ago: Mapping[int, State] = {}
    for days in (WEEK, MONTH):
        if as_of is None:
            turns = history.last_turns()
        else:
            states = history.states_within(as_of - timedelta(days=2 * days), as_of)
            turns, week_ago = states.turns, states.on(as_of - timedelta(days=WEEK))
        changes = history.recent_changes(found, as_of, days, turns)
        if changes:
            break
    worse = sum(URGENCY.index(one.after) < URGENCY.index(one.before) for one in changes)
    pending = [one for one in found if one.facts.get("evaluated")]
    shown = history.with_reasons(changes[:MOST_CHANGES])
    return Changes(days, len(changes), shown, worse, len(changes) - worse, pending), week_ago
