"""Facts put into words, in the language of the reader. No figure is worked out here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from evaluation.progress import Kind, Lack, State
from evaluation.rounding import round_half_even
from goals.found import Listed
from goals.models import STATE_LABELS, Alert, Target
from indicators.catalogue import DOMAINS, scope_definitions

Facts = Mapping[str, Any]


def state_label(state: str, facts: Facts) -> str:
    """The word for a state; a tolerance that nobody set reads 待设定, not 待下达."""
    if facts.get("lack") == Lack.TOLERANCE:
        return _("待设定")
    return _state_word(str(state), get_language())


@cache
def _state_word(state: str, _language: str | None) -> str:
    """A country's page has thousands of them."""
    return str(STATE_LABELS[State(state)])


def lack_sentence(facts: Facts) -> str:
    """What is missing before the target can be judged; empty when nothing is."""
    lack = facts.get("lack")
    if lack is None:
        return ""
    return {
        Lack.ASSIGNED_VALUE: _("上级下达值尚未录入"),
        Lack.SCHEDULE_POINT: _("本年时序进度尚未录入"),
        Lack.TOLERANCE: _("“基本”容许多大变化尚未设定"),
        Lack.BASELINE: _("缺少基准年的数值"),
        Lack.EVIDENCE: _("没有收到数据"),
        Lack.VALID_DATA: _("有效数据不足，不作判断"),
        Lack.JUDGEMENT: _("尚无人工评议"),
    }[Lack(lack)]


def budget_sentence(facts: Facts) -> str:
    """What the rest of the year may still hold; empty where the target has no budget."""
    budget = facts.get("budget")
    if not budget:
        return ""
    return _BUDGETS[budget["kind"]](budget)


def _remaining_mean(budget: Facts) -> str:
    values = {**budget, "unit": unit_label(budget["unit"])}
    if not budget["is_cap"]:
        return _("余下%(days)d天均值须不低于%(required)s %(unit)s") % values
    if Decimal(budget["required"]) < 0:
        return _("余下%(days)d天即使为零也完不成") % values
    return _("余下%(days)d天均值须不高于%(required)s %(unit)s") % values


def _days_may_fail(budget: Facts) -> str:
    left = budget["left"]
    if budget["cities"] == 1:
        if left < 0:
            return _("超标天数已多出%(over)d天") % {"over": -left}
        return ngettext("还可超标%(left)d天", "还可超标%(left)d天", left) % {"left": left}
    if left < 0:
        return _("超标已多出%(over)d天次") % {"over": -left}
    mean = round_half_even(Decimal(left) / budget["cities"], 1)
    return _("还可超标%(left)d天次，平均每市%(mean)s天") % {"left": left, "mean": mean}


def _percentile_days(budget: Facts) -> str:
    """Days that a percentile allows: always safe, in doubt, lost."""
    values = {**budget, "days": budget["left"]}
    if budget["left"] >= 0:
        return _("再有%(days)d天超限仍必达标（已超%(over)d天）") % values
    if budget["until_lost"] > 0:
        return _("超限已%(over)d天，是否达标取决于个别日的高低") % values
    return _("超限已%(over)d天，必不达标") % values


def _percentile_cities(budget: Facts) -> str:
    return _("%(cities)d市中%(over)d市高于限值；各市均值至少为%(least)s %(unit)s") % {
        **budget,
        "unit": unit_label(budget["unit"]),
    }


def _days_left(budget: Facts) -> str:
    left = budget["left"]
    if budget["cities"] == 1:
        return (_("还可出现%(left)d天") if left >= 0 else _("已多出%(over)d天")) % {"left": left, "over": -left}
    return (_("还可出现%(left)d天次") if left >= 0 else _("已多出%(over)d天次")) % {"left": left, "over": -left}


def _days_needed(budget: Facts) -> str:
    if budget["left"] == 0:
        return _("天数已够")
    return (_("还需%(left)d天") if budget["cities"] == 1 else _("还需%(left)d天次")) % budget


def _sections_may_fail(budget: Facts) -> str:
    values = {**budget, "over": -budget["left"]}
    if budget["left"] < 0:
        return _("达标断面还差%(over)d个（现%(inside)d/%(total)d）") % values
    return _("还可减%(left)d个断面（现%(inside)d/%(total)d）") % values


def _sections_may_enter(budget: Facts) -> str:
    if budget["left"] < 0:
        return _("已多出%(over)d个断面（共%(total)d个）") % {**budget, "over": -budget["left"]}
    if budget["left"] == 0:
        return _("不得再有断面落入（现%(inside)d/%(total)d）") % budget
    return _("还可有%(left)d个断面落入（现%(inside)d/%(total)d）") % budget


def _amount(budget: Facts) -> str:
    if Decimal(budget["left"]) == 0:
        return _("数量已达到")
    return _("还差%(left)s %(unit)s") % {**budget, "unit": unit_label(budget["unit"])}


def _year_level(budget: Facts) -> str:
    values = {"limit": number_label(budget["limit"]), "unit": unit_label(budget["unit"])}
    if budget["comparator"] in ("<", "<="):
        return _("全年须不高于%(limit)s %(unit)s") % values
    return _("全年须不低于%(limit)s %(unit)s") % values


