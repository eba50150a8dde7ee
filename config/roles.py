"""Who may do what: the one place. Roles are Django groups with Django permissions; pages ask for permissions only."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db.models import Q


@dataclass(frozen=True)
class Role:
    """A role: its group, and per model what it may do ("app.model": verbs)."""

    group: str
    may: dict[str, str]
    enters_admin: bool = False
    is_superuser: bool = False


_EVERYTHING = "view add change delete"
_SEEN_BY_ALL = (
    "goals.plan",
    "goals.planversion",
    "goals.draft",
    "goals.target",
    "goals.task",
    "goals.taskquantity",
    "goals.assessment",
    "goals.assignedvalue",
    "goals.allocation",
    "goals.alert",
    "goals.alertcomment",
    "goals.forecastlesson",
    "goals.judgement",
    "goals.quantityprogress",
    "goals.targetnote",
    "goals.taskreport",
    "indicators.indicator",
    "indicators.submission",
    "indicators.finding",
    "indicators.figure",
    "indicators.exceptionalday",
    "indicators.revision",
    "indicators.source",
    "indicators.layout",
    "provinces.region",
    "provinces.site",
    "reports.report",
)
_SEE = dict.fromkeys(_SEEN_BY_ALL, "view")

#: Login name in the demo -> role. 业务科室 look, 目标管理员 enter, 数据员 hand in, 领导 read and download.
ROLES: dict[str, Role] = {
    "keshi": Role(
        "业务科室",
        _SEE
        | {
            "reports.report": "view add",
            "goals.alert": "view change",
            "goals.alertcomment": "view add",
            "goals.targetnote": "view add",
            "goals.taskreport": "view add",
            "goals.quantityprogress": "view add",
        },
    ),
    "guanli": Role(
        "目标管理员",
        _SEE
        | {
            "goals.plan": "view add change",
            "goals.planversion": "view add change",
            "goals.draft": "view add change",
            "goals.target": "view add change",
            "goals.targetnote": "view add",
            "goals.task": "view add change close",
            "goals.taskreport": "view add",
            "goals.taskquantity": "view add change",
            "goals.assignedvalue": _EVERYTHING,
            "goals.allocation": _EVERYTHING,
            "goals.alert": "view change",
            "goals.alertcomment": "view add",
            "goals.judgement": _EVERYTHING,
            "goals.quantityprogress": _EVERYTHING,
            "goals.sitesetting": "view add change",
            "indicators.figure": "view add change",
            "indicators.exceptionalday": _EVERYTHING,
            "indicators.offeredvalue": "view",
            "indicators.indicator": "view add change",
            "provinces.region": "view change",
            "provinces.site": "view add change",
            "reports.report": "view add",
        },
        enters_admin=True,
    ),
    "shuju": Role(
        "数据员",
        _SEE
        | {
            "indicators.submission": "view add change",
            "indicators.source": "view add change",
            "indicators.layout": "view add change",
            "indicators.figure": "view add change",
            "indicators.exceptionalday": _EVERYTHING,
            "provinces.site": "view add change",
            "reports.report": "view add",
        },
        enters_admin=True,
    ),
    "lingdao": Role("领导", _SEE | {"reports.report": "view add"}),
    "admin": Role("系统管理员", _SEE, enters_admin=True, is_superuser=True),
}


def load_roles() -> int:
    """Bring the groups in step with ROLES; returns how many there are."""
    for role in ROLES.values():
        group, _created = Group.objects.get_or_create(name=role.group)
        wanted = Q(pk__in=[])
        for name, verbs in role.may.items():
            app, model = name.split(".")
            for verb in verbs.split():
                wanted |= Q(content_type__app_label=app, codename=f"{verb}_{model}")
        group.permissions.set(Permission.objects.filter(wanted))
    return len(ROLES)
