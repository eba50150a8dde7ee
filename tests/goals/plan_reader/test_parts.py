"""The parts of the reader: spelling, layout, names, numbers, quantities."""

from __future__ import annotations

from decimal import Decimal

import pytest

from goals.plan_reader.layout import layout_of
from goals.plan_reader.naming import fold, names_of
from goals.plan_reader.normal import normalise
from goals.plan_reader.numerals import NUMBER, chinese_integer, number_at
from indicators.catalogue import alias_spellings
from tests.goals.plan_reader.reading import in_a_plan, names, promises, read

# ---- spelling --------------------------------------------------------------------------------------------------------


def test_one_spelling_with_the_way_back():
    original = "　ＰＭ₂.₅　年均濃度\u00a0控制在３５微克／立方米以內"
    normal = normalise(original)
    assert normal.text == "PM2.5年均浓度控制在35微克/立方米以内"
    start = normal.text.index("控制")
    assert original[slice(*normal.span(start, len(normal.text)))] == "控制在３５微克／立方米以內"


def test_a_circled_number_does_not_run_into_the_number_behind_it():
    assert normalise("①35家企业").text == "(1)35家企业"


def test_page_numbers_do_not_part_a_sentence():
    lines = ["全面落实各项部署和要求并且始终坚持稳中求进的工作总基调"] * 6
    lines += [
        "江城市2023年细颗粒物年均浓度控制在三十五微克每立方",
        "- 3 -",
        "米以内，环境空气质量优良天数比率达到百分之八十五以上。",
    ]
    assert "立方米以内" in normalise("\n".join(lines)).text


# ---- layout ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "heading",
    [
        "二、主要目标",
        "(二)工作目标",
        "一、2023年目标任务",
        "主要目标",
        "二、总体要求和主要目标",
        "三、主要指标",
        "一、环境质量目标。",
    ],
)
def test_a_heading_of_targets_is_known(heading):
    text = f"江城市计划\n一、总体要求\n略。\n{heading}\nPM2.5浓度控制在35微克/立方米以内。\n三、重点任务\n(一)宣传。\n"
    assert [str(one.value) for one in promises(text)] == ["35"]


@pytest.mark.parametrize(
    "opening",
    [
        "主要目标是：",
        "工作目标:",
        "2023年主要目标：",
        "坚持稳中求进。主要目标是",
        "努力实现以下目标：",
        "目标任务：到2023年底，",
    ],
)
def test_a_sentence_that_opens_targets_is_known(opening):
    promised = "PM2.5浓度控制在35微克/立方米以内,绿萝成活率达到9%。"
    text = f"江城市计划\n一、总体要求\n{opening}{promised}\n二、任务\n(一)宣传。\n"
    assert [one.indicator for one in promises(text)] == ["pm25_mean", "绿萝成活率"]


@pytest.mark.parametrize("heading", ["(三)健全目标任务", "二、分解减排目标", "一、严格考核指标", "3.完善指标体系"])
def test_a_task_about_targets_is_no_heading_of_them(heading):
    assert layout_of(f"{heading}\n绿萝成活率达到9%。\n").target_passages == []


@pytest.mark.parametrize("chapter", ["二、目标任务", "二、工作目标", "二、目标要求"])
def test_targets_inside_a_chapter_of_targets_and_tasks_leave_the_tasks_alone(chapter):
    text = (
        f"江城市计划\n一、总体要求\n略。\n{chapter}\n(一)主要目标\nPM2.5浓度控制在35微克/立方米以内。\n"
        "(二)重点任务\n1.治气。优良天数比例达到90%。\n2.治水。\n3.治土。\n"
    )
    assert [one.indicator for one in promises(text)] == ["pm25_mean"]
    assert [task.title_zh for task in read(text).tasks] == ["治气", "治水", "治土"]


def test_a_chapter_of_targets_and_tasks_that_runs_to_the_end_states_targets_before_its_tasks():
    chapters = "江城市计划\n一、总体要求\n略。\n二、目标任务\nPM2.5浓度控制在35微克/立方米以内。\n"
    text = f"{chapters}(一)治气。完成9家企业治理。\n(二)治水。\n"
    assert [one.indicator for one in promises(text)] == ["pm25_mean"]
    assert [task.title_zh for task in read(text).tasks] == ["治气", "治水"]