_BUDGETS = {
    "year_level": _year_level,
    "remaining_mean": _remaining_mean,
    "days_may_fail": _days_may_fail,
    "percentile_days": _percentile_days,
    "percentile_cities": _percentile_cities,
    "days_left": _days_left,
    "days_needed": _days_needed,
    "sections_may_fail": _sections_may_fail,
    "sections_may_enter": _sections_may_enter,
    "amount": _amount,
}


def outlook_sentence(facts: Facts) -> str:
    """What the outlook says, with its 80 % range; empty where none may be shown."""
    forecast = facts.get("forecast")
    if not forecast or not forecast["shown"]:
        return ""
    values = {
        "low": number_label(forecast["low"]),
        "high": number_label(forecast["high"]),
        "percent": percent_label(forecast["probability"]),
        "unit": unit_label(forecast["unit"]),
    }
    return _("完成的可能性约%(percent)s；年终八成可能在%(low)s至%(high)s %(unit)s之间") % values


def percent_label(probability: str) -> str:
    """A probability in whole percent, never 0 or 100: only what is certain is."""
    percent = round_half_even(Decimal(probability) * 100, 0)
    return _("<1%") if percent < 1 else _(">99%") if percent > 99 else f"{percent}%"


def context_sentence(facts: Facts) -> str:
    """In how many past years the rest of the year stayed within what is needed now; empty without a past year."""
    context = facts.get("context")
    if not context:
        return ""
    values = {"count": len(context["years"]), "within": context["within"]}
    return _("往年%(count)d年中，余下时间若同往年，%(within)d年可完成") % values


def blur_sentence(facts: Facts) -> str:
    """How the rounding of a printed mean blurs the control value; empty where the exact mean is known."""
    blur = (facts.get("budget") or {}).get("blur")
    if not blur:
        return ""
    return _("若只知道修约后的现值，此数在%(low)s至%(high)s之间") % {"low": blur["low"], "high": blur["high"]}


def hidden_sentence(facts: Facts) -> str:
    """Why no outlook is shown; empty where one is, or where none could be made."""
    forecast = facts.get("forecast")
    if not forecast or forecast["shown"]:
        return ""
    if forecast["month"] == 0:
        return _("一月未满，不作展望")
    return _("这一指标%(month)s月末的展望未通过历史检验，不显示") % {"month": str(forecast["month"])}


def record_sentence(facts: Facts) -> str:
    """How forecasts of this kind and month did on past years; empty where none is shown."""
    record = (facts.get("forecast") or {}).get("record")
    if not record or not facts["forecast"]["shown"]:
        return ""
    values = {name: str(value) for name, value in record.items()}
    tested = _("回测%(trials)s个城市年：八成区间覆盖%(coverage)s，表态%(committed)s次错%(wrong)s") % values
    return tested + _("，Brier分%(brier)s（只看累计值%(naive)s）") % values


def held_sentence(facts: Facts) -> str:
    """That the last evaluation would say otherwise, but one alone changes no state; empty where they agree."""
    evaluated = facts.get("evaluated")
    if not evaluated:
        return ""
    return _("最近一个数据日的结论是“%(state)s”，连续两个数据日一致才改变状态") % {"state": state_label(evaluated, {})}


def alert_sentence(alert: Alert) -> str:
    """What an alert says, in one line."""
    values = {"region": alert.target.plan.region.label, "name": target_name(alert.target)}
    if alert.rule == Alert.Rule.SECTION and alert.site is not None:
        values |= {"site": alert.site.name, "level": str(alert.level), "month": str(alert.facts["month"])}
        return _("%(region)s %(site)s：%(month)s月断面水质%(level)s级预警（%(name)s）") % values
    values |= {"before": state_label(alert.before, {}), "after": state_label(alert.after, {})}
    return _("%(region)s %(name)s：由“%(before)s”转为“%(after)s”") % values


def number_label(value: Decimal | str | None) -> str:
    """A number as printed, with a true minus sign; a dash for unknown."""
    if value is None:
        return "—"
    return f"{Decimal(value):f}".replace("-", "−")


def unit_label(unit: str) -> str:
    """A unit as it is shown: µg/m³ with its superscript, the words for counts in the reader's language."""
    shown = unit.replace("m3", "m³")
    words = {"天": _("天"), "个": _("个"), "百分点": _("个百分点"), "吨": _("吨"), "万吨": _("万吨"), "千克": _("千克")}
    words |= {"万立方米": _("万立方米"), "起/万枚": _("起/万枚"), "吨/万元": _("吨/万元")}
    words |= {"立方米": _("立方米"), "万吨标准煤": _("万吨标准煤"), "吨标准煤/万元": _("吨标准煤/万元")}
    words |= {"吨/(平方公里·月)": _("吨/(平方公里·月)")}
    return words.get(shown, shown)


SIGNS = {"<": "<", "<=": "≤", "=": "=", ">=": "≥", ">": ">"}


