"""Numbers printed in tasks: what is promised and can be ticked off, and what is only context."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from goals.plan_reader.clauses import Clause, clauses
from goals.plan_reader.drafts import Doubt, QuantityDraft
from goals.plan_reader.normal import NormalText
from goals.plan_reader.numerals import COUNT, Number, number_at
from goals.plan_reader.tasks import NumberedTask

_LABEL_BEFORE = re.compile(r"(?:第|最后\"?|[A-Za-z]|十|\d-|NO\.?|[〔(\[]20|\d\.|[发办函字]|每)$")
_LABEL_AFTER = re.compile(
    r"年|月(?!度)|时|类|级|期|号|届|轮|周年|[A-Za-z]|·|(?:个|项|大|条)?\"?(?:清单|规定|制度|方面|意识|自信|维护|统筹|治污|坚持|正面|体系|能力|一批|确保|同时|公开|环节|层面|主体|优先|聚焦)"
)
_CHINESE_LABEL_UNITS = ("期", "批", "对", "场", "部", "块", "项", "县", "乡", "镇", "村", "日", "分", "位", "天", "大")
_THRESHOLD_UNITS = ("公里", "吨", "人", "个月", "公顷", "亩", "蒸吨/小时", "吨/日")
_DONE_BEFORE = re.compile(
    r"(?:完成|建成|新建|新增|创建|打造|签订|设立|新设|建立|淘汰|关停|搬迁|改造|整治|治理|修复|培育|验收|销号|培训|检查|建设|实施(?!方案)|启动|选取|推进年度|开展年度|开展|出台|制定|编制|修订)[^,。;]*$"
)
_DONE_AFTER = re.compile(r"(?:建成|建成投运|投运|完工|竣工|签订[^,。;]*协议|通过验收)$|(?<=的)建设$|项目建设$")
_KEPT_GOING = re.compile(
    r"(?:抓好|巩固|落实|继续|推动|召开|集中|协调推进|配合|以|按照|依托|统筹做好|对|发挥|围绕|用好|聚焦|利用)[^,。;]*$"
)
_OPEN_ENDED = re.compile(
    r"^[^,。;]{0,12}(?:办法|措施|要求|规定|会议|成果|优势力量|为核心|为重点|为目标|以上|以下|及以上)"
)
_REGULAR = re.compile(r"每(?P<period>季度|月|年|半年|周|两年)[^。;]{0,40}$")
_QUOTED_DEED = re.compile(r"(?:打造|开展|实施|推进)\"$")
_DEADLINE = re.compile(
    r"20\d\d年(?:\d{1,2}月(?:\d{1,2}日)?|上半年|[一二三四]季度|年)?(?:底|末|底前|前|年底)?(?:前)?|年底前|[上下]半年|每(?:季度|月|年)|年度(?=\d)"
)
_REACHED = re.compile(r"(?:数量|比例|率|面积)(?:达到|不低于|达)$")
_PAST = re.compile(r"(?:已|累计|共)[^,。;]{0,6}$")
_MOST_TASK = 20_000
_THOUSANDS_OF = re.compile(r"千吨万人")


def quantities_of(
    text: NormalText, tasks: Sequence[NumberedTask], taken: Sequence[tuple[int, int]]
) -> list[QuantityDraft]:
    """The numbers of all tasks but those that targets were read from (`taken`, offsets of the text as received)."""
    found = []
    for task in tasks:
        governed = ""
        for clause in clauses(text.text, task.start, min(task.end, task.start + _MOST_TASK)):
            start, _end = text.span(clause.start, clause.start + 1)
            if not any(first <= start < last for first, last in taken):
                found += list(_of_clause(text, task, clause, governed))
            words = text.text[clause.start : clause.end]
            governed = "" if clause.ends_sentence else words if _DONE_BEFORE.search(words) else governed
    return found


def _of_clause(text: NormalText, task: NumberedTask, clause: Clause, governed: str) -> Iterator[QuantityDraft]:
    words = text.text[clause.start : clause.end]
    for number in _numbers(words):
        before, after = words[: number.start], words[number.end :]
        regular = _REGULAR.search(before)
        unit = f"次/{regular['period']}" if regular and number.unit == "次" else number.unit
        promised = regular is not None or _is_promised(before, after, number, governed)
        start, end = _quote(words, number)
        char_start, char_end = text.span(clause.start + start, clause.start + end)
        deadline = _DEADLINE.search(words)
        quote = text.original[char_start:char_end]
        yield QuantityDraft(
            task_number=task.draft.number,
            task_zh=(after[: _noun(after)] or quote).strip("的") or quote,
            quantity=number.value,
            unit=unit,
            deadline=deadline[0] if deadline else "",
            is_commitment=promised,
            quote_zh=quote,
            char_start=char_start,
            char_end=char_end,
            confidence=0.9 if promised else 0.8,
            doubts=() if promised else (Doubt("only_context"),),
        )


def _numbers(words: str) -> Iterator[Number]:
    for match in COUNT.finditer(words):
        thousands = _THOUSANDS_OF.match(words, match.start())
        if thousands:
            yield from (Number(n.value, n.unit, *match.span()) for n in _both(words, match.start()))
            continue
        if _is_label(words, match):
            continue
        number = number_at(match)
        if number is not None and number.unit:
            yield number


def _both(words: str, place: int) -> Iterator[Number]:
    for start, end in ((place, place + 2), (place + 2, place + 4)):
        number = number_at(COUNT.match(words[start:end]))  # type: ignore[arg-type]
        if number is not None:
            yield number


def _is_label(words: str, match: re.Match[str]) -> bool:
    before, after = words[: match.start()], words[match.end() :]
    if _LABEL_BEFORE.search(before) or _LABEL_AFTER.match(after):
        return not (before.endswith("每") and match["plain"])
    unit = match["unit"] or match["chinese_unit"] or ""
    if before.count("《") > before.count("》"):
        return True
    if match["plain"]:
        return unit in ("期", "部") or (unit == "日" and before.endswith("月"))
    if match["per"]:
        return False
    if words[max(0, match.start() - 1)].isdigit():
        return True
    return _is_chinese_label(before, after, match["chinese"] or "", unit)


def _is_chinese_label(before: str, after: str, number: str, unit: str) -> bool:
    """三线一单, 四个意识, 一批, 一个: words, not counts. 七大示范工程 and 四个化工园区 are counts."""
    quoted = before.count('"') % 2 == 1
    if unit == "大":
        return not (quoted and _QUOTED_DEED.search(before))
    if unit in _THRESHOLD_UNITS:
        return number == "万" or (unit == "个月" and number == "一")
    if quoted or unit in _CHINESE_LABEL_UNITS:
        return True
    if unit == "次":
        return _REGULAR.search(before) is None
    if unit in ("市", "省", "区", "省区"):
        return number == "一" or before[-1:] in "省市" or not re.match(r"[^,。;]", after)
    if unit in ("人", "个", "条", "家", "处", "座"):
        return number == "一" or re.match(r"(?:行业|性)", after) is not None
    return unit in ("名", "件", "起", "份", "套", "台", "所", "区", "成", "%")


def _is_promised(before: str, after: str, number: Number, governed: str) -> bool:
    if _PAST.search(before) or _OPEN_ENDED.match(after):
        return False
    if before.endswith('"') and not _QUOTED_DEED.search(before):
        return False
    if number.unit in _THRESHOLD_UNITS:
        return False
    if _REACHED.search(before):
        return True
    if number.unit == "%":
        return _DONE_BEFORE.search(before) is not None and re.search(r"(?:达到|不低于)$", before) is not None
    if _DONE_AFTER.search(after):
        return True
    if number.unit in ("省", "市", "区", "省区"):
        return False
    verb = _DONE_BEFORE.search(before)
    going = _KEPT_GOING.search(before)
    if verb is not None:
        return going is None or going.start() < verb.start() or verb[0].startswith("完成")
    return bool(governed) and going is None and (before == "" or before.endswith("、"))


def _quote(words: str, number: Number) -> tuple[int, int]:
    """The number with what it counts, and the verb where that stands right before it."""
    verb = re.search(
        r"(?:完成|建成|新建|新增|创建|打造|签订|集中|开展|加快推进年度|着力打造|深入开展)\"?$", words[: number.start]
    )
    end = number.end + _noun(words[number.end :])
    start = verb.start() if verb else number.start
    if end == number.end:  # 淘汰老旧车1500辆: what is counted stands in front
        start = max(words.rfind("、", 0, number.start) + 1, 0)
    if start < number.start and words[number.start - 1] == '"' and words[end : end + 1] == '"':
        end += 1
    return start, max(end, number.end)


def _noun(after: str) -> int:
    match = re.match(r"[^,。;、:]*", after)
    return match.end() if match else 0
