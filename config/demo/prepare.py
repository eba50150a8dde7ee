"""From an empty database to the demo: codes, catalogue, plans, published figures, an invented monitoring year."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from config.demo import simulation
from config.roles import ROLES, load_roles
from evaluation.calendar import days_of_year, is_month_end
from goals.alerting import watch_sections
from goals.assessing import assess_days, assess_targets
from goals.models import (
    AssignedValue,
    Judgement,
    QuantityProgress,
    SiteSetting,
    Target,
    Task,
    TaskQuantity,
    TaskReport,
)
from goals.plan_files import shipped_plans
from goals.selectors import approved_targets
from goals.services import load_plan
from indicators.day_services import rebuild_city_days
from indicators.models import Submission
from indicators.services import load_indicators
from ingest.readers import city_days
from ingest.services import load_submission, receive_file
from provinces.models import Region, Site
from provinces.selectors import cities_of
from provinces.services import load_regions

SHOWN_DATE = date(2021, 9, 30)

#: A step of the preparation: what it is, and the work, which reports each piece done.
Step = tuple[str, int, Callable[[], Iterator[None]]]


@dataclass(frozen=True)
class Account:
    """A person of the demo."""

    username: str
    role: str
    password: str


def is_prepared() -> bool:
    """Whether the demo stands already: the date it opens on is the last thing that is written."""
    return SiteSetting.objects.filter(shown_date=SHOWN_DATE).exists()


def steps() -> list[Step]:
    """The steps in order: (title, pieces of work, work)."""
    return [
        ("数据库 / database", 1, _one(lambda: call_command("migrate", verbosity=0))),
        ("代码、指标、角色 / codes, indicators, roles", 3, _catalogues),
        ("五份工作要点 / five work plans", 5, _plans),
        ("公布数值 / published figures", 1, _one(_published_figures)),
        ("模拟小时数据 2021 / simulated hours", 367, _hours),
        ("模拟逐日历史 2016—2020 / simulated days", 35, _history),
        ("模拟断面与报表 / simulated sections and figures", 25, _water_and_figures),
        ("城市日值 / city days", 1, _one(rebuild_city_days)),
        ("下达值、评议、进度 / entries", 1, _one(_entries)),
        ("评价 / assessments", len(ASSESSED_ON) + 1, _assessments),
        ("账号 / accounts", 1, _one(_accounts)),
    ]


def _one(work: Callable[[], object]) -> Callable[[], Iterator[None]]:
    def steps_of_one() -> Iterator[None]:
        work()
        yield

    return steps_of_one


def _catalogues() -> Iterator[None]:
    for load in (load_regions, load_indicators, load_roles):
        load()
        yield


def _plans() -> Iterator[None]:
    for plan in shipped_plans():
        load_plan(plan)
        yield


def _published_figures() -> None:
    text = resources.files(__package__).joinpath("published_figures.csv").read_bytes()
    _hand_in("published_figures.csv", text, simulated=False)


def _hours() -> Iterator[None]:
    regions, names = _regions(), _names()
    for name, text in (simulation.register_file(regions, names), *_quirks(simulation.archive_files(regions))):
        _hand_in(f"demo/hours/{name}", text.encode())
        yield


def _quirks(files: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Files come with faults in practice: the demo has a few, so that findings can be seen."""
    for name, text in files:
        yield name, _spoilt(text) if name == "china_sites_20210914.csv" else text


def _spoilt(text: str) -> str:
    lines = text.splitlines()
    cells = lines[40].split(",")
    cells[5], cells[9] = "-3", "9999"
    lines[40] = ",".join(cells)
    return "\n".join(lines) + "\n"


def _history() -> Iterator[None]:
    for name, text in simulation.history_files(_regions(), _names()):
        _hand_in(f"demo/days/{name}", text.encode(), reader=city_days.NAME_O3_DECLARED)
        yield


def _water_and_figures() -> Iterator[None]:
    provinces = {region: Region.objects.get(code=f"{region[:2]}0000").name for region in simulation.CLIMATES}
    for name, text in simulation.water_files(_regions(), _names(), provinces):
        _hand_in(f"demo/water/{name}", text.encode())
        yield
    Site.objects.filter(kind=Site.Kind.WATER_SECTION, simulated=True).update(assessed=True)
    figures = resources.files(__package__).joinpath("simulated_figures.csv").read_bytes()
    _hand_in("demo/simulated_figures.csv", figures)
    _hand_in("demo/断链.csv", b"<html><head><title>404 Not Found</title></head></html>")
    yield


