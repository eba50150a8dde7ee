"""A page for which too much has to be judged first: a worker draws it, and who asks is told so meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.test import Client
from kombu.exceptions import OperationalError

from config import drawn_later
from config.tasks import draw_page
from goals.assessing import assess_targets
from goals.models import Assessment
from goals.selectors import approved_targets
from tests.config.test_kept_pages import _queries, _without_token

pytestmark = [pytest.mark.django_db, pytest.mark.services, pytest.mark.usefixtures("remembering")]

DAY = "/?as_of=2021-05-05"


@pytest.fixture(autouse=True)
def few(monkeypatch) -> None:
    """A reader does not wait for more than ten targets."""
    monkeypatch.setattr("goals.standings.MOST_AT_ONCE", 10)


@pytest.fixture
def told() -> Iterator[list[tuple[str, str, int]]]:
    """The pages that a worker was told to draw."""
    found: list[tuple[str, str, int]] = []
    with patch("config.drawn_later.current_app.send_task") as send:
        send.side_effect = lambda name, page: found.append(page) if name == draw_page.name else None
        yield found


def drawn_at_once(client: Client, path: str, **headers: str) -> bytes:
    """The page as it is drawn for whoever has time."""
    with patch("goals.standings.MOST_AT_ONCE", 1000):
        found: bytes = client.get(path, headers=headers).content
    cache.clear()
    return _without_token(found)


@pytest.mark.parametrize("path", [DAY, "/?as_of=2021-05-05&view=tiles", "/indicators/?as_of=2021-05-05&year=2021"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_who_asks_is_told_to_wait_and_gets_the_page_that_a_worker_drew(client_of, told, path, language):
    client = client_of("keshi")
    wanted = drawn_at_once(client, path, **{"accept-language": language})
    answer = client.get(path, headers={"accept-language": language})
    assert (answer.status_code, answer["Refresh"]) == (202, "1")
    says = "98 targets have to be judged first" if language == "en" else "要先评判98项目标"
    assert says in answer.content.decode()
    assert client.get(path, headers={"accept-language": language}).status_code == 202
    assert len(told) == 1  # not at every look
    draw_page(*told[0])
    answer = client.get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    assert "Refresh" not in answer
    assert _without_token(answer.content) == wanted
    assert _queries(client, path, **{"accept-language": language}) == (200, 2)


def test_what_is_judged_and_what_is_little_is_drawn_at_once(client_of, told):
    client = client_of("keshi")
    assert client.get(f"{DAY}&level=city&domain=soil").status_code == 200
    assert client.get("/indicators/pm25_mean/?as_of=2021-05-05").status_code == 200
    assess_targets(approved_targets(year=2021), date(2021, 5, 5))
    assert client.get(DAY).status_code == 200
    Assessment.objects.filter(target__register_id__startswith="HY").delete()
    assert client.get(DAY).status_code == 202


def test_without_a_worker_to_tell_it_is_drawn_for_who_asks(client_of):
    client = client_of("keshi")
    wanted = drawn_at_once(client, DAY)
    with patch("config.drawn_later.current_app.send_task", side_effect=OperationalError):
        answer = client.get(DAY)
    assert answer.status_code == 200
    assert _without_token(answer.content) == wanted
    assert _queries(client, DAY) == (200, 2)  # and kept
    assert client.get("/?as_of=2021-05-06").status_code == 202  # the next one is in a hurry again


def test_who_has_waited_long_enough_gets_it_at_once(client_of, told):
    client, began = client_of("keshi"), 1000.0
    for waited in range(0, drawn_later.PATIENCE_SECONDS + 1, 2):
        with patch("config.drawn_later.time.time", return_value=began + waited):
            assert client.get(DAY).status_code == 202
    with patch("config.drawn_later.time.time", return_value=began + waited + 1):
        assert client.get(DAY).status_code == 200


def test_a_press_in_a_page_leads_to_the_page_that_waits(client_of, told):
    client = client_of("keshi")
    answer = client.get(DAY, headers={"hx-request": "true", "hx-boosted": "true"})
    assert (answer.status_code, answer["HX-Redirect"], answer.content) == (202, DAY, b"")
    assert client.get(DAY).status_code == 202
    assert [page[:2] for page in told] == [(DAY, "zh-hans")]
    draw_page(*told[0])
    assert client.get(DAY).status_code == 200


def test_whoever_may_not_see_it_waits_for_nothing(told):
    assert Client().get(DAY).status_code == 302
    assert told == []
