"""A worker draws anew what somebody looked at lately, once the data have changed, as its reader would get it."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config import pages_ahead
from config.kept_pages import KEPT, MOST_LOOKS, looks
from config.pages_ahead import draw_ahead
from goals.models import Target
from indicators.models import Source, Submission
from provinces.models import Site
from tests.config.test_kept_pages import _queries, _without_token

pytestmark = [pytest.mark.django_db, pytest.mark.services]

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
    draw = pages_ahead._draw

    def and_more_comes_in(look: object) -> bool:
        something_changes()
        return draw(look)

    with patch("config.pages_ahead._draw", side_effect=and_more_comes_in):
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
    with patch("config.pages_ahead._draw_all", side_effect=lambda _done: draw_ahead()):
        assert draw_ahead() == 0
    assert draw_ahead() == 1
