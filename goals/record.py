"""The page 预测记录: how the forecast did on past years, and every one ever stored against its outcome. Reads only."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from django.utils import timezone
from django.utils.translation import gettext as _

from charts import record as drawn
from evaluation.backtest import IN_USE, LEAST_COVERAGE, MOST_WRONG
from evaluation.lessons import MONTHS, Lesson
from evaluation.progress import LIKELY_FROM, UNLIKELY_TO, State
from goals import sentences
from goals.models import Assessment, Target
from goals.outlook import lesson_on
from goals.picture import Picture, as_json
from goals.selectors import verdicts


@dataclass(frozen=True)
class ScoreLine:
    """The scores of one month end, as they are printed."""

    month: int
    trials: int
    crps: str
    coverage: str
    wrong: str
    silent: str
    skill_naive: str
    skill_base: str
    passes: bool


@dataclass(frozen=True)
class ScoreTable:
    """One figure, one set of cities, one way of testing."""

    name: str
    protocol: str
    cities: str
    years: str
    lines: Sequence[ScoreLine]


@dataclass(frozen=True)
class FigureRecord:
    """One figure: the months at whose end its forecast is shown, and its scores."""

    figure: str
    label: str
    months: Sequence[tuple[int, bool]]
    tables: Sequence[ScoreTable]


@dataclass(frozen=True)
class RunningLine:
    """Forecasts whose year is over: how many of what kind of call came true. Those that were not shown stand apart."""

    label: str
    shown: bool
    forecasts: int
    covered: str
    likely: str
    unlikely: str
    brier: str


@dataclass(frozen=True)
class ForecastsPage:
    """The record of the forecast."""

    source: str
    figures: Sequence[FigureRecord]
    calibration: Picture | None
    running: Sequence[RunningLine]
    waiting: int  # forecasts stored whose outcome is not known yet
    least_coverage: str
    most_wrong: str


def _source(lesson: Lesson) -> str:
    """What the parameters were learned from; those that are shipped say it in English."""
    return lesson.source if sentences.in_english() else re.sub(r"(\d+) cities", r"\1个城市", lesson.source)


def forecasts_page(as_of: date | None) -> ForecastsPage:
    """The page as of a day."""
    lesson = lesson_on(as_of)
    running, waiting = _running(as_of)
    return ForecastsPage(
        _source(lesson),
        [_figure_record(lesson, figure) for figure in lesson.numbers],
        _calibration(lesson),
        running,
        waiting,
        f"{100 * LEAST_COVERAGE:.0f}%",
        f"{100 * MOST_WRONG:.0f}%",
    )


FIGURE_LABELS: Mapping[str, tuple[str, str]] = {
    "pm25": ("PM2.5年均浓度", "PM2.5, annual mean"),
    "pm10": ("PM10年均浓度", "PM10, annual mean"),
    "good_days": ("优良天数比率", "Share of good days"),
    "heavy_days": ("重污染天数", "Heavy-pollution days"),
    "o3_8h": ("臭氧日最大8小时第90百分位数", "Ozone, 90th percentile of the daily 8 h maximum"),
}


def figure_label(figure: str) -> str:
    """The name of a forecast figure in the language of the page."""
    return FIGURE_LABELS[figure][sentences.in_english()]


def _figure_record(lesson: Lesson, figure: str) -> FigureRecord:
    grouped: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in lesson.scores:
        if row["figure"] == figure:
            grouped[str(row["set"]), str(row["protocol"])].append(row)
    tables = [
        ScoreTable(
            _set_label(name),
            _protocol_label(protocol),
            rows[0]["cities"],
            rows[0]["years"],
            [_line(row) for row in rows],
        )
        for (name, protocol), rows in grouped.items()
    ]
    months = [(month, lesson.may_speak(figure, month)) for month in MONTHS]
    return FigureRecord(figure, figure_label(figure), months, tables)


#: The set of a bureau's own finished years.
OWN = "own"


def _set_label(name: str) -> str:
    return _("本库各城市") if name == OWN else name


def _protocol_label(protocol: str) -> str:
    return {
        "strict": _("只用更早年份学习"),
        "leave one year out": _("留一年法"),
        IN_USE: _("实际使用的参数（不含漂移），在其学习年份上"),
    }[protocol]


def _line(row: Mapping[str, Any]) -> ScoreLine:
    trials, committed = int(row["trials"]), int(row["committed"])
    return ScoreLine(
        int(row["month"]),
        trials,
        f"{float(row['crps']):.3f}",
        f"{100 * float(row['coverage']):.0f}%",
        f"{100 * float(row['wrong']):.1f}%",
        f"{100 * (1 - committed / trials):.0f}%",
        _skill(row["skill_naive"]),
        _skill(row["skill_base"]),
        row["passes"] in (True, "True"),
    )


def _skill(value: Any) -> str:
    return "—" if value in (None, "") else f"{float(value):+.2f}".replace("-", "−")


# ---- calibration -----------------------------------------------------------------------------------------------------


def _calibration(lesson: Lesson) -> Picture | None:
    """What was forecast against what came, over the strict tests of the months that are shown."""
    sums: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for row in lesson.scores:
        if row["protocol"] != "strict" or not lesson.may_speak(row["figure"], int(row["month"])):
            continue
        for cell in str(row["bins"]).split():
            forecast, counts = cell.split(":")
            met, trials = (int(part) for part in counts.split("/"))
            kept = sums[str(row["figure"]), min(9, int(float(forecast) * 10))]
            kept[0] += float(forecast) * trials
            kept[1] += met
            kept[2] += trials
    if not sums:
        return None
    rows = [
        (figure_label(figure), forecast / trials, met / trials, int(trials))
        for (figure, _tenth), (forecast, met, trials) in sorted(sums.items())
    ]
    frame = pd.DataFrame(rows, columns=["figure", "forecast", "met", "trials"])
    figure = drawn.calibration(frame, _("预测的可能性"), _("实际完成的比例"), _("完全校准"))
    cells = [[name, f"{100 * p:.0f}%", f"{100 * met:.0f}%", str(n)] for name, p, met, n in rows]
    columns = (_("指标"), _("预测"), _("实际"), _("次数"))
    subtitle = _("严格回测，只计获准显示的月份；点在斜线上为完全校准")
    return Picture("calibration", _("说几成，来几成"), subtitle, as_json(figure), columns, cells)


# ---- the running record ----------------------------------------------------------------------------------------------


def _running(as_of: date | None) -> tuple[list[RunningLine], int]:
    """Every forecast that was ever stored, a row an indicator and whether it was shown, against how its year ended as
    far as that is known; and how many wait for that."""
    stored = Assessment.objects.filter(has_forecast=True, as_of__isnull=False)
    if as_of is not None:
        stored = stored.filter(as_of__lte=as_of)
    latest: dict[tuple[int, date], dict[str, Any]] = {}
    for target, day, forecast in stored.order_by("id").values_list("target_id", "as_of", "facts__forecast").iterator():
        if day is not None:
            latest[target, day] = forecast
    targets = Target.objects.select_related("plan__region", "indicator", "parent").in_bulk({key[0] for key in latest})
    ends = _outcomes(list(targets.values()), as_of)
    by_figure: dict[tuple[bool, str], list[tuple[Decimal, bool, bool]]] = defaultdict(list)
    waiting = 0
    for (target, _day), forecast in latest.items():
        end = ends.get(target)
        if end is None:
            waiting += 1
            continue
        met, level = end
        covered = Decimal(forecast["low"]) <= level <= Decimal(forecast["high"])
        key = (not forecast["shown"], targets[target].indicator.figure)
        by_figure[key].append((Decimal(forecast["probability"]), met, covered))
    lines = [_running_line(figure, not hidden, found) for (hidden, figure), found in sorted(by_figure.items())]
    return lines, waiting


def _outcomes(targets: Sequence[Target], as_of: date | None) -> dict[int, tuple[bool, Decimal]]:
    """Whether each target was met, and the level that its year ended with, where that is known."""
    over = [target for target in targets if (as_of or timezone.localdate()) >= date(target.plan.year, 12, 31)]
    return {
        found.target.pk: (found.state == State.MET, Decimal(found.facts["level"]))
        for found in verdicts(over, as_of)
        if found.state in (State.MET, State.MISSED) and "level" in found.facts
    }


def _running_line(figure: str, shown: bool, found: Sequence[tuple[Decimal, bool, bool]]) -> RunningLine:
    likely = [met for probability, met, _covered in found if probability >= LIKELY_FROM]
    unlikely = [met for probability, met, _covered in found if probability <= UNLIKELY_TO]
    brier = np.mean([(float(probability) - met) ** 2 for probability, met, _covered in found])
    covered = sum(one[2] for one in found)
    return RunningLine(
        figure_label(figure),
        shown,
        len(found),
        f"{covered} / {len(found)}",
        f"{sum(likely)} / {len(likely)}",
        f"{len(unlikely) - sum(unlikely)} / {len(unlikely)}",
        f"{brier:.2f}",
    )
