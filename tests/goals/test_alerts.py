"""Alerts: when they are raised, what people do with them, who gets the mail; sections that fall or swing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.utils import timezone

from evaluation.lessons import Lesson
from goals import alerting, digest, sentences
from goals.assessing import assess_targets
from goals.models import Alert
from goals.steering import swing_sections
from goals.verdicts import Verdicts
from indicators.models import Revision, Submission, WaterValue
from provinces.models import Site
from tests.goals.cast import days, judged, person, target, year_of_days

pytestmark = pytest.mark.django_db

GUANGZHOU, GUANGXI, HENGYANG = "440100", "450000", "430400"
NEW_YEAR, SEPTEMBER_30, YEAR_END = date(2021, 1, 1), date(2021, 9, 30), date(2021, 12, 31)


# ---- alerts ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def falling(past) -> Alert:
    """Guangzhou falls from likely to impossible between August and September."""
    days(GUANGZHOU, NEW_YEAR, date(2021, 8, 31), pm25=24)
    days(GUANGZHOU, date(2021, 9, 1), SEPTEMBER_30, pm25=300)
    for day in (date(2021, 8, 31), SEPTEMBER_30, SEPTEMBER_30):
        assess_targets([target("GZ-01")], day)
    return Alert.objects.get()


@pytest.mark.services
def test_leaving_a_state_downward_raises_one_alert(falling):
    assert (falling.before, falling.after, falling.raised_on) == ("likely", "impossible", SEPTEMBER_30)
    assert falling.assessment.reason == "new data"  # a certain verdict has no outlook: no rule changed
    assert sentences.alert_sentence(falling) == "广州 PM2.5浓度：由“有望完成”转为“已无法完成”"


def test_history_is_no_news(falling):
    Alert.objects.all().delete()
    assess_targets([target("GZ-01")], date(2021, 9, 15))  # before a day that was judged already
    assert not Alert.objects.exists()


def test_an_outlook_that_may_not_be_shown_any_more_is_no_alarm(past, monkeypatch):
    year_of_days(GUANGZHOU, 2021, SEPTEMBER_30, level=24)
    assess_targets([target("GZ-01")], date(2021, 8, 31))
    monkeypatch.setattr(Lesson, "may_speak", lambda *_args: False)
    assert assess_targets([target("GZ-01")], SEPTEMBER_30)[0].state == "open"
    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        ("likely", "open", True), ("open", "unlikely", True), ("secured", "likely", True), ("open", "missed", True),
        ("open", "likely", False), ("likely", "no data", False), ("awaiting number", "open", False),
        ("unlikely", "unlikely", False), ("met", "missed", True),
    ],
)  # fmt: skip
def test_what_is_downward(before, after, worse):
    assert alerting.fell(before, after) is worse


def test_an_alert_is_acknowledged_commented_and_closed(falling):
    user = person()
    with pytest.raises(alerting.AlertStateError, match="先写说明"):
        alerting.close(falling, "  ", user)
    falling.refresh_from_db()
    assert falling.acknowledged_at is None
    alerting.comment(falling, "九月静稳天气", user)
    alerting.close(falling, "启动秋冬攻坚", user)
    falling.refresh_from_db()
    assert (falling.acknowledged_by, falling.closed_by) == (user, user)
    assert [one.text for one in falling.comments.all()] == ["九月静稳天气", "启动秋冬攻坚"]
    with pytest.raises(alerting.AlertStateError, match="已经关闭"):
        alerting.close(falling, "再说一次", user)


def test_the_digest_goes_to_those_who_asked_and_only_once(falling):
    asked, silent = person(), person("王科长", "wang@example.invalid")
    digest.subscribe(asked, wants=True)
    assert digest.send_digests(timezone.now()) == 0  # raised before they asked
    Alert.objects.update(raised_at=timezone.now())
    assert digest.send_digests(timezone.now()) == 1
    assert digest.send_digests(timezone.now()) == 0
    assert [message.to for message in mail.outbox] == [[asked.email]]
    assert "已无法完成" in mail.outbox[0].body
    assert silent.email not in str(mail.outbox[0].to)


def test_a_mail_server_that_refuses_loses_no_alert(falling, monkeypatch):
    for one in (person(), person("王科长", "wang@example.invalid")):
        digest.subscribe(one, wants=True)
    Alert.objects.update(raised_at=timezone.now())
    working = digest.send_mail

    def refused(subject: str, body: str, sender: str, to: list[str]) -> None:
        if to == ["li@example.invalid"]:
            raise SMTPRecipientsRefused({to[0]: (550, b"unknown")})
        working(subject, body, sender, to)

    monkeypatch.setattr(digest, "send_mail", refused)
    assert digest.send_digests(timezone.now()) == 1  # the other one's
    monkeypatch.setattr(digest, "send_mail", working)
    assert digest.send_digests(timezone.now()) == 1
    assert [message.to for message in mail.outbox] == [["wang@example.invalid"], ["li@example.invalid"]]


def section(number: int, readings: dict[tuple[int, int], float]) -> Site:
    """An assessed section of Hengyang with NH3-N by (year, month)."""
    site = Site.objects.create(
        kind=Site.Kind.WATER_SECTION, code=f"S{number}", name=f"断面{number}", region_id=HENGYANG, assessed=True
    )
    file, _created = Submission.objects.get_or_create(
        sha256="b" * 64, defaults={"name": "w.json", "size": 1, "received_at": timezone.now()}
    )
    WaterValue.objects.bulk_create(
        WaterValue(
            ts=timezone.make_aware(timezone.datetime(year, month, 10)),
            site=site,
            item="NH3-N",
            micro=round(value * 10**6),
            submission=file,
        )
        for (year, month), value in readings.items()
    )
    return site


def test_sections_that_fell_behind_are_warned_of_once():
    even = {(year, month): 0.9 for year in (2020, 2021) for month in range(1, 10)}
    section(1, even)
    worse = section(2, even | {(2021, month): 1.9 for month in range(1, 10)})
    for _twice in range(2):
        alerting.watch_sections([target("HY-05")], SEPTEMBER_30, timezone.now())
    alert = Alert.objects.get()
    assert (alert.site, alert.level, alert.raised_on) == (worse, 1, SEPTEMBER_30)
    assert alert.facts["cumulative_class"] == [3, 5]


def test_a_month_that_is_not_over_warns_of_nothing():
    even = {(year, month): 0.9 for year in (2020, 2021) for month in range(1, 10)}
    section(1, even | {(2020, 10): 0.9, (2021, 10): 9.0})
    alerting.watch_sections([target("HY-05")], date(2021, 10, 20), timezone.now())
    assert not Alert.objects.exists()
    alerting.watch_sections([target("HY-05")], date(2021, 10, 31), timezone.now())
    assert Alert.objects.get().raised_on == date(2021, 10, 31)


def test_the_same_period_of_last_year_is_known_as_on_the_shown_day():
    """What was corrected since that period ended is corrected in it, too; what is corrected later is not yet."""
    months = range(1, 10)
    site = section(1, {(year, month): 0.1 for year in (2020, 2021) for month in months})
    for month in months:
        Revision.objects.create(
            table="water_value", region_id=HENGYANG, site=site, item="NH3-N",
            period_end=timezone.make_aware(timezone.datetime(2020, month, 10)), old_value=Decimal(9),
            new_value=Decimal("0.1"), new_submission=Submission.objects.get(name="w.json"),
            recorded_at=timezone.make_aware(timezone.datetime(2020, 11, 5)),
        )  # fmt: skip
    assert judged("HY-05", SEPTEMBER_30).facts["same_period"] == "100.0"
    Revision.objects.update(recorded_at=timezone.make_aware(timezone.datetime(2021, 11, 5)))
    assert judged("HY-05", SEPTEMBER_30).facts["same_period"] == "0.0"


def test_swing_sections_are_those_near_their_limit():
    calm = {(2021, month): 0.1 for month in range(1, 10)}
    section(1, calm)
    near = section(2, {(2021, month): 1.1 for month in range(1, 10)})
    found = judged("HY-05", SEPTEMBER_30)
    one = target("HY-05")
    room = Verdicts([one], SEPTEMBER_30, date(2021, 10, 1))
    swinging = swing_sections(found, room.subjects[one.pk], room.room)
    assert [(one.site, one.inside) for one in swinging] == [(near, False)]
    assert swinging[0].rooms[0].remaining == Decimal("0.72")
