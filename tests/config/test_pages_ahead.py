"""A worker draws anew what somebody looked at lately, once the data have changed, as its reader would get it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from unittest.mock import patch

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils import timezone

from config import pages_ahead
from config.kept_pages import KEPT, MOST_LOOKS, looks
from config.pages_ahead import draw_ahead
from goals.models import SiteSetting, Target, Task
from indicators.models import Source, Submission
from provinces.models import Site
from tests.config.test_kept_pages import _queries, _without_token

pytestmark = [pytest.mark.django_db, pytest.mark.services, pytest.mark.usefixtures("remembering")]

PAGES = (
    "/?year=2021",
    "/regions/450000/?year=2021",
    "/targets/GX-08/",
    "/targets/GX-08/?as_of=2021-09-30",
    "/compare/?what=%E5%B9%BF%E8%A5%BF",
    "/tasks/?year=2021",
)


def something_changes() -> None:
    """A change that no page shows."""
    Target.objects.filter(register_id="GX-08").update(updated_at=timezone.now())


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("role", ["keshi", "lingdao", "admin"])
def test_after_a_change_what_was_looked_at_is_there_before_it_is_asked_for(client_of, role, language):
    client = client_of(role)
    for path in PAGES:
        assert client.get(path, headers={"accept-language": language}).status_code == 200
    something_changes()
    assert draw_ahead() == len(PAGES)
    ahead = {}
    for path in PAGES:
        assert _queries(client, path, **{"accept-language": language}) == (200, 2)
        ahead[path] = client.get(path, headers={"accept-language": language}).content
    something_changes()  # none of them is there any more
    for path in PAGES:
        asked_for = client.get(path, headers={"accept-language": language}).content
        assert _without_token(asked_for) == _without_token(ahead[path])


#: An address of every kept page, by its name; a search is not drawn ahead.
ADDRESSES = {
    "overview": "/?year=2021",
    "regions": "/regions/",
    "region": "/regions/450000/?year=2021",
    "target": "/targets/GX-10/",
    "allocations": "/targets/GX-08/cities/",
    "indicators": "/indicators/",
    "indicator": "/indicators/pm25_mean/",
    "sites": "/sites/",
    "site": "/sites/{site}/",
    "compare": "/compare/",
    "tasks": "/tasks/",
    "task": "/tasks/DL-T04/",
    "timeline": "/timeline/",
    "forecasts": "/forecasts/",
    "methods": "/methods/",
    "plans": "/plans/",
    "plan_text": "/plans/450000/2021/",
    "next_year": "/plans/450000/2021/next/",
    "submissions": "/data/",
    "submission": "/data/{submission}/",
    "coverage": "/data/coverage/",
    "reports": "/reports/",
}


def test_every_kept_page_is_drawn_ahead_as_its_reader_would_get_it(client_of):
    assert set(ADDRESSES) == KEPT - {"search"}
    site = Site.objects.create(name="甲站", kind="air_station", region_id="450100", code="T001A")
    submission = Submission.objects.create(sha256="c" * 64, name="d.csv", size=1, received_at=timezone.now())
    client = client_of("admin")
    paths = [path.format(site=site.pk, submission=submission.pk) for path in ADDRESSES.values()]
    asked_for = {path: client.get(path) for path in paths}
    assert {path: answer.status_code for path, answer in asked_for.items()} == dict.fromkeys(paths, 200)
    something_changes()
    assert draw_ahead() == len(paths)
    for path in paths:
        with CaptureQueriesContext(connection) as asked:
            ahead = client.get(path)
        assert len(asked) == 2, path
        assert _without_token(ahead.content) == _without_token(asked_for[path].content), path


def test_while_nothing_changes_nothing_is_drawn(client_of, django_assert_max_num_queries):
    client_of("keshi").get("/?year=2021")
    assert draw_ahead() == 0  # it is there
    with django_assert_max_num_queries(1):
        assert draw_ahead() == 0
    something_changes()
    assert draw_ahead() == 1
    assert draw_ahead() == 0


def test_a_new_day_and_a_late_source_make_pages_old_too(client_of, monkeypatch):
    Source.objects.create(code="x", title="空气小时值", every_minutes=60, grace_minutes=0, heard_at=timezone.now())
    client = client_of("keshi")
    client.get("/?year=2021")
    assert draw_ahead() == 0  # all is there
    for later in (timedelta(hours=3), timedelta(days=1)):
        now = timezone.now() + later
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        assert draw_ahead() == 1
        assert _queries(client, "/?year=2021") == (200, 2)


def test_who_may_no_longer_see_a_page_does_not_get_it_drawn(client_of):
    client, other = client_of("keshi"), client_of("lingdao")
    client.get("/targets/GX-08/")
    other.get("/targets/GX-08/")
    Group.objects.get(name="业务科室").permissions.clear()
    User.objects.filter(username="lingdao").update(is_active=False)
    assert draw_ahead() == 0
    assert client.get("/targets/GX-08/").status_code == 403
    assert other.get("/targets/GX-08/").status_code == 302


def test_a_page_that_is_gone_is_none(client_of):
    client_of("keshi").get("/targets/GX-08/")
    Target.objects.filter(register_id="GX-08").update(register_id="GX-88")
    assert draw_ahead() == 0


def test_a_change_meanwhile_ends_the_turn_and_the_next_one_draws_all(client_of):
    client = client_of("keshi")
    for path in PAGES:
        client.get(path)
    something_changes()
    draw = pages_ahead.draw

    def and_more_comes_in(look: object) -> bool:
        something_changes()
        return draw(look)

    with patch("config.pages_ahead.draw", side_effect=and_more_comes_in):
        assert draw_ahead() == 1
    assert draw_ahead() == len(PAGES) - 1  # the first was drawn after that change
    assert _queries(client, PAGES[0]) == (200, 2)


def test_a_turn_is_short_and_the_next_one_goes_on(client_of, monkeypatch):
    client = client_of("keshi")
    for path in PAGES:
        client.get(path)
    something_changes()
    monkeypatch.setattr(pages_ahead, "_SECONDS_A_TURN", -1)
    assert draw_ahead() == 0
    monkeypatch.setattr(pages_ahead, "_SECONDS_A_TURN", 60)
    assert draw_ahead() == len(PAGES)


def test_a_page_that_cannot_be_drawn_holds_up_no_other(client_of):
    client = client_of("keshi")
    for path in ("/?year=2021", "/targets/GX-08/"):
        client.get(path)
    something_changes()
    with patch("goals.views.target_page", side_effect=ArithmeticError), pytest.raises(ArithmeticError):
        draw_ahead()
    assert draw_ahead() == 1
    assert [look.path for look in looks()] == ["/?year=2021"]


def test_only_so_many_looks_are_remembered_and_no_search_or_part_of_a_page(client_of):
    client = client_of("shuju")
    client.get("/search/?q=gx")
    client.get("/data/", headers={"HX-Request": "true"})
    assert looks() == []
    for number in range(MOST_LOOKS + 5):
        client.get(f"/data/?n={number}")
    client.get("/data/?n=7")
    assert len(looks()) == MOST_LOOKS
    assert looks()[0].path == "/data/?n=5"
    assert looks()[-1].path == f"/data/?n={MOST_LOOKS + 4}"


def test_two_workers_do_not_draw_the_same(client_of):
    client_of("keshi").get("/?year=2021")
    something_changes()
    with patch("config.pages_ahead._draw_all", side_effect=draw_ahead):
        assert draw_ahead() == 0
    assert draw_ahead() == 1


# ---- pages that nobody asked for -----------------------------------------------------------------------------------


@pytest.fixture
def quiet(monkeypatch) -> None:
    """Nothing has changed for a while, and nobody asks."""
    monkeypatch.setattr(pages_ahead, "_QUIET_SECONDS", 0)
    monkeypatch.setattr(pages_ahead, "asked_lately", lambda: False)
    monkeypatch.setattr(pages_ahead, "_SECONDS_A_TURN", 600)


def links_of(content: bytes) -> set[str]:
    """The addresses of pages that a page leads to, without choices."""
    found = re.findall(rb'href="(/(?!admin/|static/|sign-)[^"?#]*)"', content)
    return {address.decode() for address in found}


def colleague_of(name: str) -> Client:
    """A signed-in browser of another one with the same rights."""
    colleague = User.objects.create_user(f"colleague of {name}")
    colleague.groups.set(User.objects.get(username=name).groups.all())
    client = Client()
    client.force_login(colleague, backend="config.backends.RememberingBackend")
    return client


def test_when_all_is_quiet_every_page_that_is_reached_without_a_choice_is_there(
    client_of, quiet, django_assert_max_num_queries
):
    SiteSetting.objects.create(pk=1, shown_date=date(2021, 9, 30))
    Site.objects.create(name="甲站", kind="air_station", region_id="450100", code="T001A")
    client = client_of("lingdao")
    client.get("/methods/")
    assert draw_ahead() == 0  # that one is there
    drawn = draw_ahead()
    assert drawn > Target.objects.filter(plan__year=2021, status="approved").count() + Task.objects.count()
    seen, waiting = set(), {"/"}
    while waiting:
        path = waiting.pop()
        seen.add(path)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        if answer.status_code == 200 and resolve(path).url_name in KEPT - {"search", "submission"}:
            assert len(asked) == 2, path
            waiting |= links_of(answer.content) - seen
    reached = {resolve(path).url_name for path in seen}
    assert reached >= KEPT - {"search", "submission", "allocations", "next_year"}  # these need a right or days
    for path in ("/", "/regions/450000/"):
        before = re.search(r'id="f-before" href="([^"]*)"', client.get(path).content.decode())
        assert _queries(client, path + before[1]) == (200, 2)
    month = [date(2021, 9, 30) - timedelta(days=n) for n in range(1, 32)]
    assert {_queries(client, f"/?as_of={day}") for day in month} == {(200, 2)}
    assert _queries(client, f"/?as_of={month[-1] - timedelta(days=1)}")[1] > 2
    with patch("goals.views.overview_page", side_effect=AssertionError):  # nobody draws it now
        for path in choices_of(client.get("/").content.decode()):
            assert client.get(path).status_code == 200
    with django_assert_max_num_queries(1):
        assert draw_ahead() == 0


def choices_of(page: str) -> list[str]:
    """What the overview's form asks for when a level or a domain is chosen, and nothing else: fields without a value
    are left out."""
    form = re.search(r'<form class="filters".*?</form>', page, re.DOTALL)[0]
    year = re.search(r'name="year".*?<option selected>(\d+)', form, re.DOTALL)[1]
    day = re.search(r'name="as_of" id="f-as-of" value="([^"]*)"', form)[1]
    found = []
    for name in ("level", "domain"):
        options = re.search(rf'<select name="{name}".*?</select>', form, re.DOTALL)[0]
        values = re.findall(r'<option value="([^"]+)"', options)
        assert len(values) > 1
        found += [f"/?year={year}&{name}={value}&as_of={day}" for value in values]
    return found


def test_the_further_pages_of_a_list_of_regions_are_there(client_of, quiet, monkeypatch):
    for name, most in (("MOST_ROWS", 2), ("PLANS_A_PAGE", 2)):
        monkeypatch.setattr(pages_ahead, name, most)
    monkeypatch.setattr("goals.dashboard.overview.MOST_ROWS", 2)
    monkeypatch.setattr("goals.views.PLANS_A_PAGE", 2)
    SiteSetting.objects.create(pk=1, shown_date=date(2021, 9, 30))
    client = client_of("keshi")
    client.get("/methods/")
    draw_ahead()
    draw_ahead()
    nobody = {"side_effect": AssertionError}  # draws them now
    with patch("goals.views.overview_page", **nobody), patch("goals.explore_views.overview", **nobody):
        assert [pages_after(client, path) for path in ("/", "/regions/", "/timeline/")] == [3, 3, 3]  # five plans


def pages_after(client: Client, path: str) -> int:
    """How many pages a list has, going from one to the next."""
    link, seen = "", set()
    while link not in seen:
        seen.add(link)
        with CaptureQueriesContext(connection) as asked:
            page = client.get(path + link).content.decode()
        assert len(asked) == 2, path + link
        link = "".join(re.findall(r'<a href="(\?page=\d)">下一页', page)) or link
    return len(seen)


def test_pages_that_nobody_asked_for_wait_until_nothing_changes_and_nobody_asks(client_of, monkeypatch):
    client_of("keshi").get("/methods/")
    monkeypatch.setattr(pages_ahead, "_MOST_UNASKED", 2)
    assert [draw_ahead(), draw_ahead()] == [0, 0]  # something changed just now
    monkeypatch.setattr(pages_ahead, "_QUIET_SECONDS", 0)
    assert draw_ahead() == 0  # somebody asked just now
    monkeypatch.setattr(pages_ahead, "asked_lately", lambda: False)
    assert draw_ahead() == 2
    something_changes()
    assert draw_ahead() == 1  # what was looked at goes first
    assert draw_ahead() == 2


def test_pages_that_nobody_asked_for_go_with_the_version_that_they_show(client_of, quiet, monkeypatch):
    monkeypatch.setattr(pages_ahead, "_MOST_UNASKED", 3)
    client_of("keshi").get("/methods/")
    draw_ahead()
    assert draw_ahead() == 3
    old = cache.get(pages_ahead._named("drawn")).unasked
    assert len(old) == 3
    assert all(cache.has_key(key) for key in old)
    something_changes()
    draw_ahead()
    assert not any(cache.has_key(key) for key in old)


def test_readers_who_may_do_the_same_share_them_and_others_get_their_own(client_of, quiet, monkeypatch):
    monkeypatch.setattr(pages_ahead, "_MOST_UNASKED", 1)  # the overview
    first, other = client_of("keshi"), client_of("lingdao")
    same = colleague_of("keshi")
    for client, language in ((first, "zh-CN"), (same, "zh-CN"), (other, "zh-CN"), (other, "en")):
        client.get("/methods/", headers={"accept-language": language})
    draw_ahead()
    assert draw_ahead() == 3
    for client, language in ((first, "zh-CN"), (same, "zh-CN"), (other, "zh-CN"), (other, "en")):
        assert _queries(client, "/", **{"accept-language": language}) == (200, 2)
    assert [look.path for look in looks()].count("/") == 0
    first.get("/", headers={"accept-language": "en"})  # nobody who may do the same reads English
    assert [look.language for look in looks() if look.path == "/"] == ["en"]


def test_the_kinds_of_readers_who_looked_last_come_first_and_only_so_many(client_of, quiet, monkeypatch):
    monkeypatch.setattr(pages_ahead, "_MOST_UNASKED", 1)  # the overview
    leader, first = client_of("lingdao"), client_of("keshi")
    same = colleague_of("keshi")
    client_of("shuju").get("/methods/")
    for client, path in ((leader, "/methods/"), (first, "/methods/"), (same, "/plans/")):
        client.get(path)
    monkeypatch.setattr(pages_ahead, "_MOST_KINDS", 2)
    draw_ahead()
    assert draw_ahead() == 2
    assert [_queries(client, "/") for client in (leader, first, same)] == [(200, 2)] * 3  # the third kind has none


def test_one_that_cannot_be_drawn_does_not_hold_up_the_others(client_of, quiet, monkeypatch):
    monkeypatch.setattr(pages_ahead, "_MOST_UNASKED", 5)
    client_of("keshi").get("/methods/")
    draw_ahead()
    with patch("goals.explore_views.overview", side_effect=ArithmeticError) as broken:
        with pytest.raises(ArithmeticError):
            draw_ahead()
        assert draw_ahead() == 3
        assert draw_ahead() == 0
        assert broken.call_count == 1


def test_none_of_them_is_looked_at_twice(client_of, quiet, monkeypatch):
    monkeypatch.setattr(pages_ahead, "_MOST_UNASKED", 7)
    client_of("keshi").get("/methods/")
    draw_ahead()
    turns = iter([False, False, True] * 9)
    monkeypatch.setattr(pages_ahead, "asked_lately", lambda: next(turns))
    with patch("config.pages_ahead.draw", wraps=pages_ahead.draw) as draw:
        assert [draw_ahead() for _turn in range(5)] == [2, 2, 2, 1, 0]
        assert draw.call_count == 7


def test_a_long_round_of_them_goes_on_with_the_next_turn(client_of, quiet, monkeypatch):
    monkeypatch.setattr(pages_ahead, "_MOST_UNASKED", 4)
    client_of("keshi").get("/methods/")
    draw_ahead()
    monkeypatch.setattr(pages_ahead, "_SECONDS_A_TURN", -1)
    assert draw_ahead() == 0
    monkeypatch.setattr(pages_ahead, "_SECONDS_A_TURN", 600)
    assert draw_ahead() == 4
