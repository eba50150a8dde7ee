"""The cities whose mean makes the figure of a region."""

from __future__ import annotations

import pytest

from provinces.models import Region
from provinces.selectors import cities_of, cities_of_each

pytestmark = pytest.mark.django_db


def naive(region: Region) -> list[str]:
    """Region by region, through the groups of counties that a province keeps to itself."""
    if region.counts_as_city or region.level == Region.Level.COUNTY:
        return [region.code]
    found = []
    for one in Region.objects.filter(parent=region):
        below = Region.objects.filter(parent=one) if one.level == Region.Level.GROUP else [one]
        found += [city.code for city in below if city.counts_as_city]
    return sorted(found)


def test_henan_counts_jiyuan_which_it_keeps_to_itself():
    codes = [city.code for city in cities_of(Region.objects.get(code="410000"))]
    assert len(codes) == 18
    assert "419001" in codes


def test_those_of_every_province_are_what_region_by_region_gives(django_assert_num_queries):
    regions = list(Region.objects.filter(level__in=("province", "prefecture"))) + list(
        Region.objects.filter(level="county")[:20]
    )
    with django_assert_num_queries(1):
        found = cities_of_each(regions)
    assert {code: [city.code for city in cities] for code, cities in found.items()} == {
        region.code: naive(region) for region in regions
    }


def test_a_city_is_its_own_and_asks_nothing(django_assert_num_queries):
    city = Region.objects.get(code="430400")
    with django_assert_num_queries(0):
        assert cities_of(city) == [city]
