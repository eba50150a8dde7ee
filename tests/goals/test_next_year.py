"""The next year's plan from this one: drafts that count only once the new text is read."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from goals.models import Plan, Target
from goals.next_year import NextYearError, start_next_year
from goals.selectors import approved_targets

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return User.objects.create_user("li")


def plan() -> Plan:
    return Plan.objects.select_related("region").get(region="450000", year=2021)


def test_chosen_targets_become_drafts_with_the_proposed_numbers(user):
    begun = start_next_year(plan(), {"GX-08": "95.0", "GX-06": "30", "GX-02": ""}, user)
    found = {one.indicator_id: one for one in begun.targets.all()}
    this_year = {one.indicator_id: one for one in plan().targets.filter(register_id__in=["GX-08", "GX-06", "GX-02"])}
    assert (begun.year, begun.text, len(found)) == (2022, "", 3)
    assert found["good_day_ratio"].value == Decimal("95.0")
    for code, one in found.items():
        before = this_year[code]
        assert one.status == Target.Status.DRAFT
        assert (one.kind, one.comparator, one.scope, one.unit, one.quote_zh) == (
            before.kind, before.comparator, before.scope, before.unit, before.quote_zh,
        )  # fmt: skip
        assert before.register_id in one.notes
    assert not approved_targets("450000", 2022).exists()


def test_a_baseline_of_the_year_before_moves_on_and_a_fixed_one_stays(user):
    base = {"register_id": "X", "plan": plan(), "indicator_id": "nox_emissions", "indicator_zh": "x", "quote_zh": "x"}
    base |= {"kind": "relative_change", "comparator": "<=", "value": "-2", "unit": "%", "char_start": 0, "char_end": 1}
    for register_id, year in (("X-1", 2020), ("X-2", 2015)):
        Target.objects.create(**base | {"register_id": register_id}, baseline_year=year, status="approved")
    begun = start_next_year(plan(), {"X-1": "-2", "X-2": "-3"}, user)
    assert sorted(one.baseline_year for one in begun.targets.all()) == [2015, 2021]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "没有选中"),
        ({"HN-01": "1"}, "没有选中"),  # of another plan
        ({"GX-08": "很高"}, "不是数"),
        ({"GX-08": ""}, "不是数"),
        ({"GX-08": "Infinity"}, "有限的数"),
    ],
)
def test_what_makes_no_plan_is_refused_and_leaves_nothing(user, values, says):
    with pytest.raises(NextYearError, match=says):
        start_next_year(plan(), values, user)
    assert not Plan.objects.filter(region="450000", year=2022).exists()


def test_a_plan_is_begun_once(user):
    start_next_year(plan(), {"GX-08": "95"}, user)
    with pytest.raises(NextYearError, match="已经有了"):
        start_next_year(plan(), {"GX-08": "95"}, user)


def test_by_the_page(client_of):
    manager = client_of("guanli")
    text = manager.get("/plans/450000/2021/next/").content.decode()
    assert 'name="value-GX-08" value="94.5"' in text
    answer = manager.post("/plans/450000/2021/next/", {"target": ["GX-08"], "value-GX-08": "95.5"}, follow=True)
    assert "已开始2022年的计划：1项草稿" in answer.content.decode()
    assert Target.objects.get(plan__year=2022).value == Decimal("95.5")
    assert "已经有了" in manager.get("/plans/450000/2021/next/").content.decode()
    assert client_of("keshi").get("/plans/450000/2021/next/").status_code == 403


def test_the_new_text_takes_the_drafts_over(user):
    """Read and approved, the plan of 2022 has the drafted targets, with its own words and under the same id."""
    from goals.approving import approve
    from goals.models import Draft
    from goals.versions import receive_version

    guangzhou = Plan.objects.select_related("region").get(region="440100", year=2021)
    start_next_year(guangzhou, {"GZ-01": "22"}, user)
    drafted = Target.objects.get(plan__year=2022)
    text = f"二〇二二年主要目标：全市{drafted.indicator_zh}控制在22微克/立方米以内，为生态环境持续改善打好基础。\n"
    version = receive_version(text.encode(), "a.txt", guangzhou.region, 2022, "工作要点", user)
    assert version.drafts.filter(sort=Draft.Sort.TARGET).count() == 1
    approve(version, user, everything=True)
    found = Target.objects.get(plan__year=2022)
    assert (found.pk, found.register_id, found.status) == (drafted.pk, drafted.register_id, "approved")
    assert (found.value, found.quote_zh in text, found.quote_zh != drafted.quote_zh) == (Decimal(22), True, True)
