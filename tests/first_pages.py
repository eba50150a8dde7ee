"""`python -m tests.first_pages ADDRESS ACCOUNTS`: sign in to a running demo and ask its first pages."""

from __future__ import annotations

import http.cookiejar
import re
import sys
import urllib.parse
import urllib.request
from pathlib import Path

PAGES = {
    "/": "98项目标",
    "/regions/450000/": "广西",
    "/targets/GX-09/": "计划原文",
    "/data/": "数据",
    "/reports/": "月报",
    "/admin/goals/target/": "DL-01",
    "/?as_of=now": "98项目标",
}


def main(address: str, accounts: Path) -> None:
    """Raise AssertionError for a page that does not answer with its words."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    account = next(line.split("\t") for line in accounts.read_text(encoding="utf-8").splitlines() if "admin" in line)
    page = browser.open(f"{address}/sign-in/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token, "the sign-in page has no token"
    form = {"csrfmiddlewaretoken": token[1], "username": account[1], "password": account[2].strip()}
    request = urllib.request.Request(
        f"{address}/sign-in/", urllib.parse.urlencode(form).encode(), {"Referer": f"{address}/sign-in/"}
    )
    browser.open(request)
    for path, words in PAGES.items():
        text = browser.open(address + path).read().decode()
        assert words in text, f"{path} does not say {words}"
        print(f"{path}: {len(text)} characters")  # noqa: T201 this is what the command is for


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
