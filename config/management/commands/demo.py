"""`manage.py demo`: everything from nothing on the embedded default, then serve."""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from tqdm import tqdm

from config.demo import prepare
from config.embedded import start_worker_and_beat
from config.warming import warm_up

ADDRESS = "127.0.0.1:8000"


class Command(BaseCommand):
    """Prepare the demo database and serve it with a worker and beat inside the same process."""

    help = "准备演示数据库并启动 / Prepare the demo and serve it"
    requires_system_checks: Any = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-server", action="store_true", help="只准备，不启动 / prepare only")
        parser.add_argument("--address", default=ADDRESS, help=f"{ADDRESS}")

    def handle(self, *_args: object, **options: Any) -> None:
        if settings.SERVED:
            raise CommandError("演示只用内置方式：请去掉 DATABASE_URL 与 REDIS_URL。 / The demo runs embedded only.")
        began = time.monotonic()
        stands = "goals_sitesetting" in connection.introspection.table_names()
        if stands:
            call_command("migrate", verbosity=0)  # an earlier version may have made it
        if stands and prepare.is_prepared():
            self.stdout.write("演示数据已在。 / The demo stands already.")
        else:
            self._prepare()
            self.stdout.write(f"用时 {time.monotonic() - began:.0f} 秒 / seconds")
        self._greet(options["address"])
        if not options["no_server"]:
            start_worker_and_beat()
            warm_up()
            os.environ["DJANGO_RUNSERVER_HIDE_WARNING"] = "true"  # it serves one machine, on purpose
            call_command("runserver", options["address"], use_reloader=False, skip_checks=True)

    def _prepare(self) -> None:
        steps = prepare.steps()
        with tqdm(total=sum(pieces for _title, pieces, _work in steps), file=sys.stderr, mininterval=0.5) as bar:
            for title, _pieces, work in steps:
                bar.set_description_str(title)
                for _piece in work():
                    bar.update()

    def _greet(self, address: str) -> None:
        self.stdout.write(f"\n  达标 Dabiao    http://{address}/\n")
        self.stdout.write("  演示账号（只在这个演示库有效） / demo accounts, for this database only:")
        for account in prepare.accounts():
            self.stdout.write(f"    {account.username:<10}{account.password:<16}{account.role}")
        self.stdout.write("")
