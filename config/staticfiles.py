"""Scripts that come from installed packages: one file of each, not its whole folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypeAlias, overload

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

PREFIX = "vendor"
#: package -> the folder within it and the file that is served below `vendor/`.
SCRIPTS = {
    "plotly": ("package_data", "plotly.min.js"),
    "django_htmx": ("static/django_htmx", "htmx-2.min.js"),
}

Paths: TypeAlias = list[str]  # a method below is called list


class PackageStorage(FileSystemStorage):
    """A package's folder, of which one file is served below `vendor/`."""

    prefix = PREFIX


class PackageScriptFinder(BaseFinder):
    """Finds `vendor/plotly.min.js` in the plotly package, and so on."""

    def __init__(self) -> None:
        self.folders: dict[str, Path] = {}
        for package, (folder, name) in SCRIPTS.items():
            spec = find_spec(package)
            if spec is None or spec.origin is None:
                raise ImportError(f"{package} is not installed")
            self.folders[name] = Path(spec.origin).parent / folder

    @overload
    def find(self, path: str, find_all: Literal[False] = False) -> str | None: ...

    @overload
    def find(self, path: str, find_all: Literal[True]) -> Paths: ...

    def find(self, path: str, find_all: bool = False) -> str | None | Paths:
        name = path.removeprefix(f"{PREFIX}/")
        found = str(self.folders[name] / name) if path.startswith(f"{PREFIX}/") and name in self.folders else None
        if find_all:
            return [found] if found else []
        return found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for name, folder in self.folders.items():
            yield name, PackageStorage(location=folder)
