"""The pages on which plans come in and are confirmed: who may, what they say, what they refuse."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goals.models import Draft, Plan, PlanVersion, Target
from indicators.models import Indicator
from tests.goals.test_versions import AMENDED, TEXT, handed_in, targets

pytestmark = pytest.mark.django_db


def post(client: Client, draft: Draft, do: str, **more: str) -> str:
    """What a press on a button of a draft answers, as htmx asks."""
    answer = client.post(f"/plans/drafts/{draft.pk}/", {"do": do, **more}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_nobody_comes_in_without_signing_in():
    version = handed_in()
    for path in ("/plans/", "/plans/new/", f"/plans/versions/{version.pk}/", f"/plans/versions/{version.pk}/original/"):
        assert Client().get(path)["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("role", ["keshi", "shuju", "lingdao"])
def test_who_does_not_manage_targets_reads_and_changes_nothing(client_of, role):
    version = handed_in()
    client = client_of(role)
    page = client.get(f"/plans/versions/{version.pk}/").content.decode()
    assert "细颗粒物" in page or "PM2.5" in page
    assert 'name="do"' not in page
    assert "全部批准" not in page
    draft = targets(version)[0]
    for path, data in (
        ("/plans/new/", {}),
        (f"/plans/drafts/{draft.pk}/", {"do": "accept"}),
        (f"/plans/versions/{version.pk}/add/", {"start": "1", "end": "5"}),
        (f"/plans/versions/{version.pk}/approve/", {"everything": "1"}),
        (f"/plans/versions/{version.pk}/drop/", {}),
    ):
        assert client.post(path, data).status_code == 403
    draft.refresh_from_db()
    assert draft.state == "open"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_they_answer_without_a_plan_and_without_an_indicator(client_of, language):
    client = client_of("admin")
    client.cookies["django_language"] = language
    version = handed_in("成都市2022年工作安排\n一、任务\n(一)治气。\n坚持稳中求进的工作总基调不动摇。")
    for path in ("/plans/", "/plans/new/", f"/plans/versions/{version.pk}/"):
        page = client.get(path)
        assert page.status_code == 200
        if language == "en":
            prose = re.sub(
                r'<(\w+)[^>]*lang="zh-Hans"[^>]*>.*?</\1>|<datalist.*?</datalist>',
                "",
                page.content.decode(),
                flags=re.DOTALL,
            )
            assert "未" not in prose


def test_a_pasted_text_is_read_and_leads_to_its_review(client_of):
    client = client_of("guanli")
    answer = client.post("/plans/new/", {"region": "510100 成都市", "year": "2022", "words": TEXT})
    version = PlanVersion.objects.get()
    assert answer["Location"] == f"/plans/versions/{version.pk}/"
    page = client.get(answer["Location"]).content.decode()
    assert "读出3项目标、3项任务、2个数量" in page
    assert 'data-l="1 定值"' in page
    assert "≥ 83 %" in page
    assert version.received_by.username == "guanli"
    assert "等待核对" in client.get("/plans/").content.decode()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"region": "火星"}, "没有叫“火星”的地区"),
        ({"year": "1899"}, "2000"),
        ({"words": ""}, "请选一份文件，或粘贴全文"),
        ({"words": "hello " * 50}, "几乎没有中文"),
        ({"words": "", "document": SimpleUploadedFile("a.pdf", b"%PDF-1.4 broken")}, "可能损坏"),
        ({"words": "", "document": SimpleUploadedFile("a.txt", b"")}, "文件是空的"),
        ({"document": SimpleUploadedFile("a.txt", TEXT.encode())}, "只能交一样"),
    ],
    ids=["region", "year", "nothing", "English", "torn", "empty", "both"],
)
def test_bad_input_gets_a_clear_sentence_and_writes_nothing(client_of, given, says):
    client = client_of("guanli")
    answer = client.post("/plans/new/", {"region": "510100", "year": "2022", "words": TEXT, **given})
    assert says in answer.content.decode()
    assert PlanVersion.objects.count() == 0


def test_the_whole_way_by_buttons(client_of):
    client = client_of("guanli")
    version = handed_in()
    first, second, third = targets(version)
    page = post(client, first, "accept")
    assert f'data-current="{second.pk}"' in page
    assert "<b>1</b> / 3" in page
    post(client, second, "reject")
    form = client.get(f"/plans/drafts/{third.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert 'name="indicator_zh"' in form
    corrected = {"indicator": "class3_or_better_share", "indicator_zh": "地表水优良比例", "kind": "absolute"}
    wrong = post(client, third, "correct", **corrected)
    assert "这类目标要有目标值" in wrong
    post(client, third, "correct", **corrected, comparator=">=", value="90.5", unit="%")
    answer = client.post(f"/plans/versions/{version.pk}/approve/", {"everything": "0"}, follow=True)
    assert "新增2项目标" in answer.content.decode()
    plan = Plan.objects.get(region="510100")
    assert [(one.indicator_id, str(one.value)) for one in plan.targets.order_by("order")] == [
        ("pm25_mean", "36"),
        ("class3_or_better_share", "90.5"),
    ]
    target = client.get("/targets/510100-2022-01/").content.decode()
    assert "全市PM2.5年均浓度控制在36微克/立方米以内" in target
    text = client.get("/plans/510100/2022/").content.decode()
    assert 'id="510100-2022-01"' in text
    assert "下载原件 要点.txt" in text


def test_a_refusal_says_why_and_stays_where_it_was(client_of):
    version = handed_in(TEXT.replace("优良天数比率", "绿萝成活率"))
    lacking = targets(version)[1]
    client = client_of("guanli")
    page = post(client, lacking, "accept")
    assert "还没有指标" in page
    assert f'data-current="{lacking.pk}"' in page
    answer = client.post(f"/plans/versions/{version.pk}/approve/", {"everything": "1"}, follow=True)
    assert "1项还缺指标、范围或数值" in answer.content.decode()
    assert not Plan.objects.filter(region="510100").exists()
    assert client.post(f"/plans/drafts/{lacking.pk}/", {"do": "nonsense"}).status_code == 400


def test_an_unknown_indicator_is_named_or_entered_on_the_spot(client_of):
    version = handed_in(TEXT.replace("优良天数比率", "绿萝成活率"))
    draft = targets(version)[1]
    client = client_of("guanli")
    form = client.get(f"/plans/drafts/{draft.pk}/").content.decode()
    assert "是已有指标的别名" in form
    assert "是目录里没有的指标" in form
    assert "目录里没有“无此指标”" in post(client, draft, "call", indicator="无此指标")
    entry = {"name_zh": "绿萝成活率", "name_en": "Ivy survival", "domain": "ecology", "unit": "%"}
    assert "英文名" in post(client, draft, "enter", **entry | {"name_en": ""}, direction="increase", statistic="figure")
    post(client, draft, "enter", **entry, direction="increase", statistic="figure")
    draft.refresh_from_db()
    assert draft.fields["indicator"] == "ivy_survival"
    other = handed_in(TEXT.replace("优良天数比率", "蓝天率"), year=2023)
    post(client, targets(other)[1], "call", indicator="good_day_ratio 优良天数比例")
    assert "蓝天率" in Indicator.objects.get(code="good_day_ratio").aliases


def test_the_catalogue_changes_only_by_who_may_change_it(client_of):
    version = handed_in(TEXT.replace("优良天数比率", "蓝天率"))
    client = client_of("guanli")
    group = Group.objects.get(name="目标管理员")
    group.permissions.remove(*Permission.objects.filter(codename__in=["add_indicator", "change_indicator"]))
    draft = targets(version)[1]
    assert "加别名要有改指标目录的权限" in post(client, draft, "call", indicator="good_day_ratio")
    assert "新建指标要有改指标目录的权限" in post(client, draft, "enter", name_zh="甲", name_en="A", domain="air")
    assert "蓝天率" not in Indicator.objects.get(code="good_day_ratio").aliases


def test_two_drafts_of_the_same_are_asked_about_and_a_stretch_is_not(client_of):
    twice = TEXT.replace("(三)治土。", "(三)治土。PM2.5浓度控制在35微克/立方米以内。")
    version = handed_in(twice.replace("不低于83%", "不低于83%,力争达到85%"))
    client = client_of("guanli")
    start = version.text.index("PM2.5浓度")
    client.post(f"/plans/versions/{version.pk}/add/", {"start": str(start), "end": str(start + 22)})
    page = client.get(f"/plans/versions/{version.pk}/").content.decode()
    assert page.count("与第1项同一指标、同一范围") == 1
    assert "与第2项同一指标" not in page


def test_a_file_above_the_limit_is_refused_in_a_sentence(client_of):
    huge = SimpleUploadedFile("a.pdf", b"%PDF-1.4 " + b"0" * 50 * 1024**2)
    answer = client_of("guanli").post("/plans/new/", {"region": "510100", "year": "2022", "document": huge})
    assert "文件超过20 MB" in answer.content.decode()
    assert PlanVersion.objects.count() == 0


def test_an_alias_that_cannot_be_spelt_out_is_refused_in_admin(client_of):
    client = client_of("admin")
    answer = client.post("/admin/indicators/indicator/forest_coverage_rate/change/", {"aliases": '["林木{覆盖率"]'})
    assert "括号没有配对" in answer.content.decode()
    client.post("/admin/indicators/indicator/forest_coverage_rate/change/", {"aliases": '["林木[绿化]覆盖率"]'})
    assert Indicator.objects.get(code="forest_coverage_rate").aliases == ["林木[绿化]覆盖率"]


def test_selected_words_are_added_by_their_place(client_of):
    version = handed_in(TEXT.replace("(三)治土。", "(三)治土。农村生活污水治理率达到45%。"))
    start = version.text.index("农村生活")
    client = client_of("guanli")
    client.post(f"/plans/versions/{version.pk}/add/", {"start": str(start), "end": str(start + 15)})
    assert targets(version)[-1].fields["indicator"] == "rural_sewage_rate"
    answer = client.post(f"/plans/versions/{version.pk}/add/", {"start": "x", "end": ""})
    assert "请先在原文中选中目标的原话" in answer.content.decode()


def test_an_amended_plan_shows_what_changes_beside_each_draft(client_of):
    client = client_of("guanli")
    client.post(f"/plans/versions/{handed_in().pk}/approve/", {"everything": "1"})
    version = handed_in(AMENDED)
    page = client.get(f"/plans/versions/{version.pk}/").content.decode()
    assert "目标值：36 → 35" in page
    assert "内容相同，只换成这份原文的引文" in page
    assert 'name="retire" value="510100-2022-02"' in page
    client.post(f"/plans/versions/{version.pk}/approve/", {"everything": "1", "retire": ["510100-2022-02"]})
    assert Target.objects.get(register_id="510100-2022-02").status == Target.Status.RETIRED
    left = client.get("/plans/510100/2022/").content.decode()
    assert 'id="510100-2022-02"' not in left
    assert "出自较早的一版原文" in client.get("/targets/510100-2022-02/").content.decode()
    assert "出自较早的一版原文" not in client.get("/targets/510100-2022-01/").content.decode()


def test_the_original_comes_back_byte_for_byte_and_drafts_as_json(client_of):
    version = handed_in()
    client = client_of("keshi")
    answer = client.get(f"/plans/versions/{version.pk}/original/")
    assert answer.content == TEXT.encode()
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    rows = json.loads(client.get(f"/plans/versions/{version.pk}/drafts.json").content)
    assert [row["sort"] for row in rows].count("target") == 3
    assert rows[-1]["quote_zh"] in TEXT


def test_giving_up_writes_nothing_and_leaves_the_way_free(client_of):
    version = handed_in()
    client = client_of("guanli")
    assert "没有写入目标" in client.post(f"/plans/versions/{version.pk}/drop/", follow=True).content.decode()
    assert not Plan.objects.filter(region="510100").exists()
    assert "只能看，不能再改" in client.get(f"/plans/versions/{version.pk}/").content.decode()
    assert client.post(f"/plans/versions/{version.pk}/drop/", follow=True).status_code == 200


def test_words_of_a_plan_are_never_markup(client_of):
    version = handed_in(TEXT.replace("治气", "<script>alert(1)</script>"))
    page = client_of("guanli").get(f"/plans/versions/{version.pk}/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_review_asks_the_database_no_more_for_more_drafts(client_of):
    client = client_of("guanli")
    counts = []
    for year, times in ((2022, 1), (2023, 12)):
        more = "".join(f"(一)治气。完成{number}家企业治理。\n" for number in range(2, 2 + times))
        version = handed_in(TEXT + more, year=year)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(f"/plans/versions/{version.pk}/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 20
