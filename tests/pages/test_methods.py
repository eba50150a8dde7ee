"""The page 方法: every indicator, both languages, the standards of the day asked for."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from indicators.catalogue import indicator_definitions
from tests.goals.cast import days

pytestmark = pytest.mark.django_db


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_tells_every_indicator_and_links_to_how_it_comes_about(client_of):
    text = text_of(client_of("keshi"), "/methods/")
    for code, one in indicator_definitions().items():
        assert f'id="i-{code}"' in text
        assert one.name_zh in text
    for topic in ("aqi", "air-year", "composite-index", "water", "sea", "shares", "totals", "steering"):
        assert f'id="{topic}"' in text
    assert "结果一律向上进位取整" in text


@pytest.mark.parametrize(
    ("on", "there", "not_there"),
    [("2021-09-30", "HJ 633-2012", "HJ 633-2026、"), ("2026-03-01", "GB 3095-2026 transition", "GB 3095-2012")],
)
def test_the_standards_are_those_of_the_day(client_of, on, there, not_there):
    text = text_of(client_of("keshi"), f"/methods/?on={on}")
    tables = text[text.index('id="t-breakpoints"') :]
    assert there in tables
    assert not_there not in tables


def test_a_day_that_is_none_is_said_in_words(client_of):
    answer = client_of("keshi").get("/methods/?on=2021")
    assert answer.status_code == 400
    assert "2021-09-30" in answer.content.decode()


def test_in_english(client_of):
    client = client_of("keshi")
    client.cookies["django_language"] = "en"
    text = text_of(client, "/methods/")
    assert "It is always rounded up to a whole number" in text
    assert "Mean of each city" in text
    assert "怎样来" not in text


def test_a_target_links_to_its_method_on_its_day(client_of):
    days("450000", date(2021, 1, 1), date(2021, 9, 30))
    client = client_of("keshi")
    text = text_of(client, "/targets/GX-08/?as_of=2021-09-30")
    assert "/methods/?on=2021-09-30#air-year" in text
    assert "　含沙尘日</p>" in text
    assert "　扣除沙尘日</p>" in text_of(client, "/targets/GX-06/?as_of=2021-09-30")


def test_nobody_reads_it_without_signing_in(db):
    assert Client().get("/methods/").status_code == 302
