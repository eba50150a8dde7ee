"""The pages for looking around: what they choose, what they say of unknown, what they hand out."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from decimal import Decimal
from random import Random

import pytest
from django.core.cache import cache
from openpyxl import load_workbook

from charts.maps import Area
from evaluation.progress import State
from goals.dashboard.choice import Choice
from goals.dashboard.overview import Overview, overview, picture_of
from goals.models import Alert, Assessment, Plan, SiteSetting, Target, TargetNote, Task
from goals.standings import Judged
from goals.task_selectors import records_due
from provinces.models import Region, Site
from tests.goals.cast import days, figure, judge, year_of_days

pytestmark = pytest.mark.django_db
DAY = date(2021, 9, 30)

PAGES = (
    "/regions/", "/indicators/", "/indicators/pm25_mean/", "/indicators/nox_emissions/", "/sites/", "/compare/",
    "/search/?q=gx", "/tasks/", "/tasks/?view=table", "/tasks/DL-T04/", "/?view=map", "/?view=tiles",
)  # fmt: skip


@pytest.fixture
def measured(db: None) -> None:
    """Guangxi in 2020 and to the end of September 2021, and the day that the pages open on."""
    year_of_days("450000", 2020, level=32, seed=1)
    year_of_days("450000", 2021, DAY, level=30, seed=2)
    SiteSetting.objects.create(pk=1, shown_date=DAY)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_answers_without_any_data(client_of, path, language):
    answer = client_of("lingdao").get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    assert "None" not in re.sub(r"<(script|style).*?</\1>", "", answer.content.decode(), flags=re.DOTALL)


@pytest.mark.parametrize("path", ["/indicators/nothing/", "/sites/999999/", "/tasks/XX-T01/", "/tasks/attachments/9/"])
def test_what_is_not_there_says_so(client_of, path):
    assert client_of("admin").get(path).status_code == 404


# ---- the overview --------------------------------------------------------------------------------------------------


def marked(page: Overview) -> list[Judged]:
    """Every verdict that is shown as a mark."""
    return [one for group in page.groups for one in group.marked]


def test_the_choice_narrows_counts_matrix_and_lists(client_of):
    client = client_of("keshi")
    every = overview(2021, None, Choice(), "", "")
    assert (every.total, every.regions) == (98, 5)
    provinces = overview(2021, None, Choice(level="province"), "", "")
    assert {row.region.code for row in provinces.matrix} == {"450000", "410000"}
    assert provinces.total == Target.objects.filter(plan__region__in=["450000", "410000"]).count()
    air = overview(2021, None, Choice(domain="air"), "", "")
    assert list(air.columns) == ["air"]
    assert {one.target.domain for one in marked(air)} == {"air"}
    one = overview(2021, None, Choice(indicator="pm25_mean"), "", "")
    assert {found.target.indicator_id for found in marked(one)} == {"pm25_mean"}
    assert "没有符合所选的目标" in client.get("/?year=2021&indicator=nothing").content.decode()


def test_the_week_is_held_against_the_week_before():
    target = Target.objects.get(register_id="GX-25")
    judge("GX-25", "likely", date(2021, 9, 1))
    now = Assessment.objects.create
    common = {"target": target, "assessed_at": "2021-10-01T00:00+08:00", "rule_version": 1, "reason": "new data"}
    now(as_of=date(2021, 9, 20), state="open", **common)
    now(as_of=date(2021, 9, 28), state="likely", **{**common, "reason": "revised data"})
    page = overview(2021, DAY, Choice(), "", "")
    grown = {group.name: group.grown for group in page.groups}
    assert (grown["safe"], grown["doubt"]) == (1, -1)
    (change,) = page.changes.shown
    assert (change.found.target.register_id, change.before, change.after) == ("GX-25", State.OPEN, State.LIKELY)
    assert (change.day, change.reason) == (date(2021, 9, 28), "revised data")
    assert (page.changes.days, page.changes.worse, page.changes.better) == (7, 0, 1)


def test_what_changed_a_week_ago_is_no_change_of_the_week():
    """Nobody judged the other targets at its beginning: states of the week before it are read, too."""
    judge("GX-25", "likely", date(2021, 9, 1))
    for day, state in ((20, "open"), (23, "likely"), (30, "likely")):
        Assessment.objects.create(
            target=Target.objects.get(register_id="GX-25"), as_of=date(2021, 9, day), state=state, reason="new data",
            assessed_at="2021-10-01T00:00+08:00", rule_version=1,
        )  # fmt: skip
    page = overview(2021, DAY, Choice(), "", "")
    assert (page.changes.days, [change.day for change in page.changes.shown]) == (31, [date(2021, 9, 23)])
    assert {group.grown for group in page.groups} == {0}


def test_alerts_wait_where_their_targets_are_chosen():
    for register_id in ("GX-25", "GX-01", "GZ-01"):
        Alert.objects.create(
            target=Target.objects.get(register_id=register_id), rule=Alert.Rule.STATE, raised_on=DAY,
            raised_at="2021-10-01T00:00+08:00", before="open", after="unlikely",
        )  # fmt: skip

    def waiting(chosen: Choice) -> int:
        return sum(errand.count for errand in overview(2021, DAY, chosen, "", "").errands if errand.kind == "alerts")

    assert [waiting(Choice()), waiting(Choice(level="province")), waiting(Choice(domain="radiation"))] == [3, 2, 1]


def test_a_lost_target_waits_for_words_until_somebody_writes_them(client_of):
    judge("GX-25", "impossible", date(2021, 9, 1))
    client = client_of("keshi")
    assert "目标已失，待写说明" in client.get("/?year=2021&as_of=2021-09-30").content.decode()
    client.post("/targets/GX-25/note/", {"text": "事故已查明"})
    assert "目标已失，待写说明" not in client.get("/?year=2021&as_of=2021-09-30").content.decode()
    assert TargetNote.objects.get().text == "事故已查明"


def test_a_task_due_within_a_month_waits_for_somebody():
    def near(day: date) -> int:
        found = overview(2021, day, Choice(), "", "").errands
        return sum(errand.count for errand in found if errand.kind == "tasks")

    before = near(DAY)
    task = Task.objects.filter(quantities__isnull=True).first()
    Task.objects.filter(pk=task.pk).update(due_on=date(2021, 10, 20))
    assert near(DAY) == before + 1
    assert near(date(2021, 9, 19)) == near(date(2021, 9, 18))  # more than a month ahead
    assert near(date(2021, 9, 20)) == near(date(2021, 9, 19)) + 1


def test_of_the_tasks_near_their_dates_the_first_one_is_named():
    later, first = Task.objects.filter(quantities__isnull=True, plan__year=2021).order_by("-plan__region", "order")[:2]
    Task.objects.filter(pk=later.pk).update(due_on=date(2021, 10, 12))
    Task.objects.filter(pk=first.pk).update(due_on=date(2021, 10, 2))
    (said,) = [errand for errand in overview(2021, DAY, Choice(), "", "").errands if errand.kind == "tasks"]
    assert first.title_zh[:18] in said.detail
    assert said.when == "10月2日起"


def test_the_pressing_tasks_are_those_that_looking_at_each_of_them_finds():
    """Whatever is due by a day: the task, a quantity, the next report; without a date of its own with the year."""
    choice = Random(5)
    for task in Task.objects.filter(plan__year=2021):
        dates = [None, *(date(2021, choice.randint(9, 12), choice.randint(1, 28)) for _ in range(2))]
        Task.objects.filter(pk=task.pk).update(due_on=choice.choice(dates), next_report_on=choice.choice(dates))
        task.quantities.filter(is_commitment=True).update(due_on=choice.choice(dates[1:]))
    for until in (date(2021, 9, 10), date(2021, 10, 31), date(2021, 12, 30), date(2021, 12, 31), date(2022, 1, 30)):
        expected = set()
        for task in Task.objects.filter(plan__year=2021).select_related("plan"):
            own = task.due_on or date(2021, 12, 31)
            quantities = [one.due_on for one in task.quantities.filter(is_commitment=True)]
            if any(one is not None and one <= until for one in (own, task.next_report_on, *quantities)):
                expected.add(task.register_id)
        found = records_due(2021, date(2022, 1, 31))
        assert {one.task.register_id for one in found if one.is_due(until)} == expected
        assert {one.task.register_id for one in records_due(2021, until)} == expected


def test_errands_lead_only_where_one_may_go(client_of):
    link = "/admin/goals/assignedvalue/"
    assert link in client_of("guanli").get("/?year=2021").content.decode()
    assert link not in client_of("lingdao").get("/?year=2021").content.decode()


def test_a_site_that_may_show_no_map_shows_squares(client_of):
    client = client_of("keshi")
    assert 'class="map"' in client.get("/?year=2021&view=map").content.decode()
    SiteSetting.objects.create(pk=1, shows_map=False)
    text = client.get("/?year=2021&view=map").content.decode()
    assert 'class="map"' not in text
    assert 'class="map tiles"' in text
    assert "view=map" not in text.replace("view=map&amp;", "").split("<main", 1)[1].split("data-auto", 1)[0]


def test_many_targets_are_counted_not_shown_mark_by_mark():
    twins = list(Target.objects.all())
    for number in range(4):
        for twin in twins:
            twin.pk, twin.register_id = None, f"{twin.register_id.split('-X')[0]}-X{number}"
        Target.objects.bulk_create(twins)
    page = overview(2021, None, Choice(), "", "")
    assert sum(group.total for group in page.groups) == page.total == 98 * 5
    assert not any(group.marked for group in page.groups)


# ---- pictures and what is handed out -------------------------------------------------------------------------------


def _title(text: str, key: str) -> str:
    """What a picture says above itself."""
    return re.search(rf'id="fig-{key}".*?<h2>(.*?)</h2>', text, flags=re.DOTALL)[1]


def _table(text: str, key: str) -> list[list[str]]:
    """The twin of a picture, as it stands on the page."""
    body = text.split(f'id="fig-{key}"', 1)[1].split("</figure>", 1)[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, flags=re.DOTALL)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/targets/GX-06/", "budget"),
        ("/targets/GX-06/", "months"),
        ("/targets/GX-06/", "calendar"),
        ("/indicators/pm25_mean/", "spread"),
        ("/indicators/pm25_mean/", "map"),
        ("/indicators/pm25_mean/", "years"),
    ],
)
def test_a_picture_hands_out_the_numbers_of_its_table(client_of, measured, path, key):
    client = client_of("keshi")
    twin = _table(client.get(path).content.decode(), key)
    answer = client.get(f"{path}?download={key}&format=csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")  # Excel reads UTF-8 only with its mark
    assert answer["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[: len(twin)] == twin
    assert len(twin) > 1
    book = load_workbook(io.BytesIO(client.get(f"{path}?download={key}&format=xlsx").content))
    sheet = book.worksheets[0]
    assert list(next(sheet.iter_rows(values_only=True))) == twin[0]
    for row, cells in zip(twin[1:], sheet.iter_rows(min_row=2, values_only=True), strict=True):
        assert [_said(cell) for cell in cells[1:]] == [_said(_number(cell)) for cell in row[1:]]


def _number(text: str) -> object:
    try:
        return float(text.replace("−", "-"))
    except ValueError:
        return text


def _said(cell: object) -> str:
    return str(float(cell)) if isinstance(cell, int | float) else str(cell)


def test_every_picture_has_words_for_those_who_cannot_see_it(client_of, measured):
    text = client_of("keshi").get("/targets/GX-06/").content.decode()
    figures = re.findall(r'<figure class="fig.*?</figure>', text, flags=re.DOTALL)
    assert len(figures) >= 4
    for drawn in figures:
        title = re.search(r"<h2>(.*?)</h2>", drawn)[1]
        described = re.search(r'<p class="sr"[^>]*>(.*?)</p>', drawn)[1]
        assert title
        assert title in described
        assert "最低" in described
        assert "最高" in described
        assert all(word in drawn for word in ("PNG", "SVG", "CSV", "XLSX", "<caption"))


def test_a_file_of_simulated_numbers_says_so_in_name_and_content(client_of):
    days("450000", date(2021, 1, 1), DAY, simulated=True)
    SiteSetting.objects.create(pk=1, shown_date=DAY)
    answer = client_of("keshi").get("/indicators/pm25_mean/?download=spread&format=csv")
    assert "%E6%A8%A1%E6%8B%9F%E6%95%B0%E6%8D%AE" in answer["Content-Disposition"]
    assert "模拟数据" in answer.content.decode("utf-8-sig")


@pytest.mark.parametrize("query", ["download=nothing&format=csv", "download=spread&format=exe"])
def test_what_cannot_be_handed_out_is_not_found(client_of, measured, query):
    assert client_of("keshi").get(f"/indicators/pm25_mean/?{query}").status_code == 404


# ---- a region, an indicator, a site, a comparison --------------------------------------------------------------------


def test_the_ranking_prints_a_rank_once_and_ties_as_tied(client_of, measured):
    text = client_of("keshi").get("/regions/450000/").content.decode()
    ranking = text.split('id="ranking"', 1)[1].split("</section>", 1)[0]
    ranks = [int(number) for number in re.findall(r'<td class="r">(\d+)', ranking)]
    assert ranks == sorted(set(ranks))
    values = [Decimal(value) for value in re.findall(r'<td class="n"><b>([\d.]+)</b>', ranking)]
    assert values == sorted(values)
    assert len(values) == 14
    assert ranks == [1 + sum(other < value for other in values) for value in sorted(set(values))]


def test_months_of_a_region_stand_beside_last_years(client_of, measured):
    text = client_of("keshi").get("/regions/450000/").content.decode()
    line = text.split('id="months"', 1)[1].split("细颗粒物", 1)[1].split("</tr>", 1)[0]
    cells = re.findall(r'<td class="n">([\d.—]+)<small>([\d.—]+)</small>', line)
    assert len(cells) == 12
    assert [this == "—" for this, _last in cells] == [False] * 9 + [True] * 3
    assert all(last != "—" for _this, last in cells)


def test_limits_stand_by_the_version_in_force_in_each_year(client_of):
    """GB 3095: PM2.5 35 µg/m³ to 2026-02, 30 in the transition, 25 from 2031."""
    from goals.dashboard.indicator_pictures import limits_over
    from indicators.models import Indicator

    found = limits_over(Indicator.objects.get(code="pm25_mean"), range(2024, 2033))
    assert [(limit.value, limit.years[0], limit.years[-1]) for limit in found] == [
        (35.0, 2024, 2025), (30.0, 2026, 2030), (25.0, 2031, 2032),
    ]  # fmt: skip


def test_an_indicator_known_from_print_ranks_who_published(client_of):
    figure("GX-13", "95.1", date(2021, 1, 1), date(2021, 9, 30), date(2021, 9, 30))
    text = (
        client_of("keshi").get("/indicators/drinking_water_class3_share/?as_of=2021-10-01&year=2021").content.decode()
    )
    assert text.count('<td class="r">') >= 1
    assert "—" in text.split('id="ranking"', 1)[1]


def test_a_site_shows_its_hours_its_coverage_and_its_gaps(client_of, stations, ingest, tmp_path):
    from tests.ingest import files

    (tmp_path / "china_sites_20210301.csv").write_text(files.national("20210301", range(1, 24)), encoding="utf-8")
    ingest(tmp_path)
    site = Site.objects.filter(code__startswith="T00").order_by("code").first()
    client = client_of("keshi")
    text = client.get(f"/sites/{site.pk}/?month=2021-03&as_of=2021-03-02").content.decode()
    hours = int(re.search(r"(\d+) / 48 小时", text)[1])
    assert 0 < hours <= 24
    first, second = re.findall(r'<li class="(h\d[^"]*)" title="2021-03-0[12]', text)
    assert (first != "h0", second) == (True, "h0")
    assert text.count("nil") == 29  # days to come are no gaps
    assert "最高" in _title(text, "hours")
    text = client.get(f"/sites/{site.pk}/?month=2021-03&as_of=2021-02-28").content.decode()
    assert "本月没有小时值" in _title(text, "hours")  # what came after the day is not shown
    assert client.get(f"/sites/{site.pk}/?month=none").status_code == 400


def test_a_comparison_keeps_its_choice_in_the_address(client_of, measured):
    path = "/compare/?r=450100&r=450200&i=pm25_mean&y=2020&y=2021"
    text = client_of("keshi").get(path).content.decode()
    assert re.findall(r'<option value="(\d+)" selected>', text) == ["450100", "450200"]
    table = text.split('<table class="plain-t">', 1)[1].split("</table>", 1)[0]
    assert len(re.findall(r'<th scope="row">', table)) == 2
    assert table.count('scope="col"') == 3


def test_a_comparison_of_what_nobody_knows_falls_back(client_of):
    text = client_of("keshi").get("/compare/?r=999999&i=nothing&y=1").content.decode()
    assert "广西" in text


def test_the_next_figure_of_a_target_is_told_only_where_it_is_known(client_of):
    client = client_of("keshi")

    def expected(identity: str) -> str:
        cache.clear()
        text = client.get(f"/targets/{identity}/?as_of=2021-09-30").content.decode()
        return re.search(r"下次数值</span><span>(.*?)</span>", text)[1]

    assert expected("GX-06") == "10月1日（逐日）"
    assert expected("GX-10") == "10月1日（逐月）"
    assert expected("GX-25") == "未定"
    Target.objects.filter(register_id="GX-25").update(next_figure_on=date(2022, 1, 10))
    assert expected("GX-25") == "2022-01-10"


@pytest.mark.parametrize("number", [1, 156, 157, 400])
def test_every_region_has_a_square_of_its_own_however_many_there_are(number):
    codes = sorted(Region.objects.exclude(level__in=("country", "group")).values_list("code", flat=True))[:number]
    drawn = [Area(code, code, code, "plain") for code in codes]
    svg = picture_of(drawn, "tiles")
    places = re.findall(r'<path class="area plain" d="(M[^"]+)"', svg)
    assert len(places) == len(set(places)) == number


def test_the_table_of_tasks_has_every_task_on_one_of_its_pages(client_of, monkeypatch):
    monkeypatch.setattr("goals.dashboard.tasks.ON_A_PAGE", 60)
    client = client_of("keshi")
    every = set(Task.objects.filter(plan__year=2021).values_list("register_id", flat=True))
    assert len(every) > 120
    seen = []
    for number in range(1, 4):
        page = client.get(f"/tasks/?year=2021&view=table&page={number}").content.decode()
        seen += [re.findall(r'<th scope="row"><a href="/tasks/([^/"]+)/', page)]
        assert f"<span>{number} / 3</span>" in page
    assert [len(one) for one in seen] == [60, 60, len(every) - 120]
    assert {one for page in seen for one in page} == every
    links = re.findall(r'<a href="(\?[^"]*state=overdue[^"]*)"', page)
    assert links
    assert not any("page=" in one for one in links)  # another choice begins on its first page


def test_the_list_of_plans_has_every_plan_on_one_of_its_pages(client_of, monkeypatch):
    monkeypatch.setattr("goals.version_views._PLANS_A_PAGE", 2)
    client = client_of("keshi")
    pages = [client.get(f"/plans/?page={number}").content.decode() for number in (1, 2, 3)]
    seen = [re.findall(r'<th scope="row"><a href="/plans/(\d{6})/', page) for page in pages]
    assert [len(one) for one in seen] == [2, 2, 1]
    assert {code for page in seen for code in page} == set(Plan.objects.values_list("region", flat=True))
    assert all(f"<span>{number} / 3</span>" in page for number, page in enumerate(pages, start=1))


def test_a_change_into_a_state_that_no_longer_holds_is_none():
    judge("GX-25", "unlikely", date(2021, 9, 29))
    for day, state in ((20, "open"), (28, "likely")):
        Assessment.objects.create(
            target=Target.objects.get(register_id="GX-25"), assessed_at="2021-10-01T00:00+08:00", rule_version=1,
            reason="new data", as_of=date(2021, 9, day), state=state,
        )  # fmt: skip
    assert overview(2021, DAY, Choice(), "", "").changes.total == 0


def test_all_changes_of_the_week_are_counted_and_the_latest_are_named(monkeypatch):
    monkeypatch.setattr("goals.dashboard.overview.MOST_CHANGES", 2)
    judged = list(Target.objects.filter(indicator__statistic="judgement", plan__year=2021).order_by("pk")[:3])
    for place, target in enumerate(judged):
        judge(target.register_id, "likely", date(2021, 9, 1))
        for day, state in ((20, "open"), (26 + place, "likely")):
            Assessment.objects.create(
                target=target, assessed_at="2021-10-01T00:00+08:00", rule_version=1, reason="new data",
                as_of=date(2021, 9, day), state=state,
            )  # fmt: skip
    changes = overview(2021, DAY, Choice(), "", "").changes
    assert (changes.total, changes.better) == (3, 3)
    assert [one.found.target.pk for one in changes.shown] == [judged[2].pk, judged[1].pk]
