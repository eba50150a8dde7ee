"""Numbers as plans write them: 31, 1,200, 94.5%, 百分之九十, 三十, 零, with the unit behind them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}
_CHINESE = "零〇一二两三四五六七八九十百千万亿"

#: Printed unit -> the unit as stored. Longest first: 个百分点 before 个.
UNITS = {
    "微克每立方米": "µg/m3", "微克/立方米": "µg/m3", "微克/m3": "µg/m3", "μg/m^3": "µg/m3", "ug/m^3": "µg/m3",
    "微克/标准立方米": "µg/m3", "μg/m3": "µg/m3", "ug/m3": "µg/m3", "μg/立方米": "µg/m3", "ug/立方米": "µg/m3",
    "微克/每立方米": "µg/m3", "微克立方米": "µg/m3", "微克": "µg/m3", "毫克每立方米": "mg/m3",
    "毫克/立方米": "mg/m3", "mg/m3": "mg/m3", "毫克/升": "mg/L", "mg/L": "mg/L", "个百分点": "百分点",
    "百分点": "百分点", "%": "%", "吨/平方公里·月": "吨/(平方公里·月)", "吨/(平方公里·月)": "吨/(平方公里·月)",
    "吨/平方公里*月": "吨/(平方公里·月)", "吨标准煤/万元": "吨标准煤/万元", "吨标煤/万元": "吨标准煤/万元",
    "吨/万元": "吨/万元", "万吨标准煤": "万吨标准煤", "亿吨": "亿吨", "万吨": "万吨", "吨": "吨", "千克": "千克",
    "公斤": "千克", "亿立方米": "亿立方米", "万立方米": "万立方米", "立方米": "立方米", "万平方公里": "万平方公里",
    "平方公里": "平方公里", "平方千米": "平方公里", "万平方米": "万平方米", "平方米": "平方米", "万公顷": "万公顷",
    "公顷": "公顷", "万亩": "万亩", "亩": "亩", "千米": "公里", "公里": "公里", "分贝": "dB(A)", "dB(A)": "dB(A)",
    "dB": "dB(A)", "万千瓦": "万千瓦", "千瓦": "千瓦", "亿千瓦时": "亿千瓦时", "起/万枚": "起/万枚", "天次": "天次",
    "天": "天", "日": "天", "起": "起", "万辆": "万辆", "辆": "辆", "万户": "万户", "户": "户", "万人次": "万人次",
    "万人": "万人", "人次": "人次", "人": "人", "万元": "万元", "亿元": "亿元", "个": "个", "家": "家", "座": "座",
    "条": "条", "处": "处", "项": "项", "台": "台", "套": "套", "次": "次", "份": "份", "艘": "艘", "所": "所",
    "宗": "宗", "件": "件", "分": "分", "名": "名", "位": "位",
}  # fmt: skip
#: What tasks count and targets do not.
_COUNTED = {
    "个月": "个月", "大": "个", "省区": "省区", "省": "省", "市": "市", "区": "区", "县": "县", "镇": "镇",
    "乡": "乡", "村": "村", "蒸吨/小时": "蒸吨/小时", "蒸吨": "蒸吨/小时", "支": "支", "场": "场", "期": "期",
    "批次": "批次", "部": "部", "颗": "颗", "枚": "枚", "万株": "万株", "株": "株", "对": "对", "批": "批",
    "块": "块", "户次": "户次", "家次": "家次", "吨/日": "吨/日", "万吨/日": "万吨/日",
}  # fmt: skip
_PLAIN = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"


def _pattern(units: Iterable[str]) -> re.Pattern[str]:
    unit = "|".join(re.escape(one) for one in sorted(units, key=len, reverse=True))
    return re.compile(
        rf"(?P<per>百分之)(?P<percent>\d+(?:\.\d+)?|[{_CHINESE}]+(?:点[零一二三四五六七八九]+)?)"
        rf"|每万枚(?P<accidents>{_PLAIN})起"
        rf"|(?P<plain>{_PLAIN})(?P<scale>[千百](?=[万吨亩人户]))?(?P<unit>{unit})?"
        rf"|(?P<chinese>[{_CHINESE}]+)(?P<chinese_unit>{unit}|成)"
        r"|(?P<zero>(?<=[为到是])零(?=$|[,。;、]))"
    )


#: A number in a statement of a target, and one in a task.
NUMBER = _pattern(UNITS)
COUNT = _pattern({**UNITS, **_COUNTED})
_ALL_UNITS = {**_COUNTED, **UNITS}


@dataclass(frozen=True)
class Number:
    """A printed number with its unit; `start` and `end` take both in."""

    value: Decimal
    unit: str
    start: int
    end: int


def number_at(match: re.Match[str]) -> Number | None:
    """The number that a match of NUMBER means; None where its characters make no number."""
    if match["per"]:
        return _number(_decimal(match["percent"]), "%", match)
    if match["accidents"]:
        return _number(_decimal(match["accidents"]), "起/万枚", match)
    if match["plain"]:
        value = _decimal(match["plain"])
        if value is not None and match["scale"]:
            value *= {"千": 1000, "百": 100}[match["scale"]]
        return _number(value, _ALL_UNITS.get(match["unit"] or "", ""), match)
    if match["zero"]:
        return _number(Decimal(0), "", match)
    value = _decimal(match["chinese"])
    if match["chinese_unit"] == "成":
        return _number(None if value is None else value * 10, "%", match)
    return _number(value, _ALL_UNITS[match["chinese_unit"]], match)


def _number(value: Decimal | None, unit: str, match: re.Match[str]) -> Number | None:
    return None if value is None else Number(value, unit, match.start(), match.end())


def _decimal(words: str) -> Decimal | None:
    if words[0].isdigit():
        return Decimal(words.replace(",", ""))
    whole, _point, fraction = words.partition("点")
    number = chinese_integer(whole)
    if number is None:
        return None
    digits = "".join(str(_DIGITS[character]) for character in fraction)
    return Decimal(f"{number}.{digits}" if digits else number)


def chinese_integer(words: str) -> int | None:
    """三百二十 = 320, 十四 = 14, 两 = 2, 千 and 万 (of 千吨万人) too; None for what is no number (五六, 百千)."""
    if words in ("百", "千", "万"):
        return {**_TENS, **_MYRIADS}[words]
    total, section, digit = 0, 0, None
    for character in words:
        if character in _DIGITS:
            if digit not in (None, 0):
                return None
            digit = _DIGITS[character]
        elif character in _TENS:
            if digit is None and (section or _TENS[character] > 10):
                return None
            section += (1 if digit is None else digit) * _TENS[character]
            digit = None
        elif character in _MYRIADS:
            if digit is None and not section:
                return None
            total += (section + (digit or 0)) * _MYRIADS[character]
            section, digit = 0, None
        else:
            return None
    return total + section + (digit or 0) if words else None
