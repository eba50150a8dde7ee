"""Pages are kept until anything stored changes, and are never stale: whoever wrote, by whatever way."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.data_version import KEPT, data_version, forget_old_changes, table_versions, watched_tables
from config.models import DataChange
from goals.models import AlertComment, SiteSetting, Target, TargetNote, Task
from indicators.models import AirDay, Submission
from provinces.services import note_changed_evidence

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def _queries(client: Client, path: str, **headers: str) -> tuple[int, int]:
    """Status and number of queries of a request."""
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path, headers=headers)
    return answer.status_code, len(asked)


# ---- the version ---------------------------------------------------------------------------------------------------


def test_every_table_that_pages_show_is_watched():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT event_object_table, event_manipulation FROM information_schema.triggers")
            found = set(cursor.fetchall())
        else:
            cursor.execute("SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'")
            found = {(table, name.rpartition("_")[2].upper()) for table, name in cursor.fetchall()}
    tables = set(watched_tables())
    assert {"goals_target", "goals_task_targets", "indicators_airday", "reports_report", "auth_user_groups"} <= tables
    lacking = {(table, verb) for table in tables for verb in ("INSERT", "UPDATE", "DELETE")} - found
    assert lacking == set()


def _bulk() -> None:
    AirDay.objects.bulk_create([AirDay(region_id="440100", day=date(2021, 1, 1), basis="stations", standard="x")])


def _raw() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE goals_target SET lead_unit = 'x' WHERE register_id = 'GX-08'")


WRITES = {
    "save": lambda: SiteSetting.objects.create(pk=1, shown_date=date(2021, 3, 1)),
    "bulk_create": _bulk,
    "update": lambda: Target.objects.filter(register_id="GX-08").update(notes="x"),
    "delete": lambda: Target.objects.filter(register_id="GX-08").delete(),
    "raw SQL": _raw,
    "many to many": lambda: Target.objects.get(register_id="GX-08").tasks.add(_a_task()),
    "rights": lambda: Group.objects.get(name="领导").permissions.add(Permission.objects.first()),
}


def _a_task():
    return Task.objects.get(register_id="GX-T05")


WRITTEN = {
    "save": "goals_sitesetting",
    "bulk_create": "indicators_airday",
    "update": "goals_target",
    "delete": "goals_target",
    "raw SQL": "goals_target",
    "many to many": "goals_task_targets",
    "rights": "auth_group_permissions",
}


@pytest.mark.parametrize("write", WRITES)
def test_the_version_moves_with_every_way_of_writing(write):
    before = data_version(), table_versions().get(WRITTEN[write])
    WRITES[write]()
    after = data_version(), table_versions().get(WRITTEN[write])
    assert [one != other for one, other in zip(after, before, strict=True)] == [True, True]


def test_a_change_of_one_table_is_none_of_another():
    before = table_versions()
    _raw()
    changed = {table for table, version in table_versions().items() if version != before.get(table)}
    assert changed == {"goals_target"}


def test_reading_and_signing_in_do_not_move_it(client_of):
    client = client_of("keshi")
    client.get("/")
    before = data_version()
    client.get("/targets/GX-08/")
    User.objects.filter(username="keshi").update(last_login=timezone.now())
    assert data_version() == before


@pytest.mark.needs_services
def test_a_change_that_commits_late_is_seen():
    """Two writers take numbers in one order and commit in the other: the later number was there already. SQLite has one
    writer at a time."""
    DataChange.objects.all().delete()
    DataChange.objects.bulk_create([DataChange(pk=1, table_name="x"), DataChange(pk=3, table_name="x")])
    before = data_version()
    DataChange.objects.bulk_create([DataChange(pk=2, table_name="x")])
    assert data_version() != before


@pytest.mark.needs_services
def test_what_was_rolled_back_takes_its_version_along():
    """PostgreSQL's numbers do not come back; SQLite's do, and there only one writes, which nobody else sees."""
    seen = set()
    for _ in range(3):
        with transaction.atomic():
            SiteSetting.objects.create(pk=1, shown_date=date(2021, 3, 1))
            seen.add(data_version())
            transaction.set_rollback(True)
    assert len(seen) == 3


@pytest.mark.needs_services
def test_old_traces_go_and_no_version_comes_back():
    """On PostgreSQL; SQLite has one trace a table."""
    DataChange.objects.all().delete()
    seen = set()
    for number in range(KEPT + 29):
        DataChange.objects.create(table_name=("seldom", "often")[number > 3])
        if number % 50 in (0, 3):
            seen |= set(table_versions().items())
    assert forget_old_changes() == 2
    assert DataChange.objects.count() == KEPT + 2
    assert set(table_versions()) == {"seldom", "often"}
    assert not seen & set(table_versions().items())
    assert forget_old_changes() == 1  # the two that were added are traces, too


# ---- the pages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        *("/?year=2021", "/regions/450000/?year=2021", "/targets/GX-08/", "/tasks/?year=2021"),
        *("/targets/GX-08/cities/", "/plans/450000/2021/next/"),
    ],
)
def test_a_page_is_drawn_once_and_then_answered_in_few_queries(client_of, path):
    client = client_of("guanli")
    first = client.get(path)
    status, queries = _queries(client, path)
    assert status == 200
    assert queries <= 10
    again = client.get(path)
    assert _without_token(again.content) == _without_token(first.content)


def _without_token(content: bytes) -> bytes:
    return re.sub(rb'value="[A-Za-z0-9]{64}"', b"", content)


def test_a_note_shows_at_once(client_of):
    client = client_of("keshi")
    client.get("/targets/GX-08/")
    client.post("/targets/GX-08/note/", {"text": "臭氧偏高，已约谈"})
    assert "臭氧偏高，已约谈" in client.get("/targets/GX-08/").content.decode()
    assert TargetNote.objects.count() == 1


def test_a_page_is_kept_for_those_who_may_do_the_same(client_of):
    staff, leader, admin = client_of("keshi"), client_of("lingdao"), client_of("admin")
    assert 'name="text"' in staff.get("/targets/GX-08/").content.decode()
    assert 'name="text"' not in leader.get("/targets/GX-08/").content.decode()
    assert "/admin/" in admin.get("/targets/GX-08/").content.decode()
    assert "/admin/" not in staff.get("/targets/GX-08/").content.decode()


def test_a_right_taken_away_is_gone_at_once(client_of):
    client = client_of("keshi")
    assert client.get("/targets/GX-08/").status_code == 200
    Group.objects.get(name="业务科室").permissions.clear()
    assert client.get("/targets/GX-08/").status_code == 403


def test_each_reader_has_their_own_name_and_token_in_the_same_page():
    clients = []
    for name in ("zhang", "li"):
        user = User.objects.create_user(name)
        user.groups.add(Group.objects.get(name="业务科室"))
        client = Client(enforce_csrf_checks=True)
        client.force_login(user, backend="config.backends.RememberingBackend")
        clients.append(client)
    texts = [client.get("/targets/GX-08/").content.decode() for client in clients]
    assert '<span class="who">zhang</span>' in texts[0]
    assert '<span class="who">li</span>' in texts[1]
    assert "zhang" not in texts[1]
    for client, text in zip(clients, texts, strict=True):
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', text)[1]
        answer = client.post("/targets/GX-08/note/", {"text": "好", "csrfmiddlewaretoken": token})
        assert answer.status_code == 302
    stolen = re.search(r'csrfmiddlewaretoken" value="(\w+)"', texts[0])[1]
    assert clients[1].post("/targets/GX-08/note/", {"text": "x", "csrfmiddlewaretoken": stolen}).status_code == 403


def test_a_message_is_shown_once(client_of):
    client = client_of("guanli")
    client.get("/targets/GX-08/")
    client.post("/targets/GX-08/duty/", {"lead_unit": "大气科"})
    assert "已保存责任与期限" in client.get("/targets/GX-08/").content.decode()
    assert "已保存责任与期限" not in client.get("/targets/GX-08/").content.decode()


def test_the_language_is_part_of_the_page(client_of):
    client = client_of("keshi")
    chinese = client.get("/", headers={"accept-language": "zh-CN"}).content.decode()
    english = client.get("/", headers={"accept-language": "en"}).content.decode()
    assert '<html lang="zh-Hans">' in chinese
    assert '<html lang="en">' in english


def test_what_a_browser_has_is_not_sent_again(client_of):
    client, other = client_of("keshi"), client_of("lingdao")
    tag = client.get("/")["ETag"]
    answer = client.get("/", headers={"if-none-match": tag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert "no-cache" in answer["Cache-Control"]
    assert other.get("/", headers={"if-none-match": tag}).status_code == 200
    note_changed_evidence(["450000"], timezone.now(), ["air"])
    assert client.get("/", headers={"if-none-match": tag}).status_code == 200


def test_what_a_browser_has_is_for_one_reader_with_one_token(client_of):
    """Whoever signs in anew has another token, and the next reader at the same browser another name."""
    client = client_of("keshi")
    colleague = User.objects.create_user("wang")
    colleague.groups.set(User.objects.get(username="keshi").groups.all())
    tag = client.get("/")["ETag"]
    anew = Client()
    anew.force_login(User.objects.get(username="keshi"), backend="config.backends.RememberingBackend")
    assert anew.get("/", headers={"if-none-match": tag}).status_code == 200
    anew.cookies["csrftoken"] = client.cookies["csrftoken"].value
    assert anew.get("/", headers={"if-none-match": tag}).status_code == 304
    anew.force_login(colleague, backend="config.backends.RememberingBackend")
    anew.cookies["csrftoken"] = client.cookies["csrftoken"].value
    assert anew.get("/", headers={"if-none-match": tag}).status_code == 200


def test_a_name_is_written_as_text_the_first_time_and_from_the_kept_page():
    user = User.objects.create_user("<b>&co")
    user.groups.add(Group.objects.get(name="业务科室"))
    client = Client()
    client.force_login(user, backend="config.backends.RememberingBackend")
    for _ in range(2):
        assert '<span class="who">&lt;b&gt;&amp;co</span>' in client.get("/?year=2021").content.decode()


def test_tomorrow_draws_its_own_page(client_of, monkeypatch):
    """What is due depends on the day."""
    client = client_of("keshi")
    Task.objects.filter(register_id="DL-T04").update(due_on=date(2026, 3, 1))
    path = "/tasks/DL-T04/?as_of=now"
    for day, says in ((date(2026, 3, 1), "还有0天"), (date(2026, 3, 2), "逾1天")):
        monkeypatch.setattr(timezone, "localdate", lambda *_, day=day: day)
        assert says in client.get(path).content.decode()


def test_a_part_of_a_page_is_not_the_page(client_of):
    client = client_of("shuju")
    assert "<html" in client.get("/data/").content.decode()
    assert "<html" not in client.get("/data/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" in client.get("/data/", headers={"HX-Request": "true", "HX-Boosted": "true"}).content.decode()


def test_a_source_that_falls_late_changes_the_overview_without_any_writing(client_of, monkeypatch):
    from datetime import timedelta

    from indicators.models import Source

    Source.objects.create(code="x", title="空气小时值", every_minutes=60, grace_minutes=0, heard_at=timezone.now())
    client = client_of("keshi")
    assert "数据来源逾期未到" not in client.get("/?year=2021").content.decode()
    later = timezone.now() + timedelta(hours=3)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert "数据来源逾期未到" in client.get("/?year=2021").content.decode()


def test_a_download_is_no_page(client_of):
    client = client_of("keshi")
    client.get("/forecasts/")
    answer = client.get("/forecasts/?download=calibration&format=csv")
    again = client.get("/forecasts/?download=calibration&format=csv")
    assert answer["Content-Type"] == again["Content-Type"] == "text/csv; charset=utf-8"


def test_nothing_is_kept_for_whoever_is_not_signed_in():
    assert Client().get("/").status_code == 302
    assert AlertComment.objects.count() == 0
    assert Submission.objects.count() == 0
