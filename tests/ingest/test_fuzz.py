"""Whatever bytes arrive, a file is accepted or refused with findings in words; nothing crashes, nothing half-stored."""

from __future__ import annotations

import random

import pytest
from django.contrib.auth.models import User

from indicators.models import Layout
from ingest.messages import MESSAGES
from ingest.readers import read_document
from ingest.services import rehearse
from ingest.tidy import Document, StructuralError
from tests.ingest import books, files

SEEDS = {
    "china_sites_20210301.csv": files.REGISTER + files.national("20210301", range(3)),
    "衡阳.csv": files.SITE_HOURS,
    "南宁.csv": files.CITY_DAYS,
    "2021-03/试验断面.csv": files.WATER,
    "Guangzhou_PM2.5_2021_YTD.csv": files.CONSULATE,
    "figures.csv": files.FIGURE_HEAD + files.figure() + files.figure(kind="target", operator="<="),
    "空气.csv": books.as_csv(books.AIR_MONTH),
    "水.csv": books.as_csv(books.WATER_MONTH),
    "tidy.csv": (
        "time,site,item,value,unit\n2021-03-01 08:00,T001A,PM2.5,0.031,mg/m3\n2021-03-01 08:00,T001A,CO,7,ug/m3\n"
    ),
    "tidy_days.csv": "date,city,item,value,unit\n2021-03-01,衡阳,PM2.5,31,µg/m3\n2021-03-01,衡阳,O3_8h,80,ug/m3\n",
    "tidy_water.csv": "time,province,section,item,value,unit\n2021-03-01 04:00,湖南省,甲,TP,0.02L,mg/L\n",
    "站房.csv": "采样开始,点位,细颗粒物,一氧化碳\n2021/03/01 07:00,T001A,0.031,0.7\n2021/03/01 08:00,T001A,—,0.8\n",
    "日报.csv": "日期,城市,臭氧\n2021-03-01,衡阳,88\n2021年3月2日,南宁,90\n",
    "手工.csv": "断面,日期,地市,总磷\n甲,2021-04-08,衡阳,20L\n乙,2021-04-08 12:00,长沙,0.04\n",
    "月报.csv": "月份,城市,优良率\n2021年4月,衡阳,96.7\n2021,衡阳,95\n",
    "2021-03-01.json": (
        '{"thead": ["省份", "流域", "断面名称", "监测时间", "pH(无量纲)", "总磷(mg/L)", "站点情况"], "tbody": ['
        '["湖南省", "长江流域", "<span title=\'所在地市:衡阳市\'>甲</span>", "03-01 04:00", "7", '
        '"<i title=\'原始值：0.05\'>0.1</i>", "正常"], ["湖南省", "长江流域", "乙", "03-01 00:00", "*", "--", "维护"]]}'
    ),
}
#: How the tables that nobody knows were explained: one of each kind.
EXPLAINED = {
    "站房.csv": {"kind": "hours", "stamp": "begin", "time": ["采样开始"], "place": "点位",
              "items": {"PM2.5": ["细颗粒物", "mg/m3"], "CO": ["一氧化碳", "mg/m3"]}},
    "日报.csv": {"kind": "days", "time": ["日期"], "place": "城市", "items": {"O3_8h": ["臭氧", "µg/m3"]}},
    "手工.csv": {"kind": "water", "time": ["日期"], "place": "断面", "city": "地市", "within": "湖南省",
              "items": {"TP": ["总磷", "µg/L"]}},
    "月报.csv": {"kind": "figures", "time": ["月份"], "place": "城市", "issuer": "试验机构", "period": "to_month",
              "items": {"good_day_ratio": ["优良率", "%"]}},
}  # fmt: skip
BOOKS = {
    "空气.xlsx": books.workbook(books.AIR_MONTH),
    "水.xlsx": books.workbook(books.WATER_MONTH, merge=("A1:G1",)),
}
PIECES = [
    "",
    ",",
    "\n",
    '"',
    "-999",
    "9999",
    "NaN",
    "*",
    "--",
    "1e999",
    "٣",
    "<b>",
    "\t",
    "20210230",
    "{",
    "\ufeff",
    "Ⅲ",
]


def spoiled(text: str, chance: random.Random) -> bytes:
    """The text with a few places overwritten, cut or doubled."""
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randrange(len(text) + 1), chance.randint(0, 12)
        text = text[:at] + chance.choice([*PIECES, text[at : at + 40]]) + text[at + length :]
    data = text.encode(chance.choice(["utf-8", "utf-8", "gb18030", "utf-16"]), errors="replace")
    return data[: chance.randrange(1, len(data) + 1)] if chance.random() < 0.2 else data


def gnawed(data: bytes, chance: random.Random) -> bytes:
    """The bytes of a workbook with a few overwritten, or one of its parts spoiled as text."""
    if chance.random() < 0.5:
        found = bytearray(data)
        for _ in range(chance.randint(1, 8)):
            found[chance.randrange(len(found))] = chance.randrange(256)
        return bytes(found[: chance.randrange(1, len(found) + 1)] if chance.random() < 0.2 else found)
    name = chance.choice(["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
    return books.with_member(data, name, spoiled(books.part(data, name).decode(), chance))


def explain() -> None:
    clerk = User.objects.create_user("clerk")
    for name, mapping in EXPLAINED.items():
        header = SEEDS[name].splitlines()[0].split(",")
        Layout.objects.create(title=name, header=header, mapping=mapping, created_by=clerk)


def check_spoiled(seed: int, count: int) -> None:
    chance = random.Random(seed)
    explain()
    files_made = [(name, spoiled(text, chance)) for _ in range(count) for name, text in SEEDS.items()]
    files_made += [(name, gnawed(data, chance)) for _ in range(count) for name, data in BOOKS.items()]
    for rehearsed in rehearse(files_made):
        assert rehearsed.state in ("accepted", "refused", "held")
        outcome = rehearsed.outcome
        assert {finding.code for finding in outcome.findings} <= MESSAGES.keys()
        assert outcome.rows_read >= 0
        if rehearsed.state == "refused":
            assert outcome.findings
            assert outcome.stored.stored == 0


@pytest.mark.django_db
def test_every_seed_is_a_table_of_its_own_reader():
    explain()
    found = list(rehearse([(name, text.encode()) for name, text in SEEDS.items()]))
    assert [name for name, one in zip(SEEDS, found, strict=True) if one.state != "accepted"] == []
    assert len({rehearsed.outcome.reader for rehearsed in found}) == len(SEEDS)


@pytest.mark.django_db
def test_spoiled_files_are_refused_or_set_aside():
    check_spoiled(1, 4)


@pytest.mark.long
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(8))
def test_many_spoiled_files_are_refused_or_set_aside(seed):
    check_spoiled(100 + seed, 70)  # 8 times 18 kinds of file: ten thousand


@pytest.mark.long
def test_random_bytes_are_no_table():
    chance = random.Random(7)
    for _ in range(3000):
        with pytest.raises(StructuralError):
            read_document(Document("a.csv", chance.randbytes(chance.randint(0, 300))))
