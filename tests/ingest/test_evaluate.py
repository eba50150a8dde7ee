"""`manage.py evaluate` from a shell: files in any usual encoding, clear sentences, nothing stored."""

import csv
import io

import pytest
from django.core.management import CommandError, call_command

HEAD = "日期,地区,PM2.5,PM10,SO2,NO2,CO,O3_8h\n"
GOOD = HEAD + "2021-07-01,衡阳,65,80,9,25,2.2,100\n"


def evaluate(path, *arguments):
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command("evaluate", str(path), *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        code = int(end.code)
    return code, list(csv.DictReader(io.StringIO(out.getvalue()))), err.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_table_in_a_table_out(tmp_path, encoding):
    path = tmp_path / "days.csv"
    path.write_text(GOOD, encoding=encoding)
    code, rows, said = evaluate(path, "--what", "aqi")
    assert (code, said) == (0, "")
    assert (rows[0]["地区"], rows[0]["iaqi_co"], rows[0]["aqi"], rows[0]["primary"]) == ("衡阳", "55", "88", "PM2.5")


def test_a_day_for_all_rows(tmp_path):
    path = tmp_path / "days.csv"
    path.write_text(GOOD, encoding="utf-8")
    assert evaluate(path, "--what", "aqi", "--on", "2026-03-01")[1][0]["aqi"] == "105"


def test_problems_name_the_line_of_the_file(tmp_path):
    path = tmp_path / "days.csv"
    path.write_text(HEAD + "\n2021-07-01,衡阳,abc,80,9,25,2.2,100\n", encoding="utf-8")
    code, rows, said = evaluate(path, "--what", "aqi")
    assert (code, rows) == (1, [])
    assert "第3行PM2.5“abc”不是非负数" in said


def test_columns_left_aside_are_said(tmp_path):
    path = tmp_path / "water.csv"
    path.write_text("断面,氨氮,备注\n甲,0.1,\n", encoding="utf-8")
    code, rows, said = evaluate(path, "--what", "water")
    assert (code, rows[0]["class"]) == (0, "Ⅰ")
    assert "备注" in said


def test_a_missing_file_is_wrong_use_and_a_broken_one_is_refused(tmp_path):
    with pytest.raises(CommandError, match="找不到") as missing:
        evaluate(tmp_path / "none.csv", "--what", "aqi")
    assert missing.value.returncode == 2
    with pytest.raises(CommandError, match="2021-03-01"):
        evaluate(tmp_path / "none.csv", "--what", "aqi", "--on", "2021")
    path = tmp_path / "days.csv"
    path.write_text(HEAD + "2021-07-01,衡阳\n", encoding="utf-8")
    with pytest.raises(CommandError, match="第2行有2格，表头有8格") as broken:
        evaluate(path, "--what", "aqi")
    assert broken.value.returncode == 1
    path.write_text(HEAD, encoding="utf-8")
    with pytest.raises(CommandError, match="没有数据行"):
        evaluate(path, "--what", "aqi")
    path.write_bytes(b"")
    with pytest.raises(CommandError, match="空"):
        evaluate(path, "--what", "aqi")
