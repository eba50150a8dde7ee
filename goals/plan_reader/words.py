"""The words of the genre: what stands between an indicator and its number, and what it means.

`trail` reads them backwards from a place: so the indicator, whatever its name, is simply what is left in front.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """What a word does in a statement of a target."""

    AT_MOST = "<="
    AT_LEAST = ">="
    BELOW = "<"
    ABOVE = ">"
    IS = "="
    DOWN = "down"
    UP = "up"
    BETTER = "better"
    STRETCH = "stretch"
    ABOUT = "about"
    PAIRED = "paired"
    BASE = "base"
    PAST = "past"
    BY = "by"
    FILLER = "filler"


COMPARATORS = {Role.AT_MOST: "<=", Role.AT_LEAST: ">=", Role.BELOW: "<", Role.ABOVE: ">", Role.IS: "="}

_FIVE_YEARS = r'"?十[一二三四五六]五"?(?:规划)?(?:时期|期间|期)?'
_BASE_YEAR = (
    rf"(?:20\d\d年?(?:度|底|末|同期|全年|年末|年底)?|上年|上一年|上年度|去年|上年末|去年底|去年末|基准年|前[一二三两]年"
    rf"|{_FIVE_YEARS}(?:末|初)?|上年同期|去年同期|历史同期|同期)"
)
_BASE = (
    rf"(?:(?:相较于?|相比于?|相对于?|对比|较|比|与|同|以|在){_BASE_YEAR}(?:的)?(?:同期|平均水平|平均值|均值|水平|实绩|平均)?"
    rf"(?:相比较?|相较|比较|为基准年?|为基数|为基础|的?基础上|基础上)?|同比|年均|环比|(?<=分别){_BASE_YEAR})"
)

#: Word -> role, as regular expressions; the match that begins earliest wins, so 不超过 is never read as 超过.
_WORDS: Mapping[Role, str] = {
    Role.AT_MOST: r"不(?:得|能|再|可)?(?:超过|高于|大于|多于|突破|超出|超)"
    r"|(?:严格|稳定|总体|有效|合理)?控制(?:在|到|为|至)?|控制住|限制在|压控在|严控在"
    r"|(?:下降|降低|减少|削减|压减|压降|回落|降|减|缩减|压缩|改善)(?:到|至|为)|≤|<=|小于等于|小于或等于|低于或等于|最多",
    Role.AT_LEAST: r"不(?:得|能|可)?(?:低于|少于|小于)"
    r"|(?:稳定|全面|总体|持续)?(?:达到|达至)|达(?:成)?"
    r"|(?:提高|提升|上升|增加|增长|升高|扩大|升|增|恢复)(?:到|至|为)"
    r"|≥|>=|大于等于|大于或等于|高于或等于|达到或超过|达到并超过|至少|最少|完成",
    Role.BELOW: r"低于|小于|少于|<",
    Role.ABOVE: r"高于|大于|多于|超过|突破|>",
    Role.IS: r"(?:稳定|继续|持续|总体|长期)?(?:保持|维持|稳定|巩固|保持稳定|稳固)在"
    r"|继续保持|保持|维持|为|是|实现|等于|=|:",
    Role.DOWN: r"(?:浓度)?(?:下降|降低|减少|削减|压减|减排|压降|缩减|降|减)(?:率|比例|幅度|幅)?|降幅",
    Role.UP: r"(?:提高|提升|上升|增长|增加|升高|扩大|新增|净增|增)(?:率|比例|幅度|幅)?|增幅|升幅",
    Role.BETTER: r"改善(?:率|比例|幅度|幅)?|好转",
    Role.STRETCH: r"力争|争取|力求|力争实现|努力争取|奋力",
    Role.ABOUT: r"大约|约为?|基本|接近|大致",
    Role.PAIRED: r"分别|依次",
    Role.BASE: _BASE,
    Role.PAST: r"已经?|曾|仅|累计已",
    Role.BY: r"(?:力争)?(?:到|至|截至|在)?(?:20\d\d年)(?:底|末|度)?(?:前|底前)?",
    Role.FILLER: r"稳定|总体|整体|全面|全部|均|都|继续|持续|进一步|确保|保证|努力"
    r"|要|将|应|须|需|必须|累计|年|再|有所|同步|平均|目标|目标值|合计|总计|计划|预计"
    r"|能够|同时|且|并|不断|稳步|逐步|明显|显著|逐年|也|仍|之间|幅度|为目标|的|要求|原则上|全年|各自|务必|坚决|严格",
}
_TRAILING = re.compile("(?:" + "|".join(f"(?P<{role.name}>{words})" for role, words in _WORDS.items()) + ")$")
_BY_PURPOSE = re.compile(
    r"以[^,以]{2,24}为(?:原则|核心|目标|导向|重点|底线|抓手|前提)$|在[^,在]{0,20}(?:基础上|前提下)$"
)

_SUFFIX = re.compile(
    r"(?P<gloss>\((?:[^()]|\([^()]*\))*\))"
    r"|(?P<AT_LEAST>及?以上(?:水平)?|及其以上|之上)"
    r"|(?P<AT_MOST>及?以下|以内|之内|之下|内(?=$|[,。;、\t]))"
    r"|(?P<ABOUT>左右|上下)"
    r"|(?P<FILLER>的?(?:目标|水平|标准|要求)(?:要求|任务)?(?=$|[,。;\t]))"
)


@dataclass(frozen=True)
class Word:
    """A word of the genre, where it stands and what it does there."""

    role: Role
    words: str


@dataclass(frozen=True)
class Trail:
    """The words of the genre that end a stretch, the last one first; `start` is where the first of them begins."""

    words: Sequence[Word]
    start: int

    def has(self, *roles: Role) -> bool:
        """Whether a word of one of these roles is among them."""
        return any(word.role in roles for word in self.words)

    def first(self, *roles: Role) -> Word | None:
        """The word of one of these roles that stands nearest to the end."""
        return next((word for word in self.words if word.role in roles), None)


def trail(text: str, roles: frozenset[Role] = frozenset(Role)) -> Trail:
    """The words of the genre at the end of a text, as far back as they have one of these roles."""
    words: list[Word] = []
    end = len(text)
    while end:
        near = max(0, end - 40)
        match = _TRAILING.search(text, near, end) or _BY_PURPOSE.search(text, near, end)
        if match is None or (not words and match[0] == "的"):
            break
        role = Role[match.lastgroup] if match.lastgroup else Role.FILLER
        if role not in roles:
            break
        words.append(Word(role, match[0]))
        end = match.start()
    return Trail(words, end)


@dataclass(frozen=True)
class Suffix:
    """What follows a number: 以上, 左右, a gloss in brackets."""

    roles: frozenset[Role]
    glosses: tuple[tuple[int, int], ...]
    end: int


def suffix_at(text: str, place: int, end: int) -> Suffix:
    """The words of the genre that follow a number directly."""
    roles: set[Role] = set()
    glosses: list[tuple[int, int]] = []
    while (match := _SUFFIX.match(text, place, end)) is not None:
        if match["gloss"]:
            glosses.append((match.start() + 1, match.end() - 1))
        else:
            roles.add(Role[str(match.lastgroup)])
        place = match.end()
    return Suffix(frozenset(roles), tuple(glosses), place)


_YEAR = re.compile(r"20\d\d")
_PLAN_END = re.compile(r'十([一二三四五])五"?(?:规划)?(?:时期|期间|期)?(末|初)?')


@dataclass(frozen=True)
class Baseline:
    """What a change is held against: a year where the words name one, and the words."""

    year: int | None
    words: str


def baseline_of(words: str, plan_year: int) -> Baseline:
    """The year that 较2020年, 同比, 比上年, 比“十三五”末 mean in a plan of a year. An average names no year."""
    if "平均" in words or "均值" in words or re.search(r"前[二三两]年", words):
        return Baseline(None, words)
    if (year := _YEAR.search(words)) is not None:
        return Baseline(int(year[0]), words)
    if (plan := _PLAN_END.search(words)) is not None:
        last = 2000 + 5 * "一二三四五".index(plan[1]) + 10
        return Baseline(last if plan[2] == "末" else None, words)
    if re.search(r"同比|上年|上一年|去年|前一年|年均", words):
        return Baseline(None if "年均" in words else plan_year - 1, words)
    return Baseline(None, words)


BASE_CLAUSE = re.compile(rf"^(?:{_BASE})$")