def aim_short(target: Target, facts: Facts) -> str:
    """What the target asks, as short as a table cell: "≤ 31", "国家下达", "保持"."""
    assigned = facts.get("assigned")
    if assigned:
        return limit_label(assigned["comparator"], assigned["value"])
    if target.value is not None:
        return _number_short(target)
    kind = Kind(target.kind)
    if kind == Kind.DELEGATED:
        who = {"国家": _("国家"), "国家;省": _("国家、省")}.get(target.reference)
        return _("%(who)s下达") % {"who": who} if who else _("上级下达")
    if kind == Kind.TREND:
        return _("下降") if target.indicator.direction == "decrease" else _("提升")
    return {Kind.SCHEDULE: _("时序进度"), Kind.HOLD: _("保持"), Kind.QUALITATIVE: _("定性")}[kind]


def _number_short(target: Target) -> str:
    value = target.value or Decimal(0)
    if target.kind in (Kind.RELATIVE_CHANGE, Kind.POINT_CHANGE, Kind.INCREMENT):
        sign = "+" if value > 0 else "−"
        return f"{SIGNS[target.comparator]} {sign}{abs(value)}"
    return limit_label(target.comparator, value)


def limit_label(comparator: str, value: Decimal | str) -> str:
    """A limit as it is printed: "≤ 31"."""
    return f"{SIGNS[comparator]} {number_label(value)}"


def aim_long(target: Target, facts: Facts) -> str:
    """What the target asks, in words for a heading: "不低于94.5%"."""
    rules = facts.get("assigned")
    comparator = rules["comparator"] if rules else target.comparator
    value = rules["value"] if rules else target.value
    if not comparator or value is None:
        return aim_short(target, facts)
    unit = unit_label((rules["unit"] if rules else target.unit) or target.indicator.unit)
    if target.kind in (Kind.RELATIVE_CHANGE, Kind.POINT_CHANGE, Kind.INCREMENT):
        return _change_long(target, Decimal(value), unit)
    phrases = {
        "<=": _("不高于%(value)s%(unit)s"),
        "<": _("低于%(value)s%(unit)s"),
        "=": _("为%(value)s%(unit)s"),
        ">=": _("不低于%(value)s%(unit)s"),
        ">": _("高于%(value)s%(unit)s"),
    }
    return phrases[comparator] % {"value": number_label(value), "unit": unit if unit == "%" else f" {unit}"}


def _change_long(target: Target, value: Decimal, unit: str) -> str:
    """A change in words; the sign of the number is the direction."""
    values = {"year": target.baseline_year or target.plan.year - 1, "value": f"{abs(value):f}", "unit": unit}
    if target.kind == Kind.RELATIVE_CHANGE:
        return (_("较%(year)s年下降%(value)s%%") if value < 0 else _("较%(year)s年提高%(value)s%%")) % values
    if target.kind == Kind.POINT_CHANGE:
        down, up = _("较%(year)s年下降%(value)s个百分点"), _("较%(year)s年提高%(value)s个百分点")
        return (down if value < 0 else up) % values
    return (_("减少%(value)s%(unit)s") if value < 0 else _("增加%(value)s%(unit)s")) % values


def basis_label(facts: Facts) -> str:
    """Where the value comes from."""
    return {
        "published": _("公布值"),
        "computed": _("按监测数据计算"),
        "entered": _("录入值"),
        "judged": _("人工评议"),
        "children": _("由下列各项汇总"),
    }.get(facts.get("basis", ""), "")


# ---- names ---------------------------------------------------------------------------------------------------------


#: The reason that the history keeps for what a plan file wrote; anything else was written by a person.
FROM_FILE = "随计划文件载入"


def change_reason(kept: str) -> str:
    """Why something was amended: the program's own reason in the language of the page, a person's words as they are."""
    return _("随计划文件载入") if kept == FROM_FILE else kept


def in_english() -> bool:
    """Whether the page speaks English."""
    return (get_language() or "").startswith("en")


def domain_label(domain: str) -> str:
    """The name of a domain in the language of the page."""
    zh, en = DOMAINS[domain]
    return en if in_english() else zh


def target_name(target: Target | Listed) -> str:
    """A target by the words of its plan, in English by its indicator."""
    return target.indicator.name_en if in_english() else target.indicator_zh


def scope_name(target: Target) -> str:
    """The scope, where the plan names one."""
    return scope_label(target.scope, target.scope_zh)


def scope_label(code: str, words: str) -> str:
    """A scope by its code and the plan's words: the words in Chinese, the catalogue's name in English."""
    if not code:
        return words
    scope = scope_definitions()[code]
    return scope.name_en if in_english() else (words or scope.name_zh)


def short_day(day: date) -> str:
    """A day without its year: 9月30日."""
    return _short_day(day, get_language())


def day_in(day: date, year: int | None) -> str:
    """A day on a page of a year: with its own year where that is another one (2020年4月13日)."""
    if day.year == year:
        return short_day(day)
    return date_format(day, "M j, Y" if in_english() else "Y年n月j日")


@lru_cache(maxsize=2000)
def _short_day(day: date, _language: str | None) -> str:
    return date_format(day, "M j" if in_english() else "n月j日")
