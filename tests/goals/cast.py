"""The cast: evidence for the targets of the five plans, made in a line each."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from goals.models import AssignedValue, Judgement, Target
from goals.selectors import verdicts
from goals.verdicts import Found
from indicators.models import AirDay, Figure, Submission
from provinces.models import Region
from provinces.selectors import cities_of


def target(identity: str) -> Target:
    """A target of the register."""
    return Target.objects.select_related("plan__region", "indicator").get(register_id=identity)


def judged(identity: str, as_of: date | None) -> Found:
    """The verdict on a target as of a day."""
    return verdicts([target(identity)], as_of)[0]


def days(region: str, first: date, last: date, *, pm25: float = 30, aqi: int = 60, simulated: bool = False) -> None:
    """The same valid day again and again, in every city of the region."""
    cities = cities_of(Region.objects.get(code=region))
    AirDay.objects.bulk_create(
        AirDay(
            region=city,
            day=first + timedelta(days=n),
            basis=AirDay.Basis.STATIONS,
            pm25_fg=round(pm25 * 1000) * 10**6,
            aqi=aqi,
            primary=0,
            standard="HJ 633-2012",
            simulated=simulated,
        )
        for city in cities
        for n in range((last - first).days + 1)
    )


def figure(identity: str, value: str, start: date, end: date, published_on: date | None, **changes: object) -> Figure:
    """A published figure for what a target is about."""
    of = target(identity)
    file, _created = Submission.objects.get_or_create(
        sha256="f" * 64,
        defaults={"name": "figures.csv", "size": 1, "received_at": timezone.now(), "state": Submission.State.ACCEPTED},
    )
    values = {
        "region": of.plan.region, "indicator": of.indicator, "scope": of.scope, "scope_zh": of.scope_zh,
        "period_start": start, "period_end": end, "value": value, "unit": of.indicator.unit, "issuer": "试验机构",
        "published_on": published_on, "submission": file, "row": 2, **changes,
    }  # fmt: skip
    return Figure.objects.create(**values)


def assign(identity: str, value: str, on: date, **changes: object) -> AssignedValue:
    """A number from a higher level."""
    of = target(identity)
    values = {
        "year": of.plan.year,
        "comparator": ">=",
        "value": value,
        "unit": of.indicator.unit,
        "document": "函",
        **changes,
    }
    return AssignedValue.objects.create(target=of, assigned_on=on, **values)


def judge(identity: str, state: str, on: date) -> Judgement:
    """A person's judgement."""
    return Judgement.objects.create(
        target=target(identity), state=state, judged_on=on, evidence="现场检查", document="记录"
    )
