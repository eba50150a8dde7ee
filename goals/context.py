"""What every page shows in its frame."""

from __future__ import annotations

from django.http import HttpRequest

from goals.selectors import alerts, shown_date
from indicators.models import Submission
from provinces.models import Region


def frame(request: HttpRequest) -> dict[str, object]:
    """The regions of the navigation, and whether simulated data take part anywhere. Nothing before sign-in."""
    user = getattr(request, "user", None)  # a request for a strange host is answered before there is one
    if user is None or not user.is_authenticated or request.path.startswith("/admin/"):
        return {}
    return {
        "plan_regions": Region.objects.filter(plans__isnull=False).distinct().order_by("-code"),
        "open_alerts": alerts(shown_date()).count(),
        "anything_simulated": Submission.objects.filter(simulated=True).exists(),
    }
