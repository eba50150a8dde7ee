"""An invented monitoring year, shaped by season and calibrated to published annual values. Pure and deterministic.

Nothing here claims to be a measurement: the stations are invented, and everything that comes of it is marked 模拟数据.
It exists so that the demo can show a whole year through the real path of files, readers and rules.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from evaluation import air, standards
from evaluation.calendar import days_of_year

Floats = npt.NDArray[np.float64]

YEAR = 2021
HISTORY = (2016, 2017, 2018, 2019, 2020)
STATIONS_PER_CITY = 3
POLLUTANTS = ("PM2.5", "PM10", "SO2", "NO2", "O3", "CO")


@dataclass(frozen=True)
class Climate:
    """What the air of a region is like. Levels are annual figures of 2021; ratios are those of the year to 2021."""

    pm25: float  # annual mean, µg/m³
    pm10: float
    so2: float
    no2: float
    co: float  # mg/m³
    good_days: float  # ratio in %, which the ozone is scaled to meet
    winter: float  # how much more PM2.5 in January than in July
    spread: float  # of the days' logarithm
    history: Mapping[int, float]  # year -> PM2.5 relative to 2021


def _history(*ratios: float) -> Mapping[int, float]:
    return dict(zip(HISTORY, ratios, strict=True))


#: Published where a publication has it (广西, 河南, 广州: published_figures.csv), else invented.
CLIMATES: Mapping[str, Climate] = {
    "450000": Climate(28, 48, 9, 18, 0.8, 95.8, 2.3, 0.40, _history(1.32, 1.36, 1.25, 1.21, 0.93)),
    "410000": Climate(45, 77, 9, 27, 0.8, 70.1, 2.9, 0.48, _history(1.62, 1.49, 1.38, 1.31, 1.16)),
    "440100": Climate(24, 46, 8, 34, 0.8, 88.5, 1.8, 0.38, _history(1.50, 1.46, 1.46, 1.25, 0.96)),
    "430400": Climate(36, 55, 10, 20, 0.9, 89.9, 2.4, 0.42, _history(1.33, 1.31, 1.18, 1.14, 1.00)),
    "210200": Climate(28, 50, 10, 24, 0.8, 91.2, 2.0, 0.50, _history(1.39, 1.21, 1.07, 1.25, 1.07)),
}


@dataclass(frozen=True)
class CityAir:
    """The daily air of a region's cities: pollutant -> (cities, days), µg/m³ and CO mg/m³; O3 is the daily max 8 h."""

    codes: Sequence[str]
    days: Sequence[date]
    values: Mapping[str, Floats]


def daily_air(region: str, cities: Sequence[str], year: int) -> CityAir:
    """A year of city days. The same arguments always give the same days."""
    climate = CLIMATES[region]
    random = np.random.default_rng([int(region), year])
    days = days_of_year(year)
    season = np.array([np.cos(2 * np.pi * (day.timetuple().tm_yday - 15) / 365.25) for day in days])
    sunny = _wander(random, len(days), 0.75)
    still = _wander(random, len(days), 0.8)
    standing = np.linspace(-1, 1, len(cities)) if len(cities) > 1 else np.zeros(1)
    random.shuffle(standing)

    def field_of(level: float, swing: float, spread: float, weather: Floats, difference: float) -> Floats:
        local = np.stack([_wander(random, len(days), 0.5) for _city in cities])
        shape = np.exp(
            swing * season[None, :] + spread * (0.85 * weather[None, :] + 0.5 * local) + difference * standing[:, None]
        )
        field: Floats = shape / shape.mean() * level
        return field

    swing = np.log(climate.winter) / 2
    pm25 = field_of(climate.pm25 * climate.history.get(year, 1.0), swing, climate.spread, still, 0.12)
    coarse = field_of(
        max(climate.pm10 - climate.pm25, 5) * climate.history.get(year, 1.0) ** 0.6, 0.15, 0.45, sunny, 0.10
    )
    ozone = np.exp(
        -0.42 * season[None, :]
        + 0.27 * sunny[None, :]
        + 0.12 * np.stack([_wander(random, len(days), 0.5) for _city in cities])
        + 0.05 * standing[:, None]
    )
    return CityAir(
        cities,
        days,
        {
            "PM2.5": pm25,
            "PM10": pm25 + coarse,
            "SO2": field_of(climate.so2, 0.2, 0.25, still, 0.1),
            "NO2": field_of(climate.no2, 0.3, 0.28, still, 0.1),
            "CO": field_of(climate.co, 0.15, 0.18, still, 0.05),
            "O3": ozone * _ozone_level(ozone, pm25, pm25 + coarse, climate.good_days),
        },
    )


def _wander(random: np.random.Generator, length: int, memory: float) -> Floats:
    """A standardised series in which a day resembles the one before."""
    steps = random.standard_normal(length)
    series = np.empty(length)
    series[0] = steps[0]
    for n in range(1, length):
        series[n] = memory * series[n - 1] + np.sqrt(1 - memory**2) * steps[n]
    return series


