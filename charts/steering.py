"""The figures of steering to year-end: the budget burning down over past years, what is needed against what has been,
who used up how much. Each takes a frame and the words to print; see `charts.figures`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from charts import theme
from charts.drawing import Figure, bar, scatter
from charts.figures import EndRange, Words, across, annotate, fan, line, months_axis, upright


@dataclass(frozen=True)
class End:
    """Where the budget would end if the rest of the year were as in an earlier one."""

    value: float
    label: str


def burn_down(
    frame: pd.DataFrame,
    words: Words,
    zero: str,
    today: pd.Timestamp | None,
    left: str,
    ends: Sequence[End] = (),
    ahead: EndRange | None = None,
) -> Figure:
    """What is left of the year's budget day by day, over the envelope of past years; below the zero line it is lost.

    `frame`: date (of this year), this_year, then a column a past year named by it, the latest first (floats, NaN where
    unknown). `zero` labels the line at zero, `left` the point of today.
    """
    figure = Figure(layout=theme.layout(380, margin={"r": 190, "t": 26}, xaxis=months_axis(frame, words)))
    past = [column for column in frame.columns if column not in ("date", "this_year")]
    if past:
        _envelope(figure, frame, past)
        for place, column in enumerate(past):
            line(figure, frame, column, str(column), theme.GHOST, 1.5 if place == 0 else 0.75)
    if today is not None and ahead is not None:
        fan(figure, frame, ahead)
    line(figure, frame, "this_year", words.this_year, theme.ACCENT, 2.25)
    across(figure, 0)
    annotate(figure, "paper", 1.0, 0, zero, theme.INK, xshift=8)
    known = frame.dropna(subset=["this_year"])
    if len(known):
        last = known.iloc[-1]
        _dot(figure, last["date"], last["this_year"])
        if left:
            annotate(figure, last["date"], None, last["this_year"], left, theme.ACCENT, xshift=8, yshift=12)
    if today is not None:
        upright(figure, today)
        annotate(figure, today, None, 1.06, words.today, theme.INK_2, xanchor="center", yref="paper")
    _label_ends(figure, ends, ahead)
    return figure


def _envelope(figure: Figure, frame: pd.DataFrame, past: Sequence[str]) -> None:
    for column, values, fill in (("low", frame[past].min(axis=1), None), ("high", frame[past].max(axis=1), "tonexty")):
        figure.add_trace(
            scatter(
                x=frame["date"],
                y=values,
                mode="lines",
                name=column,
                line={"width": 0},
                fill=fill,
                fillcolor=theme.EMPTY,
                hoverinfo="skip",
            )
        )


def _label_ends(figure: Figure, ends: Sequence[End], ahead: EndRange | None) -> None:
    """The ends beside the figure, in the order of their height; what would overlap moves apart, in a column."""
    lines = [f"{end.label}" for end in sorted(ends, key=lambda end: -end.value)]
    if ahead is not None:
        lines.append(f"<b>{ahead.label}</b>")
    if lines:
        figure.add_annotation(
            x=1.0, y=1.0, xref="paper", yref="paper", xshift=8, xanchor="left", yanchor="top", align="left",
            showarrow=False, name="ends", text="<br>".join(lines), font={"color": theme.INK_2, "size": 12},
        )  # fmt: skip


def required(frame: pd.DataFrame, words: Words, level: float, label: str, first: int) -> Figure:
    """What the mean of the rest must be, against what the months have ever been.

    `frame`: month (1..12), year, value, this_year (whether of this year). `level` is drawn over the months from `first`
    on, which are still to come.
    """
    figure = Figure(layout=theme.layout(260, margin={"r": 24, "t": 22}, hovermode="closest"))
    for is_this_year, name, colour, size in (
        (False, words.last_year, theme.GHOST, 7),
        (True, words.this_year, theme.ACCENT, 9),
    ):
        chosen = frame[frame["this_year"] == is_this_year]
        figure.add_trace(
            scatter(
                x=chosen["month"],
                y=chosen["value"],
                mode="markers",
                name=name,
                text=[str(year) for year in chosen["year"]],
                marker={"color": colour, "size": size, "opacity": 1.0 if is_this_year else 0.75},
                hovertemplate=f"%{{text}} %{{y:.1f}} {words.unit}<extra></extra>",
            )
        )
    figure.add_trace(
        scatter(
            x=[first - 0.45, 12.45],
            y=[level, level],
            mode="lines",
            line={"color": theme.INK, "width": 2},
            hoverinfo="skip",
        )
    )
    annotate(figure, 12.45, None, level, label, theme.INK, xanchor="right", yshift=12, bgcolor=theme.PAPER)
    figure.update_xaxes(tickvals=list(range(1, 13)), ticktext=list(words.months), range=[0.4, 12.6])
    figure.update_yaxes(rangemode="tozero")
    return figure


def waterfall(frame: pd.DataFrame, words: Words, total: str) -> Figure:
    """Who used up or spared how much of a common budget: a bar a city, each beginning where the one before ended.

    `frame`: name, cost (above zero it costs), in the order to be drawn; the last bar is their sum.
    """
    figure = Figure(layout=theme.layout(300, margin={"r": 16, "t": 16, "b": 40}, hovermode="closest"))
    ends = frame["cost"].cumsum()
    starts = ends - frame["cost"]
    for costs, colour in ((True, theme.ACCENT), (False, theme.STEPS[2])):
        chosen = frame["cost"] > 0 if costs else frame["cost"] <= 0
        figure.add_trace(
            bar(
                x=frame["name"][chosen],
                y=frame["cost"][chosen],
                base=starts[chosen],
                width=0.7,
                marker={"color": colour},
                text=frame["text"][chosen],
                textposition="outside",
                cliponaxis=False,
                hovertemplate=f"%{{x}} %{{text}} {words.unit}<extra></extra>",
            )
        )
    whole = float(ends.iloc[-1])
    figure.add_trace(
        bar(
            x=[total],
            y=[whole],
            width=0.7,
            marker={"color": theme.INK_2},
            text=[f"{whole:+.2f}".replace("-", "−")],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{x} %{text}<extra></extra>",
        )
    )
    across(figure, 0, width=1)
    figure.update_xaxes(categoryorder="array", categoryarray=[*frame["name"], total])
    return figure


def _dot(figure: Figure, x: object, y: float) -> None:
    marker = {"color": theme.ACCENT, "size": 10, "line": {"color": theme.PAPER, "width": 2}}
    figure.add_trace(scatter(x=[x], y=[y], mode="markers", marker=marker, hoverinfo="skip"))
