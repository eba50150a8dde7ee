"""Finding by words and by initials of pinyin."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

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


def test_the_targets_of_the_latest_year_come_first():
    last = Target.objects.get(register_id="GX-08")
    plan, name = last.plan, last.indicator_zh
    plan.pk, plan.year = None, 2022
    plan.save()
    last.pk, last.plan, last.register_id = None, plan, "GX-2022-01"
    last.save()
    (targets,) = [kind for kind in search(f"广西 {name}") if kind.kind == "targets"]
    assert [hit.detail for hit in targets.hits][:2] == ["2022 · GX-2022-01", "2021 · GX-08"]


@pytest.mark.parametrize("words", ["", "   ", "查无此项", "zzzzqqq"])
def test_nothing_is_found_where_nothing_is(words):
    assert search(words) == []


def test_a_long_list_is_cut():
    assert all(len(kind.hits) <= MOST for kind in search("a"))


def _one_by_one(asked: list[str]) -> list[str]:
    """The targets that fit, each looked at for itself, as a reader would."""

    def stands_in(word: str, target: Target) -> bool:
        region, name = target.plan.region.short_name, target.indicator_zh
        english = [
            spelling(text)
            for text in (target.plan.region.name_en, target.indicator.name_en)
            for spelling in (str.lower, initials)  # goodair for good air
        ]
        joined = initials(region) + initials(name)
        letters = word.startswith(initials(region)) and word[len(initials(region)) :] in initials(name)
        return word in (region + name).lower() or word in joined or letters or any(word in text for text in english)

    fitting = [
        one
        for one in Target.objects.filter(status="approved").select_related("plan__region", "indicator")
        if all(stands_in(word, one) for word in asked) or one.register_id.lower() in asked
    ]
    fitting.sort(key=lambda one: (-one.plan.year, one.plan.region_id, one.order, one.pk))
    return [f"{one.plan.year} · {one.register_id}" for one in fitting[:MOST]]


def _pieces() -> Iterator[str]:
    """Words that somebody could ask for: pieces of names, of initials, of both together."""
    choice = Random(3)
    targets = list(Target.objects.filter(status="approved").select_related("plan__region", "indicator"))
    for _ in range(120):
        one = choice.choice(targets)
        region, name = one.plan.region.short_name, one.indicator_zh
        source = choice.choice(
            [region, name, region + name, initials(name), initials(region) + initials(name), one.indicator.name_en]
        )
        start = choice.randrange(len(source))
        piece = source[start : start + choice.randint(1, 5)]
        yield choice.choice([piece, piece, f"{region} {piece}", f"{piece} {initials(name)[:2]}", f"{piece} 率"])


def test_searching_at_once_finds_what_looking_at_each_target_finds():
    asked = [piece.lower() for piece in _pieces() if piece.strip()]
    assert len(asked) > 100
    for words in asked:
        hits = next((kind.hits for kind in search(words) if kind.kind == "targets"), [])
        assert [hit.detail for hit in hits] == _one_by_one(words.split()), words


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
