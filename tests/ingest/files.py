"""Small invented files in the known layouts. Places are real, numbers are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path


def written(folder: Path, name: str, text: str) -> Path:
    """A file of that text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


REGISTER = (
    "code,name,city,lon,lat,code_origin\nT001A,甲站,衡阳,112.6,26.9,national\nT002A,乙站,衡阳,112.6,26.9,national\n"
)

#: A day's plain value of every pollutant, in the order of the national archive.
PLAIN = {"PM2.5": "30", "PM10": "50", "SO2": "8", "NO2": "20", "O3": "60", "CO": "0.7"}


def national(
    day: str, hours: Sequence[int], values: Mapping[str, str] = PLAIN, sites: Sequence[str] = ("T001A", "T002A")
) -> str:
    """Layout (a): a line an hour and pollutant, the same value at every site. `day` is 20210301."""
    lines = [f"date,hour,type,{','.join(sites)}"]
    for hour in hours:
        lines += [f"{day},{hour},{item},{','.join([value] * len(sites))}" for item, value in values.items()]
    return "\n".join(lines) + "\n"


SITE_HOURS = (
    "Date,Hour,WatchPoint,AQI,Level,PrimaryPollution,PM2.5,PM10,CO,NO2,O3_1h,O3_8h,SO2\n"
    "20210301,08,甲站,72,良,细颗粒物(PM2.5),31,52,0.8,21,61,55,9\n"
    "20210301,09,甲站,72,良,细颗粒物(PM2.5),NaN,NaN,NaN,NaN,NaN,NaN,NaN\n"
)

#: Layout (c): no heading; city, day, AQI, range, level, PM2.5, PM10, SO2, CO, NO2, O3, rank.
CITY_DAYS = "衡阳,2020-03-01,62,50~70,良,40.5,62.1,9,0.8,22,88,100\n衡阳,2020-03-02,70,60~80,良,51,70,9,0.9,24,90,120\n"

WATER_HEAD = (
    "省份,流域,断面名称,监测时间,水质类别,水温(℃),pH(无量纲),溶解氧(mg/L),电导率(μS/cm),浊度(NTU),高锰酸盐指数(mg/L),"
    "氨氮(mg/L),总磷(mg/L),总氮(mg/L),叶绿素α(mg/L),藻密度(cells/L),站点情况\n"
)
WATER = WATER_HEAD + "湖南省,长江流域,试验断面,03-01 04:00,Ⅱ,12.1,7.5,8.2,210,8.0,2.1,0.12,0.05,1.2,*,*,正常\n"

CONSULATE = (
    "Site,Parameter,Date (LT),Year,Month,Day,Hour,NowCast Conc.,AQI,AQI Category,Raw Conc.,Conc. Unit,Duration,"
    "QC Name\n"
    "Guangzhou,PM2.5 - Principal,2021-03-01 01:00 AM,2021,03,01,01,39.8,100,Moderate,33.0,UG/M3,1 Hr,Valid\n"
    "Guangzhou,PM2.5 - Principal,2021-03-01 02:00 AM,2021,03,01,02,39.8,100,Moderate,-999,UG/M3,1 Hr,Missing\n"
)

FIGURE_HEAD = (
    "region_code,region,period_start,period_end,indicator,value,unit,yoy,yoy_unit,scope,issuer,published_on,note,"
    "kind,operator\n"
)


def figure(**changes: str) -> str:
    """A line of layout (e): a PM2.5 mean of Hengyang that nobody published."""
    row = {
        "region_code": "430400", "region": "衡阳", "period_start": "2020-01", "period_end": "2020-12",
        "indicator": "pm25_mean", "value": "40", "unit": "µg/m3", "yoy": "", "yoy_unit": "", "scope": "",
        "issuer": "试验机构", "published_on": "2021-06-05", "note": "", "kind": "observed", "operator": "",
    }  # fmt: skip
    assert changes.keys() <= row.keys()
    return ",".join({**row, **changes}.values()) + "\n"
