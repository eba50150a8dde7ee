"""Every kind of figure, checked by plotly.py itself: each property is one that Plotly knows, with a value it takes."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from charts import figures, record, series, steering, theme, years
from charts.drawing import Figure, scatter
from charts.figures import EndRange, Level, Words

WORDS = Words("2021", "2020", "µg/m³", tuple(f"{n}月" for n in range(1, 13)), tuple("一二三四五六日"), "截至9月30日")
DAYS = [date(2021, 1, 1) + timedelta(days=n) for n in range(365)]
COURSE = pd.DataFrame({
    "date": pd.to_datetime(DAYS),
    "this_year": [30 + n / 7 if n < 273 else np.nan for n in range(365)],
    "last_year": np.linspace(40, 20, 365),
})  # fmt: skip
MONTHS = pd.DataFrame({"month": range(1, 13), "this_year": [*range(9), *[np.nan] * 3], "last_year": range(12)})
CALENDAR = pd.DataFrame({
    "date": DAYS,
    "value": [float(n % 90) if n < 273 else np.nan for n in range(365)],
    "week": [(n + 4) // 7 for n in range(365)],
    "weekday": [day.weekday() for day in DAYS],
})  # fmt: skip
POINTS = pd.DataFrame({
    "date": pd.to_datetime(["2020-12-31", "2021-06-30"]), "value": [94.6, 95.5], "label": ["94.6", "95.5"],
    "this_year": [False, True],
})  # fmt: skip
BUDGET = COURSE[["date", "this_year"]].assign(**{"2020": np.linspace(9, -3, 365), "2019": np.nan})
REQUIRED = pd.DataFrame({
    "month": [1, 2, 1], "year": [2020, 2020, 2021], "value": [30.0, 28.5, 31.0], "this_year": [False, False, True],
})  # fmt: skip
COSTS = pd.DataFrame({"name": ["南宁", "柳州"], "cost": [0.4, -0.7], "text": ["+0.40", "−0.70"]})
HOURS = pd.DataFrame({
    "at": pd.date_range("2021-09-01 01:00", periods=48, freq="h"), "value": [np.nan, *range(47)],
})  # fmt: skip
AHEAD = EndRange(28.0, 29.0, 30.0, 31.0, 32.0, "年终八成")
SEPTEMBER_30 = pd.Timestamp(2021, 9, 30)

KINDS = {
    "course": lambda: figures.course(COURSE, WORDS, [Level(35, "≤ 35")], SEPTEMBER_30, AHEAD),
    "months": lambda: figures.months(MONTHS, WORDS, [Level(5, "≥ 5")]),
    "calendar": lambda: figures.calendar(CALENDAR, WORDS, (10, 20, 40, 80), ("a", "b", "c", "d", "e")),
    "points": lambda: figures.points(POINTS, WORDS, [Level(95, "≥ 95")]),
    "burn down": lambda: steering.burn_down(
        BUDGET, WORDS, "用尽", SEPTEMBER_30, "余3", [steering.End(-3.0, "若同2020年：超3")], AHEAD
    ),
    "required": lambda: steering.required(REQUIRED, WORDS, 44.8, "≤ 44.8", 10),
    "waterfall": lambda: steering.waterfall(COSTS, WORDS, "合计"),
    "hours": lambda: series.hours(HOURS, "PM2.5", "µg/m³", 0, [Level(75, "二级")]),
    "calibration": lambda: record.calibration(
        pd.DataFrame({"figure": ["x", "x"], "forecast": [0.2, 0.8], "met": [0.25, 0.7], "trials": [9, 5]}),
        "说",
        "成",
        "完全校准",
    ),
    "years": lambda: years.over_years(
        [2020, 2021], [years.Line("广西", [26.0, None], strong=1)], [years.Limit("二级 35", [2020, 2021], 35.0)],
        "µg/m³", 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_figure_is_one_that_plotly_draws(kind):
    document = json.loads(KINDS[kind]().to_json())
    assert document["data"]
    drawn = go.Figure(document)  # raises ValueError for what it does not know
    assert {trace.type for trace in drawn.data} <= {"scatter", "bar", "heatmap"}


def test_what_plotly_does_not_know_is_found():
    figure = Figure(theme.layout(100))
    figure.add_trace(scatter(x=[1], y=[2], markers={"size": 3}))
    with pytest.raises(ValueError, match="markers"):
        go.Figure(json.loads(figure.to_json()))


def test_what_is_not_known_is_null_and_days_are_days():
    document = json.loads(KINDS["course"]().to_json())
    lines = {trace.get("name"): trace for trace in document["data"]}
    assert (lines["2021"]["x0"], lines["2021"]["dx"]) == ("2021-01-01", 24 * 3600 * 1000)
    assert len(lines["2021"]["y"]) == 365
    assert (lines["2021"]["y"][272], lines["2021"]["y"][273]) == (pytest.approx(30 + 272 / 7, abs=1e-4), None)


def test_a_part_of_the_layout_leaves_its_other_parts():
    figure = Figure(theme.layout(100))
    left = figure.layout["margin"]["l"]
    figure.update_layout(margin={"r": 190}, showlegend=True)
    figure.update_yaxes(rangemode="tozero")
    assert (figure.layout["margin"]["l"], figure.layout["margin"]["r"]) == (left, 190)
    assert figure.layout["yaxis"]["tickformat"] == "~f"
    assert figure.layout["showlegend"] is True


def test_hours_keep_their_hour_and_days_are_told_as_days():
    at = pd.date_range("2021-08-01 01:00", periods=3, freq="h")
    hours = pd.DataFrame({"at": at, "value": [1.0, 2.0, 3.0]})
    drawn = json.loads(series.hours(hours, "PM2.5", "µg/m³", 0, []).to_json())
    assert drawn["data"][0]["x"] == ["2021-08-01T01:00:00", "2021-08-01T02:00:00", "2021-08-01T03:00:00"]
    figure = Figure(layout={})
    figure.add_trace(scatter(x=pd.Series(pd.date_range("2021-08-01", periods=2)), y=[1, 2]))
    assert json.loads(figure.to_json())["data"][0]["x"] == ["2021-08-01", "2021-08-02"]


@pytest.mark.parametrize(("freq", "milliseconds"), [("D", 86_400_000), ("h", 3_600_000)])
def test_moments_at_equal_steps_are_told_by_the_first_and_the_step(freq, milliseconds):
    moments = pd.Series(pd.date_range("2021-02-27", periods=30, freq=freq))
    lacking = moments.drop(index=7)
    drawn = []
    for x in (moments, lacking, moments[:14]):
        figure = Figure(layout={})
        figure.add_trace(scatter(x=x, y=list(range(len(x)))))
        drawn.append(json.loads(figure.to_json())["data"][0])
    first = pd.Timestamp(drawn[0]["x0"])
    assert [first + pd.Timedelta(milliseconds=n * drawn[0]["dx"]) for n in range(30)] == list(moments)
    assert drawn[0]["dx"] == milliseconds
    for told, x in zip(drawn[1:], (lacking, moments[:14]), strict=True):
        assert [pd.Timestamp(one) for one in told["x"]] == list(x)
        assert "x0" not in told


@pytest.mark.parametrize("year", [2020, 2021, 2023])
def test_every_day_of_the_calendar_lies_in_its_week_and_step(year):
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366 if year == 2020 else 365)]
    values = [float("nan") if n % 7 == 0 else n % 101 for n in range(len(days))]
    begins = days[0].weekday()
    frame = pd.DataFrame({
        "date": days, "value": values, "weekday": [day.weekday() for day in days],
        "week": [(n + begins) // 7 for n in range(len(days))],
    })  # fmt: skip
    bounds = (10, 20, 40, 80)
    heat = figures.calendar(frame, WORDS, bounds, ("a", "b", "c", "d", "e")).data[0]
    seen = {}
    for weekday, (steps, texts) in enumerate(zip(heat["z"], heat["text"], strict=True)):
        for week, (step, text) in enumerate(zip(steps, texts, strict=True)):
            if text is not None:
                seen[text.split()[0]] = (weekday, week, None if np.isnan(step) else int(step), text.split()[1])
    assert heat["x"] == list(range(max(frame["week"]) + 1))
    assert seen == {
        day.isoformat(): (
            day.weekday(),
            (n + begins) // 7,
            None if np.isnan(value) else sum(value > bound for bound in bounds),
            "—" if np.isnan(value) else f"{value:g}",
        )
        for n, (day, value) in enumerate(zip(days, values, strict=True))
    }