def _ozone_level(shape: Floats, pm25: Floats, pm10: Floats, good_days: float) -> float:
    """The level at which the share of good days comes nearest to the published one; 150 at most stays plausible."""
    low, high = 20.0, 260.0
    for _step in range(40):
        level = (low + high) / 2
        good = (shape * level <= 160) & (pm25 <= 75) & (pm10 <= 150)
        low, high = (level, high) if 100 * good.mean() > good_days else (low, level)
    return low


# ---- hours of invented stations --------------------------------------------------------------------------------------


def station_codes(count: int) -> list[str]:
    """The codes of the invented stations."""
    return [f"SIM{number:03d}A" for number in range(1, count + 1)]


def station_hours(city: CityAir, place: int) -> dict[str, npt.NDArray[np.int64]]:
    """Hours of one city's stations: pollutant -> (days * 24, stations), whole µg/m³, CO in tenths; -1 is missing.

    The stations' means stand around the city's day, the hours around the station's day.
    """
    random = np.random.default_rng([int(city.codes[place]), YEAR, 1])
    length = len(city.days)
    clock = np.arange(1, 25)
    rush = 1 + 0.18 * np.cos(2 * np.pi * (clock - 9) / 12) + 0.12 * np.cos(2 * np.pi * (clock - 22) / 24)
    noon = np.clip(np.sin(np.pi * (clock - 6) / 15), 0.04, None)
    noon = noon / np.sort(noon)[-8:].mean()
    hours: dict[str, npt.NDArray[np.int64]] = {}
    for pollutant in POLLUTANTS:
        daily = city.values[pollutant][place]
        curve = noon if pollutant == "O3" else rush / rush.mean()
        noise = np.exp(0.10 * random.standard_normal((length, 24, STATIONS_PER_CITY)))
        if pollutant != "O3":
            noise /= noise.mean(axis=(1, 2), keepdims=True)
        standing = np.array([0.94, 1.0, 1.06])
        values = daily[:, None, None] * curve[None, :, None] * noise * standing[None, None, :]
        if pollutant == "O3":
            values *= 0.97
        whole = np.rint(values * (10 if pollutant == "CO" else 1)).astype(np.int64)
        hours[pollutant] = np.maximum(whole, 1).reshape(length * 24, STATIONS_PER_CITY)
    _lose_some(random, hours)
    return hours


def _lose_some(random: np.random.Generator, hours: dict[str, npt.NDArray[np.int64]]) -> None:
    """Instruments fail: single hours, and now and then a station for two days."""
    shape = hours["PM2.5"].shape
    lost = random.random(shape) < 0.008
    for station in range(shape[1]):
        for begin in random.integers(0, shape[0] - 48, size=2):
            lost[begin : begin + int(random.integers(8, 48)), station] = True
    for values in hours.values():
        values[lost] = -1


