"""The pages: who may see them, what they say, which day they show, what they do with nothing."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django.utils.html import escape

from evaluation.calendar import SHANGHAI
from goals.dashboard.target import target_page
from goals.models import Plan, SiteSetting, Target
from goals.templatetags.dabiao import as_written
from indicators.models import Extent, Submission
from tests.ingest import files

pytestmark = pytest.mark.django_db

PAGES = ("/", "/regions/450000/", "/targets/GX-08/", "/targets/GX-01/", "/plans/450000/2021/", "/data/", "/reports/")


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_a_page_without_signing_in(path):
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("role", ["keshi", "guanli", "shuju", "lingdao", "admin"])
def test_every_role_reads_the_dashboard(client_of, role):
    client = client_of(role)
    assert [client.get(path).status_code for path in PAGES[:4]] == [200] * 4


@pytest.mark.parametrize(("role", "may"), [("keshi", False), ("lingdao", False), ("shuju", True), ("admin", True)])
def test_only_clerks_hand_in_files(client_of, role, may):
    answer = client_of(role).post("/data/upload/", {})
    assert (answer.status_code != 403) == may


@pytest.mark.parametrize(("role", "may"), [("keshi", False), ("shuju", False), ("guanli", True)])
def test_only_target_managers_enter_assigned_values(client_of, role, may):
    answer = client_of(role).get("/admin/goals/assignedvalue/add/")
    assert (answer.status_code == 200) == may


def test_the_overview_counts_every_target_once(client_of):
    text = client_of("keshi").get("/?year=2021").content.decode()
    assert "5个地区，98项目标" in text


def test_without_data_no_target_is_green_and_each_says_why(client_of):
    text = client_of("keshi").get("/regions/450000/?year=2021").content.decode()
    assert "没有收到数据" in text
    assert "上级下达值尚未录入" in text
    assert 'class="mk secured"' not in text
    assert 'class="mk met"' not in text


def test_the_target_page_shows_the_quoted_words_and_their_place(client_of):
    target = Target.objects.get(register_id="GX-08")
    text = client_of("keshi").get("/targets/GX-08/").content.decode()
    assert f"<mark>{target.quote_zh}</mark>" in text
    assert f"第{target.char_start}—{target.char_end}字" in text


def test_the_target_page_names_the_last_files_behind_it_and_counts_all(db):
    for n in range(7):
        file = Submission.objects.create(sha256=f"{n:0>64}", name=f"{n}.csv", size=1, received_at=timezone.now())
        moment = datetime(2021, 3, 1 + n, 12, tzinfo=SHANGHAI)
        for table in ("air_day", "water_value"):
            Extent.objects.create(submission=file, region_id="440100", table=table, first=moment, last=moment, rows=1)
    page = target_page(Target.objects.get(register_id="GZ-01"), date(2021, 9, 30))
    assert [file.name for file in page.submissions] == ["6.csv", "5.csv", "4.csv", "3.csv", "2.csv"]
    assert page.submission_count == 7
    assert target_page(Target.objects.get(register_id="GZ-01"), date(2021, 3, 3)).submission_count == 3


def test_an_uploaded_text_is_shown_around_the_quote_and_escaped(client_of):
    plan = Plan.objects.get(region="450000")
    plan.targets.exclude(register_id="GX-08").update(char_start=10, char_end=11)
    plan.targets.filter(register_id="GX-08").update(char_start=8, char_end=10, quote_zh="目标")
    Plan.objects.filter(pk=plan.pk).update(text="<script>目标</script>")
    client = client_of("keshi")
    for path in ("/targets/GX-08/", "/plans/450000/2021/"):
        text = client.get(path).content.decode()
        assert "&lt;script&gt;" in text
        assert "<script>目标" not in text


def test_the_shown_day_is_the_setting_else_the_last_observation(client_of, ingest, tmp_path):
    client = client_of("keshi")
    assert "按现在所知" in client.get("/?year=2021").content.decode()
    (tmp_path / "stations.csv").write_text(files.REGISTER, encoding="utf-8")
    (tmp_path / "china_sites_20210301.csv").write_text(files.national("20210301", range(1, 24)), encoding="utf-8")
    ingest(tmp_path)
    assert 'value="2021-03-01"' in client.get("/").content.decode()
    SiteSetting.objects.create(pk=1, shown_date=date(2021, 2, 1))
    assert 'value="2021-02-01"' in client.get("/").content.decode()
    assert 'value="2021-01-05"' in client.get("/?as_of=2021-01-05").content.decode()


@pytest.mark.parametrize("path", ["/", "/regions/450000/", "/targets/GX-08/"])
def test_a_day_that_is_none_is_refused_with_a_sentence(client_of, path):
    answer = client_of("keshi").get(path + "?as_of=yesterday")
    assert answer.status_code == 400
    assert "不是日期" in answer.content.decode()


@pytest.mark.parametrize("path", ["/regions/999999/", "/targets/XX-99/", "/plans/450000/1999/", "/data/999999/"])
def test_what_is_not_there_says_so(client_of, path):
    answer = client_of("admin").get(path)
    assert answer.status_code == 404


def test_an_empty_database_says_what_to_do(client_of):
    Target.history.all().delete()
    from goals.models import Task, TaskQuantity

    for model in (TaskQuantity, Task, Target, Plan):
        model.objects.all().delete()
    client = client_of("admin")
    assert "还没有工作要点" in client.get("/").content.decode()
    assert client.get("/reports/").status_code == 200
    assert client.get("/data/").status_code == 200


def test_pages_load_nothing_from_outside_and_say_so(client_of):
    answer = client_of("keshi").get("/targets/GX-08/")
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "https://" not in answer.content.decode().replace("http://www.w3.org", "")


@pytest.mark.parametrize("path", ["/?year=2021", "/regions/450000/?year=2021"])
def test_the_number_of_queries_does_not_grow_with_the_targets(client_of, path):
    client = client_of("keshi")
    client.get(path)  # what is asked once a process is asked now

    def queries() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        return len(asked)

    before = queries()
    twins = list(Target.objects.all())
    for twin in twins:
        twin.pk, twin.register_id = None, f"{twin.register_id}-X"
    Target.objects.bulk_create(twins)
    assert queries() == before


def test_assess_answers_for_all_98_in_json(capsys):
    import orjson

    call_command("assess", "--year", "2021", "--as-of", "2021-09-30", "--json")
    rows = orjson.loads(capsys.readouterr().out)
    assert len({row["target"] for row in rows}) == 98
    assert {row["state"] for row in rows} == {"no data", "awaiting number"}
    assert all(row["forecast"] is None and row["value"] is None for row in rows)


def test_a_request_for_a_strange_host_is_answered_in_words(client_of):
    answer = client_of("keshi").get("/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "没看懂" in answer.content.decode()


@pytest.mark.parametrize(
    ("words", "english"),
    [
        ("Copper", "Copper"),
        ("Guangxi 大气科（演示）", 'Guangxi <bdi lang="zh-Hans">大气科（演示）</bdi>'),
        ("精准<b>治污", '<bdi lang="zh-Hans">精准&lt;b&gt;治污</bdi>'),
        ("第1行\n第2行", '<bdi lang="zh-Hans">第1行\n第2行</bdi>'),
        ("<b>x", "&lt;b&gt;x"),
    ],
)
def test_what_somebody_wrote_says_on_english_pages_that_it_is_chinese(words, english):
    with translation.override("en"):
        assert as_written(words) == english
    with translation.override("zh-hans"):
        assert as_written(words) == escape(words)


def test_lists_of_the_admin_are_of_a_length_that_is_drawn_at_once(client_of):
    answer = client_of("admin").get("/admin/goals/target/")
    assert answer.context["cl"].list_per_page == 40
    assert len(answer.context["cl"].result_list) == 40
    assert answer.context["cl"].result_count == 98


@pytest.mark.parametrize(("path", "counted"), [("/sites/?region=450000", "0 sites"), ("/indicators/", " indicators<")])
def test_what_is_counted_has_its_own_name_in_english(client_of, path, counted):
    text = client_of("keshi").get(path, headers={"accept-language": "en"}).content.decode()
    assert counted in text
    assert not re.search(r"\d sections?<", text)


def test_the_programs_own_reason_is_told_in_the_readers_language_and_a_persons_as_it_is(client_of):
    one = Target.objects.get(register_id="GX-06")
    one._change_reason = "表内笔误"
    one.save()
    client = client_of("lingdao")
    english = client.get("/targets/GX-06/", headers={"accept-language": "en"}).content.decode()
    assert "loaded with the plan file" in english
    assert '<bdi lang="zh-Hans">表内笔误</bdi>' in english
    assert "随计划文件载入" in client.get("/targets/GX-06/").content.decode()
