"""The demo from nothing, as a newcomer has it: one process, no service; asked by commands and by a real browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.xdist_group("demo")


@dataclass(frozen=True)
class Demo:
    """A prepared demo in a folder of its own."""

    folder: Path

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a management command on it."""
        names = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS")
        kept = {name: value for name, value in os.environ.items() if name not in names}
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**kept, "DABIAO_DATA_DIR": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )

    def json(self, *arguments: str) -> Any:
        """The one JSON document that a command prints."""
        done = self.manage(*arguments)
        assert done.returncode == 0, done.stderr
        return orjson.loads(done.stdout)

    @property
    def password(self) -> str:
        """Of the account `admin`."""
        lines = (self.folder / "demo_accounts.txt").read_text(encoding="utf-8").splitlines()
        return next(line.split("\t")[2] for line in lines if line.split("\t")[1] == "admin")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Prepared once; the tests below only read it."""
    found = Demo(tmp_path_factory.mktemp("demo"))
    done = found.manage("demo", "--no-server")
    assert done.returncode == 0, done.stderr
    assert "http://127.0.0.1:8000/" in done.stdout
    assert "admin" in done.stdout
    return found


def test_every_target_is_judged_or_says_exactly_why_not(demo):
    rows = demo.json("assess", "--year", "2021", "--as-of", "2021-09-30", "--json")
    assert len(rows) == 98
    known = {"secured", "likely", "open", "unlikely", "impossible", "met", "missed"}
    unknown = {"insufficient data", "awaiting number", "no data"}
    assert {row["state"] for row in rows} <= known | unknown
    for row in rows:
        assert row["reason"]
        if row["state"] in ("secured", "open", "impossible"):
            assert row["value"] is not None or row["budget"] is None
    assert sum(row["state"] in known for row in rows) >= 30
    assert any(row["state"] == "no data" for row in rows)  # left without evidence on purpose


def test_the_golden_register_is_in_it(demo):
    assert [len(demo.json("export", what, "--format", "json")) for what in ("targets", "tasks", "quantities")] == [
        98,
        175,
        32,
    ]


def test_a_second_preparation_finds_everything_there(demo):
    began = time.monotonic()
    done = demo.manage("demo", "--no-server")
    assert "演示数据已在" in done.stdout
    assert time.monotonic() - began < 20


def test_what_is_simulated_says_so(demo):
    days = demo.json("export", "air-days", "--region", "430400", "--year", "2021", "--format", "json")
    assert len(days) == 365
    assert all(day["simulated"] for day in days)
    figures = demo.json("export", "figures", "--region", "450000", "--format", "json")
    issuers = {figure["issuer"]: figure["simulated"] for figure in figures}
    assert all(simulated == ("模拟" in issuer) for issuer, simulated in issuers.items())
    assert False in issuers.values()


def test_the_simulated_year_is_calibrated_to_the_published_one(demo):
    """The published annual value, where there is one, is met by the simulated year within 3 %."""
    rows = {row["target"]: row for row in demo.json("assess", "--year", "2021", "--json")}
    published = [row for row in demo.json("export", "figures", "--format", "json") if not row["simulated"]]
    guangxi = next(
        float(row["value"]) for row in published
        if (row["region_code"], row["indicator"], row["period_start"], row["period_end"])
        == ("450000", "pm25_mean", "2021-01", "2021-12")
    )  # fmt: skip
    assert abs(float(rows["GX-06"]["value"]) - guangxi) / guangxi < 0.03


# ---- a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def address(demo: Demo) -> Iterator[str]:
    """The demo, served."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {**os.environ, "DABIAO_DATA_DIR": str(demo.folder)}
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS"):
        environment.pop(name, None)
    command = [sys.executable, "manage.py", "demo", "--address", place]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"http://{place}/sign-in/", timeout=2).close()
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.25)
        yield f"http://{place}"
        server.terminate()


