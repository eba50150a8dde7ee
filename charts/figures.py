"""The figures of the pages. Each takes a frame and the words to print, and gives a Plotly figure.

Words come from the caller, in the reader's language; a chart knows none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from charts import theme
from charts.drawing import Figure, bar, heatmap, scatter


@dataclass(frozen=True)
class Words:
    """What stands on a chart: names of the lines, the unit, how months read."""

    this_year: str
    last_year: str
    unit: str
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    today: str = ""
    places: int = 1


@dataclass(frozen=True)
class EndRange:
    """Where the year may end, by the outlook: the 80 and the 50 % range and the middle."""

    low: float
    lower: float
    middle: float
    upper: float
    high: float
    label: str


@dataclass(frozen=True)
class Level:
    """A level that the target sets, and its label; a target that holds within a band sets two."""

    value: float
    label: str


def course(
    frame: pd.DataFrame,
    words: Words,
    levels: Sequence[Level],
    until: pd.Timestamp | None,
    ahead: EndRange | None = None,
) -> Figure:
    """A value over the year against its target, last year as a grey ghost, with a fan to the year's end.

    `frame`: date (of this year), this_year, last_year (floats, NaN where unknown). `until`: where today's rule stands.
    """
    figure = Figure(layout=theme.layout(320, xaxis=months_axis(frame, words)))
    if frame["last_year"].notna().any():
        line(figure, frame, "last_year", words.last_year, theme.GHOST, 1.25, words.places)
        _label_end(figure, frame, "last_year", words.last_year, theme.GHOST)
    if ahead is not None:
        fan(figure, frame, ahead)
        figure.update_layout(margin={"r": 190})
        annotate(figure, "paper", 1.0, ahead.middle, ahead.label, theme.ACCENT, xshift=6, name="ends", yshift=-14)
    line(figure, frame, "this_year", words.this_year, theme.ACCENT, 2.25, words.places)
    known = frame.dropna(subset=["this_year"])
    if len(known):
        last = known.iloc[-1]
        figure.add_trace(
            scatter(
                x=[last["date"]],
                y=[last["this_year"]],
                mode="markers",
                marker={"color": theme.ACCENT, "size": 9, "line": {"color": theme.PAPER, "width": 2}},
                hoverinfo="skip",
            )
        )
    _draw_levels(figure, levels)
    if until is not None:
        upright(figure, until)
        if words.today:
            annotate(figure, until, None, 1.04, words.today, theme.INK_2, xanchor="center", yref="paper")
    figure.update_yaxes(rangemode="tozero" if _near_zero(frame, levels) else "normal")
    return figure


def _near_zero(frame: pd.DataFrame, levels: Sequence[Level]) -> bool:
    """Whether zero belongs on the axis: not where values keep within a narrow band far above it."""
    drawn = pd.Series([level.value for level in levels], dtype=float)
    values = pd.concat([frame["this_year"], frame["last_year"], drawn]).dropna()
    return bool(len(values)) and bool(values.min() <= 0.6 * values.max())


def _draw_levels(figure: Figure, levels: Sequence[Level]) -> None:
    for level in levels:
        across(figure, level.value)
        annotate(figure, "paper", 1.0, level.value, level.label, theme.INK, xshift=6)


def months(frame: pd.DataFrame, words: Words, levels: Sequence[Level] = ()) -> Figure:
    """Months of this year in front of those of last year. `frame`: month (1..12), this_year, last_year.

    `levels`: only where a month's value can be held against them (a share of sections, not a count of days).
    """
    right = 72 if levels else 8
    figure = Figure(
        layout=theme.layout(240, barmode="overlay", margin={"r": right}, xaxis={"tickvals": list(range(1, 13))})
    )
    names = [words.months[month - 1] for month in frame["month"]]
    for column, name, colour, width in (
        ("last_year", words.last_year, theme.EMPTY, 0.8),
        ("this_year", words.this_year, theme.ACCENT, 0.45),
    ):
        figure.add_trace(
            bar(
                x=frame["month"],
                y=frame[column],
                name=name,
                width=width,
                marker={"color": colour},
                hovertemplate=f"{name} %{{y:.{words.places}f}} {words.unit}<extra></extra>",
            )
        )
    _draw_levels(figure, levels)
    figure.update_xaxes(ticktext=names, range=[0.4, 12.6])
    return figure


def calendar(frame: pd.DataFrame, words: Words, bounds: Sequence[float], labels: Sequence[str]) -> Figure:
    """A year of days, a column a week. `frame`: date, value (NaN: no value), week, weekday (0 Monday).

    `bounds`: four ascending values that part the five steps of the accent; `labels` name the five steps.
    """
    weeks = range(int(frame["week"].max()) + 1)
    places = (frame["weekday"].to_numpy(), frame["week"].to_numpy())
    values = frame["value"].to_numpy(dtype=np.float64)
    steps, texts = np.full((7, len(weeks)), np.nan), np.full((7, len(weeks)), None, dtype=object)
    steps[places] = np.where(np.isnan(values), np.nan, np.searchsorted(bounds, values, side="left"))
    texts[places] = [
        f"{day:%Y-%m-%d} {'—' if math.isnan(value) else f'{value:g} {words.unit}'}"
        for day, value in zip(frame["date"], values.tolist(), strict=True)
    ]
    width = 1 / len(theme.STEPS)
    scale = [[edge, colour] for n, colour in enumerate(theme.STEPS) for edge in (n * width, (n + 1) * width)]
    figure = Figure(
        data=[
            heatmap(
                z=steps,
                x=list(weeks),
                y=list(range(7)),
                text=texts,
                zmin=-0.5,
                zmax=4.5,
                colorscale=scale,
                showscale=False,
                xgap=2,
                ygap=2,
                hoverongaps=False,
                hovertemplate="%{text}<extra></extra>",
            )
        ],
        layout=theme.layout(
            164,
            hovermode="closest",
            margin={"l": 28, "r": 8, "t": 22, "b": 4},
            yaxis={
                "autorange": "reversed",
                "showgrid": False,
                "showline": False,
                "tickvals": [0, 2, 4, 6],
                "ticktext": [words.weekdays[n] for n in (0, 2, 4, 6)],
            },
            xaxis={"side": "top", "showline": False, **_month_ticks(frame, words)},
        ),
    )
    figure.update_layout(meta={"steps": list(labels)})
    return figure


def points(frame: pd.DataFrame, words: Words, levels: Sequence[Level]) -> Figure:
    """Reported figures, each where its period ends, last year's in grey: no line joins what has no course.

    `frame`: date, value (floats), label (as printed), this_year (whether its period lies in this year).
    """
    figure = Figure(layout=theme.layout(280, hovermode="closest"))
    for is_this_year, name, colour in ((False, words.last_year, theme.GHOST), (True, words.this_year, theme.ACCENT)):
        chosen = frame[frame["this_year"] == is_this_year]
        figure.add_trace(
            scatter(
                x=chosen["date"],
                y=chosen["value"],
                mode="markers+text",
                name=name,
                text=chosen["label"],
                textposition="top center",
                textfont={"color": theme.INK},
                marker={"color": colour, "size": 9},
                cliponaxis=False,
                hovertemplate=f"%{{x|%Y-%m-%d}} %{{text}} {words.unit}<extra></extra>",
            )
        )
    _draw_levels(figure, levels)
    dates = frame["date"]
    margin = pd.Timedelta(days=45)
    figure.update_xaxes(
        tickvals=list(dates),
        ticktext=[f"{day:%Y-%m}" for day in dates],
        range=[dates.min() - margin, dates.max() + margin],
    )
    values = [*frame["value"], *(level.value for level in levels)]
    room = 0.2 * ((max(values) - min(values)) or abs(max(values)) or 1)
    figure.update_yaxes(range=[min(values) - room, max(values) + 1.5 * room])
    return figure


def fan(figure: Figure, frame: pd.DataFrame, ahead: EndRange) -> None:
    """The 80 and the 50 % range of the year's end, opening from the last known value of this_year."""
    known = frame.dropna(subset=["this_year"])
    if known.empty:
        return
    start, end = known.iloc[-1], frame["date"].iloc[-1]
    for low, high, colour in ((ahead.low, ahead.high, theme.STEPS[1]), (ahead.lower, ahead.upper, theme.STEPS[2])):
        figure.add_trace(
            scatter(
                x=[start["date"], end, end, start["date"]],
                y=[start["this_year"], high, low, start["this_year"]],
                mode="lines",
                line={"width": 0},
                fill="toself",
                fillcolor=colour,
                hoverinfo="skip",
            )
        )
    figure.add_trace(
        scatter(
            x=[start["date"], end],
            y=[start["this_year"], ahead.middle],
            mode="lines",
            line={"color": theme.ACCENT, "width": 1.25, "dash": "dot"},
            hoverinfo="skip",
        )
    )


