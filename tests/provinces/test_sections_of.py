"""The sections and codes of a region are those whose codes begin like its own."""

from __future__ import annotations

import pytest

from provinces.models import Region, Site
from provinces.selectors import assessed_sections, assessed_sections_of_each, code_prefix, codes_within

pytestmark = pytest.mark.django_db
REGIONS = ("100000", "450000", "450100", "450102", "430000", "430400", "440100", "210200", "460000")


@pytest.fixture(autouse=True)
def _sections() -> None:
    for n, code in enumerate(("450100", "450102", "450000", "430400", "440100", "450100", "460100")):
        Site.objects.create(kind="water_section", code=f"S{n}", name=f"断面{n}", region_id=code, assessed=n != 5)
    Site.objects.create(kind="air_station", code="A1", name="站", region_id="450100", assessed=True)


@pytest.mark.parametrize("code", REGIONS)
def test_they_are_those_that_one_by_one_fit(code):
    region = Region.objects.get(code=code)
    prefix = code_prefix(region)
    fitting = [
        one.code
        for one in Site.objects.order_by("region", "code")
        if one.kind == "water_section" and one.assessed and one.region_id.startswith(prefix)
    ]
    assert [one.code for one in assessed_sections(region)] == fitting
    codes = sorted(one.code for one in Region.objects.all() if one.code.startswith(prefix))
    assert list(codes_within(prefix)) == codes
    assert code in codes


def test_several_regions_have_each_their_own():
    regions = list(Region.objects.filter(code__in=REGIONS))
    found = assessed_sections_of_each(regions)
    assert found == {one.code: assessed_sections(one) for one in regions}
    assert {code: len(sections) for code, sections in found.items() if code in ("100000", "450000", "450102")} == {
        "100000": 6, "450000": 3, "450102": 1,
    }  # fmt: skip
