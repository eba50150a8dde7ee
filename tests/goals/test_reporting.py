"""Reports on tasks: who may say what in which order, what a closing needs, what an attachment may be."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from evaluation.tasks import TaskState
from goals.dashboard.tasks import task_page
from goals.models import QuantityProgress, Task, TaskReport
from goals.reporting import Attachment, Given, ReportError, attachment_path, report_task
from goals.task_selectors import supervised_task

pytestmark = pytest.mark.django_db
DAY = date(2021, 9, 20)


@pytest.fixture
def user() -> User:
    return User.objects.create_user("wang")


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path):
    settings.STORAGES = {**settings.STORAGES, "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}}  # fmt: skip


def task(register_id: str = "DL-T04") -> Task:
    return Task.objects.select_related("plan__region").get(register_id=register_id)


def state(on: date = DAY, register_id: str = "DL-T04") -> TaskState:
    return supervised_task(task(register_id), on).state


def tell(user: User, kind: str, on: date = DAY, **more: object) -> TaskReport:
    return report_task(task(), Given(kind, on, "进行中", **more), user)


PDF = Attachment("验收.pdf", b"%PDF-1.7 ...")


def test_a_task_goes_its_way_and_every_day_remembers_where_it_stood(user):
    assert state() == TaskState.NOT_STARTED
    tell(user, "progress", done={"DL-Q02": "61"})
    assert state() == TaskState.ONGOING
    tell(user, "done", DAY + timedelta(days=1))
    tell(user, "closed", DAY + timedelta(days=2), attachment=PDF)
    tell(user, "reopened", DAY + timedelta(days=3))
    days = [state(DAY + timedelta(days=n)) for n in range(-1, 4)]
    assert days == ["not started", "ongoing", "done", "closed", "ongoing"]


def test_quantities_are_noted_with_the_report_and_make_the_task_done(user):
    tell(user, "progress", done={"DL-Q02": "61"})
    found = supervised_task(task(), DAY)
    assert found.commitments[0].share == Decimal(61) / Decimal(85)
    tell(user, "progress", DAY + timedelta(days=1), done={"DL-Q02": "85"})
    assert state(DAY + timedelta(days=1)) == TaskState.DONE


def test_what_recurs_is_not_done_with_the_first_time(user):
    """河南第34项：每季度一次。"""
    report_task(task("HN-T34"), Given("progress", DAY, "一季度已研判", done={"HN-Q05": "1"}), user)
    assert state(DAY, "HN-T34") == TaskState.ONGOING


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"text": "  "}, "请写明"),
        ({"reported_on": date(2999, 1, 1)}, "还没有到"),
        ({"done": {"DL-Q02": "六十一"}}, "不是完成数量"),
        ({"done": {"DL-Q02": "-1"}}, "不是完成数量"),
        ({"done": {"DL-Q02": "NaN"}}, "不是完成数量"),
        ({"done": {"GX-Q04": "1"}}, "没有数量"),
        ({"kind": "closed", "document": "x"}, "先报完成"),
        ({"kind": "closed"}, "要有依据"),
        ({"kind": "reopened"}, "无须退回"),
        ({"attachment": Attachment("a.pdf", b"")}, "内容与扩展名相符"),
        ({"attachment": Attachment("a.exe", b"MZ")}, "内容与扩展名相符"),
        ({"attachment": Attachment("a.png", b"%PDF-1.7")}, "内容与扩展名相符"),
        ({"attachment": Attachment("a.xlsx", b"PK\x03\x04broken")}, "内容与扩展名相符"),
        ({"attachment": Attachment("a.pdf", b"%PDF-" + b"x" * (20 * 1024**2))}, "超过 20 MB"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words_and_leaves_nothing(user, changes, says):
    given = {"kind": "progress", "reported_on": DAY, "text": "进行中", **changes}
    with pytest.raises(ReportError, match=says):
        report_task(task(), Given(**given), user)
    assert TaskReport.objects.count() == QuantityProgress.objects.filter(simulated=False).count() == 0


def test_what_is_under_way_cannot_be_sent_back(user):
    tell(user, "progress")
    with pytest.raises(ReportError, match="无须退回"):
        tell(user, "reopened")


def test_an_entry_is_never_dated_before_the_one_it_follows(user):
    tell(user, "progress")
    with pytest.raises(ReportError, match="不能更早"):
        tell(user, "progress", DAY - timedelta(days=1))


def test_a_closed_task_takes_no_report_until_it_is_sent_back(user):
    tell(user, "done")
    tell(user, "closed", document="验收意见")
    with pytest.raises(ReportError, match="先退回"):
        tell(user, "progress")


def _book(part: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(part, "x")
    return held.getvalue()


@pytest.mark.parametrize(
    "attachment",
    [
        PDF,
        Attachment("现场.PNG", b"\x89PNG\r\n\x1a\n.."),
        Attachment("现场.jpeg", b"\xff\xd8\xff.."),
        Attachment("清单.xlsx", _book("xl/workbook.xml")),
        Attachment("报告.docx", _book("word/document.xml")),
    ],
)
def test_the_bytes_of_an_attachment_are_kept_untouched(user, attachment):
    entry = tell(user, "progress", attachment=attachment)
    assert entry.attachment_sha256 == hashlib.sha256(attachment.data).hexdigest()
    with default_storage.open(attachment_path(entry.attachment_sha256)) as file:
        assert file.read() == attachment.data


def test_the_database_itself_refuses_a_closing_without_evidence(user):
    with pytest.raises(IntegrityError), transaction.atomic():
        TaskReport.objects.create(
            task=task(), kind="closed", reported_on=DAY, text="x", entered_by=user, entered_at=timezone.now()
        )


# ---- by the pages --------------------------------------------------------------------------------------------------


def test_only_who_may_closes_a_task(client_of):
    staff, manager = client_of("keshi"), client_of("guanli")
    given = {"reported_on": "2021-09-20", "text": "完成", "document": "验收意见"}
    assert staff.post("/tasks/DL-T04/report/", given | {"kind": "done"}).status_code == 302
    assert staff.post("/tasks/DL-T04/report/", given | {"kind": "closed"}).status_code == 403
    assert state() == TaskState.DONE
    assert manager.post("/tasks/DL-T04/report/", given | {"kind": "closed"}).status_code == 302
    assert state() == TaskState.CLOSED


def test_a_refused_report_keeps_what_was_typed(client_of):
    answer = client_of("keshi").post(
        "/tasks/DL-T04/report/", {"kind": "progress", "reported_on": "2999-01-01", "text": "写了很久的话"}
    )
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "还没有到" in text
    assert "写了很久的话" in text


def test_an_attachment_is_handed_out_to_be_saved_only(client_of, user):
    entry = tell(user, "progress", attachment=Attachment("说明.pdf", b"%PDF-<script>"))
    answer = client_of("lingdao").get(f"/tasks/attachments/{entry.pk}/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer.content == b"%PDF-<script>"


def test_bytes_that_are_not_what_came_are_not_handed_out(client_of, user):
    entry = tell(user, "progress", attachment=PDF)
    Path(default_storage.path(attachment_path(entry.attachment_sha256))).write_bytes(b"%PDF-1.7 xxx")
    assert client_of("lingdao").get(f"/tasks/attachments/{entry.pk}/").status_code == 404


def test_who_sees_to_a_task_and_which_targets_it_serves(client_of):
    from goals.models import Target

    serves = Target.objects.get(register_id="DL-02")
    duty = {"lead_unit": "大气科", "due_on": "2021-10-31", "targets": [serves.pk]}
    assert client_of("keshi").post("/tasks/DL-T04/duty/", duty).status_code == 403
    client_of("guanli").post("/tasks/DL-T04/duty/", duty)
    found = supervised_task(task(), DAY)
    assert (found.task.lead_unit, found.due, found.served) == ("大气科", date(2021, 10, 31), 1)
    assert [one.target.register_id for one in task_page(task(), DAY).targets] == ["DL-02"]
    assert "精准推进大气污染防治" in client_of("lingdao").get("/targets/DL-02/").content.decode()


def test_who_answers_for_a_target_is_no_amendment_of_it(client_of):
    from goals.models import Target

    before = Target.objects.get(register_id="GX-08").updated_at
    client_of("guanli").post("/targets/GX-08/duty/", {"lead_unit": "大气科"})
    after = Target.objects.get(register_id="GX-08")
    assert (after.lead_unit, after.updated_at) == ("大气科", before)
    assert after.history.first().lead_unit == "大气科"
