"""One small file for each finding: what state the file gets, where the finding points, what it says."""

from __future__ import annotations

import gzip
from unittest.mock import patch

import pytest

from indicators.models import AirHour, Figure, Submission, WaterValue
from ingest.messages import MESSAGES
from tests.ingest import files

pytestmark = pytest.mark.django_db

N = files.national
SITES = "china_sites_20210301.csv"
WATER_NAME = "试验断面/2021-03/试验断面.csv"


def with_item(text: str, old: str, new: str) -> str:
    """The text with one piece changed; the piece must be there."""
    assert old in text
    return text.replace(old, new, 1)


#: finding -> (file name, content): a whole file that is refused.
REFUSED: dict[str, tuple[str, str | bytes]] = {
    "empty_file": ("a.csv", ""),
    "not_text": ("a.csv", b"PK\x00\x01\x02\x00\x00"),
    "unknown_encoding": ("a.csv", b"date,hour\n\xff\xff\xff\xfe\xfe\x81\n"),
    "unreadable_archive": ("a.csv.gz", gzip.compress(b"date,hour,type,1001A\n" * 50)[:30]),
    "too_large": ("a.csv.gz", gzip.compress(b"date,hour,type,1001A\n" * 100)),
    "web_page": ("a.csv", "<html><head><title>404 Not Found</title></head></html>"),
    "unknown_layout": ("a.csv", "姓名,电话\n甲,1\n"),
    "broken_csv": ("衡阳.csv", files.SITE_HOURS + '20210301,10,"甲站,72\n'),
    "broken_json": ("a.json", '{"thead": ["省份", "断面名称", "监测时间"], "tbody": [["湖南省"'),
    "column_missing": ("c.csv", files.CONSULATE.replace(",Duration", ",Length")),
    "column_twice": (SITES, N("20210301", [1], sites=("T001A", "T001A"))),
    "unknown_unit": ("c.csv", with_item(files.CONSULATE, "UG/M3", "PPB")),
    "year_unknown": ("nowhere/试验断面.csv", files.WATER),
    "unknown_city_of_file": ("无名城.csv", files.SITE_HOURS),
}

#: finding -> (file name, content, rows set aside): the rest of the file is stored.
ACCEPTED: dict[str, tuple[str, str, int]] = {
    "wrong_field_count": (SITES, N("20210301", [1]) + "20210301,2,PM2.5,30\n", 1),
    "bad_time": (SITES, N("20210301", [1]) + "20210301,25,PM2.5,30,30\n", 2),
    "future_time": (SITES, N("20210301", [1]) + "20990301,2,PM2.5,30,30\n", 2),
    "too_early": ("衡阳.csv", files.CITY_DAYS + files.CITY_DAYS.splitlines()[0].replace("2020", "2002") + "\n", 1),
    "time_outside_month": (WATER_NAME, files.WATER + files.WATER.splitlines()[1].replace("03-01", "04-01") + "\n", 1),
    "unknown_site": (SITES, N("20210301", [1], sites=("T001A", "9999Z")), 1),
    "unknown_city": ("衡阳.csv", files.CITY_DAYS + files.CITY_DAYS.splitlines()[0].replace("衡阳", "无名城") + "\n", 1),
    "unknown_section_place": (
        WATER_NAME,
        files.WATER + files.WATER.splitlines()[1].replace("湖南省", "无名省") + "\n",
        1,
    ),
    "not_in_service": (
        WATER_NAME,
        files.WATER + files.WATER.splitlines()[1].replace("04:00", "08:00").replace("正常", "维护") + "\n",
        1,
    ),
    "quality_not_valid": ("c.csv", with_item(files.CONSULATE, "-999,UG/M3,1 Hr,Missing", "31,UG/M3,1 Hr,Invalid"), 1),
    "repeated_row": ("衡阳.csv", files.SITE_HOURS + files.SITE_HOURS.splitlines()[1] + "\n", 1),
    "repeated_row_differs": (
        "衡阳.csv",
        files.SITE_HOURS + files.SITE_HOURS.splitlines()[1].replace(",31,", ",99,") + "\n",
        1,
    ),
    "negative": (SITES, N("20210301", [1], {**files.PLAIN, "SO2": "-3"}), 0),
    "missing_code": (SITES, N("20210301", [1], {**files.PLAIN, "SO2": "9999"}), 0),
    "not_a_number": (SITES, N("20210301", [1], {**files.PLAIN, "SO2": "八"}), 0),
    "out_of_range": (SITES, N("20210301", [1], {**files.PLAIN, "SO2": "123456"}), 0),
    "empty_cell": ("stations.csv", files.REGISTER.replace("T00", "T01") + "T003A,,衡阳,112,26,national\n", 1),
    "statistic_not_stated": ("衡阳.csv", files.CITY_DAYS, 0),
    "unknown_region": ("f.csv", files.FIGURE_HEAD + files.figure() + files.figure(region_code="999999"), 1),
    "unknown_indicator": ("f.csv", files.FIGURE_HEAD + files.figure() + files.figure(indicator="happiness"), 1),
    "unit_differs": ("f.csv", files.FIGURE_HEAD + files.figure() + files.figure(unit="mg/m3", issuer="乙"), 1),
    "unknown_scope": ("f.csv", files.FIGURE_HEAD + files.figure(scope="三五个地方"), 0),
    "unknown_kind": ("f.csv", files.FIGURE_HEAD + files.figure() + files.figure(kind="hope"), 1),
    "unknown_comparator": ("f.csv", files.FIGURE_HEAD + files.figure() + files.figure(operator="<="), 1),
    "issuer_missing": ("f.csv", files.FIGURE_HEAD + files.figure() + files.figure(issuer=""), 1),
    "empty_figure": ("f.csv", files.FIGURE_HEAD + files.figure() + files.figure(value="", issuer="乙"), 1),
    "bad_period": ("f.csv", files.FIGURE_HEAD + files.figure() + files.figure(period_end="2019-12"), 1),
}

