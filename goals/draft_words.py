"""The words for what the reader doubts, what a draft lacks, and why a document gives no text."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _


def doubt_words(code: str, about: Mapping[str, object]) -> str:
    """A doubt of the reader as a question that a person can answer. KeyError for a code that nobody raises."""
    words = {
        "unknown_indicator": _("目录里没有“%(words)s”：是哪个指标的别名，还是新指标？"),
        "unknown_scope": _("目录里没有范围“%(words)s”：指哪些地方？"),
        "unit_left_out": _("原文没写单位，按“%(unit)s”读，对吗？"),
        "other_unit": _("原文的单位是“%(unit)s”，这个指标用“%(wanted)s”：要换算吗？"),
        "percent_or_points": _("变化写的是%%：是相对变化，还是百分点？"),
        "no_baseline": _("没写与哪一年比，基准年是哪年？"),
        "paired_without_saying": _("几个数没有写“分别”，按次序配对，对吗？"),
        "lists_differ": _("指标与数的个数不一样，哪个数属于哪个指标？"),
        "several_numbers": _("一个指标有几个数，各是什么？"),
        "only_context": _("像是背景数字而不是承诺，对吗？"),
        "by_hand": _("这几个字读不出数和指标，请填写。"),
    }
    return words[code] % about


def lack_words(code: str) -> str:
    """What a draft lacks, and what to do. KeyError for a code that nobody raises."""
    words = {
        "no_indicator": _("还没有指标：请选一个，或新建。"),
        "no_scope": _("范围不在目录：请选定范围，或清空。"),
        "no_number": _("这类目标要有目标值。"),
        "half_a_number": _("比较符和目标值要一起填，或一起留空。"),
        "unit_without_number": _("没有目标值就没有单位。"),
        "equal_is_of_trends": _("只有趋势目标可以“持平也算”。"),
    }
    return words[code]


def unreadable_words(code: str, about: Mapping[str, object]) -> str:
    """Why a document gives no plan's text, and what to do. KeyError for a code that nobody raises."""
    words = {
        "too_large": _("文件超过%(limit)s MB，不像一份工作要点；没有保存。请只交计划正文。"),
        "empty": _("文件是空的；没有保存。请选有正文的文件。"),
        "binary": _("这不是文本文件；没有保存。请交 txt、html、docx，或带文字层的 pdf。"),
        "scanned": _("这份 PDF 是扫描件，没有文字层；没有保存。请交可以选中文字的 PDF，或 Word、文本。"),
        "encrypted": _("文件有密码；没有保存。请去掉密码再交。"),
        "damaged": _("文件打不开，可能损坏；没有保存。请重新导出一份再交。"),
        "old_word": _("这是旧版 Office 文件（.doc）；没有保存。请另存为 .docx 再交。"),
        "not_a_document": _("这是压缩包或表格，不是 Word 文档；没有保存。请交 .docx。"),
        "not_chinese": _("文字里几乎没有中文，不像一份工作要点；没有保存。请核对文件，或换成带文字层的版本。"),
        "too_long": _("正文有%(count)s字，超过%(limit)s字，不像一份工作要点；没有保存。"),
        "too_many_pages": _("PDF 有%(count)s页，超过%(limit)s页；没有保存。请只交计划正文。"),
    }
    return words[code] % about
