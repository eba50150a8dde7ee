"""A process reads what its pages have in common before it answers."""

from __future__ import annotations

import logging
import os
import runpy
import subprocess
import sys
from datetime import date, timedelta
from inspect import signature

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse

from config import warming
from config.data_version import table_versions
from config.pages_ahead import OF_THE_FRAME
from config.warming import warm_up
from goals import rolls, standings
from goals.history import states_within
from goals.models import SiteSetting
from memory.tables import MEMORIES, Remembered, known_versions
from tests.config.test_kept_pages import _queries
from tests.conftest import ROOT
from tests.goals.cast import year_of_days

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("remembering")]
DAY = date(2021, 9, 30)
PAGES = (
    "/",
    "/?as_of=2021-09-23",
    "/regions/450000/",
    "/targets/GX-08/",
    "/targets/GX-01/",
    "/tasks/",
    "/search/?q=gx",
)


@pytest.fixture(autouse=True)
def _evidence() -> None:
    SiteSetting.objects.create(pk=1, shown_date=DAY)
    year_of_days("450000", 2021, DAY, level=30)


def forget() -> None:
    for memory in MEMORIES:
        memory.forget()


def asked(client, path: str) -> int:
    """The queries of a page that is not kept."""
    cache.clear()
    status, queries = _queries(client, path)
    assert status == 200
    return queries


def test_what_takes_no_choice_is_known(django_assert_num_queries):
    plain = [one for one in MEMORIES if isinstance(one, Remembered) and not signature(one.read).parameters]
    assert len(plain) > 10
    forget()
    warm_up()
    with known_versions(table_versions()), django_assert_num_queries(0):
        for memory in plain:
            memory()


def test_the_first_page_of_a_process_takes_ten_queries_at_most_and_less_than_without(client_of):
    client = client_of("keshi")
    asked(client, "/")  # what a reader may do is known of them
    for path in PAGES:
        forget()
        without = asked(client, path)
        forget()
        assert warm_up() > len(OF_THE_FRAME)
        assert asked(client, path) <= min(10, without - 1), path


def test_the_states_of_the_last_months_are_known(django_assert_num_queries):
    forget()
    warm_up()
    with known_versions(table_versions()), django_assert_num_queries(0):
        for back in (0, 20, 60, 85):
            states_within(DAY - timedelta(days=back + 7), DAY - timedelta(days=back))


def test_a_page_that_cannot_be_drawn_holds_up_no_other(monkeypatch, caplog):
    every, plain = warm_up(), warming._draw

    def draw(request: HttpRequest) -> HttpResponse:
        if request.path == "/":
            raise ValueError("of the overview")
        return plain(request)

    monkeypatch.setattr(warming, "_draw", draw)
    assert warm_up() == every - 3  # of three days
    assert "of the overview" in caplog.text


def test_what_a_worker_would_have_to_judge_first_is_not_judged(monkeypatch, caplog):
    every = warm_up()
    monkeypatch.setattr(standings, "MOST_AT_ONCE", 0)
    with caplog.at_level(logging.WARNING):
        assert 0 < warm_up() < every
    assert caplog.text == ""


def test_without_a_database_the_process_answers_all_the_same(monkeypatch, caplog):
    def nothing() -> None:
        raise OperationalError("no database")

    monkeypatch.setattr(warming, "table_versions", nothing)
    assert warm_up() == 0
    assert "does not answer" in caplog.text


def test_nobody_waits_longer_than_that(monkeypatch):
    monkeypatch.setattr(warming, "SECONDS", -1)
    assert warm_up() == 0


def test_gunicorn_lets_a_process_warm_up_before_it_answers(django_assert_num_queries):
    forget()
    runpy.run_path(str(ROOT / "gunicorn.conf.py"))["post_worker_init"](object())
    with known_versions(table_versions()), django_assert_num_queries(0):
        rolls.roll_of_year(2021)


def test_gunicorn_reads_its_settings_before_the_application_is_there(tmp_path):
    environment = {**os.environ, "SECRET_KEY": "x", "ALLOWED_HOSTS": "localhost", "DABIAO_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "gunicorn", "--check-config", "config.wsgi"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
