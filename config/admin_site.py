"""The admin site: unfold's, with the one exception that its scripts need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from csp.decorators import csp_update
from django.http import HttpResponseBase
from unfold.sites import UnfoldAdminSite

_View = TypeVar("_View", bound=Callable[..., HttpResponseBase])


class DabiaoAdminSite(UnfoldAdminSite):
    """Unfold's Alpine build evaluates expressions: /admin alone allows that."""

    def admin_view(self, view: _View, cacheable: bool = False) -> _View:
        allow: Any = csp_update({"script-src": ["'unsafe-eval'", "'unsafe-inline'"]})
        allowed: _View = allow(super().admin_view(view, cacheable))
        return allowed
