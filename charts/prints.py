"""The same pictures on paper: SVG in black and greys, its text left as text so that the PDF stays selectable."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from charts.figures import Level, Words
from charts.theme import ACCENT, EMPTY, GHOST, INK, INK_2, LINE, LINE_2, ON_PAPER

FAMILY = "Noto Sans SC"
_WIDTH_INCHES = 6.1


@dataclass(frozen=True)
class Bar:
    """A task's quantity: how much of how much; `done` None is unknown and draws no bar."""

    label: str
    done: float | None
    of: float
    text: str


def use_font(path: Path) -> None:
    """Make the family known; to be called once before drawing."""
    font_manager.fontManager.addfont(str(path))
    mpl.rcParams.update(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "dabiao",  # the same picture gives the same bytes
            "font.family": [FAMILY, "DejaVu Sans"],
            "font.size": 8,
            "axes.unicode_minus": False,
        }
    )


def course(frame: pd.DataFrame, words: Words, levels: Sequence[Level], until: pd.Timestamp | None) -> str:
    """A value over the year against its target; see `figures.course`."""
    figure, axes = _canvas(2.3)
    if frame["last_year"].notna().any():
        axes.plot(frame["date"], frame["last_year"], color=ON_PAPER[GHOST], linewidth=0.9)
        _name_end(axes, frame, "last_year", words.last_year, ON_PAPER[GHOST])
    axes.plot(frame["date"], frame["this_year"], color=ON_PAPER[ACCENT], linewidth=1.8)
    _name_end(axes, frame, "this_year", words.this_year, ON_PAPER[INK])
    _draw_levels(axes, levels)
    if until is not None:
        axes.plot(
            pd.Series([until, until]),
            [0, 1],
            transform=axes.get_xaxis_transform(),
            color=ON_PAPER[INK_2],
            linewidth=0.6,
        )
        axes.annotate(
            words.today, (until, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 3), textcoords="offset points",
            ha="center",
        )  # fmt: skip
    _month_axis(axes, frame, words)
    return _svg(figure)


def months(frame: pd.DataFrame, words: Words) -> str:
    """Months of this year in front of those of last year; see `figures.months`."""
    figure, axes = _canvas(1.9)
    axes.bar(
        frame["month"], frame["last_year"], width=0.8, color=ON_PAPER[EMPTY], edgecolor=ON_PAPER[LINE_2], linewidth=0.4
    )
    axes.bar(frame["month"], frame["this_year"], width=0.42, color=ON_PAPER[ACCENT])
    axes.set_xticks(list(frame["month"]), [words.months[month - 1] for month in frame["month"]])
    return _svg(figure)


def points(frame: pd.DataFrame, words: Words, levels: Sequence[Level]) -> str:
    """Reported figures, each where its period ends; see `figures.points`."""
    figure, axes = _canvas(1.7)
    colours = [ON_PAPER[ACCENT] if this_year else ON_PAPER[GHOST] for this_year in frame["this_year"]]
    axes.scatter(frame["date"], frame["value"], c=colours, s=18)
    for day, value, label in zip(frame["date"], frame["value"], frame["label"], strict=True):
        text = f"{label} {words.unit}"
        axes.annotate(text, (day, value), xytext=(0, 5), textcoords="offset points", ha="center")
    _draw_levels(axes, levels)
    axes.set_xticks(list(frame["date"]), [f"{day:%Y-%m}" for day in frame["date"]])
    axes.ticklabel_format(axis="y", style="plain", useOffset=False)
    axes.margins(x=0.12, y=0.3)
    return _svg(figure)


def bars(rows: Sequence[Bar]) -> str:
    """Committed quantities, how far each has come. An unknown one has an empty frame and its word, never a zero bar."""
    figure, axes = _canvas(0.45 + 0.26 * len(rows))
    places = list(range(len(rows)))[::-1]
    axes.barh(places, [1.0] * len(rows), height=0.5, color="none", edgecolor=ON_PAPER[LINE_2], linewidth=0.6)
    shares = [0.0 if row.done is None or not row.of else min(1.0, row.done / row.of) for row in rows]
    axes.barh(places, shares, height=0.5, color=ON_PAPER[ACCENT])
    axes.set_yticks(places, [row.label for row in rows])
    for place, row in zip(places, rows, strict=True):
        axes.annotate(row.text, (1.0, place), xytext=(4, 0), textcoords="offset points", va="center")
    axes.set_xticks([])
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0)
    return _svg(figure)


def _canvas(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_WIDTH_INCHES, height), layout="constrained")
    axes = figure.add_subplot()
    axes.grid(axis="y", color=ON_PAPER[LINE], linewidth=0.5)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(ON_PAPER[LINE_2])
    axes.tick_params(length=0, labelcolor=ON_PAPER[INK])
    return figure, axes


def _draw_levels(axes: Axes, levels: Sequence[Level]) -> None:
    for level in levels:
        axes.axhline(level.value, color=ON_PAPER[INK], linewidth=0.9)
        place, offset = (1.0, level.value), (4, 0)
        axes.annotate(
            level.label, place, offset, xycoords=("axes fraction", "data"), textcoords="offset points", va="center"
        )


def _name_end(axes: Axes, frame: pd.DataFrame, column: str, text: str, colour: str) -> None:
    known = frame.dropna(subset=[column])
    if len(known):
        last = known.iloc[-1]
        axes.annotate(
            text, (last["date"], last[column]), xytext=(4, 0), textcoords="offset points", va="center", color=colour
        )


def _month_axis(axes: Axes, frame: pd.DataFrame, words: Words) -> None:
    middles = [day for day in frame["date"] if day.day == 16]
    axes.set_xticks(middles, [words.months[day.month - 1] for day in middles])
    axes.set_xlim(frame["date"].iloc[0], frame["date"].iloc[-1])


def _svg(figure: Figure) -> str:
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()
