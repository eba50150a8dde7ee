"""`python docs/picture.py ADDRESS ACCOUNTS`: the README's pictures, taken of a running demo in headless Chromium.

The sample plan is handed in on the way, for a review to be seen, and given up afterwards.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
PICTURES = {
    "overview.zh.png": ("/", "zh-CN"),
    "overview.en.png": ("/", "en"),
    "target.zh.png": ("/targets/GX-08/", "zh-CN"),
}


def main(address: str, accounts: Path) -> None:
    """Take every picture."""
    lines = [line.split("\t") for line in accounts.read_text(encoding="utf-8").splitlines()]
    passwords = {line[1]: line[2] for line in lines}
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for name, (page_path, locale) in PICTURES.items():
            page = signed_in(chromium, address, "keshi", passwords["keshi"], locale)
            page.goto(address + page_path)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=HERE / name)
            page.context.close()
        take_review(signed_in(chromium, address, "guanli", passwords["guanli"], "zh-CN"), address)
        chromium.close()


def signed_in(chromium: Browser, address: str, name: str, password: str, locale: str) -> Page:
    """A page of somebody's own."""
    context = chromium.new_context(locale=locale, viewport={"width": 1366, "height": 860}, color_scheme="light")
    page = context.new_page()
    page.goto(f"{address}/sign-in/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", password)
    page.click("main button")
    return page


def take_review(page: Page, address: str) -> None:
    """The sample plan under review, a few targets decided."""
    page.goto(f"{address}/plans/new/")
    page.fill("#id_region", "440100 广州市")
    page.fill("#id_year", "2022")
    page.set_input_files("#id_document", HERE / "sample_plan.txt")
    page.click("text=读成草稿")
    page.wait_for_load_state("networkidle")
    for _ in range(4):
        page.keyboard.press("Enter")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(300)
    for _ in range(7):
        page.keyboard.press("j")
    page.screenshot(path=HERE / "review.zh.png")
    page.click("text=放弃这份原文")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
