"""Files that come by themselves: the watched folder, addresses, and the alarm when nothing comes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from indicators.models import AirHour, Source, Submission
from indicators.selectors import late_sources
from ingest import services, sources
from tests.ingest import files

pytestmark = pytest.mark.django_db


#: What a platform gave us to sign in with.
WORD = "geheim"


def put(root: Path, name: str, text: str, age_seconds: float = 60) -> Path:
    path = root / "in" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    then = time.time() - age_seconds
    os.utime(path, (then, then))
    return path


def test_finished_files_move_to_done_and_refused_ones_keep_their_findings_beside_them(tmp_path, stations):
    put(tmp_path, "china_sites_20210301.csv", files.national("20210301", range(1, 24)))
    put(tmp_path, "坏.csv", "姓名,电话\n甲,1\n")
    taken = sources.watch_folder(tmp_path)
    assert {submission.state for submission in taken} == {"accepted", "refused"}
    assert AirHour.objects.count() == 46
    assert sorted(path.name for path in (tmp_path / "done").iterdir()) == ["china_sites_20210301.csv"]
    assert sorted(path.name for path in (tmp_path / "refused").iterdir()) == ["坏.csv", "坏.csv.txt"]
    assert "没有见过" in (tmp_path / "refused" / "坏.csv.txt").read_text(encoding="utf-8")
    assert not list((tmp_path / "in").rglob("*"))
    assert not list((tmp_path / ".claimed").iterdir())


def test_half_written_files_are_left_alone(tmp_path, stations):
    put(tmp_path, "fresh.csv", files.national("20210301", [1]), age_seconds=2)
    put(tmp_path, "upload.csv.part", files.national("20210301", [2]))
    put(tmp_path, ".hidden.csv", files.national("20210301", [3]))
    assert sources.watch_folder(tmp_path) == []
    assert len(list((tmp_path / "in").iterdir())) == 3


def test_a_second_file_of_the_same_name_does_not_replace_the_first(tmp_path, stations):
    for pm25 in ("30", "31"):
        put(tmp_path, "a.csv", files.national("20210301", [1], {**files.PLAIN, "PM2.5": pm25}))
        sources.watch_folder(tmp_path)
    assert sorted(path.name for path in (tmp_path / "done").iterdir()) == ["a-2.csv", "a.csv"]


def test_what_a_killed_worker_had_claimed_comes_back_and_is_one_submission(tmp_path, stations):
    text = files.national("20210301", [1])
    services.receive_file("a.csv", text.encode(), via=Submission.Via.FOLDER)
    claim = tmp_path / ".claimed" / "dead"
    claim.mkdir(parents=True)
    (claim / "a.csv").write_text(text, encoding="utf-8")
    os.utime(claim / "a.csv", (time.time() - 7200,) * 2)
    assert sources.watch_folder(tmp_path, time.time()) == []
    os.utime(claim, (time.time() - 7200,) * 2)
    assert [submission.state for submission in sources.watch_folder(tmp_path)] == ["accepted"]
    assert Submission.objects.filter(name="a.csv").count() == 1


def test_a_folder_named_after_a_source_speaks_for_it(tmp_path, stations):
    source = Source.objects.create(
        code="station-room", title="站房", kind="folder", every_minutes=60, review="provisional"
    )
    put(tmp_path, "station-room/2021-03/a.csv", files.national("20210301", [1]))
    (submission,) = sources.watch_folder(tmp_path)
    assert (submission.source, submission.review, submission.name) == (
        source,
        "provisional",
        "station-room/2021-03/a.csv",
    )
    source.refresh_from_db()
    assert source.heard_at == submission.received_at


def test_a_source_that_misses_its_time_is_late_and_one_that_was_heard_is_not(client_of):
    now = timezone.now()
    source = Source.objects.create(code="a", title="省平台", kind="people", every_minutes=60, grace_minutes=30)
    assert late_sources(now) == []
    assert late_sources(now + timedelta(minutes=91)) == [source]
    Source.objects.filter(pk=source.pk).update(heard_at=now + timedelta(minutes=60))
    assert late_sources(now + timedelta(minutes=91)) == []
    Source.objects.filter(pk=source.pk).update(heard_at=now - timedelta(days=1))
    client = client_of("keshi")
    assert "数据来源逾期未到" in client.get("/").content.decode()
    assert "逾期" in client.get("/data/coverage/").content.decode()
    Source.objects.filter(pk=source.pk).update(active=False)
    assert late_sources(now + timedelta(days=9)) == []


# ---- addresses -------------------------------------------------------------------------------------------------------


class _Server(BaseHTTPRequestHandler):
    """Answers from a list of (status, body), then 304 to whoever knows the tag; keeps what it was asked."""

    answers: ClassVar[list[tuple[int, bytes]]] = []
    asked: ClassVar[list[tuple[str, dict[str, str]]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, dict(self.headers)))
        status, body = (304, b"") if self.headers.get("If-None-Match") == '"v1"' else self.answers.pop(0)
        self.send_response(status)
        self.send_header("ETag", '"v1"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    _Server.answers, _Server.asked = [], []
    server = HTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def http_source(address: str, **more: object) -> Source:
    return Source.objects.create(
        code="platform", title="省平台", kind="http", address=f"{address}/a_{{%Y%m%d}}.csv", every_minutes=60, **more
    )


def test_an_address_is_asked_with_its_secret_and_not_again_for_what_is_unchanged(address, stations):
    source = http_source(address, secret=WORD, review="provisional")
    _Server.answers = [(200, files.national("20210301", [1]).encode())]
    (pk,) = sources.fetch_source(source.pk)
    assert services.load_submission(pk).rows_stored == 2
    assert sources.fetch_source(source.pk) == []
    (path, first), (_path, second) = _Server.asked
    assert path == f"/a_{timezone.localtime():%Y%m%d}.csv"
    assert first["Authorization"] == f"Bearer {WORD}"
    assert second["If-None-Match"] == '"v1"'
    source.refresh_from_db()
    assert (source.failure, source.submissions.count()) == ("", 1)


def test_a_source_that_stumbles_is_asked_again_and_one_that_fails_raises_the_alarm(address, stations):
    source = http_source(address)
    _Server.answers = [(503, b""), (200, files.national("20210301", [1]).encode())]
    assert len(sources.fetch_source(source.pk)) == 1
    Source.objects.filter(pk=source.pk).update(etag="")
    _Server.answers = [(404, b"")]
    assert sources.fetch_source(source.pk) == []
    source.refresh_from_db()
    assert "404" in source.failure
    assert late_sources(timezone.now()) == [source]


def test_a_secret_stands_encrypted_in_the_database(address, settings):
    source = http_source(address, secret=WORD)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM indicators_source")
        (kept,) = cursor.fetchone()
    assert WORD not in kept
    source.refresh_from_db()
    assert source.secret == WORD
    settings.SECRET_KEY = WORD * 3
    source.refresh_from_db()
    assert source.secret == ""


def test_admin_never_shows_a_secret_and_keeps_the_schedule_in_step(client_of, address):
    client = client_of("admin")
    fields = {
        "code": "platform", "title": "省平台", "kind": "http", "address": f"{address}/x.csv", "login": "",
        "secret": WORD, "reader": "", "review": "", "every_minutes": "15", "grace_minutes": "5", "active": "on",
    }  # fmt: skip
    client.post("/admin/indicators/source/add/", fields)
    source = Source.objects.get()
    task = PeriodicTask.objects.get(name="fetch platform")
    assert (task.task, task.interval.every, task.args) == ("ingest.fetch_source", 15, f"[{source.pk}]")
    page = client.get(f"/admin/indicators/source/{source.pk}/change/").content.decode()
    assert WORD not in page
    client.post(f"/admin/indicators/source/{source.pk}/change/", {**fields, "secret": "", "active": ""})
    source.refresh_from_db()
    assert (source.secret, source.active) == (WORD, False)
    assert not PeriodicTask.objects.filter(name="fetch platform").exists()
