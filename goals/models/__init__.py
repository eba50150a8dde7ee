"""How we are doing: what was promised, and what was found of it."""

from goals.models.plans import (
    COMPARATORS,
    KIND_CHOICES,
    KIND_LABELS,
    STATE_CHOICES,
    STATE_LABELS,
    AssignedValue,
    Judgement,
    Plan,
    Target,
    TargetNote,
    profile_choices,
    scope_choices,
)
from goals.models.steering import (
    Alert,
    AlertComment,
    Allocation,
    Assessment,
    DigestSubscription,
    ForecastLesson,
    SiteSetting,
)
from goals.models.tasks import QuantityProgress, Task, TaskQuantity, TaskReport
from goals.models.versions import Draft, PlanVersion

__all__ = [
    "COMPARATORS",
    "KIND_CHOICES",
    "KIND_LABELS",
    "STATE_CHOICES",
    "STATE_LABELS",
    "Alert",
    "AlertComment",
    "Allocation",
    "Assessment",
    "AssignedValue",
    "DigestSubscription",
    "Draft",
    "ForecastLesson",
    "Judgement",
    "Plan",
    "PlanVersion",
    "QuantityProgress",
    "SiteSetting",
    "Target",
    "TargetNote",
    "Task",
    "TaskQuantity",
    "TaskReport",
    "profile_choices",
    "scope_choices",
]
