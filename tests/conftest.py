"""What the tests share: the catalogue in the database, people by their roles, where the reference material lies."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.cache import cache, caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.management import call_command
from django.db.models import QuerySet
from django.test import Client
from django.utils import translation

from config.roles import ROLES, load_roles
from goals.plan_files import shipped_plans
from goals.services import load_plan
from indicators.services import load_indicators
from memory.tables import MEMORIES
from provinces.models import Site
from provinces.services import load_regions
from tests.ingest.files import REGISTER, written

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def published_figures() -> list[dict[str, str]]:
    """The figures that official publications print, as the demo ships them."""
    with (ROOT / "config/demo/published_figures.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference material beside the checkout; a user's machine does not have it."""
    if not SHARED.is_dir():
        if os.environ.get("DABIAO_TEST_NO_SKIP"):
            pytest.fail("the reference material is not beside this checkout")
        pytest.skip("the reference material is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Regions, indicators, roles and the five plans are in the database of every test."""
    with django_db_blocker.unblock():
        load_regions()
        load_indicators()
        load_roles()
        for file in shipped_plans():
            load_plan(file)


@pytest.fixture
def client_of(db: None) -> Callable[[str], Client]:
    """A signed-in browser of somebody with that role: keshi, guanli, shuju, lingdao, admin."""

    def sign_in(role: str) -> Client:
        found = ROLES[role]
        user = User.objects.create_user(role, is_staff=found.enters_admin, is_superuser=found.is_superuser)
        user.groups.add(Group.objects.get(name=found.group))
        client = Client()
        client.force_login(user, backend="config.backends.RememberingBackend")
        return client

    return sign_in


@pytest.fixture
def ingest(db: None) -> Callable[..., dict[str, Any]]:
    """`manage.py ingest PATH --json`: its document, with the exit code as `exit`."""

    def run(*arguments: object) -> dict[str, Any]:
        out = io.StringIO()
        code = 0
        try:
            call_command("ingest", *(str(argument) for argument in arguments), "--json", stdout=out)
        except SystemExit as end:
            code = int(end.code or 0)
        return {**orjson.loads(out.getvalue()), "exit": code}

    return run


@pytest.fixture
def stations(tmp_path_factory: pytest.TempPathFactory, ingest: Callable[..., dict[str, Any]]) -> QuerySet[Site]:
    """Two stations of Hengyang, both city points; loaded first, from elsewhere."""
    path = written(tmp_path_factory.mktemp("register"), "stations.csv", REGISTER)
    assert ingest(path)["exit"] == 0
    return Site.objects.filter(code__startswith="T00")


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """What another test kept or remembered, whose database was rolled back or made anew, is not for this one; nor is
    the language of its last reader.

    Redis is not emptied: others use it at the same time, and the broker's messages lie there too.
    """
    translation.activate(settings.LANGUAGE_CODE)
    for memory in MEMORIES:
        memory.forget()
    if isinstance(caches["default"], LocMemCache):
        cache.clear()
    else:
        caches["default"].key_prefix = uuid4().hex