def test_numbers_that_lost_their_line_break_are_found_and_dates_are_not_taken_for_them():
    text = in_a_plan("PM2.5浓度为35微克/立方米。") + "二、任务\n1.甲事。12.4前报送。2.乙事。办好。3.丙事。\n"
    assert [task.title_zh for task in read(text).tasks] == ["甲事", "乙事", "丙事"]


def test_a_full_stop_of_another_script_ends_a_title():
    assert [
        task.title_zh for task in read("江城计划\n一、任务\n(一)治气.完成9家企业治理.\n(二)治水．办好.\n").tasks
    ] == ["治气", "治水"]


def test_numbers_that_begin_anew_are_told_with_their_chapter():
    text = in_a_plan("PM2.5浓度为35微克/立方米。").split("二、")[0]
    text += "二、大气\n(一)控尘。\n(二)控车。\n三、水\n(一)控源。\n(二)截污。\n"
    assert [task.number for task in read(text).tasks] == ["二(一)", "二(二)", "三(一)", "三(二)"]
    assert [task.chapter_zh for task in read(text).tasks] == ["二、大气"] * 2 + ["三、水"] * 2


def test_a_long_opening_sentence_gives_its_first_clause_as_title():
    words = "加快推动分区管控成果落地,把管控要求落实到相关规划和政策法规规定、产业园区管理和执法监管的各个环节之中"
    text = f"江城市计划\n一、任务\n(一){words}。\n(二)以世界环境日为契机,组织开展宣传。\n(三)控尘。\n"
    assert [task.title_zh for task in read(text).tasks] == [
        "加快推动分区管控成果落地",
        "以世界环境日为契机,组织开展宣传",
        "控尘",
    ]


@pytest.mark.parametrize(
    ("header", "row", "wanted"),
    [
        ("指标\t单位\t2022年实际\t2023年目标", "PM2.5年均浓度\t微克/立方米\t38\t36", "36"),
        ("序号\t指标名称\t2023年目标值", "1\t优良天数比率(%)\t≥85", "85"),
        ("指标\t2025年目标\t2023年目标", "森林覆盖率\t60%\t58%", "58"),
    ],
)
def test_a_table_of_targets_is_read_in_the_column_of_the_year(header, row, wanted):
    text = f"江城市计划\n一、主要目标\n{header}\n{row}\n二、任务\n(一)宣传。\n"
    assert [str(one.value) for one in promises(text)] == [wanted]


# ---- names -----------------------------------------------------------------------------------------------------------


def test_an_alias_with_marks_stands_for_all_its_alias_spellings():
    assert set(alias_spellings("地表水[国考]优良{比例|率}")) == {
        "地表水优良比例", "地表水优良率", "地表水国考优良比例", "地表水国考优良率",
    }  # fmt: skip


@pytest.mark.parametrize("alias", ["优良{比例", "优良]比例", "甲" + "[一|二|三|四|五|六|七|八|九]" * 5])
def test_an_alias_whose_marks_do_not_close_or_mean_too_much_is_an_error(alias):
    with pytest.raises(ValueError, match=r"do not close|spellings"):
        alias_spellings(alias)


def test_among_namesakes_the_unit_decides():
    assert names().whole("空气质量优良天数", "%").code == "good_day_ratio"
    assert names().whole("空气质量优良天数", "天").code == "good_days"
    assert names().whole("空气质量优良天数").code == "good_days"


def test_every_name_and_alias_of_the_catalogue_is_recognised_as_its_own_or_a_namesakes():
    for indicator in names().by_code.values():
        for alias in (indicator.name_zh, *indicator.aliases):
            for words in alias_spellings(alias):
                found = names().whole(normalise(words).text, indicator.unit)
                assert found is not None
                assert found.code == indicator.code or found.unit == indicator.unit, (alias, found.code)