#: Findings that need more than one file, or another kind: below, in test_layouts, test_sheets,
#: test_malformed, test_plausibility.
ELSEWHERE = {
    "bytes_lost",
    "fine_above_coarse",
    "level_jumps",
    "level_breaks",
    "spread_jumps",
    "columns_swapped",
    "outside_the_hours",
    "old_workbook",
    "unreadable_workbook",
    "formula_without_value",
    "too_wide",
    "limit_unknown",
    "unknown_item",
    "unit_unknown_for_item",
    "no_rows",
    "not_read_again",
    "aqi_differs",
    "too_many_rows",
    "wrong_header_again",
    "ambiguous_site",
    "ambiguous_section",
    "behind_higher_grade",
    "more_findings",
}


@pytest.fixture
def hand_in(tmp_path, ingest):
    """Hand in one file, the register of two stations having been loaded; returns the file's answer."""
    register = tmp_path / "register" / "stations.csv"
    register.parent.mkdir()
    register.write_text(files.REGISTER, encoding="utf-8")
    ingest(register)

    def run(name: str, content: str | bytes) -> dict[str, object]:
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return ingest(path)["submissions"][-1]

    return run


def stored() -> int:
    return AirHour.objects.count() + WaterValue.objects.count() + Figure.objects.count()


def test_every_finding_has_its_file():
    assert set(MESSAGES) == REFUSED.keys() | ACCEPTED.keys() | ELSEWHERE


@pytest.mark.parametrize("code", REFUSED)
def test_a_structural_finding_refuses_the_whole_file_and_writes_nothing(hand_in, code):
    name, content = REFUSED[code]
    with patch("ingest.readers.text.MAX_UNPACKED_BYTES", 1000 if code == "too_large" else 10**8):
        answer = hand_in(name, content)
    assert answer["state"] == "refused"
    assert [finding["code"] for finding in answer["findings"]] == [code]
    assert "没有写入" in answer["findings"][0]["message"]
    assert stored() == 0
    assert Submission.objects.latest("id").sha256 == answer["sha256"]  # the bytes are kept all the same


@pytest.mark.parametrize("code", ACCEPTED)
def test_a_cell_or_row_finding_keeps_the_rest(hand_in, code):
    name, content, aside = ACCEPTED[code]
    answer = hand_in(name, content)
    assert answer["state"] == "accepted"
    found = [finding for finding in answer["findings"] if finding["code"] == code]
    assert found, answer
    assert answer["rows_set_aside"] == aside
    assert answer["rows_stored"] > 0
    assert all(len(finding["message"]) > 8 for finding in found)


def test_a_cell_set_aside_keeps_its_original_text_and_its_line(hand_in):
    answer = hand_in(SITES, N("20210301", [1], {**files.PLAIN, "SO2": "八"}))
    finding = Submission.objects.latest("id").findings.order_by("row", "column").first()
    assert (finding.code, finding.original, finding.column) == ("not_a_number", "八", "T001A")
    assert answer["findings"][0]["row"] == 4  # heading, PM2.5, PM10, SO2
    assert "八" in answer["findings"][0]["message"]
    assert AirHour.objects.get(site__code="T001A").so2_ng is None


def test_a_name_that_fits_two_places_is_set_aside(hand_in, ingest, tmp_path):
    twin = tmp_path / "twin" / "stations.csv"
    twin.parent.mkdir()
    twin.write_text(files.REGISTER.replace("T001A", "T009A").replace("T002A,乙站", "T008A,丙站"), encoding="utf-8")
    ingest(twin)
    answer = hand_in("衡阳.csv", files.SITE_HOURS)
    assert [finding["code"] for finding in answer["findings"]] == ["ambiguous_site"]
    assert answer["rows_stored"] == 0


def test_too_many_findings_are_counted_instead(hand_in):
    with patch("ingest.schema.tidied.MOST_FINDINGS", 3):
        answer = hand_in(SITES, N("20210301", range(1, 4), {**files.PLAIN, "SO2": "八"}))
    assert [finding["code"] for finding in answer["findings"]] == ["not_a_number"] * 3 + ["more_findings"]
    assert "3" in answer["findings"][-1]["message"]  # six cells, three of them not told one by one


def test_every_message_is_complete_in_words():
    details = {
        "columns": "甲",
        "limit_mb": 1,
        "rows": 2,
        "count": 3,
        "found": 1,
        "wanted": 2,
        "item": "SO2",
        "first": 1,
        "limit": 1,
        "before": 1,
        "now": 1,
        "column": "PM2.5",
        "places": "甲站",
        "total": 4,
        "items": "SO2",
        "units": "mg/m3",
    }
    for code, message in MESSAGES.items():
        for part in message:
            assert "%(" not in (str(part) % {"original": "原文", **details} if part else ""), code
