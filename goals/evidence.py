"""The evidence for a subject (an indicator of a region within a scope), gathered for many at once. Reads only.

Where the issuer has published the figure for the same indicator, scope and period, that is the evidence and the
computed one stands beside it; else the computed one; else what a person entered from a document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

import numpy as np

from evaluation.air_years import COLUMN_OF, composite_index_of_days
from evaluation.budget import Span
from evaluation.calendar import is_month_end
from evaluation.forecast import FloatArray
from evaluation.progress import (
    STATISTICS,
    CityYear,
    Evidence,
    evidence_of_days,
    evidence_of_figure,
    evidence_of_sections,
)
from evaluation.rounding import exact, round_half_even
from evaluation.sections import SectionSoFar, in_classes, months_suffice
from evaluation.validity import PROFILES, days_by_month
from goals.city_years import DUST_COLUMNS, city_year, counted
from indicators.catalogue import DAILY_STATISTICS, scope_definitions
from indicators.known_days import CityDays, city_years, exceptional_days
from indicators.known_figures import FigureRecord, figure_record
from indicators.models import Figure, Indicator
from indicators.revised import revised_between
from indicators.water_months import SectionMonths, SectionRecord
from provinces.models import Region, Site
from provinces.selectors import assessed_sections_of_each, cities_of_each, evidence_changes

Basis = Literal["published", "computed", "entered"]
#: As many sections are read at once, if they are of several regions: a country's are never all held.
SECTIONS_AT_ONCE = 500


@dataclass(frozen=True)
class Subject:
    """What is asked for: an indicator of a region within a scope, by a validity profile."""

    region: Region
    indicator: Indicator
    scope: str
    profile: str = "CN"
    without_dust: bool = True


@dataclass(frozen=True)
class Best:
    """The best evidence for a subject and period, with what it rests on."""

    evidence: Evidence
    basis: Basis
    first: date
    last: date
    simulated: bool
    figure: Figure | None = None
    cities: Mapping[str, CityYear] = field(default_factory=dict)
    sections: Sequence[tuple[Site, SectionSoFar]] = ()
    beside: Best | None = None

    @property
    def level(self) -> Fraction:
        """The level of the indicator; evidence without one is never made."""
        if self.evidence.level is None:
            raise ValueError("evidence without a level")
        return self.evidence.level


def as_printed(best: Best, places: int) -> Decimal:
    """A level as it is shown: as its issuer printed it, else rounded once, half to even."""
    if best.figure is not None and best.figure.value is not None:
        return best.figure.value
    return round_half_even(best.level, places)


class EvidenceRoom:
    """The evidence for some subjects as of a day (None: all that is known now), gathered once and shared."""

    def __init__(self, subjects: Iterable[Subject], years: Iterable[int], as_of: date | None, today: date) -> None:
        self._subjects = list(subjects)
        #: As it was before anything was gathered.
        self.changes = evidence_changes({subject.region.code for subject in self._subjects})
        self._years = sorted(set(years))
        self.as_of = as_of
        self.today = today
        self._days: dict[tuple[str, int], Mapping[str, CityDays]] = {}
        self._days_from: EvidenceRoom | None = None  # the later room whose days these are, too
        self._section_record: tuple[object, SectionRecord] | None = None
        self._computed: dict[tuple[Subject, int, date], Best | None] = {}
        #: City, figure, dust account, last day -> ensemble and past years: what `goals.outlook` keeps.
        self.outlooks: dict[tuple[str, str, bool, date], tuple[FloatArray, list[int]] | None] = {}
        #: Subject, year, last day -> what repeating past years would give, kept by `goals.outlook`, too.
        self.repeats: dict[tuple[Subject, int, date], Any] = {}
        self._days_asked_for: dict[tuple[str, str, int, bool, bool], CityDays | None] = {}

    def earlier(self, day: date) -> EvidenceRoom:
        """The same room as of an earlier day. Days already read are shared unless a revision came in between."""
        room = EvidenceRoom(self._subjects, self._years, day, self.today)
        for gathered in ("changes", "cities", "_listed", "_figure_record"):
            room.__dict__[gathered] = getattr(self, gathered)
        if not revised_between(self._cities_asked_for, day, self.as_of):
            room._days_from = self
        return room

    def simulated_in(self, subject: Subject, years: Iterable[int]) -> bool:
        """Whether simulated days take part in any of some years of a subject."""
        wanted = list(years)
        return any(
            bool(days.simulated.any())
            for city in self.members(subject)
            for year in wanted
            if (days := self.days(subject, city.code, year)) is not None
        )

    def data_days(self, subject: Subject, year: int) -> list[date]:
        """The days of a year, as far as it is looked at, on which any city of the subject has a valid value."""
        first, until = date(year, 1, 1), self.until(year)
        there = np.zeros(max(0, (until - first).days + 1), dtype=np.bool_)
        for city in self.members(subject):
            days = self.days(subject, city.code, year)
            if days is not None and days.length:
                valid = counted(days, subject.indicator.figure)[0][: len(there)] | days.excluded[: len(there)]
                there[: len(valid)] |= valid
        return [first + timedelta(days=int(n)) for n in np.flatnonzero(there)]

    # ---- the calendar ----------------------------------------------------------------------------------------------

    def until(self, year: int) -> date:
        """The last day of a year that is looked at."""
        return min(date(year, 12, 31), self.as_of or self.today)

    def closed(self, year: int) -> bool:
        """Whether a year is over."""
        return self.until(year) == date(year, 12, 31)

    # ---- what is gathered ------------------------------------------------------------------------------------------

    @cached_property
    def cities(self) -> Mapping[str, list[Region]]:
        """The cities of each region."""
        return cities_of_each({subject.region.code: subject.region for subject in self._subjects}.values())

    def _city_year(self, profile: str, city: str, year: int) -> CityDays | None:
        """A city's days of a year by a validity profile. The years that the room was told of are read at once, any
        other when it is asked for: what is found does not depend on who else is looked at."""
        if self._days_from is not None:
            return self._days_from._city_year(profile, city, year)
        if (profile, year) not in self._days:
            codes, told = self._cities_with_days(profile), self._years
            together = range(told[0], told[-1] + 1) if told and told[0] <= year <= told[-1] else range(year, year + 1)
            days = city_years(codes, together, self.as_of, PROFILES[profile]) if codes else {}
            for one in together:
                self._days[profile, one] = {code: years[one] for code, years in days.items()}
        return self._days[profile, year].get(city)

    @cached_property
    def _cities_asked_for(self) -> set[str]:
        profiles = {subject.profile for subject in self._subjects}
        return {city for profile in profiles for city in self._cities_with_days(profile)}

    @cached_property
    def _listed(self) -> Mapping[str, Mapping[date, date]]:
        return exceptional_days(self._cities_asked_for)

    @cached_property
    def _exceptional(self) -> Mapping[str, set[date]]:
        """The days of the lists that were issued by the room's day."""
        return {
            city: {day for day, listed_on in days.items() if self.as_of is None or listed_on <= self.as_of}
            for city, days in self._listed.items()
        }

    def _cities_with_days(self, profile: str) -> set[str]:
        regions = {
            subject.region.code
            for subject in self._subjects
            if subject.profile == profile and subject.indicator.statistic in (*DAILY_STATISTICS, "composite_index")
        }
        return {city.code for region in regions for city in self.cities[region]}

    @cached_property
    def _figure_record(self) -> FigureRecord:
        """The figures on record, each with its indicator."""
        codes = {code for subject in self._subjects for code in evidence_codes(subject.indicator)}
        return figure_record({subject.region.code for subject in self._subjects}, codes)

    @cached_property
    def _figures(self) -> Mapping[tuple[str, str], list[Figure]]:
        found: dict[tuple[str, str], list[Figure]] = defaultdict(list)
        for figure in self._figure_record.known(self.as_of, self.today):
            if figure.value is not None:
                found[figure.region_id, figure.indicator_id].append(figure)
        return found

    def members(self, subject: Subject) -> list[Region]:
        """The cities whose mean makes the subject's figure; none where the scope is known from print only."""
        rule = scope_definitions()[subject.scope].rule
        return self.cities[subject.region.code] if rule in ("own", "cities") else []

    def days(self, subject: Subject, city: str, year: int) -> CityDays | None:
        """A city's days of a year, as far as they are looked at, by the subject's profile.

        Without dust, where the subject asks for that: particles leave listed days out, other figures keep them.
        """
        of_all = subject.indicator.statistic == "composite_index"
        key = (subject.profile, city, year, subject.without_dust, of_all)
        if key not in self._days_asked_for:
            days = self._city_year(subject.profile, city, year)
            listed = self._exceptional.get(city) if subject.without_dust else None
            if days is not None and listed:
                days = days.without(listed, tuple(days.figures) if of_all else DUST_COLUMNS)
            self._days_asked_for[key] = days
        return self._days_asked_for[key]

    def exceptional_count(self, subject: Subject, year: int) -> int:
        """The listed city days of a year, as far as it is looked at, in a figure that they would touch."""
        if subject.indicator.figure not in DUST_COLUMNS and subject.indicator.statistic != "composite_index":
            return 0
        until = self.until(year)
        listed = (self._exceptional.get(city.code, set()) for city in self.members(subject))
        return sum(day.year == year and day <= until for days in listed for day in days)

    # ---- the best evidence -----------------------------------------------------------------------------------------

    def best(self, subject: Subject, year: int) -> Best | None:
        """The best evidence for a year, or for the part of it that is looked at; None when there is none."""
        computed = self.computed(subject, year, self.until(year))
        printed = self._printed(subject, year)
        if printed is not None and printed.basis == "published":
            return _with_span_of(printed, computed)
        return computed or printed

    def whole_year(self, subject: Subject, year: int) -> Best | None:
        """The evidence for a whole year that is over and whose data suffice: what can serve as a baseline."""
        if not self.closed(year):
            return None
        best = self.best(subject, year)
        if best is None or not best.evidence.closed or not best.evidence.sufficient:
            return None
        return best

    def same_period(self, subject: Subject, year: int, like: Best) -> Best | None:
        """The evidence for the same part of another year."""
        last = same_day(like.last, year)
        if like.basis == "computed":
            return self.computed(subject, year, last)
        first = like.first.replace(year=year)
        figures = [f for f in self.figures(subject) if (f.period_start, f.period_end) == (first, last)]
        return _from_figure(figures[0], subject.indicator, closed=True) if figures else None

    def figures(self, subject: Subject) -> list[Figure]:
        """The known figures of a subject, those published before those entered, then the newest period first."""
        scope = subject.scope
        found = [
            figure
            for code in evidence_codes(subject.indicator)
            for figure in self._figures.get((subject.region.code, code), [])
            if figure.indicator.scope_for(subject.region, figure.scope) == scope
        ]
        return sorted(
            found,
            key=lambda f: (f.entered_by_id is not None, f.simulated, -f.period_end.toordinal(), f.period_start),
        )

    def computed(self, subject: Subject, year: int, until: date) -> Best | None:
        """The evidence worked out from observations up to a day; None where the indicator or scope has no such way."""
        key = (subject, year, until)
        if key not in self._computed:
            self._computed[key] = self._work_out(subject, year, until)
        return self._computed[key]

    def _work_out(self, subject: Subject, year: int, until: date) -> Best | None:
        if subject.indicator.statistic in DAILY_STATISTICS:
            return self._from_days(subject, year, until)
        if subject.indicator.statistic == "class_share":
            return self._from_sections(subject, year, until)
        if subject.indicator.statistic == "composite_index":
            return self._composite_index(subject, year, until)
        return None

    def same_basis(self, subject: Subject, year: int, until: date, basis: date) -> Best | None:
        """As `computed`, with the AQI of every day by the rule in force on the day `basis` (同口径)."""
        return self._from_days(subject, year, until, basis)

    def _from_days(self, subject: Subject, year: int, until: date, basis: date | None = None) -> Best | None:
        profile = PROFILES[subject.profile]
        cities: dict[str, CityYear] = {}
        simulated = False
        for city in self.members(subject):
            days = self.days(subject, city.code, year)
            if days is not None:
                if basis is not None:
                    days = days.on_the_basis_of(basis)
                cities[city.code] = city_year(days, subject.indicator, year, until, profile)
                seen = max(0, (until - days.first).days + 1)  # a shared room knows later days, too
                simulated |= bool(days.simulated[:seen].any())
        percent = None if subject.indicator.percent is None else Decimal(subject.indicator.percent)
        evidence = evidence_of_days(STATISTICS[subject.indicator.statistic], list(cities.values()), percent)
        if evidence is None:
            return None
        return Best(evidence, "computed", date(year, 1, 1), until, simulated, cities=cities)

    def _composite_index(self, subject: Subject, year: int, until: date) -> Best | None:
        """The unweighted mean of the cities' indices; until the year is over it can still end anywhere."""
        profile, closed = PROFILES[subject.profile], until == date(year, 12, 31)
        levels, sufficient, simulated = [], True, False
        for city in self.members(subject):
            days = self.days(subject, city.code, year)
            if days is None:
                continue
            length = min(days.length, max(0, (until - days.first).days + 1))
            part = {name: days.figures[name][:length] for name in COLUMN_OF.values()}
            index = composite_index_of_days(part, until)
            simulated |= bool(days.simulated[:length].any())
            if index is not None:
                levels.append(exact(index.index))
                measured = days.excluded[:length]
                sufficient &= all(
                    profile.so_far_suffices(days_by_month((values >= 0) | measured, days.dates[:length]), until, name)
                    for name, values in part.items()
                )
        if not levels:
            return None
        level = sum(levels, Fraction(0)) / len(levels)
        span = Span(level, level) if closed else Span(None, None)
        sufficient &= len(levels) == len(self.members(subject))
        evidence = Evidence(level=level, span=span, widest=Span(None, None), sufficient=sufficient, closed=closed)
        return Best(evidence, "computed", date(year, 1, 1), until, simulated)

    def _from_sections(self, subject: Subject, year: int, until: date) -> Best | None:
        scope = scope_definitions()[subject.scope]
        if scope.rule != "assessed_sections" or not scope.accepts_automatic:
            return None
        months = self.section_months(subject.region, year, until)
        found = [(one.site, so_far, one.simulated) for one in months if (so_far := one.so_far) is not None]
        if not found:
            return None
        closed = until == date(year, 12, 31)
        whole_months = until.month if is_month_end(until) else until.month - 1
        classes = [int(grade) for grade in subject.indicator.classes]
        evidence = evidence_of_sections(
            [in_classes(so_far, classes) for _site, so_far, _simulated in found],
            sufficient=len(found) == len(months)
            and all(months_suffice(so_far, whole_months) for _site, so_far, _simulated in found),
            closed=closed,
        )
        if evidence is None:
            return None
        return Best(
            evidence,
            "computed",
            date(year, 1, 1),
            until,
            simulated=any(simulated for _site, _so_far, simulated in found),
            sections=[(site, so_far) for site, so_far, _simulated in found],
        )

    def section_months(self, region: Region, year: int, until: date) -> list[SectionMonths]:
        """A region's sections with the months of a year up to a day. They are read with those of other regions that are
        asked for, in all years that the room was told of: one region is looked at after the other."""
        group = next((n for n, group in enumerate(self._section_groups) if region.code in group), None)
        years = self._years if year in self._years else [year]
        key = (region.code if group is None else group, *years)
        if self._section_record is None or self._section_record[0] != key:
            together = assessed_sections_of_each([region]) if group is None else self._section_groups[group]
            self._section_record = key, SectionRecord(together, years, self.as_of)
        return self._section_record[1].months(region.code, year, until)

    @cached_property
    def _section_groups(self) -> Sequence[Mapping[str, Sequence[Site]]]:
        """The sections of the regions of which any are asked for, those together that are read at once."""
        regions = {one.region.code: one.region for one in self._subjects if one.indicator.statistic == "class_share"}
        groups: list[dict[str, Sequence[Site]]] = [{}]
        for code, sections in assessed_sections_of_each(regions.values()).items():
            if sum(map(len, groups[-1].values())) >= SECTIONS_AT_ONCE:
                groups.append({})
            groups[-1][code] = sections
        return groups

    def _printed(self, subject: Subject, year: int) -> Best | None:
        """The figure for the year, else for the part of it that ends last.

        Where the figure can be computed, only print for exactly the same period replaces it.
        """
        until = self.until(year)
        wanted = [f for f in self.figures(subject) if f.period_start.year == f.period_end.year == year]
        if subject.indicator.statistic != "figure":
            wanted = [f for f in wanted if (f.period_start, f.period_end) == (date(year, 1, 1), until)]
        if not wanted:
            return None
        figure = min(wanted, key=lambda f: (f.entered_by_id is not None, not _is_annual(f), -f.period_end.toordinal()))
        return _from_figure(figure, subject.indicator, closed=_is_annual(figure))


