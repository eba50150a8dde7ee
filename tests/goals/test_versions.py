"""A plan's text from the hand-in to its targets: what is written, what is kept, what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from goals import versions
from goals.approving import approve
from goals.drafts import QuantityFields, TargetFields
from goals.models import AssignedValue, Draft, Judgement, Plan, PlanVersion, Target, Task, TaskQuantity
from goals.version_selectors import comparison
from goals.versions import PlanVersionError
from indicators.models import Indicator
from provinces.models import Region
from tests.csv_rows import rows_of
from tests.goals.cast import assign, judge

pytestmark = pytest.mark.django_db

TEXT = """成都市2022年生态环境工作要点
一、主要目标
全市PM2.5年均浓度控制在36微克/立方米以内,优良天数比率不低于83%;地表水优良比例达到省考核要求。
二、重点任务
(一)治气。完成35家企业深度治理。
(二)治水。抓好5个重点区域综合整治。
(三)治土。
"""
AMENDED = TEXT.replace("36微克", "35微克").replace("优良天数比率不低于83%", "森林覆盖率达到40%")


def handed_in(text: str = TEXT, region: str = "510100", year: int = 2022) -> PlanVersion:
    """A text as a target manager hands it in."""
    user, _created = User.objects.get_or_create(username="王管理")
    return versions.receive_version(text.encode(), "要点.txt", Region.objects.get(code=region), year, "", user)


def targets(version: PlanVersion) -> list[Draft]:
    return list(version.drafts.filter(sort=Draft.Sort.TARGET).order_by("order"))


def state() -> tuple[int, ...]:
    """How much is stored of what approving writes."""
    return tuple(model.objects.count() for model in (Plan, Target, Task, TaskQuantity, Target.history.model))


def test_handing_in_keeps_the_bytes_and_drafts_and_writes_no_target():
    before = state()
    version = handed_in()
    assert bytes(version.original).decode() == version.text == TEXT
    assert version.title == "成都市2022年生态环境工作要点"
    assert [draft.fields["indicator"] for draft in targets(version)] == [
        "pm25_mean",
        "good_day_ratio",
        "class3_or_better_share",
    ]
    assert version.drafts.filter(sort=Draft.Sort.TASK).count() == 3
    assert version.drafts.filter(sort=Draft.Sort.QUANTITY).count() == 2
    assert state() == before


@pytest.mark.services
def test_approving_writes_every_target_with_its_words_its_place_and_the_text_it_counts_in():
    version = handed_in()
    done = approve(version, User.objects.get(), everything=True)
    assert done.created == ["510100-2022-01", "510100-2022-02", "510100-2022-03"]
    plan = Plan.objects.get(region="510100", year=2022)
    assert plan.text == TEXT
    for target in plan.targets.all():
        assert plan.text[target.char_start : target.char_end] == target.quote_zh
        assert target.text_sha256 == plan.text_sha256 == version.text_sha256
        assert target.status == Target.Status.APPROVED
        assert "核对计划原文" in target.history.first().history_change_reason
    pm25 = plan.targets.get(indicator="pm25_mean")
    assert (pm25.comparator, pm25.value, pm25.unit) == ("<=", Decimal(36), "µg/m3")
    assert [(task.number, task.title_zh) for task in plan.tasks.all()] == [
        ("(一)", "治气"),
        ("(二)", "治水"),
        ("(三)", "治土"),
    ]
    promised, context = TaskQuantity.objects.filter(task__plan=plan).order_by("register_id")
    assert (promised.quantity, promised.is_commitment, promised.due_on) == (35, True, date(2022, 12, 31))
    assert context.is_commitment is False
    version.refresh_from_db()
    assert (version.status, version.plan, version.decided_by.username) == ("approved", plan, "王管理")


def test_only_what_is_accepted_becomes_a_target():
    version = handed_in()
    first, second, third = targets(version)
    versions.accept(first)
    versions.reject(second)
    with pytest.raises(PlanVersionError, match="还有1项目标没有核对"):
        approve(version, None)
    versions.reject(third)
    assert approve(version, None).created == ["510100-2022-01"]
    assert Target.objects.filter(plan__region="510100").count() == 1


def test_a_draft_that_lacks_something_is_neither_accepted_nor_approved():
    version = handed_in(TEXT.replace("优良天数比率", "绿萝成活率"))
    lacking = targets(version)[1]
    assert lacking.fields["indicator"] == ""
    with pytest.raises(PlanVersionError, match="还没有指标"):
        versions.accept(lacking)
    before = state()
    with pytest.raises(PlanVersionError, match="1项还缺指标、范围或数值.*绿萝成活率"):
        approve(version, None, everything=True)
    assert state() == before
    version.refresh_from_db()
    assert version.status == PlanVersion.Status.OPEN


def test_a_scope_that_the_catalogue_does_not_know_waits_for_a_person():
    version = handed_in(TEXT.replace("全市PM2.5", "石头湾PM2.5"))
    draft = targets(version)[0]
    assert (draft.fields["scope_zh"], draft.fields["scope"]) == ("石头湾", "")
    with pytest.raises(PlanVersionError, match="范围不在目录"):
        versions.accept(draft)
    versions.correct(draft, TargetFields.model_validate(draft.fields).model_copy(update={"scope": "urban_sites"}))
    approve(version, None, everything=True)
    target = Target.objects.get(register_id="510100-2022-01")
    assert (target.scope, target.scope_zh) == ("urban_sites", "石头湾")


@pytest.mark.services
def test_what_breaks_half_way_writes_nothing(monkeypatch):
    version = handed_in()
    before = state()

    def broken(*_arguments: object) -> None:
        raise RuntimeError("half way")

    monkeypatch.setattr("goals.approving._write_quantities", broken)
    with pytest.raises(RuntimeError):
        approve(version, None, everything=True)
    assert state() == before
    assert PlanVersion.objects.get(pk=version.pk).status == PlanVersion.Status.OPEN


def test_correcting_a_draft_takes_it_as_corrected():
    version = handed_in()
    draft = targets(version)[0]
    fields = TargetFields.model_validate(draft.fields).model_copy(update={"value": Decimal("35.5")})
    versions.correct(draft, fields)
    draft.refresh_from_db()
    assert (draft.state, draft.fields["value"], draft.doubts) == ("accepted", "35.5", [])


def test_splitting_makes_two_to_decide_and_merging_makes_one():
    version = handed_in()
    first = targets(version)[0]
    versions.accept(first)
    second = versions.split(first)
    assert [draft.state for draft in targets(version)][:2] == ["open", "open"]
    assert second.fields == first.fields
    assert [draft.pk for draft in targets(version)][:2] == [first.pk, second.pk]
    versions.merge(first)
    assert len(targets(version)) == 3
    versions.merge(first)
    first.refresh_from_db()
    assert first.quote == "全市PM2.5年均浓度控制在36微克/立方米以内,优良天数比率不低于83%"
    versions.merge(first)
    with pytest.raises(PlanVersionError, match="没有可以合并"):
        versions.merge(first)


def test_there_is_room_for_many_between_two_drafts_and_then_it_says_so():
    version = handed_in()
    first = targets(version)[0]
    for _ in range(9):
        versions.split(first)
    assert len(targets(version)) == 12
    assert targets(version)[0].pk == first.pk
    with pytest.raises(PlanVersionError, match="没有位置"):
        versions.split(first)


def test_selected_words_become_a_draft_read_as_far_as_they_can_be():
    version = handed_in(TEXT.replace("(三)治土。", "(三)治土。农村生活污水治理率达到45%。认真做好保障。"))
    start = version.text.index("农村生活")
    added = versions.add(version, start, start + len("农村生活污水治理率达到45%"))
    assert (added.fields["indicator"], added.fields["value"], added.by_hand) == ("rural_sewage_rate", "45", True)
    start = version.text.index("认真做好")
    unread = versions.add(version, start, start + 8)
    assert (unread.fields["indicator"], unread.doubts[0]["code"]) == ("", "by_hand")
    assert targets(version)[-1].pk == unread.pk
    for bad in ((0, 0), (5, 4), (0, 10**6)):
        with pytest.raises(PlanVersionError, match="先在原文中选中"):
            versions.add(version, *bad)
    with pytest.raises(PlanVersionError, match="选得太长"):
        versions.add(handed_in("计划" * 400 + TEXT, year=2023), 0, 600)


def test_an_alias_given_in_place_settles_all_drafts_that_use_it_and_is_read_from_then_on():
    version = handed_in(TEXT.replace("优良天数比率不低于83%", "好天率不低于83%,力争达到85%"))
    unknown = [draft for draft in targets(version) if not draft.fields["indicator"]]
    assert [draft.fields["indicator_zh"] for draft in unknown] == ["好天率", "好天率"]
    assert versions.call_it(unknown[0], Indicator.objects.get(code="good_day_ratio")) == 2
    assert "好天率" in Indicator.objects.get(code="good_day_ratio").aliases
    for draft in unknown:
        draft.refresh_from_db()
        assert (draft.fields["indicator"], draft.fields["domain"]) == ("good_day_ratio", "air")
    again = handed_in(TEXT.replace("优良天数比率", "好天率"), year=2023)
    assert [draft.fields["indicator"] for draft in targets(again)][1] == "good_day_ratio"


def test_a_new_indicator_is_entered_in_place():
    version = handed_in(TEXT.replace("优良天数比率", "绿萝成活率"))
    entry = {"name_zh": "绿萝成活率", "name_en": "Ivy survival rate", "domain": "ecology", "unit": "%"}
    indicator = versions.enter_indicator(targets(version)[1], entry | {"direction": "increase", "statistic": "figure"})
    assert (indicator.code, indicator.statistic, indicator.unit) == ("ivy_survival_rate", "figure", "%")
    draft = targets(version)[1]
    assert (draft.fields["indicator"], draft.fields["domain"]) == ("ivy_survival_rate", "ecology")
    with pytest.raises(PlanVersionError, match="已有英文名"):
        versions.enter_indicator(draft, entry | {"direction": "increase", "statistic": "figure"})
    assert "510100-2022-02" in approve(version, None, everything=True).created


# ---- a new version of the text ---------------------------------------------------------------------------------------


def test_an_amended_plan_says_target_by_target_what_changes():
    approve(handed_in(), None, everything=True)
    amended = handed_in(AMENDED)
    compared = comparison(amended)
    by_indicator = {match.target.indicator_id: match for match in compared.matches.values()}
    assert by_indicator["pm25_mean"].differences == [("value", Decimal(36), Decimal(35))]
    assert by_indicator["class3_or_better_share"].differences == []
    assert [target.indicator_id for target in compared.gone] == ["good_day_ratio"]


@pytest.mark.services
def test_an_amended_plan_keeps_ids_assigned_values_and_judgements_and_retires_only_what_it_is_told_to():
    approve(handed_in(), None, everything=True)
    assigned = assign("510100-2022-03", "90", date(2022, 3, 1))
    judged = judge("510100-2022-03", "open", date(2022, 5, 1))
    done = approve(handed_in(AMENDED), None, everything=True)
    assert (done.amended, done.confirmed, done.created, done.retired) == (
        ["510100-2022-01"],
        ["510100-2022-03"],
        ["510100-2022-04"],
        [],
    )
    kept = Target.objects.get(register_id="510100-2022-03")
    assert AssignedValue.objects.get(pk=assigned.pk).target == Judgement.objects.get(pk=judged.pk).target == kept
    plan = kept.plan
    assert plan.text == AMENDED
    assert plan.text[kept.char_start : kept.char_end] == kept.quote_zh
    assert [record.value for record in Target.objects.get(register_id="510100-2022-01").history.all()] == [35, 36]
    left = Target.objects.get(register_id="510100-2022-02")
    assert (left.status, left.text_sha256 == plan.text_sha256) == (Target.Status.APPROVED, False)
    assert plan.versions.count() == 2


def test_a_target_whose_kind_the_new_text_changes_is_the_same_target():
    approve(handed_in(), None, everything=True)
    version = handed_in(TEXT.replace("达到省考核要求", "达到90%"))
    match = next(one for one in comparison(version).matches.values() if one.target.register_id == "510100-2022-03")
    assert ("kind", "delegated", "absolute") in match.differences
    assert approve(version, None, everything=True).amended == ["510100-2022-03"]


def test_what_the_new_text_drops_is_retired_when_a_person_says_so():
    approve(handed_in(), None, everything=True)
    version = handed_in(AMENDED)
    with pytest.raises(PlanVersionError, match="不在要撤销之列"):
        approve(version, None, everything=True, retire=["510100-2022-01"])
    assert Target.objects.get(register_id="510100-2022-01").value == 36
    assert approve(version, None, everything=True, retire=["510100-2022-02"]).retired == ["510100-2022-02"]
    assert Target.objects.get(register_id="510100-2022-02").status == Target.Status.RETIRED


def test_the_shipped_targets_are_found_again_in_the_text_they_were_read_from(shared):
    for code in ("450000", "210200", "440100", "430400", "410000"):
        (path,) = (shared / "plans").glob(f"{code}_*.txt")
        region = Region.objects.get(code=code)
        version = versions.receive_version(path.read_bytes(), path.name, region, 2021, "", None)
        before = {target.register_id: target.value for target in Target.objects.filter(plan__region=code)}
        done = approve(version, None, everything=True)
        assert (done.created, done.amended, done.retired) == ([], [], [])
        assert sorted(done.confirmed) == sorted(before)
        assert {one.register_id: one.value for one in Target.objects.filter(plan__region=code)} == before
    wanted = {row["id"]: row["task_number"] for row in rows_of("golden/task_quantities.csv")}
    stored = TaskQuantity.objects.filter(task__plan__year=2021).select_related("task")
    assert {quantity.register_id: quantity.task.number for quantity in stored} == wanted


# ---- refusals --------------------------------------------------------------------------------------------------------


def test_one_text_a_plan_is_under_review_at_a_time():
    version = handed_in()
    with pytest.raises(PlanVersionError, match="有一份正在核对"):
        handed_in(AMENDED)
    versions.drop(version, None)
    assert handed_in(AMENDED).status == PlanVersion.Status.OPEN
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanVersion.objects.filter(pk=version.pk).update(status="open")


def test_the_same_text_again_is_refused_once_it_is_approved():
    approve(handed_in(), None, everything=True)
    with pytest.raises(PlanVersionError, match="一字未改"):
        handed_in()


def test_nothing_is_kept_of_what_gives_no_text():
    with pytest.raises(PlanVersionError, match="几乎没有中文"):
        handed_in("no Chinese at all " * 30)
    assert PlanVersion.objects.count() == 0


def test_a_decided_version_is_closed():
    version = handed_in()
    approve(version, None, everything=True)
    draft = targets(PlanVersion.objects.get(pk=version.pk))[0]
    for step in (versions.accept, versions.reject, versions.reopen, versions.split, versions.merge):
        with pytest.raises(PlanVersionError, match="不能再改"):
            step(draft)
    with pytest.raises(PlanVersionError, match="不能再改"):
        approve(version, None, everything=True)


def test_rejecting_everything_leaves_nothing_to_approve():
    version = handed_in(
        "成都市2022年工作安排\n一、任务\n(一)治气。\n(二)治水。\n(三)治土。\n坚持稳中求进的工作总基调。"
    )
    for draft in version.drafts.all():
        versions.reject(draft)
    with pytest.raises(PlanVersionError, match="没有一项被采用"):
        approve(version, None, everything=True)


@pytest.mark.services
@pytest.mark.parametrize("wrong", [{"char_end": 0}, {"order": 1000}], ids=["no words", "the same place twice"])
def test_the_database_itself_refuses_a_draft_that_stands_nowhere(wrong):
    version = handed_in()
    last = targets(version)[-1]
    for name, value in wrong.items():
        setattr(last, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        last.save()


def test_a_task_number_printed_twice_is_told_apart_and_one_typed_twice_is_refused():
    version = handed_in(TEXT.replace("(三)治土。", "(二)治土。"))
    drafts = version.drafts.filter(sort=Draft.Sort.TASK).order_by("order")
    assert [draft.fields["number"] for draft in drafts] == ["二(一)", "二(二)", "二(二)-2"]
    last = drafts[2]
    last.fields["number"] = "二(二)"
    last.save()
    with pytest.raises(PlanVersionError, match="任务号重复：二\\(二\\)"):
        approve(version, None, everything=True)


def test_a_quantity_of_a_task_that_was_left_out_is_left_out():
    version = handed_in()
    for draft in version.drafts.filter(sort=Draft.Sort.TASK, fields__number="(一)"):
        versions.reject(draft)
    done = approve(version, None, everything=True)
    assert (done.tasks, done.quantities) == (2, 1)


def test_a_corrected_quantity_is_written_as_corrected():
    version = handed_in()
    draft = version.drafts.filter(sort=Draft.Sort.QUANTITY).order_by("order").first()
    fields = QuantityFields.model_validate(draft.fields).model_copy(update={"quantity": Decimal(36)})
    versions.correct(draft, fields)
    approve(version, None, everything=True)
    assert TaskQuantity.objects.get(task__plan__region="510100", is_commitment=True).quantity == 36
