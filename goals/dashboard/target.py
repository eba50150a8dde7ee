"""The page of a target: its state, its course, and where every number comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from typing import Any

from django.db.models import Count, QuerySet, Window
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from evaluation.calendar import month_end
from evaluation.standards import as_in_force
from goals import pictures, selectors, sentences
from goals.aims import AQI_FIGURES, subject_of
from goals.assessing import Replay, replay_of
from goals.causes import revisions_behind, tables_of
from goals.city_years import DUST_COLUMNS
from goals.evidence import EvidenceRoom, Subject
from goals.found import Found
from goals.history import Since, changed, in_full, last_change, record_of, runs
from goals.methods import topic_of
from goals.models import Target, TargetNote
from goals.picture import Picture, words
from goals.steering import CityTable, SwingSection, city_table, steering, swing_sections
from goals.steering_pictures import waterfall_picture
from goals.task_selectors import SupervisedTask, records_serving, supervised_tasks
from goals.timeline import Turn, cause_words, strip_of, turns
from goals.verdicts import Verdicts
from indicators.catalogue import DAILY_STATISTICS, scope_definitions
from indicators.models import Extent, Revision, Submission
from indicators.revised import last_recorded
from indicators.selectors import submissions_behind
from memory.tables import remembered
from provinces.models import Region, Site
from provinces.selectors import code_prefix, codes_within


@dataclass(frozen=True)
class Fact:
    """A fact in the head of the target page."""

    label: str
    value: str
    unit: str = ""


@dataclass(frozen=True)
class Quote:
    """The quoted words, with what stands around them where the plan's text is there."""

    before: str
    words: str
    after: str
    link: str


@dataclass(frozen=True)
class Outlook:
    """What is certain and what is likely, kept apart; empty where there is nothing to say."""

    certain: Sequence[str]
    likely: Sequence[str]
    record: str  # how such forecasts did


@dataclass(frozen=True)
class TargetPage:
    """A target with all that its state rests on."""

    found: Found
    name: str
    scope: str
    aim: str
    since: Since | None
    facts: Sequence[Fact]
    pictures: Sequence[Picture]
    quote: Quote
    how: str
    topic: str  # of the page 方法
    on: date  # the last day of the data
    standard: str  # in the version in force on that day
    dust: str  # which account of dust days the figure keeps; empty where they make no difference
    coverage: Sequence[Fact]
    submissions: Sequence[Submission]
    submission_count: int
    revisions: Sequence[Revision]
    outlook: Outlook
    strip: str
    months: Sequence[str]
    turns: Sequence[Turn]
    replay: Replay | None  # where a verdict is stored for the day
    replay_causes: Sequence[tuple[str, str]]
    cities: CityTable | None
    swing: Sequence[SwingSection]
    amendments: Sequence[Any]
    children: Sequence[Found]
    next_figure: str  # when the next one is expected, and from where that is known
    notes: Sequence[TargetNote]
    tasks: Sequence[SupervisedTask]

    @property
    def changes(self) -> int:
        """How often the state changed this year; the first one is no change."""
        return max(0, len(self.turns) - 1)


def target_page(target: Target, as_of: date | None) -> TargetPage:
    """The page of a target as of a day."""
    region, year = target.plan.region_id, target.plan.year
    # what is gathered for one target of a plan serves the pages of the others
    together = [target, *selectors.targets_of_region(region, year)]
    room = Verdicts(together, as_of, timezone.localdate()).room
    found = selectors.verdicts_of_region(region, year, as_of, [target], room)[0]
    subject = subject_of(target)
    history = [one for one in record_of(target.pk, date(year, 1, 1)) if as_of is None or one.as_of <= as_of]
    way = steering(found, subject, room)
    cities = None if way is None or len(way.best.cities) < 2 else city_table(way, room, target)
    turning = [one.id for one in changed(history)]
    told = in_full(target.pk, tuple(turning), as_of)
    first = [row for row in told if row.as_of == as_of][-1:]
    again = replay_of(first[0], target, as_of, room) if first and as_of is not None else None
    files, number_of_files = _submissions(subject, room, year)
    on = date.fromisoformat(found.facts["last"]) if "last" in found.facts else room.until(target.plan.year)
    children = [one for one in selectors.targets_of_region(region, year) if one.parent_id == target.pk]
    return TargetPage(
        found=found,
        name=sentences.target_name(target),
        scope=sentences.scope_name(target),
        aim=sentences.aim_long(target, found.facts),
        since=last_change(history, found.state),
        facts=_facts(found, as_of),
        pictures=_in_order([*pictures.pictures(found, subject, room, year, way), *_waterfall(cities)]),
        quote=_quote(target),
        how=_how(found, subject),
        topic=topic_of(target.indicator.statistic, target.indicator.domain),
        on=on,
        standard=as_in_force(target.indicator.standard, on),
        dust=_dust_account(target),
        coverage=_coverage(found),
        submissions=files,
        submission_count=number_of_files,
        revisions=_revisions(target),
        outlook=_outlook(found),
        strip=strip_of(target, runs(history, date(year, 1, 1), date(year, 12, 31)), year, as_of) if history else "",
        months=words(year, "").months,
        turns=turns(row for row in told if row.pk in turning),
        replay=again,
        replay_causes=[cause_words(cause) for cause in again.causes] if again else [],
        cities=cities,
        swing=swing_sections(found, subject, room),
        amendments=_amendments(target.pk),
        children=selectors.verdicts_of_region(region, year, as_of, children),
        next_figure=_next_figure(target, subject, room, as_of),
        notes=_notes(target.pk) if target.pk in selectors.targets_with_notes() else [],
        tasks=supervised_tasks(records_serving(target.pk), as_of),
    )


