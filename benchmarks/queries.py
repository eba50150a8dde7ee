"""Queries a page on the demo data, drawn anew: by a process that has just begun; just after something was written.

`python -m benchmarks.queries`, with DABIAO_DATA_DIR a prepared demo that may be written to: JSON, a kind -> the page's
address -> its queries. Of every page that is reached without choosing anything, each again as of a day that nobody drew
ahead, and some others, one in STEP, by default all of them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import chain, cycle
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.test import Client

_DAY = date(2021, 9, 30)
_REGIONS = {"GX": "450000", "DL": "210200", "GZ": "440100", "HY": "430400", "HN": "410000"}
#: Beside those that need no choice.
_CHOSEN = (
    *("/search/?q=gxyl", "/indicators/class3_or_better_share/?group=plans", "/?view=map", "/tasks/?view=table"),
    *("/alerts/", "/plans/new/", "/data/?state=withdrawn", "/data/coverage/?region=450000&month=2021-09"),
    "/timeline/?as_of=2021-06-30",
)
#: In turn.
_PAST = ("2021-05-14", "2021-07-31", "now", "2021-09-01")


def pages(reader: Any) -> list[str]:
    """Every page that is reached without choosing anything, and some others."""
    from config import pages_ahead

    found = list(dict.fromkeys(chain(_CHOSEN, pages_ahead._addresses(reader))))
    plain = (path for path in found if "?" not in path)
    return [*found, *(f"{path}?as_of={day}" for path, day in zip(plain, cycle(_PAST), strict=False))]


def counted(client: Client, path: str) -> int:
    """The queries of a page that is not kept."""
    from django.core.cache import cache
    from django.db import connection

    asked: list[str] = []

    def note(execute: Callable[..., object], sql: str, *more: object) -> object:
        asked.append(sql)
        return execute(sql, *more)

    cache.clear()
    with connection.execute_wrapper(note):
        answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return len(asked)


def by_a_process_that_begins(client: Client, paths: list[str]) -> dict[str, int]:
    """Each page by a process that did nothing but warm up."""
    from config.warming import warm_up
    from indicators import stored_days
    from memory.tables import MEMORIES

    for memory in MEMORIES:
        memory.forget()
    stored_days._remembered._kept.clear()
    warm_up()
    warm, warm_days = [(memory, memory._given.copy()) for memory in MEMORIES], stored_days._remembered._kept.copy()
    found = {}
    for path in paths:
        for memory, given in warm:
            memory._given = given.copy()
        stored_days._remembered._kept = warm_days.copy()
        found[path] = counted(client, path)
    return found


def just_after(client: Client, paths: list[str], write: Callable[[str], object]) -> dict[str, int]:
    """Each page just after something of its region was written, by a process that had drawn it."""
    found = {}
    for path in paths:
        counted(client, path)
        write(_region_of(path))
        found[path] = counted(client, path)
    return found


def _region_of(path: str) -> str:
    known = re.search(r"/(\d{6})/|/(GX|DL|GZ|HY|HN)-", path)
    return "450000" if known is None else known[1] or _REGIONS[known[2]]


def writes() -> Mapping[str, Callable[[str], object]]:
    """What may be written of a region, by what it is."""
    return {**_of_evidence(), **_of_plans(), **_of_people()}


def _of_evidence() -> Mapping[str, Callable[[str], object]]:
    from django.utils import timezone

    from goals.models import Assessment
    from indicators.models import AirDay, Extent, Figure, Submission, WaterValue
    from provinces.services import ALL_EVIDENCE, note_changed_evidence

    def file(region: str) -> None:
        for model in (Submission, Extent, AirDay, WaterValue):
            _touch(model.objects.order_by("-pk"))
        note_changed_evidence([region], timezone.now(), ALL_EVIDENCE)

    def judged_file(region: str) -> None:
        file(region)
        Assessment.objects.filter(target__plan__region=region).update(assessed_at=timezone.now())

    def figure(region: str) -> None:
        _touch(Figure.objects.order_by("-pk"))
        note_changed_evidence([region], timezone.now(), ["figures"])

    return {"a file": file, "a file and its verdicts": judged_file, "a figure": figure}


def _touch(rows: QuerySet[Any]) -> None:
    """Write the first row as it is."""
    one = rows[0]
    name = next(field.name for field in one._meta.fields if not field.primary_key and not field.is_relation)
    rows.model._base_manager.filter(pk=one.pk).update(**{name: getattr(one, name)})


def _of_plans() -> Mapping[str, Callable[[str], object]]:
    from goals.models import AssignedValue, Judgement, Plan, Target, Task

    def target(region: str) -> None:
        Target.objects.filter(plan__region=region, status=Target.Status.APPROVED).order_by("order")[0].save()

    def plan(region: str) -> None:
        target(region)
        Plan.objects.filter(region=region)[0].save()
        Task.objects.filter(plan__region=region)[0].save()

    def said(_region: str) -> None:
        AssignedValue.objects.all()[0].save()
        Judgement.objects.all()[0].save()

    return {"a target": target, "a plan, a target, a task": plan, "an assigned value, a judgement": said}


def _of_people() -> Mapping[str, Callable[[str], object]]:
    from django.contrib.auth.models import User
    from django.utils import timezone

    from goals.models import Target, TargetNote, Task, TaskReport

    def note(region: str) -> None:
        of, by = Target.objects.filter(plan__region=region)[0], User.objects.all()[0]
        TargetNote.objects.create(target=of, text="x", written_by=by, written_at=timezone.now())

    def report(region: str) -> None:
        of, by, now = Task.objects.filter(plan__region=region)[0], User.objects.all()[0], timezone.now()
        TaskReport.objects.create(task=of, kind="progress", reported_on=_DAY, text="x", entered_by=by, entered_at=now)

    return {"a note": note, "a report": report}


def measure(step: int) -> Iterator[tuple[str, dict[str, int]]]:
    """By what was done before: each page with its queries."""
    from django.contrib.auth.models import Group, User
    from django.test import Client

    import config.wsgi  # noqa: F401 as it is served

    reader, _created = User.objects.get_or_create(username="bench")
    reader.groups.set(Group.objects.all())  # may see every page
    client = Client(headers={"host": "localhost"})
    client.force_login(reader, backend="config.backends.RememberingBackend")
    chosen = pages(reader)[::step]
    yield "by a process that begins", by_a_process_that_begins(client, chosen)
    for what, write in writes().items():
        yield f"just after {what}", just_after(client, chosen, write)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    print(json.dumps(dict(measure(int(os.environ.get("STEP", "1"))))))  # noqa: T201
