"""The one look of every picture: tokens, fonts, margins."""

from __future__ import annotations

from typing import Any

ACCENT, INK, INK_2, INK_3 = "var(--accent)", "var(--ink)", "var(--ink-2)", "var(--ink-3)"
LINE, LINE_2, GHOST, PAPER = "var(--line)", "var(--line-2)", "var(--ghost)", "var(--paper)"
EMPTY, STEPS = "var(--env-1)", ("var(--env-1)", "var(--heat-1)", "var(--heat-2)", "var(--heat-3)", "var(--accent)")

#: The tokens on paper: black and greys, so that a copy keeps every shape.
ON_PAPER = {
    ACCENT: "#111111",
    INK: "#111111",
    INK_2: "#333333",
    INK_3: "#555555",
    LINE: "#dddddd",
    LINE_2: "#999999",
    GHOST: "#8a8a8a",
    EMPTY: "#ececec",
}

FONT = '"PingFang SC", "Source Han Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif'


def layout(height: int, **more: Any) -> dict[str, Any]:
    """The layout that every figure starts from; `more` overrides."""
    axis = {
        "gridcolor": LINE,
        "linecolor": LINE_2,
        "zeroline": False,
        "tickfont": {"color": INK_2, "size": 12},
        "automargin": True,
        "fixedrange": True,
    }
    base: dict[str, Any] = {
        "height": height,
        "margin": {"l": 44, "r": 96, "t": 16, "b": 28},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": INK_2},
        "showlegend": False,
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": PAPER, "bordercolor": LINE_2, "font": {"color": INK}},
        "xaxis": {**axis, "showgrid": False},
        "yaxis": {**axis, "tickformat": "~f"},  # 40000, never 40k
        "separators": ".",
    }
    for name, value in more.items():
        base[name] = {**base[name], **value} if isinstance(base.get(name), dict) else value
    return base