def evidence_codes(indicator: Indicator) -> list[str]:
    """The indicators whose figures are evidence for this one: itself, and those that say the same."""
    return [indicator.code, *indicator.figures_of]


def _is_annual(figure: Figure) -> bool:
    return (figure.period_start.month, figure.period_end.month) == (1, 12)


def _from_figure(figure: Figure, indicator: Indicator, *, closed: bool) -> Best:
    if figure.value is None:
        raise ValueError("a figure without a value is no evidence")
    evidence = evidence_of_figure(
        figure.value,
        closed=closed,
        only_grows=indicator.only_grows,
        minimum=indicator.minimum,
        maximum=indicator.maximum,
    )
    basis: Basis = "published" if figure.entered_by_id is None else "entered"
    return Best(evidence, basis, figure.period_start, figure.period_end, figure.simulated, figure=figure)


def _with_span_of(printed: Best, computed: Best | None) -> Best:
    """Print decides the level; where the year can still end is known from the days behind it."""
    if computed is None:
        return printed
    if printed.evidence.closed:
        return replace(printed, beside=computed, cities=computed.cities, sections=computed.sections)
    evidence = replace(computed.evidence, level=printed.evidence.level)
    return replace(printed, evidence=evidence, beside=computed, cities=computed.cities, sections=computed.sections)


def same_day(day: date, year: int) -> date:
    """The same calendar day of another year; a month's last day stays one."""
    if day.month == 2 and day.day >= 28 and is_month_end(day):
        return date(year, 3, 1) - timedelta(days=1)
    return day.replace(year=year)
