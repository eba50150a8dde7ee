"""What waits for a person: how many, where, since or until when, and who sees to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evaluation.calendar import month_end
from evaluation.progress import Lack, State
from goals import selectors
from goals.models import Plan, Target
from goals.rolls import BoolArray, Roll
from goals.sentences import short_day
from goals.standings import Standings
from goals.task_selectors import NEAR, SupervisedTask, records_due, supervised_tasks
from indicators.selectors import late_sources, submissions_waiting


@dataclass(frozen=True)
class Errand:
    """Something that waits. `link` leads to where it is done; `right` is the permission that this takes, if any."""

    kind: str
    count: int
    title: str
    detail: str = ""
    when: str = ""
    who: str = ""
    link: str = ""
    right: str = ""


def errands(found: Standings, as_of: date | None) -> list[Errand]:
    """What needs a person, the most pressing first: alerts, lost targets, numbers, files, sources, tasks near due."""
    every = [*_of_targets(found, as_of), *_of_files(), *_of_tasks(as_of, found.roll.plans)]
    return [errand for errand in every if errand.count]


def _of_targets(found: Standings, as_of: date | None) -> list[Errand]:
    roll = found.roll
    awaited = _Some(roll, found.lacking(Lack.ASSIGNED_VALUE, Lack.SCHEDULE_POINT))
    unset, unjudged = _Some(roll, found.lacking(Lack.TOLERANCE)), _Some(roll, found.lacking(Lack.JUDGEMENT))
    unfed, unexplained = _Some(roll, found.lacking(Lack.EVIDENCE)), _unexplained(found)
    staff, managers = _("业务科室"), _("目标管理员")
    alerts = sum(target in roll.places for target in selectors.targets_with_open_alerts(as_of))
    return [
        Errand("alerts", alerts, ngettext("预警未关闭", "预警未关闭", alerts), who=staff, link=reverse("alerts")),
        Errand(
            "lost",
            len(unexplained),
            ngettext("目标已失，待写说明", "目标已失，待写说明", len(unexplained)),
            unexplained.regions,
            who=staff,
            link=reverse("target", args=[unexplained.first.register_id]) + "#notes" if unexplained else "",
        ),
        Errand(
            "assigned",
            len(awaited),
            ngettext("目标待录入下达值", "目标待录入下达值", len(awaited)),
            awaited.regions,
            who=managers,
            link=reverse("admin:goals_assignedvalue_changelist"),
            right="goals.add_assignedvalue",
        ),
        Errand(
            "tolerance",
            len(unset),
            ngettext("“基本稳定”待设定容差", "“基本稳定”待设定容差", len(unset)),
            unset.regions,
            who=managers,
            link=reverse("admin:goals_target_changelist") + "?kind__exact=hold",
            right="goals.change_target",
        ),
        Errand(
            "judgement",
            len(unjudged),
            ngettext("定性目标待评议", "定性目标待评议", len(unjudged)),
            unjudged.regions,
            who=managers,
            link=reverse("admin:goals_judgement_changelist"),
            right="goals.add_judgement",
        ),
        Errand(
            "evidence",
            len(unfed),
            ngettext("目标没有收到数据", "目标没有收到数据", len(unfed)),
            unfed.regions,
            who=_("数据员"),
            link=reverse("coverage"),
            right="indicators.view_submission",
        ),
    ]


class _Some:
    """Some targets of a roll."""

    def __init__(self, roll: Roll, which: BoolArray) -> None:
        self._roll = roll
        self._places = np.flatnonzero(which)

    def __len__(self) -> int:
        return len(self._places)

    @property
    def first(self) -> Target:
        """The first of them."""
        return self._roll.at(self._places[:1])[0]

    @property
    def regions(self) -> str:
        """Their regions with their numbers: 广西 7、河南 6."""
        counts = Counter(self._roll.plan_keys[self._places].tolist())
        return _("、").join(f"{self._roll.plans[plan].region.label} {count}" for plan, count in counts.most_common(6))


def _unexplained(found: Standings) -> _Some:
    """Lost targets under which nobody has written yet."""
    lost = found.are(State.IMPOSSIBLE, State.MISSED) & ~found.roll.aspirational
    if lost.any():
        lost &= ~np.isin(found.roll.keys, list(selectors.targets_with_notes()))
    return _Some(found.roll, lost)


def _of_files() -> list[Errand]:
    clerks, now = _("数据员"), timezone.now()
    waiting = submissions_waiting()
    number, last = waiting.refused, waiting.last_refused_at
    late = late_sources(now)
    overdue = max(((now - source.due_at()).days for source in late), default=0)
    files = reverse("submissions")
    return [
        Errand(
            "refused",
            number,
            ngettext("文件被退回", "文件被退回", number),
            when=_("%(day)s退回") % {"day": short_day(timezone.localtime(last).date())} if last else "",
            who=clerks,
            link=f"{files}?state=refused",
            right="indicators.view_submission",
        ),
        Errand(
            "held",
            waiting.to_check,
            ngettext("文件待核", "文件待核", waiting.to_check),
            who=clerks,
            link=f"{files}?state=held",
            right="indicators.view_submission",
        ),
        Errand(
            "late",
            len(late),
            ngettext("数据来源逾期未到", "数据来源逾期未到", len(late)),
            _("、").join(source.title for source in late[:3]),
            when=_("已迟%(days)d天") % {"days": overdue} if overdue > 0 else "",
            who=clerks,
            link=reverse("coverage") + "#sources",
            right="indicators.view_submission",
        ),
    ]


def _of_tasks(as_of: date | None, plans: Mapping[int, Plan]) -> list[Errand]:
    day = as_of or timezone.localdate()
    years = {plan.year for plan in plans.values() if plan.year >= day.year - 1}
    # asked for by whole months, so that the next day can do with the same
    records = [one for year in sorted(years) for one in records_due(year, month_end(day + NEAR))]
    pressing = (one for one in records if one.task.plan_id in plans and one.is_due(day + NEAR))
    tasks = sorted(supervised_tasks(pressing, as_of), key=lambda one: one.due)  # the first one is named
    overdue = [one for one in tasks if one.state == "overdue"]
    near = [one for one in tasks if one.is_near]
    due = [report.task.next_report_on for report in tasks if report.task.next_report_on and not report.is_settled]
    owed = [one for one in due if one <= day + timedelta(days=7)]
    units = _("牵头单位")
    return [
        Errand(
            "overdue",
            len(overdue),
            ngettext("任务逾期", "任务逾期", len(overdue)),
            _tasks(overdue),
            who=units,
            when=_("最早%(day)s") % {"day": short_day(overdue[0].due)} if overdue else "",
            link=reverse("tasks") + "?state=overdue",
        ),
        Errand(
            "tasks",
            len(near),
            ngettext("任务临期未完成", "任务临期未完成", len(near)),
            _tasks(near),
            who=units,
            when=_("%(day)s起") % {"day": short_day(near[0].due)} if near else "",
            link=reverse("tasks") + "?state=near",
        ),
        Errand(
            "reports",
            len(owed),
            ngettext("任务到了报送日期", "任务到了报送日期", len(owed)),
            who=units,
            when=_("最早%(day)s") % {"day": short_day(min(owed))} if owed else "",
            link=reverse("tasks"),
        ),
    ]


def _tasks(tasks: Sequence[SupervisedTask]) -> str:
    names = [f"{one.task.plan.region.label} {one.task.title_zh[:18]}" for one in tasks[:1]]
    if not names:
        return ""
    return names[0] if len(tasks) == 1 else _("%(name)s等") % {"name": names[0]}
