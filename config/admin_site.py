"""The admin site: unfold's, with the one exception that its scripts need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from csp.decorators import csp_update
from django.http import HttpResponseBase
from unfold.sites import UnfoldAdminSite

_View = TypeVar("_View", bound=Callable[..., HttpResponseBase])


#: Rows of a list: they fit what one looks through, and a hundred take twice as long to draw.
ROWS = 40


class DabiaoAdminSite(UnfoldAdminSite):
    """Unfold's Alpine build evaluates expressions: /admin alone allows that."""

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register with lists of a length that is drawn at once."""
        super().register(model_or_iterable, admin_class, **{"list_per_page": ROWS, **options})

    def admin_view(self, view: _View, cacheable: bool = False) -> _View:
        allow: Any = csp_update({"script-src": ["'unsafe-eval'", "'unsafe-inline'"]})
        allowed: _View = allow(super().admin_view(view, cacheable))
        return allowed
