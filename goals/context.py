"""What every page shows in its frame."""

from __future__ import annotations

from django.http import HttpRequest

from goals.selectors import alerts, shown_date


def frame(request: HttpRequest) -> dict[str, object]:
    """How many alerts are open. Nothing before sign-in."""
    user = getattr(request, "user", None)  # a request for a strange host is answered before there is one
    if user is None or not user.is_authenticated or request.path.startswith("/admin/"):
        return {}
    return {
        "open_alerts": alerts(shown_date()).count(),
    }