def _hand_in(name: str, data: bytes, *, simulated: bool = True, reader: str = "") -> None:
    received = receive_file(name, data, via=Submission.Via.DEMO, simulated=simulated, wanted_reader=reader)
    load_submission(received.submission.pk)


def _regions() -> Mapping[str, list[str]]:
    regions = Region.objects.in_bulk(list(simulation.CLIMATES))
    return {code: [city.code for city in cities_of(regions[code])] for code in simulation.CLIMATES}


def _names() -> Mapping[str, str]:
    codes = [code for members in _regions().values() for code in members]
    return dict(Region.objects.filter(code__in=codes).values_list("code", "short_name"))


@transaction.atomic
def _entries() -> None:
    text = resources.files(__package__).joinpath("entries.yaml").read_text(encoding="utf-8")
    entries: dict[str, list[dict[str, Any]]] = yaml.load(text, Loader=yaml.CSafeLoader)
    targets = {target.register_id: target for target in Target.objects.all()}
    quantities = {quantity.register_id: quantity for quantity in TaskQuantity.objects.all()}
    for row in entries["assigned_values"]:
        target, key = targets[row.pop("target")], {name: row.pop(name) for name in ("year", "assigned_on")}
        AssignedValue.objects.get_or_create(target=target, **key, defaults=row | {"simulated": True})
    for row in entries["judgements"]:
        target, day = targets[row.pop("target")], row.pop("judged_on")
        Judgement.objects.get_or_create(target=target, judged_on=day, defaults=row | {"simulated": True})
    for row in entries["progress"]:
        quantity, day = quantities[row.pop("quantity")], row.pop("reported_on")
        QuantityProgress.objects.get_or_create(quantity=quantity, reported_on=day, defaults=row | {"simulated": True})
    _supervision(entries, targets)


def _supervision(entries: dict[str, list[dict[str, Any]]], targets: dict[str, Target]) -> None:
    """Who sees to which task and target, and what they reported."""
    tasks = {task.register_id: task for task in Task.objects.all()}
    for row in entries["duties"]:
        task, serves = tasks[row.pop("task")], row.pop("targets")
        Task.objects.filter(pk=task.pk).update(**row)
        task.targets.set(targets[register_id] for register_id in serves)
    for row in entries["target_duties"]:
        Target.objects.filter(pk=targets[row.pop("target")].pk).update(**row)
    for row in entries["reports"]:
        key = {"task": tasks[row.pop("task")], "kind": row.pop("kind"), "reported_on": row.pop("reported_on")}
        TaskReport.objects.get_or_create(**key, defaults=row | {"simulated": True, "entered_at": timezone.now()})


#: Every sixteenth day and the month ends of the year.
ASSESSED_ON: tuple[date, ...] = tuple(
    day for day in days_of_year(2021) if is_month_end(day) or day.timetuple().tm_yday % 16 == 0
)


def _assessments() -> Iterator[None]:
    for day, _rows in assess_days(approved_targets(), ASSESSED_ON):
        if is_month_end(day):
            watch_sections(approved_targets(), day, timezone.now())
        yield
    assess_targets(approved_targets(), None)
    yield


def accounts_file() -> Path:
    """Where the passwords of the demo accounts stand; made for this database only."""
    return Path(settings.DATA_DIR) / "demo_accounts.txt"


def _accounts() -> None:
    lines = []
    for username, role in ROLES.items():
        user, _created = get_user_model().objects.get_or_create(username=username)
        password = secrets.token_urlsafe(9)
        user.set_password(password)
        user.is_staff = role.enters_admin
        user.is_superuser = role.is_superuser
        user.save()
        user.groups.set(Group.objects.filter(name=role.group))
        lines.append(f"{role.group}\t{username}\t{password}")
    path = accounts_file()
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    SiteSetting.objects.update_or_create(pk=1, defaults={"shown_date": SHOWN_DATE})


def accounts() -> list[Account]:
    """The accounts as they were made."""
    if not accounts_file().exists():
        return []
    rows = (line.split("\t") for line in accounts_file().read_text(encoding="utf-8").splitlines())
    return [Account(username, role, password) for role, username, password in rows]