def archive_files(regions: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """The hours of 2021 in the layout of the national archive: (file name, text), one a day.

    `regions`: region code -> codes of its cities, in the order of `register_file`. Hour 0 closes the previous day, so
    the first file begins with hour 1 and the last one holds hour 0 of 2022-01-01 alone.
    """
    columns: dict[str, list[npt.NDArray[np.int64]]] = {pollutant: [] for pollutant in POLLUTANTS}
    for region, cities in regions.items():
        daily = daily_air(region, cities, YEAR)
        for place in range(len(cities)):
            for pollutant, values in station_hours(daily, place).items():
                columns[pollutant].append(values)
    tables = {pollutant: np.concatenate(parts, axis=1) for pollutant, parts in columns.items()}
    codes = station_codes(tables["PM2.5"].shape[1])
    header = "date,hour,type," + ",".join(codes)
    whole = [str(number) for number in range(10_000)] + [""]
    tenths = [f"{number // 10}.{number % 10}" for number in range(10_000)] + [""]
    first = date(YEAR, 1, 1)
    for n in range(len(days_of_year(YEAR)) + 1):
        day = first + timedelta(days=n)
        lines = [header]
        for hour in range(24):
            ends = n * 24 + hour - 1  # position of the hour that ends at `hour` of this day
            if 0 <= ends < len(tables["PM2.5"]):
                for pollutant in POLLUTANTS:
                    words = tenths if pollutant == "CO" else whole
                    cells = ",".join([words[value] for value in tables[pollutant][ends].tolist()])
                    lines.append(f"{day:%Y%m%d},{hour},{pollutant},{cells}")
        yield f"china_sites_{day:%Y%m%d}.csv", "\n".join(lines) + "\n"


def register_file(regions: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> tuple[str, str]:
    """The register of the invented stations. `names`: city code -> its name."""
    cities = [city for members in regions.values() for city in members]
    codes = station_codes(len(cities) * STATIONS_PER_CITY)
    lines = ["code,name,city,lon,lat"]
    for place, code in enumerate(codes):
        city = names[cities[place // STATIONS_PER_CITY]]
        number = "一二三"[place % STATIONS_PER_CITY]
        lines.append(f"{code},{city}模拟{number}号,{city},,")
    return "stations.csv", "\n".join(lines) + "\n"


# ---- days of earlier years -------------------------------------------------------------------------------------------


def history_files(regions: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The days of 2016 to 2020 in the layout of the daily city files: (file name, text), one a city."""
    for region, cities in regions.items():
        years = [daily_air(region, cities, year) for year in HISTORY]
        for place, city in enumerate(cities):
            lines = [line for year in years for line in _day_lines(year, place, names[city])]
            yield f"{names[city]}.csv", "\ufeff" + "\n".join(lines) + "\n"


def _day_lines(year: CityAir, place: int, name: str) -> Iterator[str]:
    columns = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "CO": "co", "O3": "o3_8h"}
    printed = {p: np.round(year.values[p][place], 2 if p == "CO" else 1) for p in columns}
    figures = {name_: np.rint(printed[p] * air.DAY_SCALE).astype(np.int64) for p, name_ in columns.items()}
    rule = standards.aqi_standard(year.days[0])
    for n, (day, aqi) in enumerate(zip(year.days, air.aqi_of_days(figures, rule).aqi, strict=True)):
        band = next(b for b in standards.aqi_bands() if aqi <= b.high)
        cells = [f"{printed[p][n]:g}" for p in ("PM2.5", "PM10", "SO2", "CO", "NO2", "O3")]
        yield f"{name},{day.isoformat()},{aqi},{aqi}~{aqi},{band.category_zh},{','.join(cells)},0"


# ---- water -----------------------------------------------------------------------------------------------------------

#: Region -> sections, of which the last ones are the doubtful ones.
SECTIONS: Mapping[str, int] = {"450000": 37, "410000": 40, "440100": 13, "430400": 14, "210200": 12}
_HEADINGS = (
    ("水温", "℃"),
    ("pH", "无量纲"),
    ("溶解氧", "mg/L"),
    ("电导率", "μS/cm"),
    ("浊度", "NTU"),
    ("高锰酸盐指数", "mg/L"),
    ("氨氮", "mg/L"),
    ("总磷", "mg/L"),
    ("总氮", "mg/L"),
    ("叶绿素α", "mg/L"),
    ("藻密度", "cells/L"),
)


def water_files(
    regions: Mapping[str, Sequence[str]], names: Mapping[str, str], provinces: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """A reading a month and section for 2020 and 2021 in the layout of the daily JSON: (file name, text)."""
    head = ["省份", "流域", "断面名称", "监测时间", "水质类别"]
    head += [f"{heading}<br/><span class='unit'>({unit})</span>" for heading, unit in _HEADINGS] + ["站点情况"]
    for year in (YEAR - 1, YEAR):
        for month in range(1, 13):
            body = [
                row
                for region, cities in regions.items()
                for row in _section_rows(region, cities, names, provinces[region], year, month)
            ]
            content = {"result": 1, "total": 1, "records": len(body), "thead": head, "tbody": body}
            yield f"{year}-{month:02d}-10.json", json.dumps(content, ensure_ascii=False)


def _section_rows(
    region: str, cities: Sequence[str], names: Mapping[str, str], province: str, year: int, month: int
) -> Iterator[list[str]]:
    count = SECTIONS[region]
    for number in range(count):
        random = np.random.default_rng([int(region), number, year, month])
        burden = 0.55 + 0.35 * number / count + (0.45 if number >= count - 2 else 0.0)
        flood = 1 + 0.15 * np.cos(2 * np.pi * (month - 7) / 12)
        noise = np.exp(0.12 * random.standard_normal(len(_HEADINGS)))
        warm = 18 - 9 * np.cos(2 * np.pi * (month - 1) / 12)
        measured = {
            "水温": warm,
            "pH": 7.5 + 0.2 * random.standard_normal(),
            "溶解氧": max(4.2, 9.6 - 0.12 * warm - 1.4 * burden),
            "电导率": 320 * noise[3],
            "浊度": 14 * noise[4] * flood,
            "高锰酸盐指数": 4.4 * burden * noise[5] * flood,
            "氨氮": 0.62 * burden * noise[6],
            "总磷": 0.135 * burden * noise[7] * flood,
            "总氮": 1.9 * burden * noise[8],
        }
        city = names[cities[number % len(cities)]]
        tip = (
            f"<span data-toggle='tooltip' title='所在地市:{city}市&#10;所属河流:模拟河'>模拟断面{number + 1:02d}</span>"
        )
        cells = [
            f"<span data-toggle='tooltip' title='原始值：{measured[heading]:.5f}'>{measured[heading]:.2f}</span>"
            if heading in measured
            else "*"
            for heading, _unit in _HEADINGS
        ]
        yield [province, "模拟流域", tip, f"{month:02d}-10 08:00", "", *cells, "正常"]
