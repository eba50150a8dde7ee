"""The face of the application in a real browser: its main ways, by keyboard too; the rules of accessibility on every
page in both languages. Pictures of what was seen are kept in var/pictures."""

from __future__ import annotations

import csv
import io
import re
from importlib import resources
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.ingest import files

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.browser]
PICTURES = ROOT / "var" / "pictures"

PAGES = (
    "/", "/?view=map", "/?view=tiles", "/?as_of=now", "/regions/", "/regions/450000/", "/regions/430400/",
    "/targets/GX-08/", "/targets/GX-06/", "/targets/GX-10/", "/targets/GX-01/", "/targets/GX-25/",
    "/targets/GX-08/cities/", "/indicators/", "/indicators/pm25_mean/", "/indicators/nox_emissions/", "/sites/",
    "/sites/?kind=water_section&region=450000", "/sites/1/", "/compare/", "/search/?q=gxyl", "/tasks/",
    "/tasks/?view=table", "/tasks/DL-T04/", "/tasks/DL-T09/", "/timeline/", "/forecasts/", "/alerts/?all=1",
    "/methods/", "/plans/", "/plans/new/", "/plans/450000/2021/", "/plans/450000/2021/next/", "/data/",
    "/data/coverage/", "/reports/",
)  # fmt: skip


def keep(page: object, name: str) -> None:
    """A picture of the page, beside the tests' other traces."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core, as its package brings it."""
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


_RUN = """axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}).then(found =>
  found.violations.map(one => one.id + ' ' + one.nodes.length + ': ' + one.nodes[0].html.slice(0, 160)))"""


_SCHEMES = ("light", "dark")
FOREMOST = ("/", "/targets/GX-08/", "/tasks/DL-T04/", "/data/")  # the others with the long tests


@pytest.mark.parametrize(
    ("language", "paths"),
    [
        ("zh-CN", FOREMOST),
        *(
            pytest.param(language, PAGES, marks=pytest.mark.long, id=f"every page {language}")
            for language in ("zh-CN", "en")
        ),
    ],
)
def test_pages_keep_the_rules_of_accessibility(browser, address, demo, axe, language, paths):
    """WCAG 2.2 AA by axe-core: no violation on any page, by light or dark, the one to sign in on included."""
    options = {"locale": language, "viewport": {"width": 1366, "height": 860}, "reduced_motion": "reduce"}
    found = {}

    def look(page, path: str) -> None:
        page.emulate_media(color_scheme="light")
        page.goto(address + path)
        page.evaluate(axe)
        for scheme in _SCHEMES:
            page.emulate_media(color_scheme=scheme)
            if page.locator(".plot").count():
                page.locator(".plot").first.scroll_into_view_if_needed()  # it is drawn when it comes near
                page.wait_for_selector(".plot .main-svg")
            violations = page.evaluate(_RUN)
            if violations:
                found[path, scheme] = violations

    stranger = browser.new_context(**options)
    look(stranger.new_page(), "/sign-in/")
    stranger.close()
    page = demo.visitor(browser, address, "admin", **options)
    for path in paths:
        look(page, path)
    page.context.close()
    assert found == {}


#: Texts with Chinese in them that do not say that they are, outside of what is typed in.
_UNSAID = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walk.nextNode()) {
    const said = walk.currentNode.parentElement.closest("[lang^=zh], script, style, textarea");
    if (!said && /[\\u4e00-\\u9fff]/.test(walk.currentNode.data)) found.push(walk.currentNode.data.trim());
  }
  return found;
}"""


#: The page that is shown while a worker draws one of a country: the demo's hundred targets are too few for it.
_LATER = """
from django.contrib.auth.models import User
from django.shortcuts import render
from django.utils import translation
from config.pages_ahead import request_of
with translation.override("{language}"):
    request = request_of("/", User.objects.get(username="keshi"))
    request.resolver_match = None
    print(render(request, "later.html", {{"count": 12000}}, status=202).content.decode())
