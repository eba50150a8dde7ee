"""A plan's text comes in, is read, decided on draft by draft, and becomes targets: the verbs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from goals.draft_words import lack_words, unreadable_words
from goals.drafts import (
    QuantityFields,
    TargetFields,
    TaskFields,
    doubt_rows,
    lacks_of,
    quantity_fields,
    target_fields,
    task_fields,
)
from goals.models import Draft, PlanVersion
from goals.plan_reader import QuantityDraft, Reading, TargetDraft, TaskDraft, names_of, read_plan, read_words
from goals.plan_reader.documents import DocumentText, UnreadableDocumentError, text_of
from goals.version_selectors import catalogue_names
from indicators.models import Indicator
from provinces.models import Region

#: Between the orders of two drafts lies room for those that a person splits off.
_STEP = 1000


class PlanVersionError(Exception):
    """What was asked cannot be done with a version or a draft; the sentence says why."""


# ---- reading ---------------------------------------------------------------------------------------------------------


def read_document(data: bytes) -> DocumentText:
    """The text of a document. PlanVersionError, in words, for whatever gives none."""
    try:
        return text_of(data)
    except UnreadableDocumentError as problem:
        raise PlanVersionError(unreadable_words(problem.code, problem.about)) from problem


def read_text(text: str, region: Region, year: int) -> Reading:
    """The drafts of a plan's text by the catalogue as it stands."""
    return read_plan(text, names_of(catalogue_names()), year, (region.name, region.short_name, *region.aliases))


@transaction.atomic
def receive_version(data: bytes, name: str, region: Region, year: int, title: str, user: User | None) -> PlanVersion:
    """Keep a plan's bytes and text, with the drafts read from it. PlanVersionError, storing nothing, if that fails."""
    document = read_document(data)
    sha256 = hashlib.sha256(document.text.encode("utf-8")).hexdigest()
    confirmed = PlanVersion.objects.filter(status=PlanVersion.Status.APPROVED, text_sha256=sha256)
    if confirmed.filter(plan__region=region, plan__year=year, plan__text_sha256=sha256).exists():
        raise PlanVersionError(_("这份原文已经核对并批准，内容一字未改，不必再交。"))
    if PlanVersion.objects.filter(region=region, year=year, status=PlanVersion.Status.OPEN).exists():
        raise PlanVersionError(
            _("%(region)s%(year)d年的计划有一份正在核对，请先批准或放弃它，再交新的。")
            % {"region": region.label, "year": year}
        )
    reading = read_text(document.text, region, year)
    version = PlanVersion.objects.create(
        region=region,
        year=year,
        title=(
            title
            or reading.title
            or _("%(region)s%(year)d年生态环境工作要点") % {"region": region.short_name, "year": year}
        )[:120],
        name=name[:200],
        media=document.media,
        original=data,
        original_sha256=hashlib.sha256(data).hexdigest(),
        text=document.text,
        text_sha256=sha256,
        passages=[list(passage) for passage in reading.target_passages],
        received_at=timezone.now(),
        received_by=user,
    )
    Draft.objects.bulk_create(_drafts(version, reading))
    return version


def _drafts(version: PlanVersion, reading: Reading) -> list[Draft]:
    targets = [
        _draft(version, Draft.Sort.TARGET, n, read, target_fields(read)) for n, read in enumerate(reading.targets)
    ]
    tasks = [_draft(version, Draft.Sort.TASK, n, read, task_fields(read)) for n, read in enumerate(reading.tasks)]
    quantities = [
        _draft(version, Draft.Sort.QUANTITY, n, read, quantity_fields(read))
        for n, read in enumerate(reading.quantities)
    ]
    return [*targets, *tasks, *quantities]


def _draft(
    version: PlanVersion,
    sort: Draft.Sort,
    number: int,
    read: TargetDraft | TaskDraft | QuantityDraft,
    fields: TargetFields | TaskFields | QuantityFields,
) -> Draft:
    return Draft(
        version=version,
        sort=sort,
        order=(number + 1) * _STEP,
        fields=fields.model_dump(mode="json"),
        char_start=read.char_start,
        char_end=read.char_end,
        confidence=1.0 if isinstance(read, TaskDraft) else read.confidence,
        doubts=[] if isinstance(read, TaskDraft) else doubt_rows(read.doubts),
    )


# ---- deciding on drafts ----------------------------------------------------------------------------------------------


def accept(draft: Draft) -> None:
    """Take a draft as it stands. PlanVersionError where it lacks what a target must have."""
    still_open(draft.version)
    if draft.sort == Draft.Sort.TARGET:
        lacks = lacks_of(TargetFields.model_validate(draft.fields))
        if lacks:
            raise PlanVersionError("".join(lack_words(lack) for lack in lacks))
    draft.state = Draft.State.ACCEPTED
    draft.save(update_fields=["state"])


def reject(draft: Draft) -> None:
    """This is no target."""
    still_open(draft.version)
    draft.state = Draft.State.REJECTED
    draft.save(update_fields=["state"])


def reopen(draft: Draft) -> None:
    """Undo a decision."""
    still_open(draft.version)
    draft.state = Draft.State.OPEN
    draft.save(update_fields=["state"])


@transaction.atomic
def correct(draft: Draft, fields: TargetFields | TaskFields | QuantityFields) -> None:
    """Write what a person corrected, and take it."""
    still_open(draft.version)
    draft.fields = fields.model_dump(mode="json")
    draft.doubts = []
    draft.confidence = 1.0
    draft.save(update_fields=["fields", "doubts", "confidence"])
    accept(draft)