@remembered(Target, most=500)
def _amendments(target: int) -> Sequence[Any]:
    return list(Target.history.filter(id=target).select_related("history_user")[:6])


@remembered(TargetNote, most=500)
def _notes(target: int) -> Sequence[TargetNote]:
    found = TargetNote.objects.filter(target=target).select_related("written_by")
    return list(found.order_by("-written_at", "-id")[:30])


@remembered(Revision, Region, Site, Submission, Target, most=500)
def _revisions(target: Target) -> Sequence[Revision]:
    regions = codes_within(code_prefix(target.plan.region))
    if not any(key in last_recorded() for key in product(regions, tables_of(target))):
        return []
    return list(revisions_behind(target).select_related("region", "site", "new_submission")[:5])


def _next_figure(target: Target, subject: Subject, room: EvidenceRoom, as_of: date | None) -> str:
    """When the next figure is expected: as entered; else the next day or month; else when last year's was published."""
    day = as_of or timezone.localdate()
    if target.next_figure_on is not None:
        return target.next_figure_on.isoformat()
    if subject.indicator.statistic in DAILY_STATISTICS and room.members(subject):
        return _("%(day)s（逐日）") % {"day": sentences.short_day(day + timedelta(days=1))}
    if subject.indicator.statistic == "class_share":
        return _("%(day)s（逐月）") % {"day": sentences.short_day(month_end(day) + timedelta(days=1))}
    published = [figure.published_on for figure in room.figures(subject) if figure.published_on is not None]
    later = sorted(one for one in published if (one.month, one.day) > (day.month, day.day) and one.year < day.year)
    if later:
        return _("上年同期于%(day)s公布") % {"day": later[-1].isoformat()}
    return ""


def _dust_account(target: Target) -> str:
    if target.indicator.figure in DUST_COLUMNS or target.indicator.statistic == "composite_index":
        return str(target.get_dust_account_display())
    return _("含沙尘日") if target.indicator.figure in AQI_FIGURES else ""


def _in_order(made: Sequence[Picture]) -> list[Picture]:
    """The signature first, then what needs the whole width, then pairs, the calendar last."""
    order = {"months": 2, "waterfall": 3, "calendar": 4}
    return [made[0], *sorted(made[1:], key=lambda one: order.get(one.key, 1))] if made else []


def _waterfall(cities: CityTable | None) -> list[Picture]:
    """The cities' parts in a region's overdraft, as a picture."""
    known = [] if cities is None else [line for line in cities.lines if line.cost is not None]
    if cities is None or len(known) < 2:
        return []
    costly = sum(line.cost > 0 for line in known if line.cost is not None)
    title = _("%(costly)d市超支，%(thrifty)d市节余") % {"costly": costly, "thrifty": len(known) - costly}
    names = [line.region.label for line in known]
    costs = [float(line.cost or 0) for line in known]
    return [waterfall_picture(names, costs, sentences.unit_label(cities.unit), _("合计"), title)]


def _outlook(found: Found) -> Outlook:
    facts = found.facts
    certain = [sentences.budget_sentence(facts), sentences.blur_sentence(facts), sentences.context_sentence(facts)]
    likely = [sentences.outlook_sentence(facts), sentences.held_sentence(facts), sentences.hidden_sentence(facts)]
    return Outlook(
        [words for words in certain if words], [words for words in likely if words], sentences.record_sentence(facts)
    )


def _facts(found: Found, as_of: date | None) -> list[Fact]:
    facts, target = found.facts, found.target
    result = []
    unit, level_unit = sentences.unit_label(facts.get("unit", "")), sentences.unit_label(target.indicator.unit)
    if found.value is not None:
        last = date.fromisoformat(facts["last"])
        label = _("现值，%(basis)s至%(day)s") % {
            "basis": sentences.basis_label(facts),
            "day": sentences.short_day(last),
        }
        result.append(Fact(label, sentences.number_label(found.value), unit))
    base = facts.get("baseline")
    if "same_period" in facts and not (base and base["same_period"]):
        result.append(
            Fact(
                _("上年同期"), sentences.number_label(facts["same_period"]), sentences.unit_label(target.indicator.unit)
            )
        )
    if base:
        label = (_("基准，%(year)s年同期") if base["same_period"] else _("基准，%(year)s年")) % base
        result.append(Fact(label, sentences.number_label(base["level"]), level_unit))
    left = sentences.budget_sentence(facts)
    if left:
        result.append(Fact(_("还剩多少"), left))
    result += _other_accounts(facts, level_unit)
    if "beside" in facts:
        beside = facts["beside"]
        label = _("按监测数据计算")
        difference = _("与公布值差%(difference)s") % {"difference": sentences.number_label(beside["difference"])}
        result.append(Fact(label, sentences.number_label(beside["level"]), difference))
    return result