def test_a_bureaus_own_alias_is_recognised_at_once():
    row = {
        "code": "own", "name_zh": "清江指数", "aliases": ["清江水[质]{指数|综合指数}"], "domain": "water", "unit": "",
        "direction": "increase", "statistic": "figure",
    }  # fmt: skip
    assert names_of([row]).ending("全市清江水综合指数").indicator.code == "own"
    assert fold("PM2.5年均浓度") == fold("细颗粒物(PM2.5)平均浓度")


# ---- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("十", 10),
        ("十四", 14),
        ("二十", 20),
        ("三百二十", 320),
        ("一千零五", 1005),
        ("两万", 20000),
        ("零", 0),
        ("一亿", 10**8),
    ],
)
def test_chinese_numerals(words, value):
    assert chinese_integer(words) == value


@pytest.mark.parametrize("words", ["五六", "百千", "万千", "甲"])
def test_what_is_no_numeral_is_none(words):
    assert chinese_integer(words) is None


@pytest.mark.parametrize(
    ("words", "value", "unit"),
    [
        ("31微克/立方米", "31", "µg/m3"),
        ("百分之九十点五", "90.5", "%"),
        ("九成", "90", "%"),
        ("1,200吨", "1200", "吨"),
        ("2个百分点", "2", "百分点"),
        ("每万枚1.5起", "1.5", "起/万枚"),
        ("三十天", "30", "天"),
    ],
)
def test_a_number_with_its_unit(words, value, unit):
    number = number_at(NUMBER.search(words))
    assert (number.value, number.unit) == (Decimal(value), unit)


# ---- quantities ------------------------------------------------------------------------------------------------------

TASKS = "江城市2023年生态环境工作要点\n一、任务\n(一)控尘。{}。\n(二)控车。\n(三)控水。\n"


@pytest.mark.parametrize(
    ("words", "quantity", "unit"),
    [
        ("完成35家重点企业深度治理", "35", "家"),
        ("完成20个行政村的生活污水治理", "20", "个"),
        ("新建空气自动站12座", "12", "座"),
        ("督促处置中心二期15万吨物化处理建成", "15", "万吨"),
        ("加快推进年度3个受污染场地治理项目建设", "3", "个"),
        ("淘汰国三柴油货车1,500辆", "1500", "辆"),
        ("每季度对风险进行一次分析研判", "1", "次/季度"),
        ("着力打造“七大示范工程”", "7", "个"),
        ("纳入清单的水体治理数量达到10%", "10", "%"),
    ],
)
def test_what_can_be_ticked_off_is_a_commitment(words, quantity, unit):
    (found,) = read(TASKS.format(words)).quantities
    assert (found.quantity, found.unit, found.is_commitment) == (Decimal(quantity), unit, True)


@pytest.mark.parametrize(
    ("words", "quantity"),
    [
        ("抓好5个重点区域综合整治", "5"),
        ("以8条国考河流水质达标为核心制定方案", "8"),
        ("推进乡镇级“千人以上”水源问题整治", "1000"),
        ("集中6个月优势力量攻坚", "6"),
        ("落实关心关爱干部十条措施", "10"),
        ("统筹做好流域9市生态保护", "9"),
        ("巩固成果,累计完成35家企业深度治理", "35"),
        ("完成8项以上改革事项", "8"),
        ("对65蒸吨/小时以上的锅炉加强监管", "65"),
    ],
)
def test_thresholds_scopes_and_measures_are_context(words, quantity):
    (found,) = read(TASKS.format(words)).quantities
    assert (found.quantity, found.is_commitment) == (Decimal(quantity), False)
    assert found.doubts


@pytest.mark.parametrize(
    "words",
    [
        "落实“三线一单”和四个意识",
        "按照江政发〔2022〕15号文件办理",
        "开展COP15宣传,加强PM2.5和O3协同控制",
        "用好12345热线和12369平台",
        "推进二期工程,做好第二轮督察整改",
        "落实中央八项规定和三项制度",
        "在6月5日前报送,2025年前完成",
        "开展一批试点,打通最后“一公里”",
        "迎接建党100周年",
    ],
)
def test_labels_dates_and_file_numbers_are_no_quantities(words):
    assert read(TASKS.format(words)).quantities == []
