"""Finding by words and by initials of pinyin."""

from __future__ import annotations

import pytest

from goals.dashboard.search import MOST, fits, initials, search
from goals.models import Target

pytestmark = pytest.mark.django_db


def _found(words: str) -> dict[str, list[str]]:
    return {kind.kind: [hit.label for hit in kind.hits] for kind in search(words)}


@pytest.mark.parametrize(
    ("words", "letters"),
    [("优良天数比率", "yltsbl"), ("PM2.5浓度", "pm2.5nd"), ("重庆", "cq"), ("长沙", "cs"), ("", "")],
)
def test_initials_of_pinyin(words, letters):
    assert initials(words) == letters


@pytest.mark.parametrize("words", ["优良天数", "yltsbl", "广西 优良", "gxyl", "gx yl", "GX-08", "good air"])
def test_a_target_is_found_by_its_words_its_letters_and_its_number(words):
    assert any("优良天数比率" in label and "广西" in label for label in _found(words)["targets"])


def test_regions_indicators_and_tasks_are_found_too():
    assert _found("hy")["regions"] == ["衡阳市"]
    assert "PM2.5平均浓度" in _found("pm2.5")["indicators"]
    assert any("精准推进大气污染防治" in label for label in _found("大气污染防治")["tasks"])
    assert any("精准推进大气污染防治" in label for label in _found("jztj")["tasks"])


def test_all_words_must_fit_and_chinese_is_not_taken_for_letters():
    assert fits(["广西", "优良"], "广西优良天数")
    assert not fits(["广西", "臭氧"], "广西优良天数")
    assert not fits(["天"], "tian")


@pytest.mark.parametrize("words", ["", "   ", "查无此项", "zzzzqqq"])
def test_nothing_is_found_where_nothing_is(words):
    assert search(words) == []


def test_a_long_list_is_cut():
    assert all(len(kind.hits) <= MOST for kind in search("a"))


def test_retired_targets_are_not_found():
    Target.objects.filter(register_id="GX-08").update(status="retired")
    assert "targets" not in _found("GX-08")


def test_the_page_escapes_what_was_asked(client_of):
    text = client_of("keshi").get("/search/", {"q": "<script>x"}).content.decode()
    assert "<script>x" not in text
    assert "&lt;script&gt;x" in text
    part = client_of("lingdao").get("/search/", {"q": "gxyl", "part": "1"}).content.decode()
    assert "<html" not in part
    assert "/targets/GX-08/" in part
