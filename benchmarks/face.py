"""The pages at the size of the country: 400 regions, 30 targets each, three years; and the cached overview under load.

Everything here is invented, in a database of its own, which is thrown away.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.urls import reverse

if TYPE_CHECKING:
    from random import Random

    from django.db.models import QuerySet
    from django.test import Client
    from playwright.sync_api import Page

    from goals.models import Plan, Target
    from provinces.models import Region

REGIONS, TARGETS, YEARS = 400, 30, (2019, 2020, 2021)
DAY = date(2021, 9, 30)
_DAYS_JUDGED = 62
_SECONDS, _CLIENTS = 8, 8


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
    return Target.objects.bulk_create(targets, batch_size=500)


def _fill_verdicts(targets: Sequence[Target], choice: Random) -> None:
    """A verdict a day over two months, as beat leaves them; states change now and then."""
    from django.db import connection
    from django.utils import timezone

    from evaluation.progress import RULE_VERSION, State
    from goals.models import Assessment

    states, now = [state.value for state in State], timezone.now().isoformat()
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
    days = [_took(client, f"/?as_of={DAY - timedelta(days=n)}") for n in range(1, 8)]
    yield f"{REGIONS}x{TARGETS}x{len(YEARS)} the overview of another day: {statistics.median(days):.0f} ms"
    yield from _as_served(client)


#: Words to search for: names and initials, in both languages, one that finds nothing.
_WORDS = ("gx", "gx+yl", "ozone", "优良", "bj+pm", "zzz", "pm2.5", "广西", "water", "440100")


def _as_served(client: Client) -> Iterator[str]:
    """Pages of every kind, each asked for once, by a process that remembers nothing, after a worker has drawn what it
    draws ahead: of those kinds of which there are thousands, some at random."""
    import random

    from django.core.cache import cache

    from config import pages_ahead
    from goals.models import Target, Task
    from memory.tables import MEMORIES

    choice, shown = random.Random(9), Target.objects.filter(plan__year=DAY.year)
    cache.clear()
    vars(pages_ahead).update(_QUIET_SECONDS=0, asked_lately=lambda: False)
    client.get("/")
    drawn = pages_ahead.draw_ahead() + sum(iter(pages_ahead.draw_ahead, 0))  # those looked at lately, then all others
    for memory in MEMORIES:
        memory.forget()
    kinds = {
        "frame": [reverse(name) for name in pages_ahead._OF_THE_FRAME],
        "overview of the last month": [f"/?as_of={DAY - timedelta(days=n)}" for n in range(1, 32)],
        "overview of a level, a domain": [f"/?{chosen}" for chosen in ("level=city", "domain=air", "domain=water")],
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
    assert answer.status_code in (200, 302), (path, answer.status_code)
    return (time.perf_counter() - began) * 1000


# ---- under load ----------------------------------------------------------------------------------------------------


def load(data: Path) -> Iterator[str]:
    """Requests a second on the cached overview of the demo, by gunicorn with two workers; the sign-in page beside."""
    with _served(data) as port:
        cookie = _signed_in(port, data)
        for name, path in (
            ("yardstick sign-in", "/sign-in/"),
            ("cached overview", "/"),
            ("cached target", "/targets/GX-08/"),
        ):
            yield f"gunicorn, 2 workers: {name} {_rate(port, path, cookie):.0f} requests/s"
        tag = _get(port, "/", cookie)[1].get("etag", "")
        rate = _rate(port, "/", cookie, {"If-None-Match": tag})
        yield f"gunicorn, 2 workers: unchanged overview (304) {rate:.0f} requests/s"


@contextmanager
def _served(data: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "config.wsgi",
        "-w",
        "2",
        "-b",
        f"127.0.0.1:{port}",
        "--log-level",
        "error",
    ]
    with subprocess.Popen(command, env={**os.environ, "DABIAO_DATA_DIR": str(data)}) as server:
        for _ in range(100):
            try:
                _get(port, "/sign-in/", "")
                break
            except OSError:
                time.sleep(0.1)
        try:
            yield port
        finally:
            server.terminate()


def _get(port: int, path: str, cookie: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers={"Cookie": cookie, "Host": "localhost", **(headers or {})})
    answer = connection.getresponse()
    found = {name.lower(): value for name, value in answer.getheaders()}
    return answer.status, found, answer.read()


def _signed_in(port: int, data: Path) -> str:
    lines = [line.split("\t") for line in (data / "demo_accounts.txt").read_text(encoding="utf-8").splitlines()]
    password = next(line[2] for line in lines if line[1] == "keshi")
    _status, headers, body = _get(port, "/sign-in/", "")
    crumb = headers["set-cookie"].split(";")[0]
    token = re.search(rb'csrfmiddlewaretoken" value="(\w+)"', body)
    assert token is not None
    connection = HTTPConnection("127.0.0.1", port)
    form = f"username=keshi&password={password}&csrfmiddlewaretoken={token[1].decode()}"
    headers_out = {"Cookie": crumb, "Host": "localhost", "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sign-in/", form, headers_out)
    answer = connection.getresponse()
    assert answer.status == 302, answer.status
    given = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    return "; ".join(given)


def _rate(port: int, path: str, cookie: str, headers: dict[str, str] | None = None) -> float:
    """Requests a second of clients on the same cores: by wrk where it is installed, else by threads of our own."""
    _get(port, path, cookie)
    given = {"Cookie": cookie, "Host": "localhost", **(headers or {})}
    wrk = shutil.which("wrk")
    if wrk is not None:
        options = [option for name, value in given.items() for option in ("-H", f"{name}: {value}")]
        command = [wrk, "-t1", f"-c{_CLIENTS}", f"-d{_SECONDS}s", *options, f"http://127.0.0.1:{port}{path}"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = re.search(r"Requests/sec:\s+([\d.]+)", said)
        assert found is not None, said
        assert path == "/sign-in/" or "Non-2xx" not in said, said
        return float(found[1])
    return _by_threads(port, path, cookie, headers)


def _by_threads(port: int, path: str, cookie: str, headers: dict[str, str] | None) -> float:
    counts = [0] * _CLIENTS
    end = time.perf_counter() + _SECONDS

    def ask(place: int) -> None:
        while time.perf_counter() < end:
            status, _headers, _body = _get(port, path, cookie, headers)
            assert status in (200, 302, 304), status
            counts[place] += 1

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / _SECONDS


#: What is pressed where, and the figure that then is another one.
_PRESSES = (
    ("a target, the day before", "/targets/GX-08/", ".step a", "#fig-budget .plot"),
    ("sections, the day before", "/targets/GX-10/", ".step a", "#fig-months .plot"),
    ("a region, the day before", "/regions/450000/", ".step a", "#ranking table"),
    ("the overview, the day before", "/", ".step a", "table.matrix"),
    ("a site, the month before", "/sites/1/", ".step a", "#fig-hours .plot"),
)
#: Presses it and waits for another figure than stood there: milliseconds, by the page's own clock.
_PRESS = """([pressed, figure]) => new Promise((done) => {
  const drawn = () => {  // a picture says which drawing it is, and stays the same element; a table is another one
    const now = document.querySelector(figure);
    return now?.matches(".plot") ? now.querySelector(".main-svg .trace") && now.dataset.drawn : now;
  };
  const before = drawn(), address = location.href, began = performance.now();
  const look = () => {
    const now = drawn();
    if (now && now !== before && location.href !== address) done(performance.now() - began);
    else requestAnimationFrame(look);
  };
  document.querySelector(pressed).click();
  look();
})"""


#: Milliseconds for which somebody looks at a figure before pressing again; meanwhile the page draws its other figures.
_LOOK = 700


def _press(page: Page, pressed: str, figure: str, pause_ms: int) -> float:
    page.wait_for_timeout(pause_ms)
    return float(page.evaluate(_PRESS, [pressed, figure]))


def interaction(data: Path) -> Iterator[str]:
    """From a press to its figure, in headless Chromium: where nobody had pressed it before, and when it is kept."""
    path = shutil.which("chromium")
    if path is None:
        yield "Chromium is not installed: no time from a press to a figure"
        return
    from playwright.sync_api import sync_playwright

    with _served(data) as port, sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        context = chromium.new_context(locale="zh-CN", viewport={"width": 1366, "height": 860})
        name, _equals, value = _session(_signed_in(port, data))
        context.add_cookies([{"name": name, "value": value, "url": f"http://localhost:{port}"}])
        page = context.new_page()
        for label, address, pressed, figure in _PRESSES:
            found = []
            for _ in ("worked out anew", "kept"):
                page.goto(f"http://localhost:{port}{address}")
                page.wait_for_selector(f"{figure}[data-drawn]" if figure.endswith(".plot") else figure)
                for pause in (_LOOK, 0):
                    times = [_press(page, pressed, figure, pause) for _ in range(6)]
                    found.append(f"{statistics.median(times):.0f} ms (at most {max(times):.0f})")
            yield (
                f"from a press to its figure, {label}: worked out anew {found[0]}, at once after the one before "
                f"{found[1]}; kept {found[2]}, at once {found[3]}"
            )
        chromium.close()


def _session(cookies: str) -> tuple[str, str, str]:
    found = next(cookie for cookie in cookies.split("; ") if cookie.startswith("sessionid="))
    return found.partition("=")


def run() -> Iterator[str]:
    """All of it; the large database in a process of its own."""
    data = Path(os.environ["DABIAO_DATA_DIR"])
    yield from load(data)
    yield from interaction(data)
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.face"],
            env={**environment, "DABIAO_DATA_DIR": folder},
            capture_output=True,
            text=True,
            check=True,
        )
        yield from done.stdout.splitlines()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    fill()
    for line in measure():
        print(line)  # noqa: T201
