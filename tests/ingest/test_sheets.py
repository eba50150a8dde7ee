"""Workbooks and sheets as bureaus keep them, the tidy CSV, and tables that somebody explained."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from evaluation.calendar import SHANGHAI
from indicators.models import AirDay, AirHour, Figure, Layout, Submission, WaterValue
from indicators.water_months import section_months
from ingest import services
from provinces.models import Site
from tests.ingest import books, files

pytestmark = pytest.mark.django_db


def loaded(name: str, content: str | bytes, **notes: str) -> Submission:
    data = content if isinstance(content, bytes) else content.encode()
    received = services.receive_file(name, data, via=Submission.Via.UPLOAD, **notes)
    return services.load_submission(received.submission.pk)


def found_in(submission: Submission) -> list[tuple[int | None, str]]:
    return [(finding.row, finding.code) for finding in submission.findings.order_by("row", "pk")]


def test_a_month_of_air_becomes_figures_that_name_the_sheet(db):
    one = loaded("随便叫什么.xlsx", books.workbook(books.AIR_MONTH, merge=("A1:H1", "A2:A3", "D2:E2")))
    assert (one.state, one.reader) == ("accepted", "bureau_air_month")
    hengyang = {f.indicator_id: f for f in Figure.objects.filter(region="430400")}
    assert {code: figure.value for code, figure in hengyang.items()} == {
        "good_day_ratio": Decimal(100),
        "pm25_mean": Decimal(19),
        "co_p95": Decimal("0.9"),
        "composite_index": Decimal("2.4"),
        "rank": Decimal(1),
    }
    figure = hengyang["pm25_mean"]
    assert (figure.issuer, figure.published_on, figure.unit) == ("2021年8月湖南省环境空气质量状况", None, "µg/m3")
    assert (figure.period_start, figure.period_end, figure.row) == (date(2021, 8, 1), date(2021, 8, 31), 5)
    assert not Figure.objects.filter(region="430100", indicator="co_p95").exists()  # "—" is no figure
    whole = Figure.objects.filter(region="430000").values_list("indicator", "scope_zh", "value")
    assert ("pm25_mean", "全省", Decimal(20)) in whole
    assert ("pm25_mean", "75个县级城市", Decimal(17)) in whole


def test_a_city_of_another_province_in_a_sheet_is_set_aside(db):
    one = loaded("a.xlsx", books.workbook(books.AIR_MONTH))
    assert (6, "unknown_region") in found_in(one)
    assert not Figure.objects.filter(region="450100").exists()


def test_a_month_of_water_keeps_half_of_a_detection_limit_and_not_what_is_unknown(db):
    one = loaded("水.xlsx", books.workbook(books.WATER_MONTH))
    assert (one.reader, one.rows_stored) == ("bureau_water_month", 3)
    kept = dict(WaterValue.objects.filter(item="TP").values_list("site__name", "micro"))
    assert kept == {"甲断面": 5_000, "丙断面": 120_000}  # 0.01L counts 0.005 (环办监测函〔2020〕82号, C)
    assert found_in(one) == [(5, "limit_unknown")]
    assert Site.objects.get(name="甲断面").region_id == "430400"


def test_a_monthly_sheet_stands_instead_of_the_readings_of_its_month(db):
    loaded("2021-04/试验断面.csv", files.WATER.replace("03-01 04:00", "04-02 04:00").replace("试验断面", "甲断面"))
    loaded("水.xlsx", books.workbook(books.WATER_MONTH))
    (months,) = section_months(Site.objects.filter(name="甲断面"), 2021)
    assert months.months[4, "TP"] == Decimal("0.005")
    assert months.months[4, "NH3-N"] == Decimal("0.12")  # the sheet says nothing of ammonia


def test_sheets_of_one_workbook_are_all_read_or_none(db):
    again = [("2021年1—8月湖南省环境空气质量状况",), *books.AIR_MONTH[1:]]
    assert loaded("两表.xlsx", books.workbook(books.AIR_MONTH, again)).state == "accepted"
    assert {str(f.period_start) for f in Figure.objects.all()} == {"2021-08-01", "2021-01-01"}
    Figure.objects.all().delete()
    one = loaded("一好一坏.xlsx", books.workbook(books.AIR_MONTH, [("姓名", "电话"), ("甲", 1)]))
    assert one.state == "refused"
    assert one.findings.get().column == "表2"
    assert not Figure.objects.exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_sheet_saved_as_csv_in_any_encoding_says_the_same(db, encoding):
    text = "\r\n".join(
        ",".join("" if cell is None else str(cell).replace("\n", "") for cell in row) for row in books.AIR_MONTH
    ).replace("³", "3")
    first = text.replace("2021年8月湖南省环境空气质量状况", "2021年8月湖南省环境空气质量状况,,,,,,,")
    one = loaded(f"{encoding}.csv", first.encode(encoding))
    assert (one.state, one.rows_stored) == ("accepted", 15)


def test_another_unit_in_a_heading_refuses_the_sheet(db):
    rows = [list(row) for row in books.AIR_MONTH]
    rows[2][3] = "PM2.5(mg/m³)"
    one = loaded("a.xlsx", books.workbook(rows))
    assert (one.state, found_in(one)) == ("refused", [(3, "unknown_unit")])


def test_tidy_hours_are_converted_by_the_unit_they_name(stations):
    text = (
        "time,site,item,value,unit\n"
        "2021-03-01 08:00,T001A,PM2.5,0.031,mg/m3\n"
        "2021-03-01 08:00,T001A,CO,700,ug/m3\n"
        "2021-03-01 08:00,T001A,O3,61,µg/m³\n"
        "2021-03-01 08:00,T001A,NO2,20,ppb\n"
        "2021-03-01 24:00,T002A,PM10,50,µg/m3\n"
    )
    one = loaded("a.csv", text)
    assert (one.reader, one.rows_stored, found_in(one)) == ("tidy_hours", 2, [(5, "unit_unknown_for_item")])
    hour = AirHour.objects.get(site__code="T001A")
    assert (hour.pm25_ng, hour.co_ug, hour.o3_ng, hour.no2_ng) == (31_000, 700, 61_000, None)
    assert AirHour.objects.get(site__code="T002A").ts == datetime(2021, 3, 2, tzinfo=SHANGHAI)


def test_tidy_days_say_which_ozone_they_mean(db):
    text = (
        "date,city,item,value,unit\n2021/3/1,衡阳市,pm25,0.0305,mg/m3\n2021/3/1,衡阳市,O3_8h,88,ug/m3\n"
        "2021/3/2,衡阳市,O3,88,ug/m3\n2021/3/2,衡阳市,PM10,50,ug/m3\n"
    )
    one = loaded("a.csv", text)
    assert (one.reader, one.rows_stored, found_in(one)) == ("tidy_days", 2, [(4, "unknown_item")])
    kept = set(AirDay.objects.values_list("day", "pm25_fg", "pm10_fg", "o3_8h_fg"))
    assert kept == {
        (date(2021, 3, 1), 30_500_000_000, None, 88 * 10**9),
        (date(2021, 3, 2), None, 50 * 10**9, None),
    }


def test_tidy_water_keeps_the_year_that_it_names(db):
    text = (
        "时间,省份,断面名称,项目,数值,单位\n2021-03-01 04:00,湖南省,试验断面,NH3-N,120,μg/L\n"
        "2021-03-01 04:00,湖南省,试验断面,pH,7.5,无量纲\n03-01 08:00,湖南省,试验断面,TP,0.05,mg/L\n"
    )
    one = loaded("a.csv", text)
    assert (one.reader, one.rows_stored, found_in(one)) == ("tidy_water", 1, [(4, "bad_time")])
    assert set(WaterValue.objects.values_list("item", "micro")) == {("NH3-N", 120_000), ("pH", 7_500_000)}
    assert WaterValue.objects.first().ts == datetime(2021, 3, 1, 4, tzinfo=SHANGHAI)


UNKNOWN = (
    "站房日志,,,\n采样开始,点位,细颗粒物,一氧化碳\n2021/03/01 07:00,T001A,0.031,0.7\n2021/03/01 08:00,T001A,—,0.8\n"
)


def test_an_unknown_table_is_explained_once_and_known_from_then_on(stations, client_of):
    client = client_of("shuju")
    one = loaded("站房.csv", UNKNOWN)
    assert [code for _row, code in found_in(one)] == ["unknown_layout"]
    page = client.get(f"/data/{one.pk}/explain/?header_row=2")
    assert "细颗粒物" in page.content.decode()
    said = {
        "header_row": "2", "title": "站房日志", "kind": "hours", "stamp": "begin", "place_by": "code",
        "role_0": "time", "role_1": "place", "role_2": "PM2.5", "unit_2": "mg/m3", "role_3": "CO", "unit_3": "mg/m3",
    }  # fmt: skip
    preview = client.post(f"/data/{one.pk}/explain/", {**said, "preview": "1"}).content.decode()
    assert "2021-03-01 08:00" in preview
    assert "31.000" in preview
    assert not Layout.objects.exists()
    client.post(f"/data/{one.pk}/explain/", {**said, "save": "1"})
    assert services.load_submission(one.pk).state == "accepted"
    hour = AirHour.objects.earliest("ts")
    assert (hour.ts.astimezone(SHANGHAI).hour, hour.pm25_ng, hour.co_ug) == (8, 31_000, 700)
    other = loaded("又一份.csv", UNKNOWN.replace("03/01", "03/02"))
    assert (other.state, other.rows_stored) == ("accepted", 2)


def test_a_mapping_without_a_unit_or_a_time_is_not_kept(stations, client_of):
    client = client_of("shuju")
    one = loaded("站房.csv", UNKNOWN)
    for said, says in (
        ({"role_0": "time", "role_1": "place", "role_2": "PM2.5"}, "单位"),
        ({"role_1": "place", "role_2": "PM2.5", "unit_2": "mg/m3"}, "时间"),
    ):
        fields = {"header_row": "2", "title": "缺", "kind": "hours", "stamp": "end", "place_by": "code", "save": "1"}
        page = client.post(f"/data/{one.pk}/explain/", {**fields, **said}).content.decode()
        assert says in page
    assert not Layout.objects.exists()


def explained(client, one: Submission, **said: str) -> Submission:
    """The file after somebody said what its columns mean."""
    fields = {"header_row": "1", "title": f"版式{one.pk}", "save": "1", **said}
    page = client.post(f"/data/{one.pk}/explain/", fields, follow=True).content.decode()
    assert "版式已保存" in page, page
    return services.load_submission(one.pk)


def test_water_that_somebody_explained_is_converted_and_keeps_its_detection_limits(db, client_of):
    one = loaded(
        "手工.csv", "断面,采样日期,地市,氨氮,总磷\n甲断面,2021/4/8,衡阳市,120,20L\n乙断面,2021-04-09,衡阳市,—,0.04\n"
    )
    said = {"kind": "water", "within": "湖南省", "role_0": "place", "role_1": "time", "role_2": "city",
            "role_3": "NH3-N", "unit_3": "µg/L", "role_4": "TP", "unit_4": "mg/L"}  # fmt: skip
    again = explained(client_of("shuju"), one, **said)
    assert (again.state, again.rows_stored) == ("accepted", 2)
    kept = set(WaterValue.objects.values_list("site__name", "site__region", "item", "micro"))
    # 120 µg/L are 0.12 mg/L; 20L is half of it (环办监测函〔2020〕82号)
    assert kept == {("甲断面", "430400", "NH3-N", 120_000), ("甲断面", "430400", "TP", 10_000_000),
                    ("乙断面", "430400", "TP", 40_000)}  # fmt: skip
    assert WaterValue.objects.first().ts.astimezone(SHANGHAI).strftime("%m-%d %H:%M") == "04-08 23:59"


def test_figures_that_somebody_explained_name_who_published_them(db, client_of):
    one = loaded("月报.csv", "月份,城市,优良天数比例(%),PM2.5\n2021年4月,衡阳,96.7,31\n2021,衡阳,—,35\n")
    client = client_of("shuju")
    said = {"kind": "figures", "within": "湖南", "role_0": "time", "role_1": "place", "role_2": "good_day_ratio",
            "unit_2": "%", "role_3": "pm25_mean", "unit_3": "mg/m3"}  # fmt: skip
    fields = {"header_row": "1", "title": "月报", "save": "1", **said}
    assert "发布机构" in client.post(f"/data/{one.pk}/explain/", fields).content.decode()
    page = client.post(f"/data/{one.pk}/explain/", {**fields, "issuer": "衡阳市生态环境局"}).content.decode()
    assert "请在文件中换算" in page  # the indicator comes in µg/m3
    again = explained(client, one, **said | {"issuer": "衡阳市生态环境局", "unit_3": "µg/m3", "period": "to_month"})
    assert (again.state, again.rows_stored) == ("accepted", 3)
    kept = set(Figure.objects.values_list("indicator", "period_start", "period_end", "value", "issuer"))
    issuer = "衡阳市生态环境局"
    assert kept == {
        ("good_day_ratio", date(2021, 1, 1), date(2021, 4, 30), Decimal("96.7"), issuer),
        ("pm25_mean", date(2021, 1, 1), date(2021, 4, 30), Decimal(31), issuer),
        ("pm25_mean", date(2021, 1, 1), date(2021, 12, 31), Decimal(35), issuer),
    }


def test_an_item_that_a_kind_of_table_does_not_have_is_named(db, client_of):
    one = loaded("a.csv", "时间,城市,臭氧\n2021-03-01,衡阳,88\n")
    said = {"header_row": "1", "title": "a", "kind": "days", "role_0": "time", "role_1": "place", "unit_2": "µg/m3"}
    page = client_of("shuju").post(f"/data/{one.pk}/explain/", {**said, "role_2": "O3", "save": "1"}).content.decode()
    assert "O3_8h" in page  # a day's ozone says which statistic it is
    assert not Layout.objects.exists()


def test_a_wrong_explanation_is_mended_once_its_files_are_withdrawn(stations, client_of):
    client = client_of("shuju")
    one = loaded("站房.csv", UNKNOWN)
    said = {"header_row": "2", "kind": "hours", "stamp": "begin", "place_by": "code", "role_0": "time",
            "role_1": "place", "role_2": "PM2.5", "unit_2": "µg/m3"}  # fmt: skip
    assert explained(client, one, **said).state == "accepted"
    assert "先撤回" in client.get(f"/data/{one.pk}/explain/", follow=True).content.decode()
    client.post(f"/data/{one.pk}/withdraw/", {"reason": "单位说错了"})
    page = client.get(f"/data/{one.pk}/explain/").content.decode()
    assert f'value="版式{one.pk}"' in page
    again = explained(client, one, **said | {"unit_2": "mg/m3"})
    assert (again.state, again.reason) == ("accepted", "")
    assert AirHour.objects.earliest("ts").pm25_ng == 31_000
    assert Layout.objects.count() == 1


def test_city_days_that_somebody_explained(db):
    user = User.objects.create_user("clerk")
    Layout.objects.create(
        title="日报", header=["日期", "城市", "PM2.5"], header_row=1, created_by=user,
        mapping={"kind": "days", "time": ["日期"], "place": "城市", "items": {"PM2.5": ["PM2.5", "µg/m3"]}},
    )  # fmt: skip
    loaded("日报.xlsx", books.workbook([("日期", "城市", "PM2.5"), (datetime(2021, 3, 1), "衡阳市", 30.5)]))  # noqa: DTZ001
    assert AirDay.objects.get(region="430400").pm25_fg == 30_500_000_000
