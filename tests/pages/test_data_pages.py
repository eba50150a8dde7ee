"""The pages around the data: what arrives, what was captured, what a person puts right."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from indicators.day_services import rebuild_city_days
from indicators.models import AirHour, Finding, Submission
from ingest import services
from ingest.coverage import set_aside
from provinces.models import Site
from tests.ingest import files

pytestmark = pytest.mark.django_db


def loaded(name: str, text: str) -> Submission:
    received = services.receive_file(name, text.encode(), via=Submission.Via.UPLOAD)
    return services.load_submission(received.submission.pk)


def test_several_files_are_handed_in_at_once_and_the_rows_ask_until_all_are_read(client_of):
    client = client_of("shuju")
    chosen = [SimpleUploadedFile(f"{n}.csv", files.national("20210301", [n]).encode()) for n in (1, 2)]
    client.post("/data/upload/", {"documents": chosen, "reader": "", "review": "provisional"})
    assert set(Submission.objects.values_list("name", "review")) == {("1.csv", "provisional"), ("2.csv", "provisional")}
    rows = client.get("/data/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in rows
    assert 'hx-trigger="every 2s"' in rows
    assert "还有2份在读" in rows
    for submission in Submission.objects.all():
        services.load_submission(submission.pk)
    assert "hx-trigger" not in client.get("/data/", headers={"HX-Request": "true"}).content.decode()


def test_coverage_shows_the_hours_of_each_site_and_day_with_the_way_to_the_file(client_of, stations):
    one = loaded("a.csv", files.national("20210301", range(1, 16)))
    client = client_of("keshi")
    page = client.get("/data/coverage/?region=430400&month=2021-03").content.decode()
    assert "甲站 03-01 15/24" in page
    assert "甲站 03-02 0/24" in page
    day = client.get("/data/coverage/?region=430400&month=2021-03&day=2021-03-01").content.decode()
    assert f"/data/{one.pk}/" in day
    assert f"/data/{one.pk}/bytes/" in day
    other = client.get("/data/coverage/?region=430400&month=2021-03&day=2021-03-05").content.decode()
    assert f'href="/data/{one.pk}/"' not in other
    to_come = client.get("/data/coverage/?region=430400&month=2099-01").content.decode()
    assert to_come.count('<td><span class="cell nil" title="未到"></span></td>') == 2 * 31
    assert "/24" not in to_come


def test_coverage_says_what_was_set_aside_and_why(client_of, stations):
    loaded("a.csv", files.national("20210301", [1], {**files.PLAIN, "SO2": "-3"}))
    page = client_of("keshi").get("/data/coverage/?region=430400&month=2021-03").content.decode()
    assert "浓度为负：“-3”" in page


def test_of_each_kind_of_finding_the_first_is_shown_however_many_kinds_there_are(stations, django_assert_num_queries):
    some = [loaded(f"{n}.csv", files.national("20210301", [n])) for n in (1, 2)]
    Finding.objects.all().delete()
    made = [
        Finding(submission=some[row % 2], row=row, code=code)
        for row, code in enumerate(["negative", "unreadable", "negative", "repeated", "unreadable", "negative"])
    ]
    Finding.objects.bulk_create(made)
    with django_assert_num_queries(2):
        found = set_aside(some)
    assert [(code, number, first.row) for code, number, first in found] == [
        ("negative", 3, 0), ("unreadable", 2, 1), ("repeated", 1, 3),
    ]  # fmt: skip
    assert set_aside([]) == []


@pytest.mark.parametrize("asked", ["", "?region=999999&month=2021-13", "?region=450000&month=1999-01", "?day=x"])
def test_coverage_answers_whatever_is_asked_also_without_any_data(client_of, asked):
    answer = client_of("keshi").get(f"/data/coverage/{asked}")
    assert answer.status_code == 200
    assert "还没有登记站点" in answer.content.decode()


def test_a_clerk_withdraws_a_file_with_a_reason_and_staff_may_not(
    client_of, stations, django_capture_on_commit_callbacks
):
    one = loaded("a.csv", files.national("20210301", range(1, 24)))
    rebuild_city_days()
    assert client_of("keshi").post(f"/data/{one.pk}/withdraw/", {"reason": "x"}).status_code == 403
    client = client_of("shuju")
    with patch("ingest.tasks.finish_loads.delay") as finish:
        with django_capture_on_commit_callbacks(execute=True):
            page = client.post(f"/data/{one.pk}/withdraw/", {"reason": ""}, follow=True).content.decode()
        assert "请写明理由" in page
        finish.assert_not_called()
        with django_capture_on_commit_callbacks(execute=True):
            page = client.post(f"/data/{one.pk}/withdraw/", {"reason": "站点填错"}, follow=True).content.decode()
        finish.assert_called_once()
    assert "站点填错" in page
    assert not AirHour.objects.exists()
    page = client.post(f"/data/{one.pk}/withdraw/", {"reason": "再来"}, follow=True).content.decode()
    assert "不能撤回" in page
    client.post(f"/data/{one.pk}/reread/")  # the withdrawal was the mistake
    again = services.load_submission(one.pk)
    assert (again.state, again.reason, AirHour.objects.count()) == ("accepted", "", 46)


def test_an_unknown_station_is_assigned_from_its_finding(client_of, stations):
    one = loaded("a.csv", files.national("20210301", [1], sites=("T001A", "1316A")))
    finding = one.findings.get(code="unknown_site")
    client = client_of("shuju")
    page = client.post(f"/data/{one.pk}/findings/{finding.pk}/assign/", {"site": "T999A"}, follow=True).content.decode()
    assert "没有这个编码" in page
    client.post(f"/data/{one.pk}/findings/{finding.pk}/assign/", {"site": "T002A"})
    services.load_submission(one.pk)
    assert set(AirHour.objects.values_list("site__code", flat=True)) == {"T001A", "T002A"}
    assert not one.findings.exists()


def test_a_new_station_is_registered_from_its_finding(client_of, stations):
    one = loaded("a.csv", files.national("20210301", [1], sites=("T001A", "1316A")))
    finding = one.findings.get(code="unknown_site")
    fields = {"site": "", "name": "衡阳师院", "city": "430400"}
    client_of("shuju").post(f"/data/{one.pk}/findings/{finding.pk}/assign/", fields)
    services.load_submission(one.pk)
    assert Site.objects.get(code="1316A").name == "衡阳师院"
    assert AirHour.objects.count() == 2
