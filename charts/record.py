"""The record of the forecast as a picture."""

from __future__ import annotations

import pandas as pd

from charts import theme
from charts.drawing import Figure, scatter
from charts.figures import annotate

_COLOURS = (theme.ACCENT, theme.INK_2, theme.STEPS[3], theme.GHOST, theme.INK)
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")


def calibration(frame: pd.DataFrame, x: str, y: str, perfect: str) -> Figure:
    """What was forecast against what came, a line a figure; on the diagonal both are the same.

    `frame`: figure, forecast (0..1), met (0..1), trials. The size of a point grows with its trials.
    """
    figure = Figure(layout=theme.layout(340, hovermode="closest", margin={"r": 180, "b": 44}))
    figure.add_trace(
        scatter(
            x=[0, 1],
            y=[0, 1],
            mode="lines",
            line={"color": theme.LINE_2, "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    annotate(figure, 0.3, None, 0.3, perfect, theme.INK_3, xanchor="left", yshift=-12, xshift=6)
    for place, (name, chosen) in enumerate(frame.groupby("figure", sort=False)):
        ordered = chosen.sort_values("forecast")
        colour = _COLOURS[place % len(_COLOURS)]
        figure.add_trace(
            scatter(
                x=ordered["forecast"],
                y=ordered["met"],
                mode="lines+markers",
                name=str(name),
                line={"color": colour, "width": 1.5, "dash": _DASHES[place % len(_DASHES)]},
                marker={"color": colour, "size": 6},
                customdata=ordered["trials"],
                hovertemplate=f"{name} %{{x:.0%}} → %{{y:.0%}}　n=%{{customdata}}<extra></extra>",
            )
        )
    figure.update_layout(showlegend=True, legend={"x": 1.02, "y": 1, "font": {"size": 12}})
    figure.update_xaxes(range=[0, 1], tickformat=".0%", title={"text": x, "font": {"size": 12}})
    figure.update_yaxes(range=[0, 1], tickformat=".0%", title={"text": y, "font": {"size": 12}})
    return figure
