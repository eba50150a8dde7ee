"""What every page shows in its frame."""

from __future__ import annotations

from django.http import HttpRequest

from goals.days import opens_on
from goals.selectors import targets_with_open_alerts


def frame(request: HttpRequest) -> dict[str, object]:
    """How many alerts are open. Nothing before sign-in."""
    user = getattr(request, "user", None)  # a request for a strange host is answered before there is one
    if user is None or not user.is_authenticated or request.path.startswith("/admin/"):
        return {}
    return {
        "open_alerts": len(targets_with_open_alerts(opens_on(request))),
    }
