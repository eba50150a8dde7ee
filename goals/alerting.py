"""Alerts (预警): raised when a target leaves its state downward or a section falls behind, closed by people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from evaluation.basins import section_warning
from evaluation.calendar import is_month_end, month_end
from evaluation.progress import State
from evaluation.water import Waterbody
from goals.models import Alert, AlertComment, Assessment, Target
from indicators.catalogue import scope_definitions
from indicators.water_months import section_months
from provinces.models import Site
from provinces.selectors import assessed_sections

#: From good to bad; unknown states are neither better nor worse than any.
DOWNWARD = (State.SECURED, State.LIKELY, State.OPEN, State.UNLIKELY, State.IMPOSSIBLE)
_RANK: Mapping[str, int] = {
    **{state.value: rank for rank, state in enumerate(DOWNWARD)},
    State.MET: DOWNWARD.index(State.SECURED),
    State.MISSED: DOWNWARD.index(State.IMPOSSIBLE),
}


def fell(before: str, after: str) -> bool:
    """Whether a change of state is one for the worse."""
    return before in _RANK and after in _RANK and _RANK[after] > _RANK[before]


def raise_alerts(changes: Iterable[tuple[Assessment, Assessment | None]], at: datetime) -> list[Alert]:
    """An alert for each new verdict that is worse than the one of the day before it.

    A day that lies before one judged already raises none: that is history, not news.
    """
    worse = [
        (row, before)
        for row, before in changes
        if before is not None and fell(before.state, row.state) and not _is_silence(row)
    ]
    if not worse:
        return []
    later = _judged_later([row for row, _before in worse])
    alerts = [
        Alert(
            target_id=row.target_id,
            rule=Alert.Rule.STATE,
            raised_on=_data_day(row, at),
            raised_at=at,
            before=before.state,
            after=row.state,
            assessment=row,
            simulated=row.simulated,
        )
        for row, before in worse
        if row.target_id not in later
    ]
    return Alert.objects.bulk_create(alerts, ignore_conflicts=True)


def _is_silence(row: Assessment) -> bool:
    """Whether a target is open because no outlook may be shown any more: that is no news of the target."""
    return row.state == State.OPEN and row.probability is None


def _data_day(row: Assessment, at: datetime) -> date:
    return row.as_of or timezone.localdate(at)


def _judged_later(rows: Sequence[Assessment]) -> set[int]:
    days = {row.target_id: row.as_of for row in rows if row.as_of is not None}
    if not days:
        return set()
    found = Assessment.objects.filter(target__in=days, as_of__gt=min(days.values())).values_list("target_id", "as_of")
    return {target for target, as_of in found if as_of is not None and as_of > days[target]}


# ---- sections --------------------------------------------------------------------------------------------------------


def watch_sections(targets: Iterable[Target], day: date, at: datetime) -> list[Alert]:
    """Alerts for sections by the rule of the Yangtze section warnings (trial, 2018), for the last whole month by `day`.

    Only for shares of classes whose sections' own readings count. The target of a section is class Ⅲ unless the share
    is one of other classes: the plan's own classes are what it must be in.
    """
    alerts: list[Alert] = []
    for target in targets:
        scope = scope_definitions()[target.indicator.scope_for(target.plan.region, target.scope)]
        if target.indicator.statistic == "class_share" and scope.rule == "assessed_sections":
            alerts += _section_alerts(target, day, at)
    with transaction.atomic():
        return Alert.objects.bulk_create(alerts, ignore_conflicts=True)


def _section_alerts(target: Target, day: date, at: datetime) -> list[Alert]:
    classes = [int(grade) for grade in target.indicator.classes]
    if 1 not in classes:
        return []  # a share of bad sections sets no section its class
    whole = day if is_month_end(day) else day.replace(day=1) - timedelta(days=1)
    sections = assessed_sections(target.plan.region)
    this_year = section_months(sections, whole.year, whole)
    last_year = {one.site.pk: one.months for one in section_months(sections, whole.year - 1)}
    found = []
    for one in this_year:
        months = [month for month, _item in one.months]
        if not months:
            continue
        month = max(months)
        if month != whole.month:
            continue  # nothing of the last whole month
        before = last_year.get(one.site.pk, {})
        warning = section_warning(one.months, before, month, max(classes), _body(one.site))
        if warning is not None:
            found.append(
                Alert(
                    target=target,
                    rule=Alert.Rule.SECTION,
                    site=one.site,
                    level=warning.level,
                    raised_on=month_end(date(whole.year, month, 1)),
                    raised_at=at,
                    facts={
                        "month": month,
                        "month_class": [warning.month_before, warning.month_now],
                        "cumulative_class": [warning.cumulative_before, warning.cumulative_now],
                        "worst": list(warning.worst),
                    },
                    simulated=one.simulated,
                )
            )
    return found


def _body(site: Site) -> Waterbody:
    return "lake" if site.waterbody == "lake" else "river"


# ---- what people do with them ----------------------------------------------------------------------------------------


class AlertStateError(Exception):
    """Something that cannot be done with an alert as it stands, in words."""


def acknowledge(alert: Alert, user: User) -> None:
    """Somebody has seen it. A second time changes nothing."""
    if alert.acknowledged_at is None:
        alert.acknowledged_at, alert.acknowledged_by = timezone.now(), user
        alert.save(update_fields=["acknowledged_at", "acknowledged_by"])


def comment(alert: Alert, text: str, user: User) -> AlertComment:
    """Write down why, and what is done about it. Raises AlertStateError for no words."""
    if not text.strip():
        raise AlertStateError(_("请先写说明再提交。"))
    return AlertComment.objects.create(alert=alert, text=text.strip(), written_at=timezone.now(), written_by=user)


@transaction.atomic
def close(alert: Alert, text: str, user: User) -> None:
    """Close an alert with a word on it. Raises AlertStateError without one, or when it is closed already."""
    if alert.closed_at is not None:
        raise AlertStateError(_("这条预警已经关闭。"))
    comment(alert, text, user)
    acknowledge(alert, user)
    alert.closed_at, alert.closed_by = timezone.now(), user
    alert.save(update_fields=["closed_at", "closed_by"])
