"""Reading regions and sites."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import F, Q, TextField
from django.db.models.functions import Cast

from memory.tables import remembered, remembered_each
from provinces.models import EvidenceChange, Region, Site
from provinces.names import normalise


class Changed(NamedTuple):
    """When a region's evidence last changed, by its kind; None: never."""

    air: datetime | None
    water: datetime | None
    figures: datetime | None


def evidence_changes(codes: Iterable[str]) -> Mapping[str, Changed]:
    """When the evidence of each of some regions last changed."""
    known = _evidence_changes()
    return {code: Changed(*map(_moment, known.get(code, _NEVER))) for code in codes}


_NEVER: Sequence[str | None] = (None,) * len(Changed._fields)
_KINDS = tuple(f"{kind}_changed_at" for kind in Changed._fields)


@remembered(EvidenceChange)
def _evidence_changes() -> Mapping[str, Sequence[str | None]]:
    """Of all regions that ever had any: most pages ask for several lots of them. As texts: to make ten thousand moments
    takes five times as long as to read them."""
    rows = EvidenceChange.objects.order_by().values_list("region", *(Cast(kind, TextField()) for kind in _KINDS))
    return {code: when for code, *when in rows}


def _moment(text: str | None) -> datetime | None:
    """SQLite keeps moments of UTC without saying so."""
    when = None if text is None else datetime.fromisoformat(text)
    return when if when is None or when.tzinfo is not None else when.replace(tzinfo=UTC)


class RegionIndex:
    """Finds a region by the names that data files use for it. A name that fits two regions finds none."""

    def __init__(self, regions: Iterable[Region]) -> None:
        self._by_code: dict[str, Region] = {}
        self._cities: dict[str, set[str]] = {}
        self._county_cities: dict[str, set[str]] = {}
        self._provinces: dict[str, set[str]] = {}
        self._english: dict[str, set[str]] = {}
        for region in regions:
            self._by_code[region.code] = region
            if region.counts_as_city and region.name_en:
                self._english.setdefault(_plain_letters(region.name_en), set()).add(region.code)
            for known in self._kinds(region):
                for name in {normalise(name) for name in (region.name, region.short_name, *region.aliases)}:
                    known.setdefault(name, set()).add(region.code)

    def _kinds(self, region: Region) -> Iterator[dict[str, set[str]]]:
        if region.counts_as_city:
            yield self._cities
        elif region.level == Region.Level.COUNTY and (region.name.endswith("市") or region.aliases):
            yield self._county_cities
        if region.level == Region.Level.PROVINCE:
            yield self._provinces

    def city(self, name: str) -> Region | None:
        """A city by name or short name; a county-level city only where no prefecture bears the name."""
        key = normalise(name)
        for names in (self._cities, self._county_cities):
            codes = names.get(key, set())
            if codes:
                return self._by_code[next(iter(codes))] if len(codes) == 1 else None
        return None

    def english_city(self, name: str) -> Region | None:
        """A city by its English name, whatever the case and without apostrophes."""
        codes = self._english.get(_plain_letters(name), set())
        return self._by_code[next(iter(codes))] if len(codes) == 1 else None

    def province(self, name: str) -> Region | None:
        """A province by name or short name."""
        codes = self._provinces.get(normalise(name), set())
        return self._by_code[next(iter(codes))] if len(codes) == 1 else None

    def code(self, code: str) -> Region | None:
        """A region by its code."""
        return self._by_code.get(code)


def _plain_letters(name: str) -> str:
    return name.lower().replace("'", "").replace(" ", "")


def region_index() -> RegionIndex:
    """All regions by their names."""
    return RegionIndex(Region.objects.all())


def cities_of(region: Region) -> list[Region]:
    """The cities whose mean makes the figure of a region, by code; a city is its own."""
    return cities_of_each([region])[region.code]


def cities_of_each(regions: Iterable[Region]) -> dict[str, list[Region]]:
    """`cities_of` for several regions, by their codes, in one query."""
    found: dict[str, list[Region]] = {}
    for region in regions:
        found[region.code] = [region] if region.counts_as_city or region.level == Region.Level.COUNTY else []
    wide = [code for code, cities in found.items() if not cities]
    return found | {code: list(cities) for code, cities in _cities_below(wide).items()}


@remembered_each(Region)
def _cities_below(wide: Sequence[str]) -> Mapping[str, Sequence[Region]]:
    in_group = Q(parent__level=Region.Level.GROUP, parent__parent__in=wide)
    cities = Region.objects.filter(Q(parent__in=wide) | in_group, counts_as_city=True).order_by("code")
    found: dict[str, list[Region]] = {code: [] for code in wide}
    for city in cities.annotate(level_above=F("parent__level"), above=F("parent__parent")):
        for code in (city.parent_id, city.above if city.level_above == Region.Level.GROUP else None):
            if code in found:
                found[code].append(city)
    return found


def air_points(cities: Sequence[Region]) -> Mapping[str, list[Site]]:
    """The air stations that count for each city's figure, by region code."""
    points: dict[str, list[Site]] = {city.code: [] for city in cities}
    for site in Site.objects.filter(kind=Site.Kind.AIR_STATION, role=Site.Role.CITY_POINT, region__in=points).order_by(
        "id"
    ):
        points[site.region_id].append(site)
    return points


def assessed_sections(region: Region) -> Sequence[Site]:
    """The assessed surface-water sections of a region and of everything below it."""
    return assessed_sections_of_each([region])[region.code]


def assessed_sections_of_each(regions: Iterable[Region]) -> dict[str, list[Site]]:
    """`assessed_sections` for several regions, by their codes."""
    sections = _assessed_sections()
    codes = [one.region_id for one in sections]
    return {region.code: list(sections[_within(codes, code_prefix(region))]) for region in regions}


@remembered(Site)
def _assessed_sections() -> Sequence[Site]:
    """All of them by the codes of their regions: a country has a few thousand, and they hardly ever change."""
    found = Site.objects.filter(kind=Site.Kind.WATER_SECTION, assessed=True)
    return list(found.order_by("region_id", "code", "name"))


def codes_within(prefix: str) -> Sequence[str]:
    """The codes of the regions that begin with some digits (see `code_prefix`)."""
    codes = _codes()
    return codes[_within(codes, prefix)]


@remembered(Region)
def _codes() -> Sequence[str]:
    return list(Region.objects.values_list("code", flat=True))


def _within(codes: Sequence[str], prefix: str) -> slice:
    """Where among codes in order those stand that begin with some digits."""
    return slice(bisect_left(codes, prefix), bisect_right(codes, prefix + ":"))  # which follows after all digits


def code_prefix(region: Region) -> str:
    """The digits that the codes of a region and of everything below it begin with; none for the country."""
    if region.level == Region.Level.COUNTRY:
        return ""
    digits = region.code.rstrip("0")
    return digits + "0" * (len(digits) % 2)