def line(
    figure: Figure, frame: pd.DataFrame, column: str, name: str, colour: str, width: float, places: int = 1
) -> None:
    """A line without markers; it breaks where a value is unknown. `places`: the decimals that pointing at it shows."""
    figure.add_trace(
        scatter(
            x=frame["date"],
            y=frame[column],
            mode="lines",
            name=name,
            line={"color": colour, "width": width},
            connectgaps=False,
            hovertemplate=f"{name} %{{y:.{places}f}}<extra></extra>",
        )
    )


def _label_end(figure: Figure, frame: pd.DataFrame, column: str, text: str, colour: str) -> None:
    known = frame.dropna(subset=[column])
    if len(known):
        last = known.iloc[-1]
        annotate(figure, last["date"], None, last[column], text, colour, xshift=6)


def across(figure: Figure, y: float, **more: Any) -> None:
    """A line at a value from edge to edge. Plotly's own `add_hline` looks through all axes for it, ten times slower."""
    line = {"color": theme.INK, "width": 1.25, **more}
    figure.add_shape(type="line", xref="paper", x0=0, x1=1, y0=y, y1=y, line=line)


def upright(figure: Figure, x: Any) -> None:
    """A line at a day from top to bottom."""
    line = {"color": theme.INK_3, "width": 1}
    figure.add_shape(type="line", yref="paper", y0=0, y1=1, x0=x, x1=x, line=line)


def annotate(figure: Figure, x: Any, paper_x: float | None, y: float, text: str, colour: str, **more: Any) -> None:
    """A label at (x, y), or at `paper_x` of the width where that is given."""
    place = {"xref": "paper", "x": paper_x} if paper_x is not None else {"x": x}
    options = {"xanchor": "left", "showarrow": False, "font": {"color": colour, "size": 12}, **more}
    figure.add_annotation(y=y, text=text, **place, **options)


def months_axis(frame: pd.DataFrame, words: Words) -> dict[str, Any]:
    """An axis of days that names the months at their middles."""
    middles = pd.DatetimeIndex(frame["date"])
    firsts = list(middles[middles.day == 16])
    return {"tickvals": firsts, "ticktext": [words.months[day.month - 1] for day in firsts], "ticks": ""}


def _month_ticks(frame: pd.DataFrame, words: Words) -> dict[str, Any]:
    firsts = frame[pd.DatetimeIndex(frame["date"]).day == 1]
    return {
        "tickvals": list(firsts["week"]),
        "ticktext": [words.months[day.month - 1] for day in firsts["date"]],
        "showgrid": False,
        "ticks": "",
    }
