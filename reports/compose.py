"""What a month's summary says: sentences, tables, pictures. Read only; no format yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
from django.utils import timezone
from django.utils.translation import gettext as _

from charts import prints
from evaluation.calendar import month_end
from evaluation.progress import URGENCY, State
from evaluation.standards import as_in_force
from goals import frames, picture, pictures, selectors, sentences
from goals.aims import subject_of
from goals.evidence import EvidenceRoom
from goals.found import Found
from goals.models import Plan, TaskQuantity
from goals.selectors import Commitment
from indicators.catalogue import DAILY_STATISTICS


class NothingToReportError(Exception):
    """There is no plan for the region and year."""


@dataclass(frozen=True)
class Row:
    """A target in the table of the summary."""

    domain: str
    name: str
    aim: str
    value: str
    before: State
    state: State
    before_label: str
    label: str
    left: str


@dataclass(frozen=True)
class Chart:
    """A picture with its finding and what is drawn."""

    title: str
    note: str
    svg: str


@dataclass(frozen=True)
class Summary:
    """A region's month, in words."""

    region: str
    title: str
    issue: str
    day: str
    sentences: Sequence[str]
    rows: Sequence[Row]
    charts: Sequence[Chart]
    commitments: Sequence[Sequence[str]]
    notes: Sequence[str]
    simulated: bool


MOST_CHARTS = 4


def compose(region: str, month: date) -> Summary:
    """The summary of a region's month, as of its last day. Raises NothingToReportError without a plan."""
    plan = Plan.objects.select_related("region").filter(region=region, year=month.year).first()
    if plan is None:
        raise NothingToReportError(
            _("%(region)s没有%(year)s年的工作要点，无从报告。") % {"region": region, "year": month.year}
        )
    as_of = month_end(month)
    targets = list(selectors.approved_targets(region, month.year))
    found = selectors.verdicts(targets, as_of)
    earlier = {one.target.pk: one for one in selectors.verdicts(targets, month - timedelta(days=1))}
    rows = [_row(one, earlier[one.target.pk]) for one in found]
    commitments = selectors.commitments(TaskQuantity.objects.filter(task__plan=plan), as_of)
    room = EvidenceRoom(
        [subject_of(target) for target in targets], (month.year - 1, month.year), as_of, timezone.localdate()
    )
    simulated = any(one.simulated for one in found) or any(
        one.progress is not None and one.progress.simulated for one in commitments
    )
    return Summary(
        region=plan.region.title,
        title=_("%(region)s%(year)s年1—%(month)s月目标进展")
        % {"region": plan.region.label, "year": month.year, "month": month.month},
        issue=_("%(year)s年第%(number)s期") % {"year": month.year, "number": month.month},
        day=_("截至%(year)s年%(month)s月%(day)s日") % {"year": as_of.year, "month": as_of.month, "day": as_of.day},
        sentences=_sentences(plan, as_of, found, rows),
        rows=rows,
        charts=_charts(found, room, commitments, month.year),
        commitments=[_commitment(one) for one in commitments],
        notes=_notes(found, simulated),
        simulated=simulated,
    )


def _row(found: Found, earlier: Found) -> Row:
    unit = sentences.unit_label(found.facts.get("unit", ""))
    value = "—" if found.value is None else f"{sentences.number_label(found.value)} {unit}".strip()
    name = sentences.target_name(found.target)
    if found.target.aspirational:
        name = _("%(name)s（力争）") % {"name": name}
    return Row(
        domain=sentences.domain_label(found.target.domain),
        name=name,
        aim=_with_unit(found),
        value=value,
        before=earlier.state,
        state=found.state,
        before_label=sentences.state_label(earlier.state, earlier.facts),
        label=sentences.state_label(found.state, found.facts),
        left=sentences.budget_sentence(found.facts) or sentences.lack_sentence(found.facts),
    )


def _with_unit(found: Found) -> str:
    aim = sentences.aim_short(found.target, found.facts)
    unit = found.facts.get("assigned", {}).get("unit") or found.target.unit
    return f"{aim} {sentences.unit_label(unit)}".strip()


