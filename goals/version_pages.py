"""The page on which a plan's text and its drafts stand side by side, put together. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from evaluation.progress import Kind
from goals.draft_words import doubt_words, lack_words
from goals.drafts import QuantityFields, TargetFields, TaskFields, lacks_of
from goals.models import KIND_LABELS, Draft, Plan, PlanVersion, Target
from goals.sentences import in_english, limit_label, number_label, scope_label, unit_label
from goals.version_selectors import Match, comparison
from indicators.models import Indicator

#: How a span is underlined, by what was read in it.
_LINES = {
    Kind.ABSOLUTE: "num",
    Kind.RELATIVE_CHANGE: "change",
    Kind.POINT_CHANGE: "change",
    Kind.INCREMENT: "change",
    Kind.HOLD: "stay",
    Kind.TREND: "stay",
    Kind.DELEGATED: "ask",
    Kind.SCHEDULE: "ask",
    Kind.QUALITATIVE: "word",
}


@dataclass(frozen=True)
class Row:
    """A draft as a row: what it is, what it reads, what is doubtful, what there is already."""

    draft: Draft
    number: int
    name: str
    scope: str
    kind: str
    line: str
    reads: str
    marks: str  # 力争, 约
    questions: Sequence[str]
    lacks: Sequence[str]
    match: Match | None
    changes: Sequence[str]
    quote: str
    confidence: int  # of a hundred


@dataclass(frozen=True)
class Run:
    """A run of the text; `ids` are the drafts that rest on it, `label` what begins here."""

    text: str
    ids: str
    line: str
    label: str
    start: int
    first: int  # the draft to go to


@dataclass(frozen=True)
class ReviewPage:
    """A version under review."""

    version: PlanVersion
    plan: Plan | None
    targets: Sequence[Row]
    tasks: Sequence[Row]
    quantities: Sequence[Row]
    runs: Sequence[Run]
    gone: Sequence[Target]
    decided: int
    current: int
    blocked: int


def review_page(version: PlanVersion, current: int = 0) -> ReviewPage:
    """The page of a version. `current` is the draft to stand on; without one the first that is open."""
    drafts = list(version.drafts.order_by("order"))
    for draft in drafts:
        draft.version = version
    plan = Plan.objects.filter(region=version.region_id, year=version.year).first()
    # Once approved, a version is held against nothing: its drafts are the targets.
    compared = comparison(version, plan) if version.status == PlanVersion.Status.OPEN else None
    matches = compared.matches if compared else {}
    names = dict(Indicator.objects.values_list("code", "name_en" if in_english() else "name_zh"))
    by_sort = {sort: [draft for draft in drafts if draft.sort == sort] for sort in Draft.Sort}
    targets = [
        _target_row(draft, number, matches.get(draft.pk), names)
        for number, draft in enumerate(by_sort[Draft.Sort.TARGET], start=1)
    ]
    targets = _with_twins(targets)
    tasks = [_task_row(draft, number) for number, draft in enumerate(by_sort[Draft.Sort.TASK], start=1)]
    quantities = [_quantity_row(draft, number) for number, draft in enumerate(by_sort[Draft.Sort.QUANTITY], start=1)]
    rows = [*targets, *tasks, *quantities]
    undecided = [row for row in targets if row.draft.state == Draft.State.OPEN]
    known = {row.draft.pk for row in rows}
    first = undecided[0].draft.pk if undecided else (rows[0].draft.pk if rows else 0)
    return ReviewPage(
        version=version,
        plan=plan,
        targets=targets,
        tasks=tasks,
        quantities=quantities,
        runs=_runs(version.text, rows),
        gone=compared.gone if compared else [],
        decided=len(targets) - len(undecided),
        current=current if current in known else first,
        blocked=sum(bool(row.lacks) for row in undecided),
    )


def _target_row(draft: Draft, number: int, match: Match | None, names: Mapping[str, str]) -> Row:
    fields = TargetFields.model_validate(draft.fields)
    marks = [word for on, word in ((fields.aspirational, _("力争")), (fields.approximate, _("约"))) if on]
    return Row(
        draft=draft,
        number=number,
        name=fields.indicator_zh if not in_english() else names.get(fields.indicator, fields.indicator_zh),
        scope=scope_label(fields.scope, fields.scope_zh),
        kind=str(KIND_LABELS[fields.kind]),
        line=_LINES[fields.kind],
        reads=_reads(fields),
        marks=" ".join(marks),
        questions=[doubt_words(doubt["code"], doubt["about"]) for doubt in draft.doubts],
        lacks=[lack_words(lack) for lack in lacks_of(fields)],
        match=match,
        changes=[] if match is None else [_change(*change) for change in match.differences],
        quote=draft.quote,
        confidence=round(100 * draft.confidence),
    )


def _with_twins(rows: Sequence[Row]) -> list[Row]:
    """The rows, with a question where two drafts of the text speak of the same."""
    seen: dict[tuple[object, ...], int] = {}
    marked = []
    for row in rows:
        fields = row.draft.fields
        counts = bool(fields["indicator"]) and row.draft.state != Draft.State.REJECTED
        key = tuple(fields[name] for name in ("indicator", "scope_zh", "kind", "aspirational"))
        first = seen.setdefault(key, row.number) if counts else row.number
        if first == row.number:
            marked.append(row)
            continue
        said = _("与第%(number)d项同一指标、同一范围：是重复吗？") % {"number": first}
        marked.append(replace(row, questions=[*row.questions, said]))
    return marked


def _reads(fields: TargetFields) -> str:
    """What a draft asks, short: ≥ 88 %, −2.5 % on 2020, 变好."""
    if fields.value is not None:
        number = f"{limit_label(fields.comparator, fields.value)} {unit_label(fields.unit)}".strip()
        return number + (_(" 较%(year)d年") % {"year": fields.baseline_year} if fields.baseline_year else "")
    return {
        Kind.HOLD: _("不变差"),
        Kind.TREND: _("不变差") if fields.allows_equal else _("变好"),
        Kind.DELEGATED: _("下达值待录"),
        Kind.SCHEDULE: _("按时序进度"),
        Kind.QUALITATIVE: _("人工评议"),
    }.get(fields.kind, "—")


def _change(name: str, before: Any, after: Any) -> str:
    label = str(getattr(Target._meta.get_field(name), "verbose_name", name))
    return _("%(label)s：%(before)s → %(after)s") % {"label": label, "before": _spelt(before), "after": _spelt(after)}


def _spelt(value: Any) -> str:
    if value is None or value == "":
        return _("空")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, str) and value in Kind._value2member_map_:
        return str(KIND_LABELS[Kind(value)])
    return str(value)


def _task_row(draft: Draft, number: int) -> Row:
    fields = TaskFields.model_validate(draft.fields)
    return _plain_row(draft, number, f"{fields.number} {fields.title_zh}", fields.chapter_zh, _("任务"), "task", "")


def _quantity_row(draft: Draft, number: int) -> Row:
    fields = QuantityFields.model_validate(draft.fields)
    kind = _("承诺") if fields.is_commitment else _("背景数字")
    reads = f"{number_label(fields.quantity)} {unit_label(fields.unit)}".strip()
    return _plain_row(draft, number, fields.task_zh, fields.task_number, kind, "task", reads)


def _plain_row(draft: Draft, number: int, name: str, scope: str, kind: str, line: str, reads: str) -> Row:
    questions = [doubt_words(doubt["code"], doubt["about"]) for doubt in draft.doubts]
    sure = round(100 * draft.confidence)
    return Row(draft, number, name, scope, kind, line, reads, "", questions, [], None, [], draft.quote, sure)


# ---- the text with its spans -----------------------------------------------------------------------------------------


def _runs(text: str, rows: Sequence[Row]) -> list[Run]:
    """The text cut at the borders of its spans. What ends at one place shares a label where the first begins."""
    shown = [row for row in rows if row.draft.state != Draft.State.REJECTED]
    borders = sorted({0, len(text), *(row.draft.char_start for row in shown), *(row.draft.char_end for row in shown)})
    starting: dict[int, list[Row]] = {}
    ending: dict[int, list[Row]] = {}
    for row in shown:
        starting.setdefault(row.draft.char_start, []).append(row)
        if row.draft.sort == Draft.Sort.TARGET:
            ending.setdefault(row.draft.char_end, []).append(row)
    labels: dict[int, list[str]] = {}
    for together in ending.values():
        labels.setdefault(min(row.draft.char_start for row in together), []).append(_label(together))
    runs: list[Run] = []
    inside: list[Row] = []
    for start, end in zip(borders, borders[1:], strict=False):
        inside = [row for row in inside if row.draft.char_end > start] + starting.get(start, [])
        # The innermost span gives the line; a target goes before the task that it stands in.
        top = max(inside, key=lambda row: (row.draft.sort == Draft.Sort.TARGET, row.draft.char_start), default=None)
        runs.append(
            Run(
                text=text[start:end],
                ids=" ".join(str(row.draft.pk) for row in inside),
                line=top.line if top else "",
                label="　".join(labels.get(start, [])),
                start=start,
                first=top.draft.pk if top else 0,
            )
        )
    return runs


def _label(targets: Sequence[Row]) -> str:
    """Which targets a span states, with the kind of the first: 7、8 定值, 15—18 相对变化 约."""
    numbers = sorted(row.number for row in targets)
    run = numbers == list(range(numbers[0], numbers[0] + len(numbers))) and len(numbers) > 2
    which = f"{numbers[0]}—{numbers[-1]}" if run else "、".join(str(number) for number in numbers)
    return " ".join(filter(None, (which, targets[0].kind, targets[0].marks)))
