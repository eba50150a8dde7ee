"""Files as they go wrong: each is answered in words with the place; nothing crashes, nothing refused is stored."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from indicators.models import AirDay, AirHour, Figure, WaterValue
from ingest.messages import MESSAGES, sentence
from ingest.services import rehearse
from tests.ingest import books, files

ROOT = Path(__file__).parent.parent.parent
N = files.national
DAY = "20210301"
WHOLE = N(DAY, range(1, 24))
BOOK = books.workbook(books.AIR_MONTH)
SHEET = "xl/worksheets/sheet1.xml"


def cell(old: str, new: str) -> str:
    text = N(DAY, [1])
    assert old in text
    return text.replace(old, new, 1)


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


def sheet_xml(rows: str) -> bytes:
    head = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    return f"{head}<sheetData>{rows}</sheetData></worksheet>".encode()


ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><worksheet>&c;</worksheet>'
)
FORMULA = sheet_xml('<row r="1"><c r="A1"><f>SUM(B1:B9)</f></c><c r="B1"><v>1</v></c></row>')
FAR_CELL = sheet_xml('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>')
WATER_TWICE = files.WATER + files.WATER.splitlines()[1].replace("7.5", "7.6") + "\n"
SWAPPED = N(DAY, range(1, 24), {**files.PLAIN, "PM2.5": "50", "PM10": "30"})

#: What goes wrong -> (file name, bytes, the finding that says so).
CASES: dict[str, tuple[str, str | bytes, str]] = {
    # the file as a whole
    "empty": ("a.csv", b"", "empty_file"),
    "only spaces of another script": ("a.csv", "\u3000\u2028\x1c".encode(), "unknown_layout"),
    "only spaces and line ends": ("a.csv", b" \r\n\r\n ", "empty_file"),
    "NUL bytes": ("a.csv", b"date,hour,type,\x00\x00", "not_text"),
    "an executable renamed": ("a.csv", b"MZ\x90\x00\x03\x00\x00\x00" + bytes(200), "not_text"),
    "an ELF renamed": ("a.xlsx", b"\x7fELF\x02\x01\x01" + bytes(200), "not_text"),
    "a PDF renamed": ("a.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\x00obj", "not_text"),
    "a picture renamed": ("a.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not_text"),
    "neither UTF-8 nor GB18030": ("a.csv", b"\xff\xff\xff\xfe\xfe\x81\n", "unknown_encoding"),
    "UTF-16 cut in a character": ("a.csv", "时间".encode("utf-16")[:-1], "unknown_encoding"),
    "a web page": ("a.csv", "<!DOCTYPE html><html><title>404</title></html>", "web_page"),
    "a web page in XML": ("a.csv", '<?xml version="1.0"?><html/>', "web_page"),
    "a sign-in page": ("a.csv", "\n\n<html><body>请登录</body></html>", "web_page"),
    "prose": ("a.txt", "各市生态环境局：\n现将有关事项通知如下。\n", "unknown_layout"),
    "another table": ("a.csv", "姓名,电话\n甲,1\n", "unknown_layout"),
    "JSON of something else": ("a.json", '{"a": 1}', "unknown_layout"),
    "hours of a year without a standard": ("a.csv", files.national("20110301", [1]), "too_early"),
    "a limit of detection beyond belief": (
        "2021-03/甲.csv",
        files.WATER.replace(",0.05,", ",99999999999999999999999L,"),
        "out_of_range",
    ),
    "JSON cut short": ("2021-03-01.json", '{"thead": ["省份"], "tbody": [["湖', "broken_json"),
    "JSON with a string for a list": ("2021-03-01.json", '{"thead": "省份", "tbody": []}', "broken_json"),
    "JSON without its columns": ("2021-03-01.json", '{"thead": ["省份"], "tbody": []}', "column_missing"),
    "JSON nested ten thousand deep": ("a.json", '{"thead": ' + "[" * 10_000 + ', "tbody"', "broken_json"),
    # packed
    "gzip cut short": ("a.csv.gz", gzip.compress(WHOLE.encode())[:60], "unreadable_archive"),
    "gzip with a wrong check sum": ("a.csv.gz", gzip.compress(WHOLE.encode())[:-8] + bytes(8), "unreadable_archive"),
    "gzip in name only": ("a.csv.gz", bz2.compress(WHOLE.encode()), "not_text"),
    "a gzip bomb": ("a.csv.gz", gzip.compress(bytes(80 * 1024**2)), "too_large"),
    "zip cut short": ("a.zip", zipped(a=WHOLE.encode())[:50], "unreadable_archive"),
    "a zip of nothing": ("a.zip", zipped(), "unreadable_archive"),
    # workbooks
    "xlsx cut short": ("a.xlsx", BOOK[: len(BOOK) // 2], "unreadable_workbook"),
    "xlsx with entities": ("a.xlsx", books.with_member(BOOK, SHEET, ENTITIES), "unreadable_workbook"),
    "xlsx with broken XML": ("a.xlsx", books.with_member(BOOK, SHEET, b"<worksheet><row>"), "unreadable_workbook"),
    "xlsx without its sheet": ("a.xlsx", zipped(**{"xl__workbook.xml": b"<workbook/>"}), "unreadable_workbook"),
    "an xlsx bomb": ("a.xlsx", books.with_member(BOOK, "xl/media/a.bin", bytes(30 * 1024**2)), "too_large"),
    "xls of before 2007": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "old_workbook"),
    "a formula never worked out": ("a.xlsx", books.with_member(BOOK, SHEET, FORMULA), "formula_without_value"),
    "a cell in the last of 16,384 columns": ("a.xlsx", books.with_member(BOOK, SHEET, FAR_CELL), "too_wide"),
    "an empty workbook": ("a.xlsx", books.workbook([]), "empty_file"),
    "a workbook of another table": ("a.xlsx", books.workbook([("姓名", "电话"), ("甲", 1)]), "unknown_layout"),
    # headers
    "header only": ("china_sites_20210301.csv", "date,hour,type,T001A\n", "no_rows"),
    "header without a site": ("china_sites_20210301.csv", "date,hour,type,\n", "column_missing"),
    "a station twice in the header": ("a.csv", N(DAY, [1], sites=("T001A", "T001A")), "column_twice"),
    "a column twice": ("衡阳.csv", files.SITE_HOURS.replace(",O3_8h,", ",PM10,", 1), "column_twice"),
    "a column gone": ("衡阳.csv", files.SITE_HOURS.replace("SO2", "二氧化硫"), "column_missing"),
    "a header in the middle": ("china_sites_20210301.csv", WHOLE + WHOLE, "wrong_header_again"),
    "a city nobody knows": ("无名城.csv", files.SITE_HOURS, "unknown_city_of_file"),
    "water without a month": ("断面.csv", files.WATER, "year_unknown"),
    "another unit in the header": ("2021-03/a.csv", files.WATER.replace("(mg/L)", "(μg/L)", 1), "unknown_unit"),
    "a quote left open": ("衡阳.csv", files.SITE_HOURS + '20210301,10,"甲站,72\n', "broken_csv"),
    "a hundred thousand columns": ("a.csv", "date,hour,type," + ",".join(map(str, range(100_000))) + "\n", "no_rows"),
    "a field of a million characters": ("衡阳.csv", files.SITE_HOURS + "2" * 1_000_000 + "\n", "broken_csv"),
    # rows and cells
    "more rows than anybody reads": ("a.csv", WHOLE + "\n" * 1_000_001 + WHOLE, "too_many_rows"),
    "a row too short": ("a.csv", WHOLE + f"{DAY},0,PM2.5,30\n", "wrong_field_count"),
    "a row too long": ("a.csv", WHOLE + f"{DAY},0,PM2.5,30,31,32\n", "wrong_field_count"),
    "hour 25": ("a.csv", WHOLE + f"{DAY},25,PM2.5,30,30\n", "bad_time"),
    "30 February": ("a.csv", WHOLE + "20210230,1,PM2.5,30,30\n", "bad_time"),
    "a date of the future": ("a.csv", WHOLE + "20990101,1,PM2.5,30,30\n", "future_time"),
    "minus three": ("a.csv", cell("PM2.5,30", "PM2.5,-3"), "negative"),
    "9999": ("a.csv", cell("PM2.5,30", "PM2.5,9999"), "missing_code"),
    "twelve-l": ("a.csv", cell("PM2.5,30", "PM2.5,12l"), "not_a_number"),
    "full-width digits": ("a.csv", cell("PM2.5,30", "PM2.5,３０"), "not_a_number"),
    "Arabic digits": ("a.csv", cell("PM2.5,30", "PM2.5,٣٠"), "not_a_number"),
    "infinity": ("a.csv", cell("PM2.5,30", "PM2.5,inf"), "not_a_number"),
    "an exponent out of this world": ("a.csv", cell("PM2.5,30", "PM2.5,1e99"), "out_of_range"),
    "ten thousand digits": ("a.csv", cell("PM2.5,30", "PM2.5," + "1" * 10_000), "not_a_number"),
    "a formula injected": ("a.csv", cell("PM2.5,30", "PM2.5,=CMD()"), "not_a_number"),
    "a script injected": ("a.csv", cell("PM2.5,30", "PM2.5,<script>"), "not_a_number"),
    "a value too high": ("a.csv", cell("PM2.5,30", "PM2.5,30000"), "out_of_range"),
    "a station nobody knows": ("a.csv", N(DAY, [1], sites=("T001A", "9999Z")), "unknown_site"),
    "the same reading twice, differing": ("2021-03/a.csv", WATER_TWICE, "repeated_row_differs"),
    "columns swapped": ("a.csv", SWAPPED, "fine_above_coarse"),
    "a station out of service": ("2021-03/a.csv", files.WATER.replace("正常", "维护"), "not_in_service"),
    "a province nobody knows": ("2021-03/a.csv", files.WATER.replace("湖南省", "无名省"), "unknown_section_place"),
    "a figure in another unit": ("f.csv", files.FIGURE_HEAD + files.figure(unit="mg/m3"), "unit_differs"),
    "a figure of nobody": ("f.csv", files.FIGURE_HEAD + files.figure(issuer=""), "issuer_missing"),
    "a period that ends too early": ("f.csv", files.FIGURE_HEAD + files.figure(period_end="2019-12"), "bad_period"),
}  # fmt: skip

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def stored() -> int:
    return sum(model.objects.count() for model in (AirHour, AirDay, WaterValue, Figure))


def test_there_are_at_least_sixty():
    assert len(CASES) >= 60


@pytest.mark.django_db
@pytest.mark.parametrize("what", CASES)
def test_a_malformed_file_is_answered_in_words(stations, what):
    name, content, code = CASES[what]
    data = content if isinstance(content, bytes) else content.encode()
    began = time.monotonic()
    (answer,) = rehearse([(name, data)])
    assert time.monotonic() - began < 30
    codes = [finding.code for finding in answer.outcome.findings]
    assert code in codes
    says = [sentence(f.code, f.original, f.details, f.column) for f in answer.outcome.findings]
    assert all(CHINESE.search(words) and "Traceback" not in words for words in says)
    if answer.state != "accepted":
        assert answer.outcome.stored.stored == 0
    else:
        finding = answer.outcome.findings[codes.index(code)]
        assert (
            finding.row or code == "no_rows" or (code == "fine_above_coarse" and finding.column == "PM2.5、PM10")
        )  # of a series
    assert stored() == 0  # a rehearsal writes nothing


@pytest.mark.django_db
@pytest.mark.parametrize("evil", ["../../etc/a.csv", "/etc/a.csv", "C:\\a.csv", "a/../../b.csv"])
def test_a_path_in_an_archive_leads_nowhere(ingest, stations, tmp_path, evil):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(evil, N(DAY, [1]))
    (tmp_path / "a.zip").write_bytes(out.getvalue())
    one = ingest(tmp_path / "a.zip")["submissions"][0]
    assert (one["state"], one["rows_stored"]) == ("accepted", 2)
    assert not Path("/etc/a.csv").exists()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.zip"]


@pytest.mark.django_db
def test_a_link_in_an_archive_is_no_file(ingest, stations, tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        link = tarfile.TarInfo("a.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    one = ingest(tmp_path / "a.tar")["submissions"][0]
    assert one["state"] == "refused"
    assert "root:" not in json.dumps(one)


@pytest.mark.long
def test_no_malformed_file_takes_half_a_gigabyte(tmp_path):
    """In a process of its own, the worst of them one after the other."""
    worst = {
        "bomb.csv.gz": gzip.compress(b"date,hour,type,T001A\n" + b"a" * (60 * 1024**2)),
        "lines.csv": b"date,hour,type,T001A\n" + b"1\n" * (20 * 1024**2),
        "columns.csv": b"date,hour,type," + b",".join(b"%d" % n for n in range(1_000_000)) + b"\n",
        "quoted.csv": b'Date,Hour,WatchPoint,"' + b"x\n" * (10 * 1024**2),
        "deflated.xlsx": books.with_member(BOOK, SHEET, sheet_xml("<row><c><v>1</v></c></row>" * 800_000)),
        "strings.xlsx": books.with_member(BOOK, "xl/sharedStrings.xml", b"<sst>" + b"<si><t>a</t></si>" * 1_300_000),
        "raw.bin.csv": zlib.compress(bytes(10 * 1024**2)),
    }
    for name, data in worst.items():
        (tmp_path / name).write_bytes(data)
    code = (
        "import django, sys, time; django.setup()\n"
        "from pathlib import Path\n"
        "from ingest.readers import read_document\n"
        "from ingest.tidy import Document, StructuralError\n"
        "for path in sorted(Path(sys.argv[1]).iterdir()):\n"
        "    began = time.monotonic()\n"
        "    try:\n"
        "        for table in read_document(Document(path.name, path.read_bytes())):\n"
        "            sum(1 for _row in table.rows)\n"
        "    except StructuralError as error:\n"
        "        print(path.name, error.finding.code)\n"
        "    assert time.monotonic() - began < 30, path.name\n"
        # The peak of this process alone: that of getrusage begins with what the process that started it had taken.
        "    status = Path('/proc/self/status').read_text()\n"
        "    peak = int(status.split('VmHWM:')[1].split()[0]) / 1024\n"
        "    assert peak < 512, (path.name, peak)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_code_of_the_cases_has_its_words():
    assert {code for _name, _content, code in CASES.values()} <= MESSAGES.keys()
