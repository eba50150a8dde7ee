"""An indicator over the years: many places as hairlines, those that matter in colour, the limit as steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from charts import theme
from charts.drawing import Figure, scatter
from charts.figures import annotate


@dataclass(frozen=True)
class Line:
    """A place over the years; None where nothing is known. `strong`: 0 a hairline, 1 the first, 2 and on the others."""

    name: str
    values: Sequence[float | None]
    strong: int = 0


@dataclass(frozen=True)
class Limit:
    """A limit over the years of its version; it may differ from one to the next."""

    name: str
    years: Sequence[int]
    value: float


_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def over_years(
    years: Sequence[int], lines: Sequence[Line], limits: Sequence[Limit], unit: str, places: int, height: int = 300
) -> Figure:
    """Values by year. Lines differ in dash as well as in shade, and are named at their ends."""
    figure = Figure(layout=theme.layout(height, hovermode="closest", margin={"r": 150}))
    for line in sorted(lines, key=lambda one: one.strong > 0):
        first, other = theme.ACCENT, theme.INK_2
        colour = theme.GHOST if line.strong == 0 else first if line.strong == 1 else other
        figure.add_trace(
            scatter(
                x=list(years),
                y=list(line.values),
                mode="lines+markers" if line.strong else "lines",
                name=line.name,
                opacity=1 if line.strong else 0.55,
                marker={"size": 7},
                line={
                    "color": colour,
                    "width": 2.25 if line.strong else 1,
                    "dash": _DASHES[(line.strong - 1) % len(_DASHES)] if line.strong else "solid",
                },
                connectgaps=False,
                hovertemplate=f"{line.name} %{{x}} %{{y:.{places}f}} {unit}<extra></extra>",
            )
        )
    _name_ends(figure, years, lines, [limit.value for limit in limits])
    for limit in limits:
        figure.add_trace(
            scatter(
                x=[limit.years[0] - 0.5, limit.years[-1] + 0.5],
                y=[limit.value, limit.value],
                mode="lines",
                line={"color": theme.INK, "width": 1.25, "dash": "dash"},
                hovertemplate=f"{limit.name}<extra></extra>",
            )
        )
        annotate(figure, limit.years[0] - 0.5, None, limit.value, limit.name, theme.INK, yshift=9, bgcolor=theme.PAPER)
    figure.update_xaxes(
        tickvals=list(years), ticktext=[str(year) for year in years], range=[years[0] - 0.6, years[-1] + 0.6]
    )
    figure.update_yaxes(tickformat=f".{places}f")
    return figure


def _name_ends(figure: Figure, years: Sequence[int], lines: Sequence[Line], more: Sequence[float]) -> None:
    """Names beside the last values of the strong lines, moved apart where they would stand on each other."""
    drawn = [value for line in lines for value in line.values if value is not None] + list(more)
    least = 0.075 * ((max(drawn, default=1.0) - min(drawn, default=0.0)) or 1)
    ends = []
    for line in lines:
        known = [(year, value) for year, value in zip(years, line.values, strict=True) if value is not None]
        if line.strong and known:
            ends.append((known[-1][1], known[-1][0], line))
    last: float | None = None
    for value, year, line in sorted(ends, key=lambda one: one[0]):
        at = value if last is None or value - last >= least else last + least
        last = at
        colour = theme.ACCENT if line.strong == 1 else theme.INK_2
        annotate(figure, year, None, at, line.name, colour, xshift=10, name="ends")