@transaction.atomic
def split(draft: Draft) -> Draft:
    """Make two of one: the second begins as a copy of the first, both are to be decided again."""
    still_open(draft.version)
    order = _order_behind(draft.version, draft.sort, draft.order)
    reopen(draft)
    fields = dict(draft.fields)
    if draft.sort == Draft.Sort.TASK:
        fields["number"] = f"{fields['number']}-2"
    return Draft.objects.create(
        version=draft.version,
        sort=draft.sort,
        order=order,
        fields=fields,
        char_start=draft.char_start,
        char_end=draft.char_end,
        confidence=draft.confidence,
        doubts=draft.doubts,
        by_hand=True,
    )


@transaction.atomic
def merge(draft: Draft) -> None:
    """Make one of a draft and the one behind it: the words of both, the fields of the first."""
    still_open(draft.version)
    after = (
        draft.version.drafts.filter(sort=draft.sort, order__gt=draft.order)
        .exclude(state=Draft.State.REJECTED)
        .order_by("order")
        .first()
    )
    if after is None:
        raise PlanVersionError(_("后面没有可以合并的草稿。"))
    draft.char_start = min(draft.char_start, after.char_start)
    draft.char_end = max(draft.char_end, after.char_end)
    draft.state = Draft.State.OPEN
    draft.save(update_fields=["char_start", "char_end", "state"])
    after.delete()


@transaction.atomic
def add(version: PlanVersion, start: int, end: int) -> Draft:
    """A target that the reader missed, from the words that a person selected; read as far as they can be read."""
    still_open(version)
    if not 0 <= start < end <= len(version.text) or not version.text[start:end].strip():
        raise PlanVersionError(_("请先在原文中选中目标的原话。"))
    if end - start > 400:
        raise PlanVersionError(
            _("选得太长（%(count)d字）；一次只选一项目标的原话，400字以内。") % {"count": end - start}
        )
    words = version.text[start:end]
    region = version.region
    read = read_words(words, names_of(catalogue_names()), version.year, (region.name, region.short_name))
    fields = target_fields(read[0]) if read else TargetFields(indicator_zh=" ".join(words.split())[:80])
    last = version.drafts.filter(sort=Draft.Sort.TARGET, char_start__lte=start).order_by("order").last()
    order = _order_behind(version, Draft.Sort.TARGET, last.order if last else 0)
    return Draft.objects.create(
        version=version,
        sort=Draft.Sort.TARGET,
        order=order,
        fields=fields.model_dump(mode="json"),
        char_start=start,
        char_end=end,
        confidence=read[0].confidence if read else 0.3,
        doubts=doubt_rows(read[0].doubts) if read else [{"code": "by_hand", "about": {}}],
        by_hand=True,
    )


def _order_behind(version: PlanVersion, sort: str, order: int) -> int:
    """A place between a draft and the next one of its sort."""
    after = version.drafts.filter(sort=sort, order__gt=order).order_by("order").first()
    between = order + _STEP if after is None else (order + after.order) // 2
    if between == order:
        raise PlanVersionError(_("这里加得太多了，没有位置；请先批准，再修订。"))
    return between


def still_open(version: PlanVersion) -> None:
    if version.status != PlanVersion.Status.OPEN:
        raise PlanVersionError(_("这份原文已经%(status)s，不能再改。") % {"status": version.get_status_display()})


# ---- the catalogue, in place -----------------------------------------------------------------------------------------


@transaction.atomic
def call_it(draft: Draft, indicator: Indicator) -> int:
    """The words of a draft are another name of an indicator: keep the alias, and let all open drafts with it know.

    Returns how many drafts that settles.
    """
    still_open(draft.version)
    words = str(draft.fields["indicator_zh"]).strip()
    if not words:
        raise PlanVersionError(_("草稿没有指标名，先填写指标名。"))
    if words not in (indicator.name_zh, *indicator.aliases):
        indicator.aliases = [*indicator.aliases, words]
        indicator.save(update_fields=["aliases"])
    settled = 0
    for other in draft.version.drafts.filter(sort=Draft.Sort.TARGET).exclude(state=Draft.State.REJECTED):
        if other.fields["indicator_zh"] == words and not other.fields["indicator"]:
            other.fields |= {"indicator": indicator.code, "domain": indicator.domain}
            other.doubts = [doubt for doubt in other.doubts if doubt["code"] != "unknown_indicator"]
            other.save(update_fields=["fields", "doubts"])
            settled += 1
    return settled


@transaction.atomic
def enter_indicator(draft: Draft, entry: Mapping[str, str]) -> Indicator:
    """A new entry of the catalogue for what a draft speaks of: a figure that is reported, or a matter of judgement."""
    base = re.sub(r"[^a-z0-9]+", "_", entry["name_en"].lower()).strip("_")[:50] or "indicator"
    code, number = base, 2
    while Indicator.objects.filter(code=code).exists():
        code, number = f"{base}_{number}", number + 1
    judged = entry["statistic"] == "judgement"
    try:
        with transaction.atomic():
            indicator = Indicator.objects.create(
                code=code,
                name_zh=entry["name_zh"],
                name_en=entry["name_en"],
                domain=entry["domain"],
                unit="" if judged else entry["unit"],
                direction=entry["direction"],
                statistic=entry["statistic"],
                display_places=0 if judged else 1,
                attainment_places=0 if judged else 1,
            )
    except IntegrityError as error:
        raise PlanVersionError(
            _("目录里已有英文名“%(name)s”的指标，请改名，或选它作别名。") % {"name": entry["name_en"]}
        ) from error
    call_it(draft, indicator)
    return indicator


def drop(version: PlanVersion, user: User | None) -> None:
    """Give a version up: its drafts write nothing; text and decisions stay on record."""
    still_open(version)
    version.status, version.decided_at, version.decided_by = PlanVersion.Status.DROPPED, timezone.now(), user
    version.save(update_fields=["status", "decided_at", "decided_by"])