"""


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_that_comes_later_keeps_the_rules_of_accessibility(browser, address, demo, axe, language):
    done = demo.manage("shell", "-v0", "-c", _LATER.format(language=language))
    assert done.returncode == 0, done.stderr
    page = browser.new_context(viewport={"width": 1366, "height": 860}).new_page()
    page.route(f"{address}/later/", lambda route: route.fulfill(status=202, content_type="text/html", body=done.stdout))
    page.goto(f"{address}/later/")
    page.evaluate(axe)
    assert "12000" in page.locator("main").inner_text().replace(",", "")
    for scheme in _SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(_RUN) == [], scheme
    keep(page, f"later {language}")


@pytest.mark.parametrize("paths", [FOREMOST, pytest.param(PAGES, marks=pytest.mark.long, id="every page")])
def test_on_an_english_page_only_names_and_what_somebody_wrote_is_chinese(browser, address, demo, paths):
    """And these say so (WCAG 3.1.2): a word that nobody translated is found out."""
    page = demo.visitor(browser, address, "admin", locale="en")
    found = {}
    for path in paths:
        page.goto(address + path)
        if unsaid := page.evaluate(_UNSAID):
            found[path] = unsaid
    assert found == {}
    page.evaluate("document.querySelector('h1').textContent = '总览'")
    assert page.evaluate(_UNSAID) == ["总览"]
    page.context.close()


def test_the_rules_are_really_asked(browser, address, axe):
    """A page that breaks them is found out."""
    page = browser.new_page()
    page.goto(address + "/sign-in/")
    page.evaluate("document.querySelectorAll('label').forEach(one => one.replaceWith(...one.childNodes))")
    page.evaluate(axe)
    assert any("label" in violation for violation in page.evaluate(_RUN))
    page.close()


def test_from_the_morning_overview_to_why_a_target_is_in_doubt(visit):
    page = visit.page
    visit.open("/")
    keep(page, "overview.zh")
    assert page.locator("section[aria-labelledby=g-doubt] h2 b").inner_text().isdecimal()
    page.locator("table.matrix td.warn .units a", has=page.locator("svg.mk.open")).first.click()
    page.wait_for_load_state("networkidle")
    assert "尚难判断" in page.inner_text(".t-head")
    reason = page.locator("table.history details summary").first
    reason.click()
    assert page.locator("table.history details[open] li").count() > 0
    keep(page, "target-in-doubt.zh")
    assert visit.problems == []


def test_another_day_another_language_and_the_address_keeps_both(visit):
    page = visit.page
    visit.open("/targets/GX-08/")
    page.fill("input[name=as_of]", "2021-08-31")
    page.wait_for_url("**as_of=2021-08-31**")
    page.wait_for_load_state("networkidle")
    assert "8月31日" in page.inner_text(".facts")
    page.click("button[name=language]")
    page.wait_for_load_state("networkidle")
    assert "as_of=2021-08-31" in page.url
    assert "Aug 31" in page.inner_text(".facts")
    page.click("a:has-text('Guangxi')")
    page.wait_for_load_state("networkidle")
    assert "as_of=2021-08-31" in page.url
    keep(page, "region.en")
    assert visit.problems == []


def test_pictures_are_taken_home_as_what_they_show(visit):
    page = visit.page
    visit.open("/targets/GX-08/")
    drawn = page.locator("#fig-budget")
    got = {}
    for what in ("PNG", "SVG", "CSV", "XLSX"):
        with page.expect_download() as download:
            drawn.get_by_text(what, exact=True).click()
        got[what] = (download.value.suggested_filename, Path(download.value.path()).read_bytes())
    title = page.locator("#fig-budget h2").inner_text()
    assert got["PNG"][1].startswith(b"\x89PNG")
    assert b"<svg" in got["SVG"][1]
    assert all(name.startswith(title[:10]) for name, _data in got.values())
    rows = list(csv.reader(io.StringIO(got["CSV"][1].decode("utf-8-sig"))))
    page.locator("#fig-budget details summary").click()
    assert rows[1] == page.locator("#fig-budget tbody tr").first.locator("th, td").all_inner_texts()
    visit.open("/indicators/pm25_mean/")
    for figure in ("#fig-map", "#fig-spread"):
        with page.expect_download() as download:
            page.locator(figure).get_by_text("PNG", exact=True).click()
        assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    assert visit.problems == []


def test_a_figure_stands_soon_after_the_day_was_changed(visit):
    """Plotly is fetched once and drawn where it comes into view; no bar of a cloud, Chinese months."""
    page = visit.page
    visit.open("/targets/GX-08/")
    assert page.locator(".modebar").count() == 0
    assert page.locator("#fig-budget .main-svg").count() > 0
    ticks = page.locator("#fig-budget .xtick text").all_text_contents()
    assert ticks[0] == "1月"
    assert visit.problems == []


_SHOWN = """() => {
  const plot = document.querySelector('#fig-budget .plot');
  const wanted = JSON.parse(document.getElementById('figure-budget').textContent).data.map(trace => trace.y);
  const waiting = [...document.querySelectorAll('.plot:not([data-drawn]) > *')];
  return {same: plot === window.first, number: plot.dataset.drawn, label: plot.getAttribute('aria-label'),
    fits: plot._fullLayout.width === plot.clientWidth,
    agrees: JSON.stringify(plot.data.map(trace => trace.y)) === JSON.stringify(wanted),
    hidden: waiting.every(one => getComputedStyle(one).visibility === 'hidden')};
}"""


def test_a_picture_moves_into_the_page_of_another_day_and_shows_that_day(visit):
    page = visit.page
    visit.open("/targets/GX-08/?as_of=2021-06-30")
    page.wait_for_selector("#fig-budget .plot[data-drawn]")
    page.evaluate("window.first = document.querySelector('#fig-budget .plot')")
    seen = [page.evaluate(_SHOWN)]

    def step_back() -> None:
        page.locator(".step a").first.click()
        page.wait_for_selector(f"#fig-budget .plot[data-drawn]:not([data-drawn='{seen[-1]['number']}'])")
        seen.append(page.evaluate(_SHOWN))

    for _ in range(2):
        step_back()
    page.set_viewport_size({"width": 1000, "height": 860})
    while not page.evaluate(_SHOWN)["fits"]:  # Plotly takes it a moment later; who is faster gets a new picture
        page.wait_for_timeout(20)
    step_back()
    assert all(one["same"] and one["agrees"] and one["hidden"] and one["fits"] for one in seen), seen
    assert seen[-1]["label"] == page.locator("#fig-budget h2").inner_text()
    assert page.url.endswith("as_of=2021-06-27")
    assert visit.problems == []


def test_search_by_pinyin_and_by_keyboard_alone(visit):
    from playwright.sync_api import expect

    page = visit.page
    visit.open("/")
    page.keyboard.press("/")
    page.keyboard.type("gxyl")
    expect(page.locator("#hits a").first).to_contain_text("广西")
    keep(page, "search.zh")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    assert "优良天数比率" in page.inner_text("h1")
    assert visit.problems == []


def test_the_keyboard_reaches_everything_in_order(visit):
    page = visit.page
    visit.open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    seen = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.tagName"))
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        inside_a_date = page.evaluate("document.activeElement.matches('input[type=date]:not(:focus-visible)')")
        assert ring != "none" or inside_a_date  # the button inside a date field has a ring of its own
    assert "A" in seen
    assert visit.problems == []


def test_a_file_is_handed_in_and_its_progress_is_watched(visit, tmp_path):
    """The page asks by itself until the file is read; nobody reloads it."""
    from playwright.sync_api import expect

    page = visit.page
    visit.open("/data/")
    path = tmp_path / "china_sites_20211005.csv"
    path.write_text(files.national("20211005", range(1, 5)), encoding="utf-8")
    page.set_input_files("input[type=file]", path)
    page.locator("form[data-drop] button").first.click()
    row = page.locator("tr", has_text="china_sites_20211005.csv").first
    expect(row).to_be_visible(timeout=15_000)
    expect(row).not_to_contain_text("正在", timeout=30_000)
    keep(page, "files.zh")
    assert visit.problems == []


def test_a_task_is_reported_done_and_closed_with_evidence(visit, tmp_path):
    page = visit.page
    visit.open("/tasks/")
    keep(page, "tasks.zh")
    visit.open("/tasks/DL-T10/")
    page.select_option("#id_kind", "done")
    page.fill("#id_text", "专项规划已编制完成")
    page.locator("#report button").click()
    page.wait_for_load_state("networkidle")
    assert "已完成" in page.inner_text(".t-head")
    page.select_option("#id_kind", "closed")
    page.fill("#id_text", "核对无误，同意销号")
    page.locator("#report button").click()  # without evidence
    page.wait_for_load_state("networkidle")
    assert "销号要有依据" in page.inner_text("#report")
    assert page.input_value("#id_text") == "核对无误，同意销号"
    evidence = tmp_path / "验收意见.pdf"
    evidence.write_bytes(b"%PDF-1.7\n%%EOF\n")
    page.set_input_files("#id_attachment", evidence)
    page.locator("#report button").click()
    page.wait_for_load_state("networkidle")
    assert "已销号" in page.inner_text(".t-head")
    assert "验收意见.pdf" in page.inner_text(".journal")
    keep(page, "task-closed.zh")
    assert [problem for problem in visit.problems if "422" not in problem] == []


@pytest.mark.parametrize("path", ["/", "/regions/450000/", "/targets/GX-08/", "/indicators/pm25_mean/", "/tasks/"])
@pytest.mark.parametrize("language", [pytest.param("zh-CN", marks=pytest.mark.long), "en"])
def test_a_phone_shows_every_word_without_scrolling_sideways(browser, address, demo, path, language):
    options = {"locale": language, "viewport": {"width": 390, "height": 800}}
    page = demo.visitor(browser, address, "keshi", **options)
    page.goto(address + path)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    keep(page, f"phone{re.sub(r'[^a-z0-9]+', '-', path)}{language[:2]}")
    page.context.close()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_bar_has_room_for_every_word_of_the_nav_and_for_the_search(browser, address, demo, language):
    """Of the longest bar: an admin's, on a page with simulated data."""
    page = demo.visitor(browser, address, "admin", locale=language)
    page.goto(address + "/targets/GX-01/")
    for width in (1500, 1366, 1280, 1200, 1024, 768):
        page.set_viewport_size({"width": width, "height": 700})
        nav = page.evaluate(
            "(({scrollWidth, clientWidth}) => [scrollWidth, clientWidth])(document.querySelector('nav'))"
        )
        assert nav[0] <= nav[1], width
        search = page.locator(".bar search").bounding_box()
        after = page.locator(".bar .theme").bounding_box()
        assert search["width"] >= 80
        assert search["x"] + search["width"] <= after["x"], width
    page.set_viewport_size({"width": 390, "height": 700})
    assert page.locator("#find").is_visible()
    page.context.close()


