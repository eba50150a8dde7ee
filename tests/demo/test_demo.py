"""The demo from nothing, as a newcomer has it: one process, no service; asked by commands and by a real browser."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("demo")


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


def test_a_demo_of_an_earlier_version_is_brought_up_to_date(demo, tmp_path):
    older = demo.copied_to(tmp_path / "older")
    older.manage("migrate", "goals", "0008", "-v0")
    assert "[ ]" in older.manage("showmigrations").stdout
    assert "演示数据已在" in older.manage("demo", "--no-server").stdout
    assert "[ ]" not in older.manage("showmigrations").stdout


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
    visit.page.locator(".plot .main-svg").first.wait_for()  # raises where it is not drawn in time
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
