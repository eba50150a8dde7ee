"""The cast: evidence for the targets of the five plans, made in a line each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from django.contrib.auth.models import Group, User
from django.utils import timezone

from goals.found import Found
from goals.models import AssignedValue, Judgement, Target
from goals.rolls import Roll
from goals.selectors import verdicts
from indicators.models import AirDay, Figure, Revision, Submission
from provinces.models import Region
from provinces.selectors import cities_of


def target(identity: str) -> Target:
    """A target of the register."""
    return Target.objects.select_related("plan__region", "indicator").get(register_id=identity)


def roll_of(targets: Sequence[Target]) -> Roll:
    """These targets, in this order."""
    return Roll(
        keys=np.array([one.pk for one in targets]),
        plan_keys=np.array([one.plan_id for one in targets]),
        indicators=np.array([one.indicator_id for one in targets]),
        domains=np.array([one.domain for one in targets]),
        aspirational=np.array([one.aspirational for one in targets]),
        updated=np.zeros(len(targets), dtype=np.int64),
        names=np.array([(one.register_id, one.indicator_zh) for one in targets], dtype=np.object_).reshape(-1, 2),
        plans={one.plan_id: one.plan for one in targets},
    )


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


def year_of_days(region: str, year: int, until: date | None = None, level: float = 30.0, seed: int = 0) -> None:
    """Days that scatter about a level, in every city of a region."""
    last = until or date(year, 12, 31)
    length = (last - date(year, 1, 1)).days + 1
    for place, city in enumerate(cities_of(Region.objects.get(code=region))):
        random = np.random.default_rng([seed, place, year])
        values = level * np.exp(random.normal(0, 0.25, length))
        AirDay.objects.bulk_create(
            AirDay(
                region=city,
                day=date(year, 1, 1) + timedelta(days=n),
                basis=AirDay.Basis.STATIONS,
                pm25_fg=round(float(value) * 10) * 10**8,
                aqi=60,
                primary=0,
                standard="HJ 633-2012",
            )
            for n, value in enumerate(values)
        )


def revise(day: date, old: float, new: float, on: date) -> Revision:
    """A printed day of Guangzhou that a later file revised on a day."""
    file = Submission.objects.create(sha256="a" * 64, name="revised.csv", size=1, received_at=timezone.now())
    row = AirDay.objects.get(region="440100", day=day)
    AirDay.objects.filter(region="440100", day=day).delete()
    row.basis, row.submission, row.pm25_fg = AirDay.Basis.FILE, file, round(new * 10**9)
    row.save(force_insert=True)
    at = timezone.make_aware(timezone.datetime(on.year, on.month, on.day, 12))
    return Revision.objects.create(
        table="air_day", region_id="440100", period_end=timezone.make_aware(
            timezone.datetime(day.year, day.month, day.day) + timedelta(days=1)),
        item="pm25", old_value=Decimal(str(old)), new_value=Decimal(str(new)), new_submission=file, recorded_at=at,
    )  # fmt: skip


def person(name: str = "李科长", email: str = "li@example.invalid") -> User:
    """Somebody of the bureau."""
    user = User.objects.create_user(name, email=email)
    user.groups.add(Group.objects.get(name="业务科室"))
    return user
