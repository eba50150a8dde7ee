"""Every pattern of the genre and its negation, in invented sentences."""

from __future__ import annotations

import pytest

from evaluation.progress import Kind
from tests.goals.plan_reader.reading import in_a_plan, promises, read
from tests.goals.plan_reader.said import Sentence, sentences

SENTENCES = sentences()


@pytest.mark.parametrize("sentence", SENTENCES, ids=[one.words[:40] for one in SENTENCES])
def test_a_sentence_promises_what_it_says(sentence: Sentence):
    assert sorted(promises(in_a_plan(sentence.words)), key=str) == sorted(sentence.promises, key=str)


def test_there_are_many_of_them_and_negations_too():
    assert len(SENTENCES) > 200
    assert sum(not one.promises for one in SENTENCES) > 20


@pytest.mark.parametrize(
    ("words", "indicator", "kind", "reference", "about", "aim"),
    [
        ("臭氧(O3)浓度力争基本保持稳定", "o3_p90", Kind.HOLD, "", True, True),
        ("地下水Ⅴ类水比例不增加", "groundwater_class5_share", Kind.HOLD, "", False, False),
        ("土壤环境质量总体保持稳定", "soil_environment_quality", Kind.HOLD, "", False, False),
        ("重污染天数持续下降", "heavy_pollution_days", Kind.TREND, "", False, False),
        ("臭氧浓度稳中有降", "o3_p90", Kind.TREND, "", False, False),
        ("持续改善大气环境质量", "ambient_air_quality", Kind.TREND, "", False, False),
        ("优良天数比率达到省下达目标要求", "good_day_ratio", Kind.DELEGATED, "省下达", False, False),
        ("地表水达到或优于Ⅲ类断面比例达到国家考核要求", "class3_or_better_share", Kind.DELEGATED, "国家", False, False),
        ("氨氮排放量达到考核要求", "nh3n_emissions", Kind.DELEGATED, "未指明", False, False),
        (
            "医疗废物处理处置率满足“十四五”规划时序进度要求",
            "medical_waste_rate",
            Kind.SCHEDULE,
            "十四五规划",
            False,
            False,
        ),
        ("确保核与辐射安全", "nuclear_radiation_safety", Kind.QUALITATIVE, "", False, False),
        ("基本消除劣Ⅴ类水体", "water_worse_than_class5", Kind.QUALITATIVE, "", True, False),
        ("环境应急能力不断提升", "emergency_capacity", Kind.QUALITATIVE, "", False, False),
    ],
)
def test_what_has_no_number_has_its_kind_and_its_authority(words, indicator, kind, reference, about, aim):
    (draft,) = read(in_a_plan(words + "。")).targets
    found = (draft.indicator, draft.kind, draft.reference, draft.approximate, draft.aspirational)
    assert found == (indicator, kind, reference, about, aim)
    assert draft.value is None
    assert draft.quote_zh == words


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("放射性废物收贮率100%", "unknown_indicator"),
        ("石头湾PM2.5年均浓度控制在35微克/立方米以内", "unknown_scope"),
        ("PM2.5年均浓度下降到36以下", "unit_left_out"),
        ("优良天数比率比上年提高2%", "percent_or_points"),
        ("氮氧化物排放量下降3%", "no_baseline"),
        ("PM2.5、PM10年均浓度为35、60微克/立方米", "paired_without_saying"),
        ("PM2.5、PM10年均浓度分别为35、60、70微克/立方米", "lists_differ"),
        ("氮氧化物重点工程减排量达到1200吨", "other_unit"),
    ],
)
def test_where_the_reader_is_unsure_it_asks(words, code):
    drafts = read(in_a_plan(f"森林覆盖率达到50%。{words}。")).targets[1:]
    assert code in {doubt.code for draft in drafts for doubt in draft.doubts}
    assert all(draft.confidence < 1 for draft in drafts if draft.doubts)


def test_a_passage_that_names_nothing_of_the_catalogue_sets_no_targets():
    text = "2023年机关党建工作要点\n一、主要目标\n党员参学率达到100%,集中学习不少于12次。\n二、重点任务\n(一)学习。\n"
    assert read(text).targets == []


def test_without_a_passage_of_targets_only_what_is_beyond_doubt_is_one():
    task = "江城市2023年重点工作\n一、大气\n(一)控尘。确保PM2.5年均浓度控制在35微克/立方米以下,粉尘回收率达到90%。\n"
    assert [draft.indicator for draft in read(task).targets] == ["pm25_mean"]
    assert read(task.replace("确保", "2022年")).targets == []
    assert read("江城市2023年工作\n一、大气\n(一)应急。PM2.5浓度超过150微克/立方米时启动响应。\n").targets == []


def test_with_a_passage_of_targets_numbers_of_the_tasks_are_quantities():
    text = in_a_plan("PM2.5年均浓度控制在35微克/立方米以下。").replace("加强宣传", "治污水。农村生活污水治理率达到45%")
    reading = read(text)
    assert [draft.indicator for draft in reading.targets] == ["pm25_mean"]
    assert [(one.quantity, one.unit) for one in reading.quantities] == [(45, "%")]