def _other_accounts(facts: Mapping[str, Any], unit: str) -> list[Fact]:
    """With and without dust days; this year and last by the newer AQI table."""
    result = []
    dust = facts.get("dust")
    if dust:
        label = (
            _("不扣除%(days)d个沙尘、例外事件城市日") if dust["left_out"] else _("扣除%(days)d个沙尘、例外事件城市日")
        )
        result.append(Fact(label % dust, sentences.number_label(dust["other"]), unit))
    same = facts.get("same_basis")
    if same:
        result.append(Fact(_("同口径（%(standard)s）") % same, sentences.number_label(same["level"]), unit))
        result.append(
            Fact(_("上年同期，同口径（%(standard)s）") % same, sentences.number_label(same["same_period"]), unit)
        )
    return result


def _quote(target: Target) -> Quote:
    text, start, end = target.plan.text, target.char_start, target.char_end
    if target.text_sha256 != target.plan.text_sha256:
        text = ""  # the words stand in an earlier version of the text
    link = reverse("plan_text", args=[target.plan.region_id, target.plan.year]) + f"#{target.register_id}"
    if not text:
        return Quote("", target.quote_zh, "", "")
    return Quote(_flat(text[max(0, start - 40) : start]), text[start:end], _flat(text[end : end + 40]), link)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _how(found: Found, subject: Subject) -> str:
    """How the figure comes about, in a sentence or two."""
    indicator = subject.indicator
    scope = scope_definitions()[subject.scope]
    scope_label = scope.name_en if sentences.in_english() else scope.name_zh
    parts = []
    if "beside" in found.facts:
        parts.append(_("以发布机构公布的数值为准，计算值并列。"))
    if indicator.statistic in DAILY_STATISTICS:
        parts.append(_("范围“%(scope)s”：各城市分别统计，再取算术平均，最后一次修约。") % {"scope": scope_label})
    if found.facts.get("coverage", {}).get("sections"):
        items = _("、").join(str(n) for n in found.facts["coverage"]["items"])
        parts.append(_("断面按各月均值的平均浓度判类，按%(items)s项评价。") % {"items": items})
    if found.facts.get("assigned", {}).get("by_line"):
        parts.append(_("本年时序点未下达，按直线推算。"))
    return "".join(parts)


def _coverage(found: Found) -> list[Fact]:
    coverage = found.facts.get("coverage", {})
    if "cities" in coverage:
        valid, missing = coverage["days_valid"], coverage["days_missing"]
        facts = [Fact(_("有效城市日"), f"{valid} / {valid + missing}")]
        if coverage["thin"]:
            facts.append(Fact(_("数据不足的城市"), str(len(coverage["thin"]))))
        return facts
    if "sections" in coverage:
        return [
            Fact(_("断面"), str(coverage["sections"])),
            Fact(_("最少月数"), str(coverage["months"])),
        ]
    return []


_MOST_FILES = 5


def _submissions(subject: Subject, room: EvidenceRoom, year: int) -> tuple[Sequence[Submission], int]:
    """The latest files behind a figure, and how many there are."""
    if subject.indicator.statistic in DAILY_STATISTICS:
        tables = [Extent.Table.AIR_HOUR, Extent.Table.AIR_DAY]
        regions = {city.code for city in room.members(subject)}
    elif subject.indicator.statistic == "class_share":
        tables = [Extent.Table.WATER_VALUE]
        prefix = code_prefix(subject.region)
        regions = set(codes_within(prefix))
    else:
        used = {figure.submission_id for figure in room.figures(subject) if figure.submission_id is not None}
        return _files(tuple(sorted(used))) if used else ([], 0)
    return _files_behind(tuple(sorted(regions)), tuple(tables), date(year, 1, 1), room.until(year))


@remembered(Submission, most=64)
def _files(keys: tuple[int, ...]) -> tuple[Sequence[Submission], int]:
    return _latest(Submission.objects.filter(pk__in=keys).order_by("-received_at", "-id"))


@remembered(Submission, Extent, most=64)
def _files_behind(
    regions: tuple[str, ...], tables: tuple[str, ...], first: date, last: date
) -> tuple[Sequence[Submission], int]:
    return _latest(submissions_behind(regions, tables, first, last))


def _latest(behind: QuerySet[Submission]) -> tuple[Sequence[Submission], int]:
    files = list(behind.annotate(number=Window(Count("*")))[:_MOST_FILES])
    return files, files[0].number if files else 0
