"""The work in the background: enqueued after the commit, swept up when it was lost, done by a real worker."""

from __future__ import annotations

import time
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from indicators.models import AirDay, AirHour, DirtyAirDay, Submission
from indicators.services import load_indicators
from ingest import services, tasks
from provinces.services import load_regions
from tests.ingest import files


def handed_in(name: str, text: str) -> Submission:
    return services.receive_file(name, text.encode(), via=Submission.Via.UPLOAD).submission


@pytest.mark.django_db
def test_an_upload_is_kept_first_and_read_after_the_commit(client_of, django_capture_on_commit_callbacks):
    client = client_of("shuju")
    with patch("ingest.tasks.load_submission.delay") as delay:
        with django_capture_on_commit_callbacks(execute=True):
            file = SimpleUploadedFile("stations.csv", files.REGISTER.encode())
            client.post("/data/upload/", {"documents": [file], "reader": ""})
        received = Submission.objects.get()
        delay.assert_called_once_with(received.pk)
    assert (received.state, received.via, received.received_by.username) == ("received", "upload", "shuju")
    assert services.load_submission(received.pk).state == "accepted"


@pytest.mark.django_db
def test_an_upload_that_is_too_large_or_missing_is_refused_in_words(client_of, settings):
    client = client_of("shuju")
    settings.SUBMISSION_MAX_BYTES = 10
    file = SimpleUploadedFile("stations.csv", files.REGISTER.encode())
    answer = client.post("/data/upload/", {"documents": [file], "reader": ""}, follow=True)
    assert "请按月或按日拆开" in answer.content.decode()
    assert not Submission.objects.exists()
    assert client.post("/data/upload/", {"reader": ""}, follow=True).status_code == 200


@pytest.mark.django_db
@pytest.mark.services
def test_a_task_delivered_twice_stores_once(django_capture_on_commit_callbacks):
    services.load_submission(handed_in("stations.csv", files.REGISTER).pk)
    submission = handed_in("china_sites_20210301.csv", files.national("20210301", range(1, 24)))
    with patch("ingest.tasks.finish_loads.delay", tasks.finish_loads):
        for _ in range(2):
            tasks.load_submission(submission.pk)
    assert AirHour.objects.count() == 46
    assert AirDay.objects.count() == 1
    assert not DirtyAirDay.objects.exists()


@pytest.mark.django_db
def test_the_sweep_takes_up_what_a_broken_broker_left_lying():
    lying = handed_in("stations.csv", files.REGISTER)
    Submission.objects.filter(pk=lying.pk).update(received_at=timezone.now() - timedelta(minutes=5))
    fresh = handed_in("stations2.csv", files.REGISTER.replace("T00", "T01"))
    with patch("ingest.tasks.load_submission.delay") as delay, patch("ingest.tasks.finish_loads.delay"):
        tasks.sweep()
    delay.assert_called_once_with(lying.pk)
    assert fresh.pk != lying.pk


@pytest.mark.django_db
def test_a_file_that_fails_half_way_leaves_nothing_behind():
    services.load_submission(handed_in("stations.csv", files.REGISTER).pk)
    submission = handed_in("china_sites_20210301.csv", files.national("20210301", range(1, 24)))
    power_cut = patch("indicators.observation_services.record_extents", side_effect=RuntimeError("the power went"))
    with power_cut, pytest.raises(RuntimeError):
        services.load_submission(submission.pk)
    assert AirHour.objects.count() == 0
    assert services.load_submission(submission.pk).rows_stored == 46


@pytest.mark.needs_services
@pytest.mark.django_db(transaction=True)
def test_a_worker_on_redis_and_postgresql_reads_an_upload_to_its_city_day():
    from celery.contrib.testing.worker import start_worker
    from django.db import connection, transaction

    from config.celery import app

    assert connection.vendor == "postgresql"
    assert app.conf.broker_url.startswith("redis://")
    load_regions()
    load_indicators()
    services.load_submission(handed_in("stations.csv", files.REGISTER).pk)
    app.control.purge()
    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="ERROR"):
        for name, text in (
            ("china_sites_20210301.csv", files.national("20210301", range(1, 24))),
            ("china_sites_20210302.csv", files.national("20210302", [0])),
        ):
            with transaction.atomic():
                submission = handed_in(name, text)
                transaction.on_commit(lambda pk=submission.pk: tasks.load_submission.delay(pk))
        for _ in range(150):
            day = AirDay.objects.filter(region="430400").first()
            if day is not None and day.hours_valid == 48:
                break
            time.sleep(0.1)
    assert (day.aqi, day.hours_valid) == (50, 48)
