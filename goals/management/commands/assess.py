"""`manage.py assess`: judge the targets and keep the verdicts."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from tqdm import tqdm

from goals.assessing import assess_days, assess_targets
from goals.management.commands.export import check_region
from goals.models import Assessment, Target
from goals.outlook import shown_forecast
from goals.selectors import approved_targets
from goals.sentences import budget_sentence, lack_sentence, outlook_sentence, unit_label


class Command(BaseCommand):
    """Judge every approved target, or those of a region or year, as of a day."""

    help = "评价目标并保存 / Judge the targets and keep the verdicts"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--region", default="", metavar="CODE")
        parser.add_argument("--year", type=int)
        parser.add_argument("--as-of", metavar="DATE", help=_("截至哪天，如 2021-09-30；不写则按现在所知"))
        parser.add_argument("--since", metavar="DATE", help=_("从哪天起逐日评价，到 --as-of 为止"))
        parser.add_argument("--json", action="store_true", help=_("只在标准输出打印一份 JSON"))

    def handle(self, *_args: object, **options: Any) -> None:
        check_region(options["region"])
        as_of = _day(options["as_of"])
        targets = approved_targets(options["region"], options["year"])
        since = _day(options["since"])
        if since is not None:
            self._each_day(targets, since, as_of)
        found = assess_targets(targets, as_of)
        if options["json"]:
            self.stdout.write(orjson.dumps([answer(row) for row in found], option=orjson.OPT_INDENT_2).decode())
            return
        for row in found:
            left = budget_sentence(row.facts) or lack_sentence(row.facts)
            value = "" if row.value is None else f"{row.value} {unit_label(row.facts['unit'])}"
            ahead = outlook_sentence(row.facts)
            self.stdout.write(f"{row.target.register_id}  {row.get_state_display()}  {value}  {left}  {ahead}".rstrip())

    def _each_day(self, targets: QuerySet[Target], since: date, as_of: date | None) -> None:
        """Judge each day before the last one, so that the record has no gap."""
        if as_of is None or since > as_of:
            raise CommandError(_("--since 要与 --as-of 同用，且不晚于它。"), returncode=2)
        days = [since + timedelta(days=n) for n in range((as_of - since).days)]
        if days:
            for _done in tqdm(assess_days(targets, days), total=len(days), disable=not self.stderr.isatty()):
                pass


def answer(row: Assessment) -> dict[str, Any]:
    """A verdict as other programs see it."""
    return {
        "target": row.target.register_id,
        "state": row.state,
        "value": None if row.value is None else f"{row.value:f}",
        "unit": row.facts.get("unit", ""),
        "as_of": None if row.as_of is None else row.as_of.isoformat(),
        "budget": row.facts.get("budget"),
        "forecast": shown_forecast(row.facts),
        "lack": row.facts.get("lack"),
        "reason": row.reason,
        "causes": row.causes,
        "simulated": row.simulated,
    }


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(_("“%(text)s”不是日期，应如 2021-09-30。") % {"text": text}, returncode=2) from error
