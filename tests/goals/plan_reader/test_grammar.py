"""Sentences built from a grammar of the genre, with what they must mean, read back; and laws that hold for any text."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import opencc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goals.plan_reader.normal import normalise
from tests.goals.plan_reader.reading import in_a_plan, promises, read
from tests.goals.plan_reader.said import Promise

#: Name in the plan, indicator, printed units with the stored one, whether lower is better.
MEASURES = [
    ("细颗粒物(PM2.5)年均浓度", "pm25_mean", ("微克/立方米", "μg/m³", "ug/m3"), "µg/m3", True),
    ("PM10平均浓度", "pm10_mean", ("微克/立方米", "微克/每立方米"), "µg/m3", True),
    ("环境空气质量优良天数比率", "good_day_ratio", ("%", "％"), "%", False),
    ("重污染天数", "heavy_pollution_days", ("天",), "天", True),
    ("地表水达到或优于Ⅲ类断面比例", "class3_or_better_share", ("%",), "%", False),
    ("劣Ⅴ类断面比例", "worse_than_class5_share", ("%",), "%", True),
    ("受污染耕地安全利用率", "farmland_safe_use_rate", ("%",), "%", False),
    ("农村生活污水治理率", "rural_sewage_rate", ("%",), "%", False),
    ("森林覆盖率", "forest_coverage_rate", ("%",), "%", False),
    ("工业危险废物利用处置率", "industrial_hazardous_waste_rate", ("%",), "%", False),
]
#: Words before the number and behind it, and the comparator that they make where higher and where lower is better.
BOUNDS = [
    ("不低于", "", ">=", ">="),
    ("不得低于", "", ">=", ">="),
    ("达到", "以上", ">=", ">="),
    ("稳定在", "以上", ">=", ">="),
    ("保持在", "及以上", ">=", ">="),
    ("达到", "", ">=", "<="),
    ("不超过", "", "<=", "<="),
    ("不高于", "", "<=", "<="),
    ("控制在", "以内", "<=", "<="),
    ("控制在", "以下", "<=", "<="),
    ("控制在", "", "<=", "<="),
    ("低于", "", "<", "<"),
    ("高于", "", ">", ">"),
    ("为", "", "=", "="),
    ("保持", "", "=", "="),
    ("≤", "", "<=", "<="),
    ("≥", "", ">=", ">="),
]
CHANGES = [("下降", -1), ("减少", -1), ("削减", -1), ("提高", 1), ("增加", 1), ("上升", 1)]
BASES = [("较2022年", 2022), ("比2020年", 2020), ("同比", 2022), ("比上年", 2022), ("较“十三五”末", 2020)]
POLLUTANTS = [
    ("氮氧化物", "nox_emissions"),
    ("挥发性有机物(VOCs)", "voc_emissions"),
    ("化学需氧量", "cod_emissions"),
    ("氨氮", "nh3n_emissions"),
]


@dataclass(frozen=True)
class Built:
    """A clause with what it promises."""

    words: str
    promises: tuple[Promise, ...]


@st.composite
def levels(draw: st.DrawFn) -> Built:
    """A level: 市区PM10平均浓度力争控制在60微克/立方米以内."""
    name, code, units, unit, lower = draw(st.sampled_from(MEASURES))
    before, behind, higher_better, lower_better = draw(st.sampled_from(BOUNDS))
    number = draw(st.decimals(1, 99, places=draw(st.sampled_from([0, 1, 2]))))
    aim = draw(st.sampled_from(["", "", "力争"]))
    about = draw(st.sampled_from(["", "", "左右"])) if not behind and not before.startswith(("不", "低", "高")) else ""
    scope = draw(st.sampled_from(["", "", "市区"])) if code in ("pm25_mean", "pm10_mean") else ""
    whole = draw(st.sampled_from(["", "全市"])) if not scope else ""
    words = f"{scope}{whole}{name}{aim}{before}{number}{draw(st.sampled_from(units))}{behind}{about}"
    comparator = lower_better if lower else higher_better
    return Built(
        words,
        (Promise(code, scope, "absolute", comparator, number, unit, None, bool(aim or about), bool(aim)),),
    )


@st.composite
def changes(draw: st.DrawFn) -> Built:
    """A change: 氮氧化物排放量较2020年下降3.5%以上."""
    name, code = draw(st.sampled_from(POLLUTANTS))
    verb, sign = draw(st.sampled_from(CHANGES))
    base, year = draw(st.sampled_from(BASES))
    number = draw(st.decimals("0.1", 30, places=1))
    behind = draw(st.sampled_from(["", "以上", "左右"]))
    comparator = "<=" if sign < 0 else ">="
    words = f"{name}排放量{base}{verb}{number}%{behind}"
    promised = Promise(code, "", "relative_change", comparator, sign * number, "%", year, behind == "左右", False)
    return Built(words, (promised,))


@st.composite
def pairs(draw: st.DrawFn) -> Built:
    """A list paired by position: 氮氧化物、氨氮排放量分别较2020年下降3%、4%."""
    chosen = draw(st.lists(st.sampled_from(POLLUTANTS), min_size=2, max_size=4, unique=True))
    numbers = draw(st.lists(st.decimals("0.1", 30, places=1), min_size=len(chosen), max_size=len(chosen)))
    base, year = draw(st.sampled_from(BASES))
    joined = draw(st.sampled_from(["、", "和"]))
    names = "、".join(name for name, _code in chosen[:-1]) + joined + chosen[-1][0]
    printed = "、".join(f"{number}%" for number in numbers[:-1]) + f"{joined}{numbers[-1]}%"
    words = f"{names}排放量{base}分别下降{printed}"
    return Built(
        words,
        tuple(
            Promise(code, "", "relative_change", "<=", -number, "%", year, False, False)
            for (_name, code), number in zip(chosen, numbers, strict=True)
        ),
    )


@st.composite
def passages(draw: st.DrawFn) -> Built:
    """Several clauses in sentences; no indicator twice, so that nothing is a repetition."""
    built: list[Built] = []
    taken: set[str] = set()
    for one in draw(st.lists(st.one_of(levels(), changes(), pairs()), min_size=1, max_size=5)):
        codes = {promise.indicator for promise in one.promises}
        if not codes & taken:
            built.append(one)
            taken |= codes
    return Built("。".join(one.words for one in built) + "。", tuple(p for one in built for p in one.promises))


def check(built: Built) -> None:
    assert sorted(promises(in_a_plan(built.words)), key=str) == sorted(built.promises, key=str), built.words


@settings(max_examples=150, deadline=None)
@given(passages())
def test_what_the_grammar_builds_is_read_back(built: Built):
    check(built)


@pytest.mark.long
@settings(max_examples=5000, deadline=None)
@given(passages())
def test_what_the_grammar_builds_is_read_back_five_thousand_times(built: Built):
    check(built)


WIDE = {ord(plain): chr(ord(plain) + 0xFEE0) for plain in "0123456789,;:()%."}
NOISES = {
    "full width": lambda words: words.translate(WIDE),
    "traditional": opencc.OpenCC("s2t").convert,
    "spaces": lambda words: words.replace("控制", " 控 制\u00a0").replace("比率", "比\u3000率").replace("%", " %"),
    "zero width": "\u200b".join,
    "roman letters": lambda words: words.replace("Ⅲ", "III").replace("Ⅴ", "V"),
}


@pytest.mark.parametrize("noise", NOISES)
@settings(max_examples=60, deadline=None)
@given(built=passages())
def test_noise_changes_nothing_that_is_promised(noise: str, built: Built):
    text = NOISES[noise](in_a_plan(built.words))
    assert sorted(promises(text), key=str) == sorted(built.promises, key=str), text


@settings(max_examples=100, deadline=None)
@given(built=passages(), width=st.integers(24, 48))
def test_lines_broken_by_width_are_read_as_one_paragraph(built: Built, width: int):
    # Long enough that the width of the print shows.
    words = "全面落实各项部署和要求并且始终坚持稳中求进的工作总基调" * 8 + "。" + built.words
    lines = [words[place : place + width] for place in range(0, len(words), width)]
    assert sorted(promises(in_a_plan("\n".join(lines))), key=str) == sorted(built.promises, key=str)


# ---- laws ------------------------------------------------------------------------------------------------------------

ANY = st.text(
    st.one_of(
        st.sampled_from(
            "。,;:、()《》“”\n\t 123.%一二三四①⑴Ⅲ　\u00a0\u200b目标指标为到较比分别下降提高以上以下以内年度附件全市"
        ),
        st.characters(exclude_categories=("Cs",)),
    ),
    max_size=200,
)


@settings(max_examples=200, deadline=None)
@given(ANY)
def test_any_text_is_read_without_an_error_and_quotes_stand_where_it_says(text: str):
    reading = read("主要目标\n" + text)
    whole = "主要目标\n" + text
    for draft in (*reading.targets, *reading.quantities):
        assert whole[draft.char_start : draft.char_end] == draft.quote_zh != ""
    for task in reading.tasks:
        assert whole[task.char_start : task.char_end] == task.title_zh != ""


@settings(max_examples=200, deadline=None)
@given(ANY)
def test_every_character_of_the_normal_text_knows_where_it_came_from(text: str):
    normal = normalise(text)
    assert len(normal.at) == len(normal.text)
    assert list(normal.at) == sorted(normal.at)
    assert all(0 <= place < len(text) for place in normal.at)


@given(st.decimals(0, 999, places=2))
def test_a_number_keeps_its_printed_digits(number: Decimal):
    (found,) = promises(in_a_plan(f"森林覆盖率达到{number}%。"))
    assert f"{found.value:f}" == f"{number:f}"


@pytest.mark.parametrize(("start", "end"), [(0, 0), (3, 2), (0, 99)])
def test_a_span_of_no_words_is_an_error(start, end):
    with pytest.raises(ValueError, match="no words"):
        normalise("主要目标").span(start, end)
