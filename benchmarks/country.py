"""The pages at the size of the country: 400 regions, 30 targets each, three years.

Everything here is invented, in a database of its own, which is thrown away.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from django.urls import reverse

if TYPE_CHECKING:
    from random import Random

    from django.db.models import QuerySet
    from django.test import Client

    from goals.models import Plan, Target
    from provinces.models import Region

REGIONS, TARGETS, YEARS = 400, 30, (2019, 2020, 2021)
DAY = date(2021, 9, 30)
_DAYS_JUDGED = 62
#: What was judged so lately is looked at again after each change (`goals.judged_days`).
_NIGHT_SECONDS = 31


def fill() -> None:
    """Plans, targets and stored verdicts of many regions; run inside the process that owns the throw-away database."""
    import random

    from django.contrib.auth.models import Group, User
    from django.core.management import call_command

    from config.roles import load_roles
    from goals.models import Plan, SiteSetting, Task
    from indicators.services import load_indicators
    from provinces.services import load_regions

    call_command("migrate", verbosity=0)
    for load in (load_regions, load_indicators, load_roles):
        load()
    plans = [
        Plan(region=region, year=year, title=f"{region.name}{year}", text="一" * 20_000, text_sha256="0" * 64)
        for region in _regions()
        for year in YEARS
    ]
    Plan.objects.bulk_create(plans, batch_size=200)
    choice = random.Random(7)
    _fill_verdicts(_fill_targets(plans, choice), choice)
    Task.objects.bulk_create(
        [
            Task(
                plan=plan, register_id=f"{plan.region_id}-{plan.year}-T{n:02d}", order=n, chapter_zh="一",
                number=str(n), title_zh="做好一件事", char_start=0, char_end=1,
            )
            for plan in plans if plan.year == DAY.year
            for n in range(10)
        ],
        batch_size=500,
    )  # fmt: skip
    SiteSetting.objects.create(pk=1, shown_date=DAY)
    user = User.objects.create_user("bench")
    user.groups.add(Group.objects.get(name="业务科室"))


def _regions() -> list[Region]:
    from provinces.models import Region

    regions = list(Region.objects.exclude(level="country").exclude(level="group").order_by("level", "code"))
    regions = [region for region in regions if region.level == "province" or region.counts_as_city]
    regions += list(Region.objects.filter(level="county").order_by("code"))
    return regions[:REGIONS]


def _fill_targets(plans: Sequence[Plan], choice: Random) -> list[Target]:
    from django.utils import timezone

    from goals.models import Target
    from indicators.models import Indicator

    indicators = list(Indicator.objects.exclude(statistic="list").order_by("code"))
    targets = [
        Target(
            register_id=f"{plan.region_id}-{plan.year}-{n:02d}", plan=plan, order=n, indicator=indicator,
            domain=indicator.domain, indicator_zh=indicator.name_zh, kind="hold", quote_zh="x", char_start=0,
            char_end=1, status=Target.Status.APPROVED,
        )
        for plan in plans
        for n, indicator in enumerate(choice.sample(indicators, TARGETS))
    ]  # fmt: skip
    made = Target.objects.bulk_create(targets, batch_size=500)
    Target.objects.update(updated_at=timezone.now() - timedelta(days=1))  # what was written lately is read anew
    return made


def _fill_verdicts(targets: Sequence[Target], choice: Random) -> None:
    """A verdict a day over two months, as beat leaves them; states change now and then."""
    from django.db import connection
    from django.utils import timezone

    from evaluation.progress import RULE_VERSION, State
    from goals.models import Assessment
    from indicators.bulk import moment

    states, now = [state.value for state in State], moment(timezone.now())
    judged = [target.pk for target in targets if target.plan.year == DAY.year]
    state = {target: choice.choice(states) for target in judged}
    rows = []
    for n in range(_DAYS_JUDGED, -1, -1):  # all targets of a day at once
        day = (DAY - timedelta(days=n)).isoformat()
        for target in judged:
            if not n % 5:
                state[target] = choice.choice([state[target]] * 60 + states)
            rows.append((target, day, now, state[target], RULE_VERSION, _facts(state[target])))
    table = Assessment._meta.db_table
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table}"
            " (target_id, as_of, assessed_at, state, rule_version, facts, causes, reason, simulated)"
            " VALUES (%s, %s, %s, %s, %s, %s, '[]', 'new data', false)",
            rows,
        )


@cache
def _facts(state: str) -> str:
    """As many facts as the verdicts of the demo have: what is lacking, or half a kilobyte."""
    lack = {"no data": "evidence", "awaiting number": "assigned_value", "insufficient data": "valid_data"}.get(state)
    rest = {
        "rules": [{"comparator": ">=", "limit": "91.0", "places": 1}],
        "assigned": {
            "comparator": ">=", "value": "91.0", "unit": "%", "as_change": False, "by_line": False, "document": "文件",
            "assigned_on": "2021-05-11", "by": "",
        },
        "basis": "computed", "level": "88.6", "unit": "%", "first": "2021-01-01", "last": "2021-09-30", "closed": False,
        "coverage": {"cities": 1, "days_valid": 273, "days_missing": 0, "thin": []}, "same_period": "88.1",
        "budget": {
            "kind": "days_may_fail", "left": 7, "used": 26, "allowed": 33, "remaining": 92, "days": 92, "cities": 1,
        },
    }  # fmt: skip
    return json.dumps({"lack": lack} if lack else rest)


def measure() -> Iterator[str]:
    """Milliseconds a page: kept; drawn anew by what is remembered, as for another choice; with nothing remembered."""
    from django.contrib.auth.models import User
    from django.core.cache import cache
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    import config.wsgi  # noqa: F401 as it is served
    from goals.models import Target
    from memory.tables import MEMORIES

    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(username="bench"), backend="config.backends.RememberingBackend")
    target = Target.objects.filter(plan__year=DAY.year).order_by("register_id")[5].register_id
    region = target[:6]
    paths = ("/sign-in/", "/", "/?level=province", f"/regions/{region}/", f"/targets/{target}/", "/indicators/",
             "/indicators/pm25_mean/", "/tasks/", "/search/?q=gx", "/timeline/?year=2021", "/compare/")  # fmt: skip
    for path in paths:
        first, anew, kept = [], [], []
        for _ in range(3):
            for memory in MEMORIES:
                memory.forget()
            cache.clear()
            first.append(_took(client, path))
            cache.clear()
            anew.append(_took(client, path))
            kept += [_took(client, path) for _ in range(3)]
        with CaptureQueriesContext(connection) as asked:
            size = len(client.get(path).content) // 1024
        yield (
            f"{REGIONS}x{TARGETS}x{len(YEARS)} {path}: kept {statistics.median(kept):.0f} ms, {len(asked)} queries; "
            f"drawn anew {statistics.median(anew):.0f} ms, with nothing remembered {statistics.median(first):.0f} ms; "
            f"{size} KB"
        )
    for what, back in (("the day before", range(1, 8)), ("a day of another week", range(15, 55, 13))):
        took = [_took(client, f"/?as_of={DAY - timedelta(days=n)}") for n in back]
        yield f"{REGIONS}x{TARGETS}x{len(YEARS)} the overview of {what}: median {statistics.median(took):.0f} ms"
    yield from _never_judged(client)
    yield from _after_a_change(client)
    yield from _as_served(client)


def _never_judged(client: Client) -> Iterator[str]:
    """Days that nobody judged: what is answered at once, how long a worker draws, what is answered then."""
    from django.contrib.auth.models import User

    from config.tasks import draw_page

    reader = User.objects.get(username="bench").pk
    paths = [f"/?as_of={DAY - timedelta(days=n)}" for n in range(_DAYS_JUDGED + 40, _DAYS_JUDGED + 50)]
    told = [_took(client, path) for path in paths]
    drawing = []
    for path in paths[:5]:
        began = time.perf_counter()
        draw_page(path, "zh-hans", reader)
        drawing.append((time.perf_counter() - began) * 1000)
    found = [_took(client, path) for path in paths[:5]]
    yield (
        f"{REGIONS}x{TARGETS}x{len(YEARS)} the overview of a day that nobody judged: {statistics.median(told):.0f} ms "
        f"until it is said to come, at most {max(told):.0f}; a worker draws it in {statistics.median(drawing):.0f} ms; "
        f"then {statistics.median(found):.0f} ms"
    )


def _after_a_change(client: Client) -> Iterator[str]:
    """What reads most of a country, not drawn ahead, by a process that remembers what it was; the night's run, which
    judged every target of the day, is over."""
    from django.core.cache import cache
    from django.utils import timezone

    from goals.assessing import assess_stale
    from goals.models import Target, Task
    from provinces.services import note_changed_evidence

    target = Target.objects.filter(plan__year=DAY.year).order_by("register_id")[5]
    task = Task.objects.filter(plan__year=DAY.year).first()
    assert task is not None

    def judged() -> None:
        note_changed_evidence([target.plan.region_id], timezone.now(), ["figures"])
        assess_stale()

    judged()
    time.sleep(_NIGHT_SECONDS)
    paths = (
        "/", f"/?year={DAY.year}&level=city&domain=air&as_of={DAY}", "/regions/", "/indicators/", "/tasks/",
        "/timeline/", "/search/?q=gx", "/forecasts/",
    )  # fmt: skip
    for path in paths:
        client.get(path)
    changes = {
        "a file": lambda: note_changed_evidence([target.plan.region_id], timezone.now(), ["air"]),
        "a file and its verdicts": judged,
        "a target": target.save,
        "a plan": target.plan.save,
        "a task": task.save,
    }
    for what, change in changes.items():
        for path in paths:
            took = []
            for _ in range(5):
                change()
                cache.clear()
                took.append(_took(client, path))
            yield (
                f"{REGIONS}x{TARGETS}x{len(YEARS)} {path} after {what}: median {statistics.median(took):.0f} ms, "
                f"at most {max(took):.0f}"
            )


#: What is chosen in the overview's form.
_LEVELS, _DOMAINS = ("level=province", "level=city"), ("domain=air", "domain=water", "domain=soil")

#: Words to search for: names and initials, in both languages, one that finds nothing.
_WORDS = ("gx", "gx+yl", "ozone", "优良", "bj+pm", "zzz", "pm2.5", "广西", "water", "440100")


def _as_served(client: Client) -> Iterator[str]:
    """Pages of every kind, each asked for once, by a process that has just begun, after a worker has drawn what it
    draws ahead: of those kinds of which there are thousands, some at random."""
    import random

    from django.core.cache import cache

    from config import pages_ahead
    from config.warming import warm_up
    from goals.models import Target, Task
    from memory.tables import MEMORIES

    choice, shown = random.Random(9), Target.objects.filter(plan__year=DAY.year)
    cache.clear()
    vars(pages_ahead).update(_QUIET_SECONDS=0, asked_lately=lambda: False)
    client.get("/")
    drawn = pages_ahead.draw_ahead() + sum(iter(pages_ahead.draw_ahead, 0))  # those looked at lately, then all others
    for memory in MEMORIES:
        memory.forget()
    began = time.perf_counter()
    warmed = warm_up()
    yield f"{REGIONS}x{TARGETS}x{len(YEARS)} a process begins: {warmed} pages in {time.perf_counter() - began:.1f} s"
    kinds = {
        "frame": [reverse(name) for name in pages_ahead.OF_THE_FRAME],
        "overview of the last month": [f"/?as_of={DAY - timedelta(days=n)}" for n in range(1, 32)],
        "overview of a level, a domain": [f"/?year={DAY.year}&{one}&as_of={DAY}" for one in (*_LEVELS, *_DOMAINS)],
        "overview of a level and a domain": [
            f"/?year={DAY.year}&{level}&{domain}&as_of={DAY}" for level in _LEVELS for domain in _DOMAINS
        ],
        "regions": _some(choice, "region", shown.values_list("plan__region", flat=True)),
        "targets": _some(choice, "target", shown.values_list("register_id", flat=True)),
        "indicators": _some(choice, "indicator", shown.values_list("indicator", flat=True)),
        "tasks": _some(choice, "task", Task.objects.values_list("register_id", flat=True)),
        "timeline": [f"/timeline/?page={n}" for n in range(2, 12)],
        "searches": [f"/search/?q={words}" for words in _WORDS],
        "overview of days before": [f"/?as_of={DAY - timedelta(days=n)}" for n in range(32, 42)],
    }
    for kind, paths in kinds.items():
        took = [_took(client, path) for path in paths]
        yield (
            f"{REGIONS}x{TARGETS}x{len(YEARS)} {drawn} pages drawn ahead, {kind}, {len(took)} asked for once: median "
            f"{statistics.median(took):.0f} ms, at most {max(took):.0f}, {sum(one > 150 for one in took)} above 150"
        )


def _some(choice: Random, name: str, keys: QuerySet[Any, Any]) -> list[str]:
    known = sorted(set(keys.order_by()))
    return [reverse(name, args=[key]) for key in choice.sample(known, min(len(known), 80))]


def _took(client: Client, path: str) -> float:
    began = time.perf_counter()
    answer = client.get(path)
    assert answer.status_code in (200, 202, 302), (path, answer.status_code)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    fill()
    for line in measure():
        print(line)  # noqa: T201