@pytest.fixture(scope="module")  # its event loop must be gone before another test of this worker opens a database
def browser() -> Iterator[Any]:
    """Headless Chromium of the system."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("DABIAO_TEST_NO_SKIP"):
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """A signed-in page that remembers what went wrong."""

    page: Any
    address: str
    problems: list[str]

    def open(self, path: str) -> str:
        """The text of a page once its pictures are drawn."""
        self.page.goto(self.address + path)
        self.page.wait_for_load_state("networkidle")
        return self.page.inner_text("body")


@pytest.fixture
def visit(browser: Any, address: str, demo: Demo) -> Iterator[Visit]:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})
    page = context.new_page()
    found = Visit(page, address, [])
    page.on("console", lambda said: found.problems.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: found.problems.append(str(error)))
    page.on(
        "request",
        lambda asked: (
            found.problems.append(asked.url) if not asked.url.startswith((address, "data:", "blob:")) else None
        ),
    )
    page.on("response", lambda got: found.problems.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    page.goto(f"{address}/sign-in/")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", demo.password)
    page.click("main button")
    page.wait_for_load_state("networkidle")
    yield found
    context.close()


@pytest.mark.browser
def test_the_demo_opens_on_30_september_and_the_rest_of_the_year_is_one_click_away(visit):
    text = visit.open("/")
    assert "5个地区，98项目标，截至9月30日" in " ".join(text.split()).replace(" ", "")
    assert "模拟数据" in text
    visit.page.click("text=按现在所知（全年）")
    visit.page.wait_for_load_state("networkidle")
    assert "按现在所知" in visit.page.inner_text("body")
    assert visit.problems == []


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/targets/GX-08/", "/targets/HY-02/", "/targets/GX-10/", "/targets/HY-15/"])
def test_pictures_are_drawn_without_an_outside_request_or_an_error(visit, path):
    text = visit.open(path)
    assert visit.page.locator(".plot .main-svg").count() > 0
    assert "计划原文" in text
    assert visit.problems == []


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/regions/450000/", "/data/", "/reports/", "/plans/450000/2021/", "/methods/"])
def test_the_other_pages_stand(visit, path):
    assert len(visit.open(path)) > 150
    assert visit.problems == []


@pytest.mark.browser
def test_english_leaves_no_chinese_but_names_and_quotes(visit):
    visit.open("/")
    visit.page.click("button[name=language]")
    visit.page.wait_for_load_state("networkidle")
    text = visit.page.inner_text("body")
    assert "5 regions, 98 targets" in text
    assert "As of" in text or "as of" in text
    assert visit.problems == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1366])
def test_no_page_scrolls_sideways(visit, width):
    visit.page.set_viewport_size({"width": width, "height": 800})
    visit.open("/data/?state=findings")
    spoilt = visit.page.locator("text=china_sites_20210914.csv").get_attribute("href")
    for path in (
        "/",
        "/regions/450000/",
        "/targets/GX-08/",
        "/methods/",
        "/data/",
        spoilt,
        "/data/coverage/",
        "/plans/new/",
    ):
        visit.open(path)
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.browser
def test_a_report_asked_for_on_the_page_is_made_by_the_worker_inside_the_process(visit):
    visit.open("/reports/")
    visit.page.click("text=制作")
    for _ in range(40):
        if visit.page.locator("text=下载").count() > 1:  # the heading, and the button
            break
        time.sleep(0.5)
        visit.open("/reports/")
    with visit.page.expect_download() as download:
        visit.page.locator("a.btn", has_text="下载").first.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


PLAN = """成都市2022年生态环境工作要点
一、主要目标
全市PM2.5年均浓度控制在36微克/立方米以内,优良天数比率不低于83%;绿萝成活率达到90%。
二、重点任务
(一)治气。农村生活污水治理率达到45%以上。
(二)治水。完成35家企业深度治理。
(三)治土。
"""


@pytest.mark.browser
def test_a_plan_is_confirmed_by_keyboard_beside_its_text(visit):
    """The last one: it writes to the demo."""
    page = visit.page

    from playwright.sync_api import expect

    def decided(count: str) -> None:
        expect(page.locator("#review .meter b")).to_have_text(count)

    visit.open("/plans/new/")
    page.fill("#id_region", "510100 成都市")
    page.fill("#id_year", "2022")
    page.fill("#id_words", PLAN)
    page.click("text=读成草稿")
    page.wait_for_load_state("networkidle")
    assert "读出3项目标" in page.inner_text("#review")
    current = page.locator("#review tbody.on")
    assert "PM2.5" in current.inner_text()
    assert page.locator("#review mark.on").inner_text() == "全市PM2.5年均浓度控制在36微克/立方米以内"

    for width in (390, 1366):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.keyboard.press("Enter")  # confirms the first and stands on the second
    decided("1")
    assert "优良天数比率" in current.inner_text()
    page.hover("#review tbody.on .line")
    assert page.locator("#review mark.over").count() == 1

    page.keyboard.press("e")
    page.wait_for_selector("form.correct #id_value")
    page.fill("#id_value", "84")
    page.click("text=改好，确认")
    decided("2")
    assert "≥ 84 %" in page.inner_text("#review table.drafts")

    page.keyboard.press("x")  # 绿萝成活率 is no indicator of ours
    decided("3")
    page.wait_for_load_state("networkidle")

    page.evaluate(  # across the border of a span: 45%以上 is marked as a quantity
        """() => {
          const pieces = [...document.querySelectorAll('#review .reads [data-start]')].map((piece) => piece.firstChild);
          const first = pieces.find((words) => words.data.includes('农村生活'));
          const last = pieces.find((words) => words.data === '45%以上');
          getSelection().setBaseAndExtent(first, first.data.indexOf('农村生活'), last, last.length);
        }"""
    )
    page.wait_for_selector("[data-add]:not([disabled])")
    page.keyboard.press("a")
    expect(page.locator("#review table.drafts").first).to_contain_text("≥ 45 %")
    assert "农村生活污水治理率" in current.inner_text()
    page.keyboard.press("Enter")
    decided("4")

    page.click("text=批准已核对的")
    page.wait_for_load_state("networkidle")
    assert "新增3项目标" in page.inner_text("body")
    assert "84" in visit.open("/targets/510100-2022-02/")
    assert visit.problems == []