@pytest.mark.parametrize("path", ["/", "/targets/GX-08/", pytest.param("/regions/450000/", marks=pytest.mark.long)])
def test_a_page_prints_on_a4_without_what_only_a_screen_needs(visit, path):
    from pypdfium2 import PdfDocument

    visit.open(path)
    visit.page.emulate_media(media="print")
    assert not visit.page.locator(".bar nav").is_visible()
    assert visit.page.locator("form.filters:visible").count() == 0
    visit.page.emulate_media(media="screen")
    pages = PdfDocument(visit.page.pdf(format="A4", prefer_css_page_size=True))
    width, height = pages[0].get_size()
    assert max(abs(width - 595), abs(height - 842)) < 2  # points
    assert 1 <= len(pages) <= 8
    assert "模拟数据" in pages[0].get_textpage().get_text_range()


def test_a_picture_keeps_its_room_when_the_window_changes_and_after_a_print(visit):
    visit.open("/targets/GX-06/")
    page = visit.page
    page.wait_for_selector("#fig-budget .main-svg")

    def measured() -> list[float]:
        boxes = [page.locator(one).bounding_box() for one in ("#fig-budget .plot", "#fig-budget .main-svg >> nth=0")]
        return [box[side] for box in boxes for side in ("width", "height")]

    before = measured()
    assert before[:2] == pytest.approx(before[2:], abs=2)
    page.pdf(format="A4")
    page.wait_for_timeout(300)
    assert measured() == pytest.approx(before, abs=2)
    page.set_viewport_size({"width": 1100, "height": 768})
    page.wait_for_timeout(800)  # Plotly waits for the end of a resize
    after = measured()
    assert after[:2] == pytest.approx(after[2:], abs=2)
    assert after[1] == pytest.approx(before[1], abs=2)


def test_a_print_is_light_whatever_is_worn(visit):
    page = visit.page
    visit.open("/targets/GX-08/")
    page.locator("label:has(input[name=theme][value=dark])").click()
    seen = "() => [getComputedStyle(document.body).color, document.querySelector('#fig-budget .ytick text').style.fill]"
    worn = page.evaluate(seen)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    text, tick = (max(int(part) for part in re.findall(r"\d+", colour)) for colour in page.evaluate(seen))
    assert text < 128  # dark words on white paper
    assert tick < 128
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(seen) == worn
    assert visit.problems == []


def test_a_first_view_is_light_and_plotly_waits(browser, address, demo):
    """What the overview transfers before anything is cached: no plotly, which comes with the first figure only."""
    page = demo.visitor(browser, address, "keshi", locale="zh-CN")
    sizes: dict[str, int] = {}
    page.on("response", lambda got: sizes.__setitem__(got.url, len(got.body())))
    page.goto(address + "/")
    page.wait_for_load_state("networkidle")
    assert not any("plotly" in url for url in sizes)
    assert sum(sizes.values()) < 700 * 1024  # not even compressed
    page.context.close()
