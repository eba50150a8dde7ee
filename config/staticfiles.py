"""plotly.js comes from the installed package: one file of it, not the whole folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

SERVED_AS = "vendor/plotly.min.js"


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

    def find(self, path: str, find_all: bool = False, **kwargs: object) -> str | list[str]:
        if path != SERVED_AS:
            return []
        found = str(self.folder / "plotly.min.js")
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        yield "plotly.min.js", PlotlyStorage(location=self.folder)
