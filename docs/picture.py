"""`python docs/picture.py ADDRESS ACCOUNTS`: the README's pictures, taken of a running demo in headless Chromium."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
PICTURES = {
    "overview.zh.png": ("/", "zh-CN"),
    "overview.en.png": ("/", "en"),
    "target.zh.png": ("/targets/GX-08/", "zh-CN"),
}


def main(address: str, accounts: Path) -> None:
    """Take every picture."""
    lines = [line.split("\t") for line in accounts.read_text(encoding="utf-8").splitlines()]
    password = next(line[2] for line in lines if line[1] == "keshi")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for name, (page_path, locale) in PICTURES.items():
            context = chromium.new_context(locale=locale, viewport={"width": 1366, "height": 860}, color_scheme="light")
            page = context.new_page()
            page.goto(f"{address}/sign-in/")
            page.fill("input[name=username]", "keshi")
            page.fill("input[name=password]", password)
            page.click("main button")
            page.goto(address + page_path)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=HERE / name)
            context.close()
        chromium.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