def _sentences(plan: Plan, as_of: date, found: Sequence[Found], rows: Sequence[Row]) -> list[str]:
    """The summary first: how many in which state, what changed, then the budgets that say most."""
    in_order = sorted(found, key=lambda one: list(State).index(one.state))
    counted = Counter(sentences.state_label(one.state, one.facts) for one in in_order)
    parts = [_("%(count)d项%(state)s") % {"count": count, "state": label} for label, count in counted.items()]
    changed = sum(row.state != row.before for row in rows)
    better = sum(_rank(row.state) > _rank(row.before) for row in rows)
    worse = sum(_rank(row.state) < _rank(row.before) for row in rows)
    first = _("截至%(month)s月%(day)s日，%(region)s%(total)d项年度目标中，%(parts)s。") % {
        "month": as_of.month,
        "day": as_of.day,
        "region": plan.region.label,
        "total": len(found),
        "parts": _("，").join(parts),
    }
    change = (
        _("与上月末相比，%(changed)d项状态有变：%(better)d项转好，%(worse)d项转差。")
        % {"changed": changed, "better": better, "worse": worse}
        if changed
        else _("与上月末相比，各项状态未变。")
    )
    return [first + change, *_budget_sentences(found)]


def _rank(state: State) -> int:
    """Later in the order of urgency is better; what is unknown is neither better nor worse than open."""
    unknown = (State.INSUFFICIENT_DATA, State.AWAITING_NUMBER, State.NO_DATA)
    return URGENCY.index(State.OPEN if state in unknown else state)


def _budget_sentences(found: Sequence[Found]) -> list[str]:
    result = []
    for one in found:
        left = sentences.budget_sentence(one.facts)
        if left and one.value is not None and one.facts["budget"]["kind"] != "amount":
            result.append(
                _("%(name)s现为%(value)s%(unit)s（目标%(aim)s），%(left)s。")
                % {
                    "name": sentences.target_name(one.target),
                    "value": sentences.number_label(one.value),
                    "unit": sentences.unit_label(one.facts.get("unit", "")),
                    "aim": sentences.aim_short(one.target, one.facts),
                    "left": left,
                }
            )
    return ["".join(result[:5])] if result else []


def _commitment(one: Commitment) -> list[str]:
    quantity = one.quantity
    due = "" if quantity.due_on is None else f"{quantity.due_on:%Y-%m-%d}"
    return [quantity.task.number, quantity.task_zh, _progress(one), due]


def _progress(one: Commitment) -> str:
    if one.progress is None:
        return _("尚无进度报告")
    done, of = sentences.number_label(one.progress.done), sentences.number_label(one.quantity.quantity)
    return f"{done} / {of} {one.quantity.unit}"


# ---- pictures ------------------------------------------------------------------------------------------------------


def _charts(found: Sequence[Found], room: EvidenceRoom, commitments: Sequence[Commitment], year: int) -> list[Chart]:
    """Two to four pictures: the courses that have a budget, the months of the first, then what else there is."""
    daily = [one for one in found if one.target.indicator.statistic in DAILY_STATISTICS and one.value is not None]
    daily.sort(key=lambda one: not one.facts.get("budget"))
    charts = [_course(one, room, year) for one in daily[:2]]
    charts += [_months(one, room, year) for one in daily[:1]]
    others = [one for one in found if one.target.indicator.statistic == "figure" and one.value is not None]
    for one in others:
        if len(charts) >= MOST_CHARTS - 1:
            break
        chart = _points(one, room, year)
        if chart is not None:
            charts.append(chart)
    if commitments:
        charts.append(_bars(commitments))
    return charts


def _course(found: Found, room: EvidenceRoom, year: int) -> Chart:
    frame = frames.course_frame(room, subject_of(found.target), year)
    until = room.until(year)
    last = pd.Timestamp(until) if until < date(year, 12, 31) else None
    today = _("截至%(day)s") % {"day": sentences.short_day(until)} if last is not None else ""
    unit = sentences.unit_label(found.target.indicator.unit)
    words = picture.words(year, unit, today)
    title = f"{sentences.target_name(found.target)}：{picture.course_title(found)}"
    note = _("年初至当日的累计统计值，单位 %(unit)s；灰线为上年。") % {"unit": unit or "—"}
    return Chart(title, note, prints.course(frame, words, pictures.levels_of(found), last))


