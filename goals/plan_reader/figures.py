"""Statements with a number: which figures a clause sets, and how they bind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from goals.plan_reader.numerals import NUMBER, Number, number_at
from goals.plan_reader.words import COMPARATORS, Role, Suffix, Trail, Word, suffix_at, trail

_NOT_A_FIGURE_BEFORE = re.compile(r"(?:第|[A-Za-z]|十|\d-|《[^》]*|NO\.?)$")
_NOT_A_FIGURE_AFTER = re.compile(
    r'年(?!均)|月|时|小时|类|级(?!及)|期|号|百分位|-\d|分位|届|次会|条例|个?百分位|周年|"|天气|[A-Za-z]|·|个方面|大类'
)
_DAY_OF_MONTH = re.compile(r"月$")
_JOINS = re.compile(r"^(?:、|和|及|与|以及|,)$")
_VERB_AFTER = re.compile(
    r"^(?:稳定|全部|全面|总体|持续|均)*(?P<verb>达标|达到(?!或)[^,。;]{0,12}标准|合格|达到或优于III类|优于III类|符合[^,。;]{0,12}标准|安全利用|安全处置|无害化处置|处理处置|处置)(?:要求|标准|目标)?$"
)
#: What makes of a bound a condition: PM2.5浓度超过150微克/立方米时启动...
_CONDITION = re.compile(
    r"(?:时|的?时候|之?后|的(?!年度|全年|总体|目标|要求|水平|任务)|进行|启动|地区|企业|区域|区县|县区)"
)
_DEED = re.compile(r"^(?:新增|完成|新建|建成|实施|新增完成)")
_DEED_UNITS = ("个", "家", "座", "处", "项", "条")
_BARE_NAME = re.compile(
    r"(?:率|比例|比重|浓度|指数|天数|强度|覆盖度|减排量|排放量|排放总量|消费总量|蓄积量|面积)(?:\([^()]*\))?[\t:]?$"
)


@dataclass(frozen=True)
class Figure:
    """One or several numbers that a clause sets for its subject, with how they bind."""

    numbers: Sequence[Number]
    suffixes: Sequence[Suffix]  # one a number
    trail: Trail
    subject_start: int  # within the text of the clause
    subject_end: int
    end: int  # of the last number with its suffix
    verb: str = ""  # behind the number: 100%稳定达标
    deed: bool = False  # 新增30个...: a count of what is to be done

    @property
    def lists(self) -> bool:
        """Whether it is a list of numbers."""
        return len(self.numbers) > 1


def figures_of(clause: str, *, headed: bool = False) -> Iterator[Figure]:
    """The figures that a clause sets, in order. What is printed in brackets is a gloss and no figure of its own.

    `headed`: a clause before it ended with a colon, so that 氮氧化物2.4万吨 is enough.
    """
    groups = _groups(clause)
    begin = 0
    for numbers, suffixes in groups:
        words = trail(clause[begin : numbers[0].start])
        end = suffixes[-1].end
        verb = _VERB_AFTER.match(clause[end:])
        binding = words.words or any(suffix.roles for suffix in suffixes)
        before = clause[begin : numbers[0].start]
        bare = _BARE_NAME.search(before) or (_DEED.match(before) and numbers[0].unit in _DEED_UNITS)
        if _CONDITION.match(clause[end:]):
            begin = end
            continue
        if binding or verb or (headed and numbers[0].unit) or (bare and _stands_alone(clause, numbers[0], end)):
            yield Figure(
                numbers,
                suffixes,
                words,
                begin,
                begin + words.start,
                end + (verb.end() if verb else 0),
                verb["verb"] if verb else "",
                bool(_DEED.match(before) and numbers[0].unit in _DEED_UNITS),
            )
            begin = end
        elif _ends_list(clause, end):
            begin = end


def _stands_alone(clause: str, number: Number, end: int) -> bool:
    return bool(number.unit == "%" or end == len(clause) or clause[end] in "\t,;、的")


def _ends_list(clause: str, end: int) -> bool:
    return end < len(clause) and clause[end] in "\t;"


def _groups(clause: str) -> list[tuple[list[Number], list[Suffix]]]:
    groups: list[tuple[list[Number], list[Suffix]]] = []
    for number in _numbers(clause):
        suffix = suffix_at(clause, number.end, len(clause))
        if groups and _JOINS.match(clause[groups[-1][1][-1].end : number.start]):
            groups[-1][0].append(number)
            groups[-1][1].append(suffix)
        else:
            groups.append(([number], [suffix]))
    return [(_with_units(numbers), suffixes) for numbers, suffixes in groups]


def _with_units(numbers: list[Number]) -> list[Number]:
    """28、30微克/立方米: a unit printed once belongs to all that print none."""
    last = numbers[-1].unit
    return [Number(n.value, n.unit or last, n.start, n.end) for n in numbers]


def _numbers(clause: str) -> Iterator[Number]:
    for match in NUMBER.finditer(clause):
        before, after = clause[: match.start()], clause[match.end() :]
        if _depth(before) or re.search(r"\d $", before) or re.match(r" \d", after):
            continue  # in brackets; or two numbers side by side, of which nobody can tell which is meant
        if match["plain"]:
            if _NOT_A_FIGURE_BEFORE.search(before) or (not match["unit"] and _NOT_A_FIGURE_AFTER.match(after)):
                continue
            if match["unit"] == "日" and _DAY_OF_MONTH.search(before):
                continue
            if match["unit"] and re.match(r"百分位|-\d", after):
                continue
        elif match["chinese"] and (before.endswith("第") or after.startswith(("级", "类", "期"))):
            continue
        number = number_at(match)
        if number is not None:
            yield number


def _depth(text: str) -> int:
    return text.count("(") - text.count(")") if text.count("(") > text.count(")") else 0


@dataclass(frozen=True)
class Binding:
    """How a number binds: a level with its comparator, or a signed change."""

    comparator: str
    value: Decimal
    change: bool
    approximate: bool
    aspirational: bool


def binding_of(figure: Figure, position: int, direction: str, named_change: int) -> Binding:
    """What number `position` of a figure asks of an indicator that should go in `direction`.

    `named_change` is -1 or 1 where the subject itself names a change (下降比例, 增长率), else 0. 以上, 以下, 以内
    include the number (民法典第一千二百五十九条); 低于 and 高于 do not. A change is signed: 下降2.5% is -2.5 with <=.
    """
    number, suffix = figure.numbers[position], figure.suffixes[position]
    own = suffix.roles or figure.suffixes[-1].roles
    bound = next((role for role in (Role.AT_LEAST, Role.AT_MOST) if role in own), None)
    word = figure.trail.first(*COMPARATORS)
    change = figure.trail.first(Role.DOWN, Role.UP, Role.BETTER)
    falls = change is not None and (
        change.role is Role.DOWN or (change.role is Role.BETTER and direction == "decrease")
    )
    sign = named_change or (0 if change is None else -1 if falls else 1)
    if change is not None and word is not None and _is_level(figure.trail, word, change):
        sign = named_change
    stretch = figure.trail.has(Role.STRETCH)
    about = stretch or figure.trail.has(Role.ABOUT) or any(Role.ABOUT in suffix.roles for suffix in figure.suffixes)
    asked = bound or (word.role if word is not None else None)
    if sign:
        return Binding(_change_comparator(sign, asked), sign * number.value, True, about, stretch)
    reached = bound is None and word is not None and "达" in word.words
    comparator = _level_comparator(asked, reached and direction == "decrease", number.value)
    return Binding(comparator, number.value, False, about, stretch)


def _is_level(words: Trail, word: Word, change: Word) -> bool:
    """下降8%,达到58 and 同比下降后控制在36以内: a comparator behind 下降 with a preposition of place sets a level."""
    order = [one for one in words.words if one in (word, change)]
    named = change.words.endswith(("率", "比例", "幅度", "幅"))  # 下降率达到3% is a change all the same
    return order[0] is word and word.words.endswith(("在", "到", "至")) and not named


def _change_comparator(sign: int, asked: Role | None) -> str:
    if asked in (Role.AT_MOST, Role.BELOW):  # 增长不超过3%, 降幅控制在5%以内
        strict = asked is Role.BELOW
        return ("<" if strict else "<=") if sign > 0 else (">" if strict else ">=")
    if asked is Role.ABOVE:
        return "<" if sign < 0 else ">"
    return "<=" if sign < 0 else ">="


def _level_comparator(asked: Role | None, reached_from_above: bool, value: Decimal) -> str:
    """`reached_from_above`: PM2.5浓度达到35, where a floor would make no sense."""
    if asked is None or asked is Role.IS:
        return "="
    if reached_from_above and asked is Role.AT_LEAST:
        return "=" if value == 0 else "<="
    return COMPARATORS[asked]
