"""Files that come by themselves: from the watched folder, and fetched on a schedule from an address.

The watched folder has three rooms: `in` (others write here), `done` and `refused` (with the findings beside the file).
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import requests
from django.conf import settings
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from evaluation.calendar import SHANGHAI
from indicators.models import Source, Submission
from ingest.folders import find_files, opened
from ingest.messages import sentence
from ingest.services import TooLargeError, load_submission, receive_file

#: A file that changed less long ago may still be written; writers who rename into `in` need not wait for anything.
SETTLE_SECONDS = 10
#: What a worker took up and has not finished for so long was dropped by it.
ABANDONED = timedelta(minutes=30)
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", "~")

FETCH_TASK = "ingest.fetch_source"


# ---- the watched folder ----------------------------------------------------------------------------------------------


def watch_folder(root: Path, now: float | None = None) -> list[Submission]:
    """Take in every finished file of `root`/in, load it, and move it to `done` or `refused`; returns the submissions.

    A file is claimed by a rename, so that two workers never read the same one. What a killed worker had claimed goes
    back to `in` after half an hour; its bytes are one submission however often they come.
    """
    now = time.time() if now is None else now
    entrance, claimed = root / "in", root / ".claimed"
    for folder in (entrance, claimed, root / "done", root / "refused"):
        folder.mkdir(parents=True, exist_ok=True)
    _give_back(claimed, entrance, now)
    waiting = [path for path in find_files([entrance]) if _is_finished(path, now)]
    return [found for path in waiting for found in _take(path, root, path.relative_to(entrance.resolve()))]


def _is_finished(path: Path, now: float) -> bool:
    if path.name.endswith(_UNFINISHED):
        return False
    try:
        return now - path.stat().st_mtime >= SETTLE_SECONDS
    except FileNotFoundError:
        return False


def _take(path: Path, root: Path, name: Path) -> Iterator[Submission]:
    mine = root / ".claimed" / uuid4().hex / name
    mine.parent.mkdir(parents=True)
    try:
        path.rename(mine)
    except FileNotFoundError:
        return  # another worker was quicker
    source = Source.objects.filter(kind=Source.Kind.FOLDER, code=name.parts[0]).first() if len(name.parts) > 1 else None
    found = []
    for file in opened(name.as_posix(), mine.read_bytes()):
        try:
            received = receive_file(
                file.name,
                file.data,
                via=Submission.Via.FOLDER,
                wanted_reader=source.reader if source else "",
                review=source.review if source else Submission.Review.UNSTATED,
                source=source,
            )
        except TooLargeError:
            _put(
                mine,
                root / "refused" / name,
                [sentence("too_large", "", {"limit_mb": settings.SUBMISSION_MAX_BYTES >> 20})],
            )
            return
        found.append(load_submission(received.submission.pk))
    accepted = all(submission.state == Submission.State.ACCEPTED for submission in found)
    says = [
        f"{submission.name}\t{finding.row or ''}\t{finding.column}\t"
        + sentence(finding.code, finding.original, finding.details, finding.column)
        for submission in found
        for finding in submission.findings.all()
    ]
    _put(mine, root / ("done" if accepted else "refused") / name, says)
    shutil.rmtree(root / ".claimed" / mine.relative_to(root / ".claimed").parts[0])
    yield from found


def _put(file: Path, wanted: Path, says: list[str]) -> None:
    """Move a file to its place, under another name where one of that name lies; findings go beside it as text."""
    place, number = wanted, 1
    while place.exists():
        number += 1
        place = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
    place.parent.mkdir(parents=True, exist_ok=True)
    file.rename(place)
    if says:
        place.with_name(place.name + ".txt").write_text("\n".join(says) + "\n", encoding="utf-8")


def _give_back(claimed: Path, entrance: Path, now: float) -> None:
    for claim in claimed.iterdir():
        if now - claim.stat().st_mtime > ABANDONED.total_seconds():
            for path in [path for path in claim.rglob("*") if path.is_file()]:
                place = entrance / path.relative_to(claim)
                place.parent.mkdir(parents=True, exist_ok=True)
                path.rename(place)
            shutil.rmtree(claim)


# ---- addresses -------------------------------------------------------------------------------------------------------


def schedule_source(source: Source) -> None:
    """Bring the beat schedule in step with a source: asked every so many minutes while it is active."""
    name = f"fetch {source.code}"
    if source.kind != Source.Kind.HTTP or not source.active:
        PeriodicTask.objects.filter(name=name).delete()
        return
    every, _created = IntervalSchedule.objects.get_or_create(every=source.every_minutes, period="minutes")
    PeriodicTask.objects.update_or_create(
        name=name, defaults={"task": FETCH_TASK, "interval": every, "args": json.dumps([source.pk]), "enabled": True}
    )


def fetch_source(source_id: int) -> list[int]:
    """Ask a source's address, unless nothing has changed there; returns the submissions that still have to be loaded.

    A failure is noted on the source in words, and raises the alarm; the next turn tries again.
    """
    source = Source.objects.get(pk=source_id)
    now = timezone.now()
    try:
        fetched = _ask(source, now)
    except (requests.RequestException, TooLargeError) as error:
        Source.objects.filter(pk=source.pk).update(asked_at=now, failure=f"{type(error).__name__}: {error}"[:300])
        return []
    Source.objects.filter(pk=source.pk).update(asked_at=now, failure="")
    if fetched.data is None:
        return []
    found = []
    for file in opened(_name(fetched.url), fetched.data):
        received = receive_file(
            file.name,
            file.data,
            via=Submission.Via.SOURCE,
            wanted_reader=source.reader,
            review=source.review,
            source=source,
        )
        if not received.duplicate:
            found.append(received.submission.pk)
    # Noted after the receipt: a crash in between asks for the same bytes again, which are one submission.
    Source.objects.filter(pk=source.pk).update(etag=fetched.etag[:200], last_modified=fetched.last_modified[:80])
    return found


@dataclass(frozen=True)
class _Fetched:
    """What an address answered; no data where nothing has changed."""

    url: str
    data: bytes | None
    etag: str
    last_modified: str


def _ask(source: Source, now: datetime) -> _Fetched:
    """Three more tries, each a little later than the last and not all sources at once."""
    retry = Retry(
        total=3, backoff_factor=1, backoff_jitter=1, status_forcelist=(429, 500, 502, 503, 504), raise_on_status=False
    )
    with requests.Session() as session:
        session.max_redirects = 5
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(max_retries=retry))
        answer = session.get(
            _address(source.address, now),
            headers=_headers(source),
            auth=(source.login, source.secret) if source.login else None,
            timeout=(5, 60),
            stream=True,
        )
        answer.raise_for_status()
        data = None if answer.status_code == requests.codes.not_modified else _body(answer)
        return _Fetched(answer.url, data, answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""))


def _headers(source: Source) -> dict[str, str]:
    headers = {"User-Agent": "dabiao"}
    if source.etag:
        headers["If-None-Match"] = source.etag
    if source.last_modified:
        headers["If-Modified-Since"] = source.last_modified
    if source.secret and not source.login:
        headers["Authorization"] = f"Bearer {source.secret}"
    return headers


def _body(answer: requests.Response) -> bytes:
    """At most as much as a submission may have."""
    parts, size = [], 0
    for part in answer.iter_content(1 << 16):
        parts.append(part)
        size += len(part)
        if size > settings.SUBMISSION_MAX_BYTES:
            raise TooLargeError(answer.url)
    return b"".join(parts)


def _address(pattern: str, now: datetime) -> str:
    return re.sub(r"\{([^{}]*)\}", lambda found: now.astimezone(SHANGHAI).strftime(found[1]), pattern)


def _name(url: str) -> str:
    return unquote(urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1]) or "fetched"
