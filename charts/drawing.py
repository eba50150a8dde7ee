"""A figure as plotly.js takes it, put together as plain data.

plotly.py would check every property each time a page is drawn, and take half of the page's time for it; here the tests
have it check every kind of figure once (tests/charts/test_figures.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import pandas as pd

Trace = dict[str, Any]
#: Decimals of a number in a figure: more than any eye sees, fewer than a float has.
_PLACES = 4
#: As many steps make a line one of equal steps.
_MANY = 14


@dataclass
class Figure:
    """Traces over a layout; the methods are plotly.py's, in small."""

    layout: dict[str, Any]
    data: list[Trace] = field(default_factory=list)

    def add_trace(self, trace: Trace) -> None:
        """Draw a trace over those that are there."""
        self.data.append(trace)

    def add_shape(self, **properties: Any) -> None:
        """Draw a line."""
        self.layout.setdefault("shapes", []).append(properties)

    def add_annotation(self, **properties: Any) -> None:
        """Write a label."""
        self.layout.setdefault("annotations", []).append(properties)

    def update_layout(self, **properties: Any) -> None:
        """Set parts of the layout; of a part that is a mapping, its own parts."""
        for name, value in properties.items():
            there = self.layout.get(name)
            self.layout[name] = {**there, **value} if isinstance(there, Mapping) else value

    def update_xaxes(self, **properties: Any) -> None:
        """Set parts of the axis of x."""
        self.update_layout(xaxis=properties)

    def update_yaxes(self, **properties: Any) -> None:
        """Set parts of the axis of y."""
        self.update_layout(yaxis=properties)

    def to_json(self) -> str:
        """The figure as JSON; what is not known (NaN) is null."""
        traces = [{name: _plain(value) for name, value in _by_steps(trace).items()} for trace in self.data]
        options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
        return orjson.dumps({"data": traces, "layout": self.layout}, default=_plain, option=options).decode()


def _by_steps(trace: Trace) -> Trace:
    """A line over all days, or hours, of some time by the first one and the step to the next, in milliseconds:
    plotly.js takes as long to read a year of dates as to draw it."""
    moments = trace.get("x")
    if trace["type"] != "scatter" or not isinstance(moments, pd.Series | pd.Index) or moments.dtype.kind != "M":
        return trace
    steps = np.diff(moments.to_numpy().astype("M8[ms]").astype(np.int64))
    if len(steps) < _MANY or (steps != steps[0]).any():
        return trace
    rest = {name: value for name, value in trace.items() if name != "x"}
    return rest | {"x0": _plain(moments[:1])[0], "dx": int(steps[0])}


def _plain(value: Any) -> Any:
    """A column as plain data: days as text, numbers rounded; a day of pandas as text."""
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, pd.Series | pd.Index):
        value = value.to_numpy()
    if isinstance(value, np.ndarray) and value.dtype.kind == "M":
        whole_days = bool((value == value.astype("M8[D]")).all())
        return np.datetime_as_string(value, unit="D" if whole_days else "s").tolist()
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return np.round(value, _PLACES)
    return value.tolist() if isinstance(value, np.ndarray) and value.dtype.kind == "O" else value


def scatter(**properties: Any) -> Trace:
    """Points, or a line through them."""
    return {"type": "scatter", **properties}


def bar(**properties: Any) -> Trace:
    """Bars."""
    return {"type": "bar", **properties}


def heatmap(**properties: Any) -> Trace:
    """Cells in the colours of their values."""
    return {"type": "heatmap", **properties}
