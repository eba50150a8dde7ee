"""Statements without a number: what is to hold, to move, to be assigned, to keep pace, or to be judged."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evaluation.progress import Kind

_ADVERB = (
    r"(?:力争|争取|力求|努力|确保|保证|总体|整体|基本|继续|持续|稳定|稳步|进一步|不断|明显|显著|有所|逐步|逐年|大幅|得到|有效|全面|切实|实现|要|将|应|须|只|同比|均|都"
    r"|以[^,以]{2,24}为(?:原则|核心|目标)|并)*"
)
_SCHEDULE = re.compile(
    r"(?P<verb>满足|达到|符合|完成|落实|按照?|不低于|实现)(?P<who>[^,。;]{0,24}?)(?:时序进度|序时进度|时间进度|进度)(?:要求|目标|任务|安排|计划)*$"
)
_AUTHORITY = (
    r"(?:国家|中央|省级?|自治区|市级?|区级?|上级|国、省|国省|国家和省|国家、省|省委|省政府|市委|市政府|厅|部"
    r"|考核|下达|核定|确定|分解|总量控制|约束性|年度)"
)
_DELEGATED = re.compile(
    rf"(?P<verb>达到(?!或|和|及|并)|完成|满足|符合|实现|落实|达成|控制在|不低于|严格执行)(?P<who>[^,。;]{{0,30}}?{_AUTHORITY}[^,。;]{{0,16}}?)"
    rf"(?P<what>要求|目标值|目标|任务数|任务|指标|范围内|范围以内|以内|计划)+(?:要求|任务|以内|之内)*$"
)
_ENCLOSING = re.compile(
    r"^(?P<front>.{0,40}?)(?P<verb>(?:全面|确保|圆满|按期|坚决|全力|力争)*完成)(?P<who>[^,。;]{0,30}?(?:下达|考核|确定|核定|分解|规定)(?:给?我[省市区县]|的和|和我省|我省|确定)*[^,。;]{0,8}?)的(?P<list>[^。;]+?)"
    r"(?:等(?:各项)?)?(?P<tail>(?:约束性|考核|年度|任务|目标|指标)*(?:任务|目标|指标))(?:为底线)?$"
)
_STAYS = re.compile(
    rf"{_ADVERB}(?P<word>(?:保持|维持)(?:在)?(?:总体|基本|持续|相对)?(?:稳定|良好|不变|优良|平稳|在?[^,。;]{{0,10}}水平)|保持[^,。;]{{2,20}}稳定|基本稳定|稳定(?:在[^,。;]{{2,12}}水平)?|持平|不(?:再)?(?:增加|上升|反弹|下降|降低|恶化|退化|变差|减少|退步|倒退))$"
)
_MOVES = re.compile(
    rf"{_ADVERB}(?P<word>稳中有降|稳中趋降|稳中有升|稳中趋升|稳中向好|稳中趋好|稳中有进|稳定向好|持续向好|趋稳向好|"
    r"(?:巩固(?:和|并)?)?(?:下降|降低|减少|削减|提升|提高|改善|好转|向好|趋好|上升|增加|增长|巩固(?:和|、)?改善|巩固|优化|增强))$"
)
_MOVES_FIRST = re.compile(
    r"^(?:力争|争取|努力|确保|推动|实现)?(?P<adverb>(?:持续|不断|进一步|稳步|继续|逐步|有效|切实|稳定)+)(?P<word>改善|提升|提高|降低|减少|巩固(?:和|、)?改善|巩固|增强|保持)(?P<subject>.{2,30})$"
)
_SAFEGUARDED = re.compile(
    r"^(?P<verb>(?:确保|保障|保证|守住|守牢|维护|有力保障|有效保障|全力保障|切实保障|筑牢)+)(?P<subject>.{2,24}?安全)(?:底线|屏障)?$"
    r"|^(?P<subject2>.{2,24}?(?:安全|利用))(?:得到|有)(?:有效|切实|有力)?保障$"
)
_REMOVED = re.compile(
    r"^(?:[^,。;]{0,10}?)(?P<verb>(?:基本|全面|力争|彻底|动态|持续)*消除|无)(?P<subject>(?:国考|国控|省考|地表水|城市|建成区|县级|农村)*(?:劣V类|黑臭|重污染|重度污染)[^,。;0-9]{0,8})$"
)
_KEPT_CLEAR = re.compile(r"(?:确保|实现|力争|巩固)*(?P<word>长制久清|长治久清)$")
_CAPABILITY = re.compile(r"能力|安全(?!利用|处置)|服务|水平|体系|满意|获得感|机制|防线")
#: Longer than any wish of a plan.
_MOST_WORDS = 200
BASED_ON_IT = re.compile(r"^在此基础上")


@dataclass(frozen=True)
class Wish:
    """What a clause without a number asks: its kind and the words that say so; the subject stands at [start, end)."""

    kind: Kind
    start: int
    end: int
    word: str
    reference: str = ""
    enclosed: bool = False  # the subject is a list inside the words that ask
    tail: int = 0  # how many characters behind an enclosed subject may belong to its name


def wish_of(clause: str) -> Wish | None:
    """What a clause asks without naming a number; None where it asks nothing of the kind."""
    if len(clause) > _MOST_WORDS:
        return None
    for rule in (_schedule, _enclosing, _delegated, _removed, _safeguarded, _kept_clear, _moves_first, _stays, _moves):
        wish = rule(clause)
        if wish is not None:
            return wish
    return None


def _schedule(clause: str) -> Wish | None:
    match = _SCHEDULE.search(clause)
    if match is None:
        return None
    who = match["who"]
    return Wish(Kind.SCHEDULE, 0, match.start(), match[0], "十四五规划" if "十四五" in who else reference_of(who))


def _enclosing(clause: str) -> Wish | None:
    match = _ENCLOSING.match(clause)
    if match is None:
        return None
    start, end = match.span("list")
    return Wish(Kind.DELEGATED, start, end, match[0], reference_of(match["who"]), True, len(match["tail"]))


def _delegated(clause: str) -> Wish | None:
    match = _DELEGATED.search(clause)
    if match is None:
        return None
    return Wish(Kind.DELEGATED, 0, match.start(), match[0], reference_of(match["who"]))


def reference_of(words: str) -> str:
    """Who assigns: 国家, 省, both; 省下达 where the province hands a number down; 未指明 where nobody is named."""
    found = []
    if re.search(r"国家|中央|^国|国、|国省", words):
        found.append("国家")
    if re.search(r"省|自治区|厅", words):
        found.append("省" if found or "下达" not in words else "省下达")
    if not found and re.search(r"市(?!场)", words):
        found.append("市")
    if not found and "上级" in words:
        found.append("上级")
    if not found and re.search(r"十[一二三四五]五", words):
        return "十四五规划" if "十四五" in words else "五年规划"
    return ";".join(found) or "未指明"


def _removed(clause: str) -> Wish | None:
    match = _REMOVED.match(clause)
    if match is None:
        return None
    return Wish(Kind.QUALITATIVE, *match.span("subject"), match["verb"])


def _safeguarded(clause: str) -> Wish | None:
    match = _SAFEGUARDED.match(clause)
    if match is None:
        return None
    return Wish(Kind.QUALITATIVE, *match.span("subject" if match["subject"] else "subject2"), match[0])


def _kept_clear(clause: str) -> Wish | None:
    match = _KEPT_CLEAR.search(clause)
    return None if match is None else Wish(Kind.QUALITATIVE, 0, match.start(), match["word"])


def _moves_first(clause: str) -> Wish | None:
    match = _MOVES_FIRST.match(clause)
    if match is None:
        return None
    if match["word"] == "保持":
        return None
    kind = Kind.QUALITATIVE if _CAPABILITY.search(match["subject"]) else Kind.TREND
    return Wish(kind, *match.span("subject"), match["adverb"] + match["word"])


def _stays(clause: str) -> Wish | None:
    match = _STAYS.search(clause)
    if match is None:
        return None
    inner = re.match(r"保持(?P<subject>[^,。;]{2,20}?)稳定$", match["word"])
    if inner is not None and not inner["subject"].startswith(("总体", "基本", "持续", "相对")):
        at = match.start("word")
        return Wish(Kind.HOLD, at + inner.start("subject"), at + inner.end("subject"), match[0])
    return Wish(Kind.HOLD, 0, match.start(), match[0])


def _moves(clause: str) -> Wish | None:
    match = _MOVES.search(clause)
    if match is None:
        return None
    end = match.start()
    before = re.search(rf"{_ADVERB}(?:继续|持续)?(?:巩固改善|改善|提升|下降|巩固)、$", clause[:end])
    if before is not None:
        end = before.start()
    kind = Kind.QUALITATIVE if _CAPABILITY.search(clause[:end]) else Kind.TREND
    return Wish(kind, 0, end, clause[end:])
