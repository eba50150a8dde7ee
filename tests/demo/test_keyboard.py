"""The whole way by keyboard alone, from signing in to a closed task: no mouse, no script that moves the focus."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ingest import files

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.browser]

#: More presses of Tab than any page has places to stop at before what is looked for.
MOST_STOPS = 300


def tab_to(page: Any, wanted: str) -> None:
    """Press Tab until what has the focus fits a selector; it has to show that it has it."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"{MOST_STOPS} times Tab on {page.url} do not come to {wanted}")


def enter(page: Any, wanted: str) -> None:
    """Go to something by Tab and press Enter, which leads to another address."""
    tab_to(page, wanted)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")


@pytest.fixture
def page(browser: Any, address: str, demo: Any) -> Any:
    """A page on which nobody has signed in, and which has no mouse."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 860})
    page = context.new_page()
    page.goto(address + "/")
    yield page
    context.close()


def test_the_whole_way_by_keyboard(page, demo, tmp_path):
    from playwright.sync_api import expect

    _sign_in(page, (demo.folder / "demo_accounts.txt").read_text(encoding="utf-8"))
    # a target in doubt, and why
    enter(page, "table.matrix td.warn .units a")
    tab_to(page, "table.history details summary")
    page.keyboard.press("Enter")
    assert page.locator("table.history details[open] li").count() > 0
    # another day, another language and back, a figure as a table
    page.goto(page.url.partition("?")[0])
    enter(page, ".step a")
    assert "as_of=" in page.url
    enter(page, "button[name=language]")
    assert page.locator("html[lang=en]").count() == 1
    assert "as_of=" in page.url
    enter(page, "button[name=language]")
    with page.expect_download() as download:
        tab_to(page, ".take a[href*='format=csv']")
        page.keyboard.press("Enter")
    assert Path(download.value.path()).read_bytes().startswith(b"\xef\xbb\xbf")
    # a file is handed in, and read
    enter(page, "nav a[href='/data/']")
    path = tmp_path / "china_sites_20211006.csv"
    path.write_text(files.national("20211006", range(1, 5)), encoding="utf-8")
    with page.expect_file_chooser() as chooser:
        tab_to(page, "input[type=file]")
        page.keyboard.press("Enter")
    chooser.value.set_files(path)
    enter(page, "form[data-drop] button")
    row = page.locator("tr", has_text=path.name).first
    expect(row).to_be_visible(timeout=15_000)
    expect(row).not_to_contain_text("正在", timeout=30_000)
    # a task is reported done, and closed with its evidence
    enter(page, "nav a[href^='/tasks/']")
    enter(page, ".views a[href*='view=table']")
    enter(page, "a[href^='/tasks/DL-T11/']")
    _report(page, "完", "已经完成")
    assert "已完成" in page.inner_text(".t-head")
    _report(page, "销", "同意销号", document="验收意见〔2021〕3号")
    assert "已销号" in page.inner_text(".t-head")


PLAN = """绵阳市2022年生态环境工作要点
一、主要目标
全市PM2.5年均浓度控制在34微克/立方米以内,优良天数比率不低于86%;绿萝成活率达到90%。
"""


def test_a_plan_is_handed_in_confirmed_and_approved_by_keyboard(page, demo):
    from playwright.sync_api import expect

    _sign_in(page, (demo.folder / "demo_accounts.txt").read_text(encoding="utf-8"))
    enter(page, "nav a[href='/plans/']")
    enter(page, "a[href='/plans/new/']")
    for field, words in (("region", "510700 绵阳市"), ("year", "2022"), ("words", PLAN)):
        tab_to(page, f"#id_{field}")
        page.keyboard.insert_text(words)
    enter(page, "form.hand-in button")
    decided = page.locator("#review .meter b")
    page.keyboard.press("Enter")  # the first as it was read
    expect(decided).to_have_text("1")
    page.keyboard.press("e")  # the second with another number
    page.wait_for_selector("form.correct #id_value")
    tab_to(page, "#id_value")
    page.keyboard.press("Control+A")
    page.keyboard.type("87")
    tab_to(page, "form.correct button[type=submit], form.correct button:not([type])")
    page.keyboard.press("Enter")
    expect(decided).to_have_text("2")
    expect(page.locator("#review table.drafts").first).to_contain_text("≥ 87 %")
    page.keyboard.press("x")  # the third is no indicator of ours
    expect(decided).to_have_text("3")
    enter(page, "form.approve button[value='0']")
    assert "新增2项目标" in page.inner_text("body")


def _sign_in(page: Any, accounts: str) -> None:
    password = next(line.split("\t")[2] for line in accounts.splitlines() if line.split("\t")[1] == "admin")
    tab_to(page, "input[name=username]")
    page.keyboard.type("admin")
    tab_to(page, "input[name=password]")
    page.keyboard.type(password)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    assert page.locator("nav").count() > 0


def _report(page: Any, kind: str, words: str, document: str = "") -> None:
    """Fill in the form of a task's progress, from its first field to its button."""
    tab_to(page, "#id_kind")
    for _ in range(6):
        if page.evaluate("document.activeElement.selectedOptions[0].text").startswith(kind):
            break
        page.keyboard.press("ArrowDown")
    tab_to(page, "#id_text")
    page.keyboard.type(words)
    if document:
        tab_to(page, "#id_document")
        page.keyboard.type(document)
    enter(page, "#report button")
