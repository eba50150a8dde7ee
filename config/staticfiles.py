"""plotly.js comes from the installed package: one file of it, not the whole folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypeAlias, overload

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

SERVED_AS = "vendor/plotly.min.js"

Paths: TypeAlias = list[str]  # a method below is called list


class PlotlyStorage(FileSystemStorage):
    """The package's folder, whose one file is served below `vendor/`."""

    prefix = "vendor"


class PlotlyFinder(BaseFinder):
    """Finds `vendor/plotly.min.js` in the plotly package."""

    def __init__(self) -> None:
        spec = find_spec("plotly")
        if spec is None or spec.origin is None:
            raise ImportError("plotly is not installed")
        self.folder = Path(spec.origin).parent / "package_data"

    @overload
    def find(self, path: str, find_all: Literal[False] = False) -> str | None: ...

    @overload
    def find(self, path: str, find_all: Literal[True]) -> Paths: ...

    def find(self, path: str, find_all: bool = False) -> str | None | Paths:
        found = str(self.folder / "plotly.min.js") if path == SERVED_AS else None
        if find_all:
            return [found] if found else []
        return found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        yield "plotly.min.js", PlotlyStorage(location=self.folder)
