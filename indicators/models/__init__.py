"""What is measured: the indicators, the files received, and the observations that came out of them."""

from __future__ import annotations

from indicators.models.catalogue import DOMAIN_CHOICES, Indicator, in_language
from indicators.models.figures import ExceptionalDay, Figure, OfferedValue, Revision
from indicators.models.observations import AirDay, AirHour, Comparison, DirtyAirDay, WaterValue
from indicators.models.submissions import Extent, Finding, Layout, Source, Submission

__all__ = [
    "DOMAIN_CHOICES",
    "AirDay",
    "AirHour",
    "Comparison",
    "DirtyAirDay",
    "ExceptionalDay",
    "Extent",
    "Figure",
    "Finding",
    "Indicator",
    "Layout",
    "OfferedValue",
    "Revision",
    "Source",
    "Submission",
    "WaterValue",
    "in_language",
]
