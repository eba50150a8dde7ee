"""The pages of steering: who may act, what they say with data and without."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from goals.assessing import assess_days
from goals.models import Alert, Allocation, DigestSubscription, Plan, SiteSetting, Target, Task, TaskQuantity
from indicators.models import AirDay
from provinces.models import Region
from provinces.selectors import cities_of
from tests.goals.cast import days, target

pytestmark = pytest.mark.django_db

GUANGZHOU, SEPTEMBER_30 = "440100", date(2021, 9, 30)
PAGES = ("/timeline/", "/forecasts/", "/alerts/", "/targets/GX-06/cities/")


@pytest.fixture
def steered() -> None:
    """Guangzhou with one past year, judged on some days of this one; the pages open on 30 September."""
    SiteSetting.objects.create(shown_date=SEPTEMBER_30)
    days(GUANGZHOU, date(2020, 1, 1), date(2020, 12, 31), pm25=32)
    days(GUANGZHOU, date(2021, 1, 1), date(2021, 9, 20), pm25=24)
    days(GUANGZHOU, date(2021, 9, 21), SEPTEMBER_30, pm25=400)
    for _day, _rows in assess_days([target("GZ-01")], [date(2021, 8, 31), date(2021, 9, 10), SEPTEMBER_30]):
        pass


@pytest.mark.parametrize("path", PAGES)
def test_nobody_comes_in_without_signing_in(path):
    assert Client().get(path).status_code == 302


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_they_answer_on_an_empty_database(client_of, language):
    Target.history.all().delete()
    for model in (TaskQuantity, Task, Target, Plan):
        model.objects.all().delete()
    client = client_of("admin")
    client.cookies["django_language"] = language
    assert [client.get(path).status_code for path in PAGES[:3]] == [200] * 3
    assert client.get("/timeline/?as_of=2021-09-30").status_code == 200


def test_a_target_says_what_is_certain_and_what_is_likely_apart(client_of, steered):
    text = client_of("keshi").get("/targets/GZ-01/?as_of=2021-09-10").content.decode()
    assert "确定的" in text
    assert "完成的可能性约" in text
    assert "回测" in text
    assert text.index("确定的") < text.index("完成的可能性约")
    assert 'id="figure-budget"' in text
    assert 'id="figure-course"' in text  # the fan, in the unit of the figure
    assert "年终八成：" in text
    assert "往年含2020年" in text


def test_the_strip_and_the_turns_of_a_target_lead_to_their_days(client_of, steered):
    text = client_of("keshi").get("/targets/GZ-01/").content.decode()
    assert 'class="run likely"' in text
    assert "/targets/GZ-01/?as_of=2021-08-31" in text
    assert '<details class="why-d">' in text or "新数据" in text


def test_a_day_whose_verdict_would_be_another_one_now_says_so(client_of, steered):
    client = client_of("keshi")
    assert "与现在回看不同" not in client.get("/targets/GZ-01/?as_of=2021-09-10").content.decode()
    AirDay.objects.filter(region=GUANGZHOU, day=date(2021, 9, 1)).update(pm25_fg=999 * 10**9)
    text = client.get("/targets/GZ-01/?as_of=2021-09-10").content.decode()
    assert "9月10日当时的评价是“有望完成”，与现在回看不同" in text


def test_the_timeline_has_a_strip_for_every_target_and_a_slider(client_of, steered):
    text = client_of("keshi").get("/timeline/").content.decode()
    assert text.count('class="strip-svg"') == 98
    assert 'type="range" min="0" max="364" value="272"' in text


def test_the_forecast_page_shows_what_passes_and_what_does_not(client_of, steered):
    text = client_of("lingdao").get("/forecasts/").content.decode()
    assert "183个城市" in text
    assert "留一年法" in text
    assert text.count('class="yes"') > 20
    assert text.count('class="no"') > 5


def test_an_alert_is_worked_on_by_those_who_may(client_of, steered):
    alert = Alert.objects.get()
    leader, staff = client_of("lingdao"), client_of("keshi")
    assert "有望完成" in leader.get("/alerts/").content.decode()
    assert leader.post(f"/alerts/{alert.pk}/", {"do": "acknowledge"}).status_code == 403
    assert staff.post(f"/alerts/{alert.pk}/", {"do": "acknowledge"}).status_code == 302
    assert staff.post(f"/alerts/{alert.pk}/", {"do": "burn"}).status_code == 400
    text = staff.post(f"/alerts/{alert.pk}/", {"do": "close", "text": " "}, follow=True).content.decode()
    assert "请先写说明" in text
    staff.post(f"/alerts/{alert.pk}/", {"do": "comment", "text": "<script>alert(1)</script>"})
    assert "<script>alert(1)" not in staff.get("/alerts/").content.decode()
    staff.post(f"/alerts/{alert.pk}/", {"do": "close", "text": "沙尘过境"})
    alert.refresh_from_db()
    assert alert.closed_by.username == "keshi"
    assert "没有未关闭的预警" in staff.get("/alerts/").content.decode()
    assert "沙尘过境" in staff.get("/alerts/?all=1").content.decode()


def test_alerts_of_later_days_are_not_known_yet(client_of, steered):
    assert "没有未关闭的预警" in client_of("keshi").get("/alerts/?as_of=2021-09-29").content.decode()


def test_the_daily_mail_needs_an_address(client_of):
    client = client_of("keshi")
    assert "没有邮箱" in client.post("/alerts/subscribe/", {"wants": "1"}, follow=True).content.decode()
    User.objects.filter(username="keshi").update(email="k@example.invalid")
    client.post("/alerts/subscribe/", {"wants": "1"})
    assert DigestSubscription.objects.count() == 1
    client.post("/alerts/subscribe/", {"wants": "0"})
    assert not DigestSubscription.objects.exists()


@pytest.mark.parametrize(("role", "may"), [("keshi", False), ("lingdao", False), ("guanli", True)])
def test_only_target_managers_hand_targets_down(client_of, role, may):
    assert (client_of(role).get("/targets/GX-06/cities/").status_code == 200) == may


def test_a_target_is_handed_down_on_its_page(client_of):
    SiteSetting.objects.create(shown_date=SEPTEMBER_30)
    days("450000", date(2020, 1, 1), date(2020, 12, 31), pm25=34)
    days("450000", date(2021, 1, 1), SEPTEMBER_30, pm25=30)
    client = client_of("guanli")
    page = client.get("/targets/GX-06/cities/").content.decode()
    assert page.count('<td class="n">31</td>') == 14  # the proposal: 34 down to 31 everywhere
    codes = [city.code for city in cities_of(Region.objects.get(code="450000"))]
    refused = client.post("/targets/GX-06/cities/", {codes[0]: "很低", "document": "函"}).content.decode()
    assert "不是非负数" in refused
    assert 'value="很低"' in refused  # what was typed is not lost
    client.post("/targets/GX-06/cities/", {**dict.fromkeys(codes, "31"), "document": "桂环函〔2021〕9号"})
    assert Allocation.objects.filter(entered_by__username="guanli", proposed=True).count() == 14
    assert "合计与上级目标相符" in client.get("/targets/GX-06/").content.decode()
    assert "不能分解" in client.get("/targets/GZ-01/cities/").content.decode()


def test_simulated_days_mark_every_page_they_reach(client_of):
    SiteSetting.objects.create(shown_date=SEPTEMBER_30)
    days(GUANGZHOU, date(2020, 1, 1), date(2020, 12, 31), pm25=32, simulated=True)
    days(GUANGZHOU, date(2021, 1, 1), SEPTEMBER_30 - timedelta(days=20), pm25=24)
    text = client_of("keshi").get("/targets/GZ-01/").content.decode()
    assert "模拟数据" in text
    assert timezone.localdate() > SEPTEMBER_30


@pytest.mark.parametrize(
    ("language", "says", "not_that"), [("zh-hans", "183个城市", "cities,"), ("en", "183 cities", "个城市")]
)
def test_where_the_parameters_come_from_is_said_in_the_language_of_the_page(client_of, language, says, not_that):
    client = client_of("keshi")
    client.cookies["django_language"] = language
    source = client.get("/forecasts/").content.decode().split("air_daily_2013_2017")[1][:120]
    assert says in source
    assert not_that not in source
