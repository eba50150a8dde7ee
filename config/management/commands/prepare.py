"""`manage.py prepare`: what every installation needs before its first page; safe to repeat after an upgrade."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from config.roles import load_roles
from goals.plan_files import shipped_plans
from goals.services import load_plan
from indicators.services import load_indicators
from provinces.services import load_regions


class Command(BaseCommand):
    """Bring codes, catalogue, roles and the shipped plans in step with the files of this version."""

    help = "装入代码、指标、角色和随附的工作要点 / Load codes, indicators, roles and the shipped plans"

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"地区 / regions: {load_regions()}")
        self.stdout.write(f"指标 / indicators: {load_indicators()}")
        self.stdout.write(f"角色 / roles: {load_roles()}")
        for file in shipped_plans():
            changes = load_plan(file)
            self.stdout.write(
                f"{file.plan.title}: +{len(changes.created)} ~{len(changes.updated)} ={changes.unchanged}"
                + (f"  保留人工改动 / kept: {', '.join(changes.kept)}" if changes.kept else "")
            )
