"""How fast targets are judged again: many of them, those of one new city day, one forecast.

The yardstick of the forecast is a plain mean of the same days; that of judging is one pass over the same days in SQL.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from statistics import median

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from evaluation.forecast import SERIES, FloatArray, Series, case_of, outcomes
from evaluation.lessons import shipped
from goals.assessing import assess_stale, assess_targets
from goals.models import Assessment, Plan, SiteSetting, Target
from goals.selectors import approved_targets
from indicators.day_services import store_printed_days
from indicators.models import AirDay, Submission
from indicators.services import note_stored
from provinces.models import Region
from provinces.selectors import cities_of

DAY = date(2021, 9, 30)
MANY = 10_000


def run() -> Iterator[str]:
    """Lines of figures, on the demo's database; nothing of it stays."""
    yield f"== steering ({connection.vendor})"
    yield from _forecasts()
    with transaction.atomic():
        yield from _one_city_day()
        yield from _many_targets()
        transaction.set_rollback(True)


def _timed(work: Callable[[], object], times: int = 5) -> float:
    """The median time in milliseconds."""
    taken = []
    for _n in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return 1000 * median(taken)


def _forecasts() -> Iterator[str]:
    random = np.random.default_rng(1)
    years = {year: 40 * np.exp(random.normal(0, 0.3, 366)) for year in range(2015, 2022)}
    flags = {year: (days > 55).astype(np.float64) for year, days in years.items()}
    plain = _timed(lambda: [np.nanmean(days) for days in years.values()], 50)
    for figure, series in SERIES.items():
        taken = _timed(partial(_forecast, series, flags if series.method == "days" else years), 50)
        yield f"forecast of one city, {figure}: {taken:.2f} ms (plain means of its years: {plain:.2f} ms)"


def _forecast(series: Series, years: Mapping[int, FloatArray]) -> FloatArray:
    case = case_of(years[2021], 273, years, 2021)
    if case is None:
        raise ValueError("the years that were made are complete")
    return outcomes(series, case, shipped().numbers[series.figure])


def _one_city_day() -> Iterator[str]:
    SiteSetting.objects.update_or_create(pk=1, defaults={"shown_date": DAY})
    assess_targets(approved_targets(), DAY)
    for city in ("440100", "450100"):
        taken = []
        for n in range(3):
            file = Submission.objects.create(
                sha256=f"{city}{n}".ljust(64, "b"), name="day.csv", size=1, received_at=timezone.now(), simulated=True
            )
            AirDay.objects.filter(region=city, day=DAY).delete()
            values = tuple((30 + n) * 10**9 for _item in range(6))
            stored = store_printed_days([(city, DAY, values)], file)
            note_stored(stored, file, timezone.now())
            began = time.perf_counter()
            judged = assess_stale()
            taken.append(time.perf_counter() - began)
        name = Region.objects.get(code=city).label
        yield f"one new day of {name}: {len(judged)} targets judged again in {1000 * median(taken):.0f} ms"


def _many_targets() -> Iterator[str]:
    """Ten thousand daily targets over the demo's 35 cities, in plans of their own; those of one city and figure share
    the ensemble of its forecast."""
    daily = ("mean", "day_ratio", "day_count", "percentile")
    models = list(approved_targets().filter(indicator__statistic__in=daily, parent=None))
    regions = [city for code in ("450000", "410000") for city in cities_of(Region.objects.get(code=code))] + list(
        Region.objects.filter(code__in=["440100", "430400", "210200"])
    )
    plans = [
        Plan.objects.get_or_create(region=region, year=2021, defaults={"title": f"{region.label} 2021"})[0]
        for region in regions
    ]
    twins = []
    for n in range(MANY):
        one = Target.objects.get(pk=models[n % len(models)].pk)
        one.pk, one.register_id, one.plan, one.order = None, f"B-{n}", plans[(n // len(models)) % len(plans)], n
        twins.append(one)
    Target.objects.bulk_create(twins, batch_size=500)
    targets = list(approved_targets().filter(register_id__startswith="B-"))
    began = time.perf_counter()
    assess_targets(targets, DAY)
    taken = time.perf_counter() - began
    began = time.perf_counter()
    with connection.cursor() as cursor:
        for _n in range(20):  # the batches of 500, each of which reads seven years
            cursor.execute("SELECT region_id, day, pm25_fg, aqi FROM indicators_airday WHERE day > '2015-01-01'")
            cursor.fetchall()
    plain = time.perf_counter() - began
    yield (
        f"{len(targets)} daily targets of {len(regions)} cities judged and stored in {taken:.1f} s by one process, "
        f"{Assessment.objects.filter(target__in=targets[:100]).count()} of the first 100 kept "
        f"(the same days read 20 times by plain SQL: {plain:.1f} s)"
    )
