"""What one site measured: its hours as a line that breaks where a value is missing."""

from __future__ import annotations

import pandas as pd

from charts import theme
from charts.drawing import Figure, scatter
from charts.figures import Level, across, annotate


def hours(frame: pd.DataFrame, name: str, unit: str, places: int, levels: list[Level]) -> Figure:
    """Hours of a site. `frame`: at (end of the hour, local), value (NaN where unknown)."""
    figure = Figure(layout=theme.layout(260, hovermode="x"))
    figure.add_trace(
        scatter(
            x=frame["at"],
            y=frame["value"],
            mode="lines",
            name=name,
            line={"color": theme.ACCENT, "width": 1.5},
            connectgaps=False,
            hovertemplate=f"%{{x|%m-%d %H:%M}} %{{y:.{places}f}} {unit}<extra></extra>",
        )
    )
    for level in levels:
        across(figure, level.value, dash="dash")
        annotate(figure, "paper", 1.0, level.value, level.label, theme.INK, xshift=6)
    figure.update_xaxes(tickformat="%m-%d")
    figure.update_yaxes(rangemode="tozero")
    return figure
