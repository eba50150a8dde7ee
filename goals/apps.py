"""How we are doing: plans, targets, tasks, assessments, and the pages that show them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GoalsConfig(AppConfig):
    name = "goals"
    verbose_name = _("目标管理")
