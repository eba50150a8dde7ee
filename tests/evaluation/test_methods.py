"""The page 方法 and docs/methods.md come from the docstrings and tables, and every public function has one."""

import importlib
import inspect
import pkgutil
import re
from datetime import date
from pathlib import Path

import pytest

import evaluation
from evaluation import method_tables, methods
from evaluation.standards import as_in_force, table, versions_on

ROOT = Path(__file__).parents[2]
MODULES = [importlib.import_module(f"evaluation.{found.name}") for found in pkgutil.iter_modules(evaluation.__path__)]
PUBLIC = [
    (f"{module.__name__}.{name}", one)
    for module in MODULES
    for name, one in vars(module).items()
    if inspect.isfunction(inspect.unwrap(one)) and not name.startswith("_") and one.__module__ == module.__name__
]


def test_the_document_is_in_step():
    """`make docs` writes it."""
    assert (ROOT / "docs" / "methods.md").read_text(encoding="utf-8") == methods.as_markdown()


@pytest.mark.parametrize(("name", "function"), PUBLIC, ids=[name for name, _function in PUBLIC])
def test_every_public_function_says_what_it_does(name, function):
    text = inspect.getdoc(function) or ""
    assert text, name
    source = inspect.getsource(inspect.unwrap(function))
    raised = {found for found in re.findall(r"raise (\w+)", source) if found != "AssertionError"}
    missing = [error for error in raised if error not in text and error != "SheetError"]
    assert not missing, f"{name} raises {missing} and does not say so"


def test_methods_speak_both_languages_and_name_their_clause():
    found = [method for topic in methods.TOPICS for method in topic.methods]
    assert len(found) > 40
    for method in found:
        assert re.search("[\u4e00-\u9fff]", method.zh), method.name
        assert not re.search("[\u4e00-\u9fff]", method.en.replace("Ⅰ", "")), method.name
        assert method.basis, method.name
    assert len({method.name for method in found}) == len(found)


def test_a_docstring_without_its_paragraphs_is_refused():
    with pytest.raises(ValueError, match="no paragraph"):
        methods.described(("甲", "A"), inspect.getdoc)


@pytest.mark.parametrize(
    ("on", "pm25", "limit"),
    [(date(2021, 1, 1), "75", "35"), (date(2026, 3, 1), "60", "30"), (date(2031, 1, 1), "60", "25")],
)
def test_the_tables_are_those_of_the_day(on, pm25, limit):
    tables = {one.key: one for one in method_tables.tables_on(on)}
    columns = [zh for zh, _en in tables["breakpoints"].columns]
    hundred = next(row for row in tables["breakpoints"].rows if row[0] == "100")
    assert hundred[columns.index("PM2.5 24h")] == pm25
    assert next(row for row in tables["limits"].rows if row[:2] == ["PM2.5", "annual"])[3] == limit


def test_before_there_was_a_standard_there_is_no_table_of_it():
    assert "breakpoints" not in {one.key for one in method_tables.tables_on(date(2005, 1, 1))}
    assert {one.key for one in method_tables.tables_on(date(1990, 1, 1))} == {"validity", "decimals"}


def test_standards_are_named_in_the_version_in_force():
    names = "GB 3095-2012、HJ 633-2012、GB 3838-2002、GB/T 26424-2010"
    assert as_in_force(names, date(2021, 1, 1)) == names
    assert as_in_force(names, date(2026, 3, 1)) == "GB 3095-2026、HJ 633-2026、GB 3838-2002、GB/T 26424-2010"


def test_versions_of_a_day():
    def named(on):
        return {one.standard for one in versions_on(on)}

    assert {"GB 3095-2012", "HJ 633-2012"} <= named(date(2013, 5, 1))  # pilot cities
    assert "GB 3095-2012 amendment 1" not in named(date(2018, 8, 31))
    assert "GB 3095-2026 (final limits)" in named(date(2031, 1, 1))
    assert "HJ 633-2012" not in named(date(2026, 3, 1))


def test_every_row_of_the_tables_says_how_far_it_is_verified():
    for name in ("air_annual_metrics", "air_decimals", "air_quality_limits", "gb3097_seawater", "lake_tli"):
        assert all(row["verified"][0] in "ABCR" for row in table(name)), name
