"""The facts of a stored verdict, which are read when one of them is asked for."""

from __future__ import annotations

import json

import pytest

from goals.found import StoredFacts

FACTS = {
    "lack": "evidence",
    "document": 'said "beside" and \\"same_basis\\"',
    "coverage": {"days_valid": 3},
    "level": None,
}


def test_they_say_what_they_were_stored_as():
    facts = StoredFacts(json.dumps(FACTS))
    assert dict(facts) == FACTS
    assert (facts["lack"], facts.get("coverage"), len(facts)) == ("evidence", {"days_valid": 3}, 4)
    assert ("lack" in facts, "level" in facts) == (True, True)


def test_what_stands_in_a_value_or_further_within_is_no_name_of_a_fact():
    facts = StoredFacts(json.dumps(FACTS))
    for name in ("evidence", "days_valid", "beside", "same_basis"):
        assert name not in facts
        assert facts.get(name, "nothing") == "nothing"
        with pytest.raises(KeyError):
            facts[name]


def test_a_verdict_without_facts_has_none():
    assert dict(StoredFacts("{}")) == {}
