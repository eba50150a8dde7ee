"""What the packages of Django admin say is said in the language of the page, as what we say is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import polib
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import CharField
from django.urls import reverse
from django.utils.translation import gettext, ngettext, override, pgettext
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from tests.config.test_messages import gettext_is_there
from tests.conftest import ROOT
from tests.goals import cast

OURS = {"en": polib.pofile(str(ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"))}
OURS["zh-hans"] = polib.pofile(str(ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"))


def _packages() -> Iterator[str]:
    """The installed apps that are neither Django's nor ours, each by the name of its package."""
    for app in settings.INSTALLED_APPS:
        name = app.partition(".apps.")[0]
        if not name.startswith("django.") and not (ROOT / name.split(".")[0]).is_dir():
            yield name


@pytest.fixture(scope="module")
def said_by_packages(tmp_path_factory) -> polib.POFile:
    """Every string that a package marks for translation, its own catalogues left aside."""
    gettext_is_there()
    folder = tmp_path_factory.mktemp("packages")
    for name in _packages():
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        unused = ("contrib",) if "." not in name else ()  # parts of a package are apps of their own
        ignore = shutil.ignore_patterns("locale", "tests", *unused)
        shutil.copytree(Path(spec.origin).parent, folder / name.replace(".", "/"), ignore=ignore, dirs_exist_ok=True)
    (folder / "locale").mkdir()
    command = [sys.executable, "-m", "django", "makemessages", "-l", "zh_Hans", "--add-location", "file"]
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return polib.pofile(str(folder / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"))


def _translated(entry: polib.POEntry) -> str:
    if entry.msgid_plural:
        return ngettext(entry.msgid, entry.msgid_plural, 2)
    return pgettext(entry.msgctxt, entry.msgid) if entry.msgctxt else gettext(entry.msgid)


def test_every_string_of_the_packages_has_chinese(said_by_packages):
    with override("zh-hans"):
        lacking = [e.msgid for e in said_by_packages if _translated(e) in (e.msgid, e.msgid_plural)]
    assert lacking == []
    assert len(said_by_packages) > 250


def _said_by_django(domain: str, language: str) -> set[str]:
    """What Django's own installed apps have in a catalogue of theirs, and Django itself."""
    folders = [Path(find_spec("django").origin).parent / "conf"]
    folders += [Path(app.path) for app in apps.get_app_configs() if app.name.startswith("django.")]
    files = [folder / "locale" / language / "LC_MESSAGES" / f"{domain}.po" for folder in folders]
    found = [entry for file in files if file.exists() for entry in polib.pofile(str(file))]
    return {entry.msgid for entry in found if language == "en" or entry.translated()}


@pytest.mark.parametrize(("domain", "least"), [("django", 600), ("djangojs", 40)])
def test_every_string_of_django_has_chinese(domain, least):
    ours = polib.pofile(str(ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / f"{domain}.po"))
    said = _said_by_django(domain, "en")
    assert sorted(said - _said_by_django(domain, "zh_Hans") - {entry.msgid for entry in ours}) == []
    assert len(said) > least


def test_ours_has_no_string_that_no_package_says(said_by_packages):
    said = {entry.msgid for entry in said_by_packages} | _said_by_django("django", "en")
    said |= set(settings.CELERY_BEAT_SCHEDULE)
    assert [entry.msgid for entry in OURS["zh-hans"] if entry.msgid not in said] == []


# ---- as pages show it ------------------------------------------------------------------------------------------------


class _Texts(HTMLParser):
    """The texts and titles of a page, without scripts, pictures and what says that it is Chinese."""

    _EMPTY = frozenset(["area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "use", "path"])
    _LEFT_OUT = frozenset(("script", "style", "textarea", "svg"))

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        marked = tag != "html" and (given.get("lang") or "").startswith("zh")
        icon = "material-symbols-outlined" in (given.get("class") or "")
        out = tag in self._LEFT_OUT or marked or icon or self._is_left_out()
        if not out:
            titles = (given.get(name) for name in ("title", "placeholder", "aria-label", "alt"))
            self.found += [" ".join(title.split()) for title in titles if title]
        if tag not in self._EMPTY:
            self._open.append((tag, out))

    def handle_endtag(self, tag: str) -> None:
        places = [place for place, (name, _out) in enumerate(self._open) if name == tag]
        if places:
            del self._open[places[-1] :]

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._is_left_out():
            self.found.append(" ".join(data.split()).rstrip(":："))

    def _is_left_out(self) -> bool:
        return bool(self._open and self._open[-1][1])


def _texts(page: str) -> set[str]:
    parser = _Texts()
    parser.feed(page)
    return set(parser.found)


def _paths() -> Iterator[str]:
    """Every page of admin: lists, empty lists, forms, histories, exchange of tables."""
    yield from ("/admin/", "/admin/password_change/")
    for model in admin.site._registry:
        name, row = f"admin:{model._meta.app_label}_{model._meta.model_name}", model._default_manager.first()
        yield from (reverse(f"{name}_changelist"), reverse(f"{name}_changelist") + "?q=zzzz", reverse(f"{name}_add"))
        if row is not None:
            yield from (reverse(f"{name}_{what}", args=[row.pk]) for what in ("change", "history"))
        if hasattr(admin.site._registry[model], "import_action"):
            yield from (reverse(f"{name}_{what}") for what in ("import", "export"))


def _untranslated(language: str) -> set[str]:
    """What would have been said otherwise in the language of the page: all that somebody translated into it, but for
    what is stored in these words (units, reasons)."""
    with override(language):
        found = {" ".join(e.msgid.split()) for e in OURS[language] if e.msgid and gettext(e.msgid) != e.msgid}
    return found - set(_stored())


def _stored() -> Iterator[str]:
    for model in apps.get_models():
        for field in model._meta.fields:
            if isinstance(field, CharField) and not field.choices and model is not Group:
                yield from model._default_manager.order_by().values_list(field.name, flat=True).distinct()


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_of_admin_says_what_has_a_translation_in_the_other_language(client_of, language):
    cast.assign("GX-10", "94.6", date(2021, 6, 20))
    client, untranslated, found = client_of("admin"), _untranslated(language), {}
    client.cookies["django_language"] = language
    asked = 0
    for path in _paths():
        page = client.get(path)
        if page.status_code == 200:
            asked += 1
            if said := _texts(page.content.decode()) & untranslated:
                found[path] = said
    assert found == {}
    assert asked > 90


@pytest.mark.django_db
def test_what_there_is_to_choose_is_named_in_the_language_of_the_page(client_of):
    """Of an empty database: no plan, so all that is Chinese would be a choice that nobody translated."""
    client = client_of("admin")
    client.cookies["django_language"] = "en"
    for model in admin.site._registry:
        page = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add"))
        if page.status_code == 200:
            options = re.findall(r"<option[^>]*>([^<]*)</option>", page.content.decode())
            assert [option for option in options if re.search("[\u4e00-\u9fff]", option)] == [], model


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", ("目标管理 | 目标 | 新增", "目标管理 | 重点任务 | 可以销号", "在 06:40")),
        ("en", ("Targets | Target | add", "Targets | Tasks | May close tasks", "At 06:40")),
    ],
)
def test_rights_and_times_are_named_in_the_language_of_the_page(client_of, language, words):
    client = client_of("admin")
    client.cookies["django_language"] = language
    page = client.get(f"/admin/auth/group/{Group.objects.first().pk}/change/").content.decode()
    assert words[0] in page
    assert words[1] in page
    schedule = CrontabSchedule.objects.create(minute="40", hour="6")
    page = client.get(f"/admin/django_celery_beat/crontabschedule/{schedule.pk}/change/").content.decode()
    assert words[2] in page


@pytest.mark.django_db
def test_the_tasks_that_run_by_the_clock_have_chinese_names(client_of):
    every_minute = IntervalSchedule.objects.create(every=1, period="minutes")
    for name in settings.CELERY_BEAT_SCHEDULE:
        PeriodicTask.objects.create(name=name, task="x", interval=every_minute)
    page = client_of("admin").get("/admin/django_celery_beat/periodictask/").content.decode()
    assert "预先绘制页面" in page
    assert [name for name in settings.CELERY_BEAT_SCHEDULE if name in _texts(page)] == []


@pytest.mark.django_db
def test_nobody_is_deleted_and_a_role_goes_alone(client_of):
    client = client_of("admin")
    assert client.get(f"/admin/auth/user/{User.objects.first().pk}/delete/").status_code == 403
    role = Group.objects.create(name="试")
    role.permissions.set(Group.objects.exclude(pk=role.pk).first().permissions.all())
    assert "group_permissions" not in client.get(f"/admin/auth/group/{role.pk}/delete/").content.decode().lower()
    client.post(f"/admin/auth/group/{role.pk}/delete/", {"post": "yes"})
    assert not Group.objects.filter(pk=role.pk).exists()
