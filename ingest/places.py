"""Which site or city a file means. A name that fits two places is set aside, never guessed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from ingest.schema.water import WaterPlace
from ingest.tidy import AirHourTable, Finding, StructuralError
from provinces.models import Region, Site
from provinces.names import normalise
from provinces.selectors import RegionIndex, code_prefix


def hour_sites(table: AirHourTable, index: Callable[[], RegionIndex], *, simulated: bool) -> Callable[[str], int | str]:
    """What finds the site of a row of hours: its key, or the code of a finding.

    A code is looked up in the register. A name within the city of its file is the station of that name there, and is
    registered when it is new. A bare name of the national list must fit exactly one known station.
    Raises StructuralError when the file is named after no known city.
    """
    if table.site_by == "code":
        codes = dict(
            Site.objects.filter(kind=Site.Kind.AIR_STATION).exclude(code="").order_by().values_list("code", "pk")
        )
        codes = _aliases() | codes
        return lambda code: codes.get(code, "unknown_site")
    if table.site_by == "city":
        return lambda name: _city_average(name, index())
    if table.site_by == "name":
        return _bare_names()
    city = index().city(table.city)
    if city is None:
        raise StructuralError(Finding("unknown_city_of_file", original=table.city))
    return lambda name: _station_in(city, name, simulated=simulated)


def _aliases() -> dict[str, int]:
    """Other codes and names of stations, as people assigned them."""
    aliased = Site.objects.filter(kind=Site.Kind.AIR_STATION).exclude(aliases=[]).order_by()
    return {alias: pk for pk, aliases in aliased.values_list("pk", "aliases") for alias in aliases}


def _city_average(name: str, index: RegionIndex) -> int | str:
    city = index.city(name)
    if city is None:
        return "unknown_site"
    site, _created = Site.objects.get_or_create(
        kind=Site.Kind.CITY_AVERAGE, code=city.code, defaults={"name": city.short_name, "region": city}
    )
    return site.pk


def _bare_names() -> Callable[[str], int | str]:
    known: dict[str, set[int]] = defaultdict(set)
    for pk, name in Site.objects.filter(kind=Site.Kind.AIR_STATION).values_list("pk", "normalised_name"):
        known[name].add(pk)

    for alias, pk in _aliases().items():
        known[normalise(alias)].add(pk)

    def find(name: str) -> int | str:
        sites = known.get(normalise(name), set())
        if not sites:
            return "unknown_site"
        return next(iter(sites)) if len(sites) == 1 else "ambiguous_site"

    return find


def _station_in(city: Region, name: str, *, simulated: bool) -> int | str:
    key = normalise(name)
    if not key:
        return "unknown_site"
    there = list(Site.objects.filter(kind=Site.Kind.AIR_STATION, region=city, normalised_name=key)[:2])
    if len(there) > 1:
        return "ambiguous_site"
    if there:
        return there[0].pk
    assigned = _aliases().get(name)
    if assigned is not None:
        return assigned
    role = Site.Role.REFERENCE if "对照" in key else Site.Role.CITY_POINT
    return Site.objects.create(kind=Site.Kind.AIR_STATION, name=name, region=city, role=role, simulated=simulated).pk


def water_sections(index: RegionIndex, *, simulated: bool) -> Callable[[WaterPlace], int | str]:
    """What finds a section: by province and name, and by its city where the file tells it; new ones are registered."""

    def find(place: WaterPlace) -> int | str:
        province = index.province(place.province)
        if province is None:
            return "unknown_section_place"
        city = index.city(place.city) if place.city else None
        key = normalise(place.section)
        if not key:
            return "empty_cell"
        there = list(
            Site.objects.filter(
                kind=Site.Kind.WATER_SECTION, region__code__startswith=code_prefix(province), normalised_name=key
            )
        )
        if city is not None:
            there = [site for site in there if site.region_id in (city.code, province.code)] or []
        if len(there) > 1:
            return "ambiguous_section"
        if there:
            return _placed(there[0], city, place).pk
        return Site.objects.create(
            kind=Site.Kind.WATER_SECTION,
            name=place.section,
            region=city or province,
            basin=place.basin,
            river=place.river,
            simulated=simulated,
        ).pk

    return find


def _placed(site: Site, city: Region | None, place: WaterPlace) -> Site:
    """A known section, with its city and river once a file tells them."""
    if city is not None and site.region_id != city.code:
        site.region = city
        site.river = site.river or place.river
        site.save()
    return site


def comparison_site(city: Region, series_zh: str) -> Site:
    """The site of a comparison series in a city."""
    site, _created = Site.objects.get_or_create(
        kind=Site.Kind.COMPARISON,
        region=city,
        code="",
        normalised_name=normalise(series_zh),
        defaults={"name": series_zh},
    )
    return site


def region_named(index: RegionIndex, name: str, within: str) -> str | None:
    """The code of a city or province as a sheet names it; a city must lie in the province that the title names."""
    city = index.city(name)
    province = index.province(within)
    if city is not None and (province is None or city.code.startswith(code_prefix(province))):
        return city.code
    whole = index.province(name)
    return None if whole is None else whole.code


def city_code(index: RegionIndex) -> Callable[[str], str | None]:
    """What finds the code of a city by its Chinese name."""

    def find(name: str) -> str | None:
        city = index.city(name)
        return None if city is None else city.code

    return find


def english_city_code(index: RegionIndex) -> Callable[[str], str | None]:
    """What finds the code of a city by its English name."""

    def find(name: str) -> str | None:
        city = index.english_city(name)
        return None if city is None else city.code

    return find
