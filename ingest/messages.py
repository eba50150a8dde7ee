"""What each finding says, in the language of the reader: what was found, what happened, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise


class Message(NamedTuple):
    """Sentences with places for `original` and the finding's details."""

    what: StrOrPromise
    then: StrOrPromise
    do: StrOrPromise


_SET_ASIDE = _("这一格已搁置，同行其余入库。")
_ROW_ASIDE = _("整行搁置，其余入库。")
_HELD = _("整份待核，暂未入库。")
_SERIES_HELD = _("这一项待核，暂未入库；其余照常。")
_REFUSED = _("整份未入库，什么都没有写入。")

MESSAGES: Mapping[str, Message] = {
    # ---- the whole file ----
    "empty_file": Message(_("文件是空的。"), _REFUSED, _("请核对导出是否成功，再交一次。")),
    "not_text": Message(_("这不是文本表格（含有二进制内容）。"), _REFUSED, _("请另存为 UTF-8 的 CSV 再交。")),
    "old_workbook": Message(_("这是旧格式的工作簿（.xls）。"), _REFUSED, _("请另存为 .xlsx 或 UTF-8 的 CSV 再交。")),
    "unreadable_workbook": Message(
        _("工作簿打不开：没有传完、加了密码，或内含不该有的内容。"), _REFUSED, _("请重新保存为 .xlsx 再交。")
    ),
    "formula_without_value": Message(
        _("这一格是公式“%(original)s”，文件里没有它的结果。"),
        _REFUSED,
        _("请在 Excel 中打开、保存一次，或粘贴为数值再交。"),
    ),
    "too_wide": Message(_("表太宽，超过 %(limit)s 列。"), _REFUSED, _("请删去多余的列再交。")),
    "unknown_encoding": Message(
        _("文字编码认不出来，既不是 UTF-8 也不是 GB18030。"), _REFUSED, _("请另存为 UTF-8 的 CSV 再交。")
    ),
    "unreadable_archive": Message(_("压缩包打不开，多半是没有传完。"), _REFUSED, _("请重新压缩或重新下载后再交。")),
    "too_large": Message(_("文件太大，超过 %(limit_mb)s MB。"), _REFUSED, _("请按月或按日拆开再交。")),
    "too_many_rows": Message(_("超过 %(limit)s 行。"), _REFUSED, _("请按月或按日拆开再交。")),
    "web_page": Message(
        _("这是一张网页（“%(original)s”），不是数据。"), _REFUSED, _("多半是下载地址失效，请核对来源后重新下载。")
    ),
    "unknown_layout": Message(
        _("这种表没有见过，第一行是“%(original)s”。"),
        _REFUSED,
        _("请在“数据提交”中说明各列含义，或用 --reader 指定版式。"),
    ),
    "broken_csv": Message(_("表格从这一行起读不下去。"), _REFUSED, _("请在原处重新导出。")),
    "broken_json": Message(_("JSON 不完整或结构不对。"), _REFUSED, _("请重新下载后再交。")),
    "column_missing": Message(_("找不到列：%(columns)s。"), _REFUSED, _("请补上这些列再交。")),
    "column_twice": Message(_("列名重复：%(columns)s。"), _REFUSED, _("请去掉或改名后再交。")),
    "unknown_unit": Message(_("单位“%(original)s”与这一列应有的不同。"), _REFUSED, _("请换算成标准单位，或更正表头。")),
    "year_unknown": Message(
        _("时间没有年份，文件名“%(original)s”也看不出年月。"),
        _REFUSED,
        _("请连同年月文件夹一起交（如 2021-04/断面.csv），或在文件名中写明日期。"),
    ),
    "unknown_city_of_file": Message(
        _("文件名“%(original)s”不是已知的城市。"), _REFUSED, _("请以城市名作文件名（如 南宁.csv）再交。")
    ),
    "bytes_lost": Message(
        _("留存的原件不在了，或与收到时不同（sha256 不符）。"), _REFUSED, _("请管理员核查存储，再把原文件重新交一次。")
    ),
    "not_read_again": Message(
        _("重新读取没有成功，原因见下一条。"),
        _("原来的结果和已入库的数值都保留。"),
        _("请更正后再试，或撤回这份文件。"),
    ),
    "no_rows": Message(_("只有表头，没有一行数据。"), _("没有可入库的。"), _("请核对导出的时段，再交一次。")),
    # ---- the whole file, held for a person ----
    "aqi_differs": Message(
        _("看了 %(count)s 个时次，%(rows)s 个的 AQI（如“%(original)s”）与由六项浓度算出的不符。"),
        _HELD,
        _("多半是单位不对或错了列；更正后重新交，或核实后放行。"),
    ),
    # ---- a series, held for a person ----
    "level_jumps": Message(
        _("%(column)s 有 %(count)s 处（%(places)s）的水平从前几日的 %(before)s 变为 %(now)s，像是换了单位或错了列。"),
        _SERIES_HELD,
        _("请核对单位与列；更正后重新交，或核实后放行。"),
    ),
    "level_breaks": Message(
        _("%(column)s 有 %(count)s 处（%(places)s）的水平在文件中途从 %(before)s 变为 %(now)s，像是换了单位或错了列。"),
        _SERIES_HELD,
        _("请核对单位与列；更正后重新交，或核实后放行。"),
    ),
    "spread_jumps": Message(
        _("%(column)s 有 %(count)s 处（%(places)s）的起伏从前几日的 %(before)s 变为 %(now)s，像是换了单位或错了列。"),
        _SERIES_HELD,
        _("请核对单位与列；更正后重新交，或核实后放行。"),
    ),
    "columns_swapped": Message(
        _("%(column)s 两列有 %(count)s 处（%(places)s）的水平正好是彼此前几日的，像是两列颠倒。"),
        _SERIES_HELD,
        _("请核对列；更正后重新交，或核实后放行。"),
    ),
    "fine_above_coarse": Message(
        _("%(count)s 处（%(places)s）%(total)s 个值中有 %(rows)s 个 PM2.5 高于 PM10，不合物理关系。"),
        _SERIES_HELD,
        _("多半是两列颠倒；更正后重新交，或核实后放行。"),
    ),
    "outside_the_hours": Message(
        _("%(column)s 有 %(count)s 处（%(places)s）%(total)s 个日值中有 %(rows)s 个在站点小时值的范围之外。"),
        _SERIES_HELD,
        _("请核对单位、列与日期；更正后重新交，或核实后放行。"),
    ),
    # ---- a row ----
    "wrong_field_count": Message(
        _("这一行有 %(found)s 格，应有 %(wanted)s 格，对不上列。"), _ROW_ASIDE, _("请核对这一行是否缺逗号或被截断。")
    ),
    "wrong_header_again": Message(_("表头又出现了一次，像是两份文件拼在一起。"), _ROW_ASIDE, _("不用办；最好分开交。")),
    "bad_time": Message(_("“%(original)s”不是时间。"), _ROW_ASIDE, _("请更正后重新交。")),
    "future_time": Message(_("“%(original)s”在未来。"), _ROW_ASIDE, _("请核对日期。")),
    "too_early": Message(
        _("“%(original)s”早于 %(first)s，那时还没有可依的空气质量标准（GB 3095-2012 自试点起）。"),
        _ROW_ASIDE,
        _("请核对年份。"),
    ),
    "time_outside_month": Message(
        _("“%(original)s”不在文件夹所示的月份内。"), _ROW_ASIDE, _("请核对文件放对了月份没有。")
    ),
    "unknown_site": Message(
        _("站点“%(original)s”不在名录，涉及 %(rows)s 行。"),
        _("这些行已搁置，其余入库。"),
        _("请先导入站点名录，再在“数据提交”中重新读取这份文件。"),
    ),
    "ambiguous_site": Message(
        _("站点名“%(original)s”不止一处，涉及 %(rows)s 行。"),
        _("不作猜测，这些行已搁置。"),
        _("请改用站点编码，或用按城市的文件。"),
    ),
    "unknown_city": Message(_("“%(original)s”不是已知的城市。"), _ROW_ASIDE, _("请核对城市名，或请管理员添加别名。")),
    "unknown_section_place": Message(_("断面“%(original)s”所在省份认不出来。"), _ROW_ASIDE, _("请核对省份一列。")),
    "ambiguous_section": Message(_("断面名“%(original)s”在这个省不止一处。"), _ROW_ASIDE, _("请补上所在地市。")),
    "not_in_service": Message(
        _("站点情况为“%(original)s”，不是正常运行。"), _("整行不作评价，已搁置。"), _("不用办；恢复后的数据照常读入。")
    ),
    "quality_not_valid": Message(_("质控标记不是有效（“%(original)s”）。"), _ROW_ASIDE, _("不用办。")),
    "repeated_row": Message(_("同一站点、时间已有相同的一行（“%(original)s”）。"), _("只取第一行。"), _("不用办。")),
    "repeated_row_differs": Message(
        _("同一站点、时间有两行，数值不同（“%(original)s”）。"), _("取第一行，这一行搁置。"), _("请核对哪一行对。")
    ),
    "behind_higher_grade": Message(
        _("有 %(rows)s 行，当地当时已有审核过的值（或这份是模拟值，已有真实值）。"),
        _("保留已有的值，这些行搁置。"),
        _("不用办；若这份才是审核后的数据，请注明“已审核”再交。"),
    ),
    # ---- a cell ----
    "negative": Message(_("浓度为负：“%(original)s”。"), _SET_ASIDE, _("请核对仪器零点，更正后重新交。")),
    "missing_code": Message(_("“%(original)s”是缺测代码，不是数值。"), _("按缺测处理。"), _("若有真值，补交即可。")),
    "not_a_number": Message(_("“%(original)s”不是数字。"), _SET_ASIDE, _("请更正后重新交，系统不猜。")),
    "out_of_range": Message(_("“%(original)s”高得不可信。"), _SET_ASIDE, _("请核对单位与小数点。")),
    "unknown_item": Message(_("项目“%(original)s”不认得。"), _ROW_ASIDE, _("请用 %(items)s。")),
    "unit_unknown_for_item": Message(
        _("单位“%(original)s”不能用于 %(column)s。"), _ROW_ASIDE, _("请写明单位（%(units)s）；系统换算，不猜。")
    ),
    "limit_unknown": Message(
        _("“未检出”而没有写检出限：它的一半是多少不得而知。"), _SET_ASIDE, _("请写成检出限加 L，如 0.01L。")
    ),
    "empty_cell": Message(_("这一格是空的，少了它不成一行。"), _ROW_ASIDE, _("请补上。")),
    "statistic_not_stated": Message(
        _("臭氧一列没有注明统计口径（日均值还是日最大8小时）。"),
        _("臭氧未入库，其余入库。"),
        _("若确知是日最大8小时，请选版式“城市逐日表（臭氧为日最大8小时）”重新交。"),
    ),
    # ---- published figures ----
    "unknown_region": Message(_("地区代码“%(original)s”不在名录。"), _ROW_ASIDE, _("请核对代码。")),
    "unknown_indicator": Message(_("指标“%(original)s”不在目录。"), _ROW_ASIDE, _("请用目录中的代码。")),
    "unit_differs": Message(_("单位“%(original)s”与指标的单位不同。"), _ROW_ASIDE, _("请换算后再交，系统不猜单位。")),
    "unknown_scope": Message(
        _("范围“%(original)s”对不上任何一种已知范围。"),
        _("数值已入库并保留原文，但不作任何目标的依据。"),
        _("请管理员在范围目录中添加这种说法。"),
    ),
    "unknown_kind": Message(
        _("类别“%(original)s”不认得。"), _ROW_ASIDE, _("应为 observed、target 或 target_derived。")
    ),
    "unknown_comparator": Message(_("比较符“%(original)s”与类别不符。"), _ROW_ASIDE, _("目标要有比较符，观测值没有。")),
    "issuer_missing": Message(_("没有发布机构。"), _ROW_ASIDE, _("请写明是谁发布的。")),
    "empty_figure": Message(_("既没有数值，也没有变化。"), _ROW_ASIDE, _("请补上。")),
    "bad_period": Message(_("起止月份不对：“%(original)s”。"), _ROW_ASIDE, _("应为 2021-01 这样的月份，止不早于起。")),
    "more_findings": Message(_("另有 %(count)s 处同类问题，没有逐条列出。"), "", _("请先改正已列出的，再交一次。")),
}


def sentence(code: str, original: str, details: Mapping[str, str | int], column: str = "") -> str:
    """What was found, what happened and what to do, as one line. KeyError for a code without a message."""
    message = MESSAGES[code]
    values = {"original": original, "column": column, **details}
    return "".join(str(part) % values if part else "" for part in message)
