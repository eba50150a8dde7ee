"""The definition files: all load, all say what a number rests on, every word of the plans is known."""

from __future__ import annotations

import re

import pytest
from django.utils import translation
from pydantic import ValidationError

from indicators.catalogue import IndicatorDefinition, indicator_definitions, scope_definitions, scope_of, unit_as_stored
from indicators.models import Indicator
from tests.csv_rows import rows_of

TARGETS = rows_of("golden/targets.csv")


@pytest.mark.parametrize("code", sorted(indicator_definitions()))
def test_a_definition_says_what_it_needs(code):
    definition = indicator_definitions()[code]
    assert definition.name_zh
    assert definition.name_en
    assert definition.why_zh
    assert definition.why_en
    assert definition.direction in ("increase", "decrease", "hold")
    assert definition.default_scope in scope_definitions()
    if definition.statistic not in ("judgement", "list"):
        assert definition.standard
        assert definition.clause


def _numbers(words: str) -> list[str]:
    return sorted(re.findall(r"\d+(?:\.\d+)*", words.replace(",", "")))


@pytest.mark.parametrize("code", sorted(indicator_definitions()))
def test_a_clause_cites_the_same_in_both_languages(code):
    definition = indicator_definitions()[code]
    assert not re.search("[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]", definition.clause_en)
    assert _numbers(definition.clause) == _numbers(definition.clause_en)
    assert re.findall(r"GB|HJ|AQI", definition.clause) == re.findall(r"GB|HJ|AQI", definition.clause_en)


def test_a_clause_in_one_language_alone_is_refused():
    whole = indicator_definitions()["pm25_mean"].model_dump()
    with pytest.raises(ValueError, match="both languages"):
        IndicatorDefinition(**{**whole, "clause_en": ""})


def test_every_indicator_of_the_register_is_defined_by_its_exact_name():
    names = {definition.name_en for definition in indicator_definitions().values()}
    assert {row["indicator_en"] for row in TARGETS} <= names


def test_every_scope_of_the_register_is_known():
    assert {
        (row["scope_zh"], row["domain"]) for row in TARGETS if scope_of(row["scope_zh"], row["domain"]) is None
    } == set()


def test_every_published_indicator_and_scope_is_known(published_figures):
    known = indicator_definitions()
    for row in published_figures:
        assert scope_of(row["scope"], known[row["indicator"]].domain) is not None, row


def test_an_unknown_field_or_direction_is_refused():
    good = indicator_definitions()["pm25_mean"].model_dump()
    with pytest.raises(ValidationError):
        IndicatorDefinition.model_validate({**good, "goodness": "up"})
    with pytest.raises(ValidationError):
        IndicatorDefinition.model_validate({**good, "direction": "down"})


def test_three_spellings_of_a_microgram_are_one():
    assert {unit_as_stored(unit) for unit in ("ug/m3", "μg/m³", "µg/m3")} == {"µg/m3"}


@pytest.mark.parametrize(
    ("english", "language", "label"),
    [("Table 1", "en", "Table 1"), ("Table 1", "zh-hans", "表1"), ("", "en", "表1"), ("", "zh-hans", "表1")],
)
def test_a_clause_without_english_is_cited_as_it_is(english, language, label):
    with translation.override(language):
        assert Indicator(clause="表1", clause_en=english).clause_label == label
