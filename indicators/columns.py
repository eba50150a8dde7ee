"""How observations lie in their columns: pollutants as files name them, figures as `evaluation.air` names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from evaluation.rounding import IntArray

#: The pollutants of an hour, and their columns in the same order.
HOUR_ITEMS = ("PM2.5", "PM10", "SO2", "NO2", "O3", "CO")
HOUR_COLUMNS = ("pm25_ng", "pm10_ng", "so2_ng", "no2_ng", "o3_ng", "co_ug")

#: The figures of a city day: name in `evaluation.air` -> column.
DAY_COLUMNS: Mapping[str, str] = {
    "pm25": "pm25_fg",
    "pm10": "pm10_fg",
    "so2": "so2_fg",
    "no2": "no2_fg",
    "co": "co_pg",
    "o3_8h": "o3_8h_fg",
    "o3_1h": "o3_1h_fg",
}

#: The figures of a day that a file prints, in this order; the 1 h maximum of ozone is in no such file.
PRINTED = ("pm25", "pm10", "so2", "no2", "co", "o3_8h")

#: A city's printed day: region, day, figures in the order of PRINTED.
PrintedDay = tuple[str, date, tuple[int | None, ...]]

#: What is measured at a water section; WaterValue.item is one of these.
WATER_ITEMS = ("WT", "pH", "DO", "EC", "TURB", "CODMn", "NH3-N", "TP", "TN", "CHLA", "ALGAE")


@dataclass(frozen=True)
class Observations:
    """Observations as columns, a row each; moments in seconds since 1970, values as stored integers.

    ts: the end of the period. part: what the key has beyond moment and site (an item's place, the hours of a
    comparison; 0 where there is nothing). values: (row, column), -1 where there is none.
    """

    ts: IntArray
    site: IntArray
    part: IntArray
    values: IntArray

    def __len__(self) -> int:
        return len(self.ts)

    def without(self, series: Mapping[str, Sequence[int]], items: Sequence[str]) -> Observations:
        """The observations without some sites' values of some items; a row of which nothing is left is left out.

        `items` are those of the columns, or where there is one column, of the parts.
        """
        if not series:
            return self
        values = self.values.copy()
        for item, sites in series.items():
            gone = np.isin(self.site, sites)
            if values.shape[1] == 1:
                values[gone & (self.part == items.index(item)), 0] = -1
            else:
                values[gone, items.index(item)] = -1
        kept = (values >= 0).any(axis=1)
        return Observations(self.ts[kept], self.site[kept], self.part[kept], values[kept])

    def readings(self) -> int:
        """How many different pairs of site and moment there are."""
        return len(np.unique(self.ts // 60 << 32 | self.site))