def _months(found: Found, room: EvidenceRoom, year: int) -> Chart:
    frame = frames.months_frame(room, subject_of(found.target), year)
    unit = sentences.unit_label(found.target.indicator.unit)
    title = _("%(name)s逐月") % {"name": sentences.target_name(found.target)}
    note = _("单位 %(unit)s；浅色为上年。") % {"unit": unit or "—"}
    return Chart(title, note, prints.months(frame, picture.words(year, unit)))


def _points(found: Found, room: EvidenceRoom, year: int) -> Chart | None:
    frame = frames.points_frame(room.figures(subject_of(found.target)), year)
    if len(frame) < 2:
        return None
    unit = sentences.unit_label(found.target.indicator.unit)
    words = picture.words(year, unit)
    title = _("%(name)s各期数值") % {"name": sentences.target_name(found.target)}
    note = _("单位 %(unit)s。") % {"unit": unit or "—"}
    return Chart(title, note, prints.points(frame, words, pictures.levels_of(found)))


def _bars(commitments: Sequence[Commitment]) -> Chart:
    rows = [
        prints.Bar(
            label=one.quantity.task_zh[:18],
            done=None if one.progress is None or one.progress.done is None else float(one.progress.done),
            of=float(one.quantity.quantity or Decimal(0)),
            text=_progress(one),
        )
        for one in commitments
    ]
    return Chart(_("量化任务进度"), _("黑条为已完成部分；空框为尚无报告。"), prints.bars(rows))


def _dust_note(found: Sequence[Found]) -> str:
    """Which days are left out of the particle figures; good days keep them all."""
    accounts = [one.facts["dust"] for one in found if "dust" in one.facts]
    if not accounts:
        return _("优良天数含沙尘日；颗粒物没有已认定、须扣除的沙尘或例外事件日。")
    days = max(account["days"] for account in accounts)
    if all(account["left_out"] for account in accounts):
        return _("优良天数含沙尘日；颗粒物扣除已认定的%(days)d个沙尘、例外事件城市日。") % {"days": days}
    return _("含沙尘日；已认定的%(days)d个沙尘、例外事件城市日，按各目标的口径扣除或保留。") % {"days": days}


def _outlooks(found: Sequence[Found]) -> list[str]:
    """Each outlook that may be shown, with the record of such forecasts: a probability never stands without it."""
    return [
        _("展望：%(name)s，%(outlook)s（%(record)s）。")
        % {
            "name": sentences.target_name(one.target),
            "outlook": outlook,
            "record": sentences.record_sentence(one.facts),
        }
        for one in found
        if (outlook := sentences.outlook_sentence(one.facts))
    ]


def _notes(found: Sequence[Found], simulated: bool) -> list[str]:
    """What a reader must know of the data and the rules."""
    standards = dict.fromkeys(
        standard
        for one in found
        if one.value is not None
        for standard in as_in_force(one.target.indicator.standard, date.fromisoformat(one.facts["last"])).split("、")
        if standard
    )
    notes = [_("评价依据：%(standards)s；数值按 GB/T 8170 修约，最后一次修约。") % {"standards": "、".join(standards)}]
    if any(one.target.indicator.statistic in DAILY_STATISTICS for one in found):
        notes.append(
            _("空气数值为国控城市点位，气态污染物为参比状态；全省（区）数值为各城市的算术平均。") + _dust_note(found)
        )
    notes.append(
        _("“有望完成”“难度较大”据通过历史检验的展望（可能性不低于八成，或不高于二成）或人工评议，其余状态据确定事实；")
        + _("数据不足时可判未完成，不判完成。")
    )
    notes += _outlooks(found)
    sources: Mapping[str, str] = {
        str(one.figure.issuer): str(one.figure.issuer) for one in found if one.figure is not None
    }
    if sources:
        notes.append(_("引用公布值的机构：%(issuers)s。") % {"issuers": "、".join(sources)})
    if simulated:
        notes.append(_("本期含模拟数据，只供演示，不代表任何地区实际情况。"))
    return notes
