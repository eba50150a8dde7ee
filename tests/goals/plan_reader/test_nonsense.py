"""What is no plan: other documents set no targets; nonsense is read to its end and says nothing."""

from __future__ import annotations

import time

import pytest

from tests.goals.plan_reader.reading import promises, read

FARMING = """海州市农业农村局2023年工作要点
一、总体要求
以乡村振兴为抓手。
二、目标任务
粮食播种面积稳定在320万亩以上,总产量保持在130万吨左右;农村居民人均可支配收入增长8%以上。
三、重点工作
(一)抓好粮食生产。建设高标准农田15万亩,新建仓储设施20座。
(二)推进绿色发展。畜禽粪污综合利用率达到85%以上,农膜回收率达到85%。
(三)农村人居环境。改造卫生厕所1.2万户。
"""
BULLETIN = """2022年青山市生态环境状况公报
2022年,全市环境空气质量优良天数比例为86.3%,同比上升1.2个百分点。PM2.5年均浓度为34微克/立方米,同比下降5.6%。
一、环境空气
全市PM10年均浓度58微克/立方米,达到国家二级标准。
二、水环境
国考断面水质优良比例为92.3%,无劣Ⅴ类断面。
三、声环境
功能区噪声昼间达标率为95.6%。
"""
LAW = """生态环境局2023年法治政府建设工作要点
一、总体目标
深入学习贯彻习近平法治思想,全面提升依法行政能力和水平。
二、主要任务
(一)规范执法。案件法制审核率达到100%,行政处罚案卷评查合格率达到95%以上。
(二)强化培训。组织集中培训不少于4次,每人每年不少于60学时。
(三)落实“双随机、一公开”,抽查比例不低于5%。
(四)对PM2.5浓度超过75微克/立方米的时段加密巡查,VOCs排放浓度不得高于60毫克/立方米。
"""
NO_TARGETS = """东江市生态环境局2024年工作要点
2023年全市PM2.5年均浓度31微克/立方米,优良天数比例92%,实现了“双改善”。2024年是关键一年。到2025年,PM2.5年均浓度降至29微克/立方米。
一、持续改善空气质量
1.推进锅炉改造。完成65蒸吨/小时以上燃煤锅炉超低排放改造12台。
2.强化扬尘管控。
二、巩固水环境质量
3.开展入河排污口整治,确保国考断面稳定达标。
"""


@pytest.mark.parametrize(
    ("text", "year"),
    [(FARMING, 2023), (BULLETIN, 2022), (BULLETIN, 2023), (LAW, 2023), (NO_TARGETS, 2024)],
    ids=["farming", "bulletin of the year", "bulletin of the year before", "law", "no targets"],
)
def test_a_document_without_targets_gives_none(text, year):
    assert [draft for draft in read(text, year).targets if draft.value is not None] == []


def test_an_empty_text_gives_nothing():
    reading = read("")
    assert (reading.title, reading.targets, reading.tasks, reading.quantities) == ("", [], [], [])


HEAD = "江城计划\n二、主要目标\n"
NONSENSE = {
    "predicates that never end": HEAD + ("完成下达的" * 39 + "。") * 340,
    "predicates without a stop": HEAD + ("完成下达的" * 110 + "。") * 120,
    "wishes on wishes": HEAD + ("保持稳定力争基本" * 24 + "。") * 340,
    "endless lists": HEAD + ("甲、乙和丙及丁率" * 35 + "达到3%。") * 120,
    "pollutants without end": HEAD + ("氮氧化物、" * 100 + "氨氮排放量分别下降" + "3%、" * 100 + "。") * 40,
    "brackets": HEAD + "((((" * 12000 + "PM2.5浓度达到3%、" * 1000,
    "titles that never close": HEAD + "《" * 60000,
    "numbers": HEAD + ("3%、" * 180 + "。") * 120,
    "numerals": HEAD + ("一百二十三万" * 100 + "天。") * 100,
    "list numbers": HEAD + "(一)甲事。\n" * 20000,
    "cells": HEAD + "指标\t目标\n甲\t3%\n" * 8000,
    "line breaks": "\n" * 200000 + HEAD,
}


@pytest.mark.parametrize("case", NONSENSE)
def test_nonsense_is_read_to_its_end(case):
    """Each takes a fraction of a second; minutes, when an expression backtracks."""
    began = time.process_time()
    assert promises(NONSENSE[case][:67_000]) is not None
    assert time.process_time() - began < 20
