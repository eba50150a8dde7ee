"""`python docs/guide.py ADDRESS ACCOUNTS`: the illustrated guide and the README's pictures, taken of a running demo.

A step is a page, what a person does there, and what it is for, in both languages. The words are written to guide.md
and guide.en.md, the pictures to guide/. The sample plan is handed in on the way, for a review to be seen, and given up
afterwards.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
LOCALES = {"zh": "zh-CN", "en": "en"}


@dataclass(frozen=True)
class Step:
    """A part of the guide: its picture's name, who looks at which page, its words; `act` prepares what is seen."""

    name: str
    who: str
    path: str
    title_zh: str
    title_en: str
    words_zh: str
    words_en: str
    act: Callable[[Page], None] | None = None

    def words(self, language: str) -> tuple[str, str]:
        """Title and text."""
        return (self.title_zh, self.words_zh) if language == "zh" else (self.title_en, self.words_en)


def _open_reason(page: Page) -> None:
    page.locator("table.history details summary").first.click()
    page.locator("table.history").scroll_into_view_if_needed()


def _scroll_to(selector: str) -> Callable[[Page], None]:
    return lambda page: page.locator(selector).first.evaluate("one => one.scrollIntoView({block: 'start'})")


def _search(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("gxyl")
    page.wait_for_selector("#hits a")


STEPS = (
    Step(
        "overview", "keshi", "/", "一、早晨先看总览", "1. The overview, first thing in the morning",
        "上面四个数回答：多少项稳妥、存疑、已失、未知，比上周多了还是少了。左边是本周变了的目标和变的缘由，右边是需要人办的"
        "事：待录入的下达值、被退回的文件、迟到的来源、临期的任务。下面一格是一个地区的一个领域。年度、层级、领域、指标、日期"
        "都可选，网址记住所选。",
        "Four numbers answer how many targets are safe, in doubt, lost and unknown, and how that compares with"
        " last week. On the left: what changed this week, and why. On the right: what needs a person, such as"
        " numbers to be assigned, refused files, late sources, tasks near their date. Below, a cell is a region's"
        " domain. Year, level, domain, indicator and day can be chosen; the address keeps the choice.",
    ),
    Step(
        "map", "keshi", "/regions/", "二、在地图上看", "2. On a map",
        "每个地区标最需留意的状态。不便使用地图的单位可在“站点设置”里关掉地图，页面改用方格。",
        "Each region shows the state that most needs attention. Where no map may be shown, switch it off in the"
        " site settings: squares take its place.",
    ),
    Step(
        "region", "keshi", "/regions/450000/", "三、一个地区", "3. A region",
        "最上面三句说还剩多少：还可超标几天次、余下的天均值须多低、还可减几个断面。往下是各领域的目标、各市排名（数同则并列）、"
        "逐月、任务。",
        "Three sentences say what is left: how many days may still fail, how low the mean of the rest must be,"
        " how many sections may still slip. Then the targets by domain, the cities ranked with ties, months,"
        " tasks.",
    ),
    Step(
        "target", "keshi", "/targets/GX-08/", "四、一个目标", "4. A target",
        "标题就是结论。预算逐日用掉，灰线是往年；“确定的”和“展望”分开说，展望带着它的成绩。右边是出处：计划的原话、算法与"
        "条款、数据提交、修订。每张图可下载 PNG、SVG、CSV、XLSX。",
        "The title is the finding. The budget is used up day by day over the grey years before; what is certain"
        " and what is likely are kept apart, the outlook with its record. On the right, where it comes from: the"
        " plan's words, the method and clause, the files, the revisions. Every picture comes as PNG, SVG, CSV,"
        " XLSX.",
    ),
    Step(
        "why", "keshi", "/targets/GX-08/", "五、为什么变了", "5. Why it changed",
        "“今年状态变过几次”逐次列出哪一天、变成什么、为什么：新数据、数据修订、目标变更或规则变更，点开可看到背后的文件。",
        "The states of the year, each with its day and reason: new data, revised data, an amended target or a"
        " changed rule; open one to see the files behind it.",
        _open_reason,
    ),
    Step(
        "indicator", "keshi", "/indicators/pm25_mean/", "六、同一指标，各地比较", "6. One indicator across regions",
        "排名、分布、地图、历年（限值按当年有效的标准版本画），各地逐月并排。“比较”页可任选地区、指标和年份。",
        "Ranks, spread, map, years with the limit of the version then in force, months side by side. The page"
        " Compare takes any regions, indicators and years.",
    ),
    Step(
        "tasks", "keshi", "/tasks/", "七、任务督办", "7. Tasks",
        "未开始、推进中、已完成、已销号、逾期，一列一个状态；有数量的任务画出完成多少。",
        "Not started, under way, done, closed, overdue: a column each; quantities show how far they are.",
    ),
    Step(
        "task", "guanli", "/tasks/DL-T04/", "八、报进展与销号", "8. Reporting and closing a task",
        "科室报进展、数量和附件，报完成；目标管理员凭依据销号，或退回。记录只增不改，任何一天的状态都能回看。",
        "Staff report progress, amounts and attachments, and that a task is done; a target manager closes it on"
        " evidence, or sends it back. Entries are only ever added: the state on any day can be seen again.",
        _scroll_to("#report"),
    ),
    Step(
        "search", "keshi", "/", "九、查找", "9. Search",
        "按 / 键，打词或拼音首字母（gxyl 找到广西的优良天数比率），上下键选，回车打开。",
        "Press /, type words or pinyin initials (gxyl finds the good-day ratio of 广西), choose with the arrows,"
        " open with Enter.",
        _search,
    ),
    Step(
        "files", "shuju", "/data/", "十、交数据", "10. Handing in data",
        "拖进文件即可；读了多少行、搁置哪几格、为什么、怎么办，都写明。同样的字节交两次只算一次。",
        "Drop files here; how many rows were read, which cells were set aside, why and what to do is said. The"
        " same bytes twice count once.",
    ),
    Step(
        "next", "guanli", "/plans/450000/2021/next/", "十一、开始下一年", "11. The next year",
        "从今年的目标开始明年的计划：看着结果定数值，先存为草稿；新计划的原文核对后，草稿会认出来，用上新的原话。",
        "Begin the next plan from this one: set the numbers beside the results; they are drafts until the new"
        " text is checked, which takes them over with its own words.",
    ),
)  # fmt: skip

#: The README's pictures are steps of the guide and the review of a plan.
_HEADS = {
    "zh": "# 达标：看图上手\n\n图取自演示（`make demo`），数据为模拟。本页由 `docs/guide.py` 生成。\n",
    "en": "# Dabiao in pictures\n\nTaken of the demo (`make demo`), with simulated data. Made by `docs/guide.py`.\n",
}


def text(language: str) -> str:
    """The guide in a language, as it stands in its file."""
    parts = [_HEADS[language]]
    for step in STEPS:
        title, words = step.words(language)
        parts.append(f"## {title}\n\n{words}\n\n![{title}](guide/{step.name}.{language}.png)\n")
    return "\n".join(parts)


def file(language: str) -> Path:
    """Where the guide in a language stands."""
    return HERE / ("guide.md" if language == "zh" else "guide.en.md")


def main(address: str, accounts: Path) -> None:
    """Write both guides and take every picture."""
    lines = [line.split("\t") for line in accounts.read_text(encoding="utf-8").splitlines()]
    passwords = {line[1]: line[2] for line in lines}
    path = shutil.which("chromium") or shutil.which("google-chrome")
    (HERE / "guide").mkdir(exist_ok=True)
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for language, locale in LOCALES.items():
            file(language).write_text(text(language), encoding="utf-8")
            for step in STEPS:
                page = signed_in(chromium, address, step.who, passwords[step.who], locale)
                take(page, address, step, HERE / "guide" / f"{step.name}.{language}.png")
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
    page.wait_for_load_state("networkidle")
    return page


def take(page: Page, address: str, step: Step, picture: Path) -> None:
    """The picture of a step."""
    page.goto(address + step.path)
    page.wait_for_load_state("networkidle")
    if step.act is not None:
        step.act(page)
        page.wait_for_timeout(600)
    page.screenshot(path=picture)


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
    page.screenshot(path=HERE / "guide" / "review.zh.png")
    page.click("text=放弃这份原文")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
