"""What was known on an earlier day: figures with the values they had then, city days with revisions taken back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from evaluation.calendar import SHANGHAI
from indicators.known_days import city_days
from indicators.known_figures import figure_record
from indicators.models import AirDay, Figure, Revision, Submission

pytestmark = pytest.mark.django_db
HENGYANG, TODAY = "430400", date(2022, 3, 1)


def moment(month: int, day: int) -> datetime:
    return datetime(2021, month, day, 9, tzinfo=SHANGHAI)


@pytest.fixture
def file() -> Submission:
    return Submission.objects.create(sha256="e" * 64, name="e.csv", size=1, received_at=timezone.now())


@pytest.fixture
def figure(file) -> Figure:
    """The mean of PM2.5 of January to June, published on 10 July; 33 by now."""
    return Figure.objects.create(
        region_id=HENGYANG, indicator_id="pm25_mean", scope="own", period_start=date(2021, 1, 1),
        period_end=date(2021, 6, 30), value=Decimal(33), unit="µg/m³", issuer="试验机构",
        published_on=date(2021, 7, 10), submission=file, row=2,
    )  # fmt: skip


def known(as_of: date | None) -> list[Decimal | None]:
    return [one.value for one in figure_record([HENGYANG], ["pm25_mean"]).known(as_of, TODAY)]


def test_a_figure_is_known_from_its_day_of_publication(figure):
    assert [known(date(2021, 7, 9)), known(date(2021, 7, 10)), known(None)] == [[], [33], [33]]


def test_one_without_a_day_of_publication_once_its_year_is_over_and_never_as_of_a_day(figure):
    Figure.objects.update(published_on=None)
    assert [known(None), known(date(2022, 2, 1))] == [[33], []]
    record = figure_record([HENGYANG], ["pm25_mean"])
    assert record.known(None, date(2021, 12, 31)) == []


def test_one_that_was_withdrawn_is_known_until_then(figure):
    Figure.objects.update(withdrawn_at=moment(9, 15))
    assert [known(date(2021, 9, 14)), known(date(2021, 9, 15)), known(None)] == [[33], [], []]


def test_it_had_the_values_that_it_had(figure, file):
    for old, new, at in ((31, 32, moment(8, 5)), (32, 33, moment(10, 20))):
        Revision.objects.create(
            table="figure", region_id=HENGYANG, figure=figure, item="pm25_mean",
            period_end=datetime(2021, 7, 1, tzinfo=SHANGHAI), old_value=Decimal(old), new_value=Decimal(new),
            new_submission=file, recorded_at=at,
        )  # fmt: skip
    days = (date(2021, 8, 4), date(2021, 8, 5), date(2021, 10, 19), date(2021, 10, 20))
    record = figure_record([HENGYANG], ["pm25_mean"])
    assert [record.known(day, TODAY)[0].value for day in days] == [31, 32, 32, 33]
    assert record.known(None, TODAY)[0].value == 33  # who asked for an earlier day changed nothing


def test_a_printed_day_taken_back_still_stands_behind_the_one_from_the_stations(file):
    day = date(2021, 5, 4)
    for basis, figure, of in (("stations", 20, None), ("file", 10, file)):
        AirDay.objects.create(
            region_id=HENGYANG, day=day, basis=basis, pm25_fg=figure * 10**9, standard="HJ 633-2012", submission=of
        )
    Revision.objects.create(
        table="air_day", region_id=HENGYANG, period_end=datetime(2021, 5, 5, tzinfo=SHANGHAI), item="pm25",
        old_value=Decimal(9), new_value=Decimal(10), new_submission=file, recorded_at=moment(7, 1),
    )  # fmt: skip
    found = city_days([HENGYANG], day, day, as_of=day)[HENGYANG]
    assert found.figures["pm25"].tolist() == [20 * 10**9]
    AirDay.objects.filter(basis="stations").delete()
    found = city_days([HENGYANG], day, day, as_of=day)[HENGYANG]
    assert found.figures["pm25"].tolist() == [9 * 10**9]
