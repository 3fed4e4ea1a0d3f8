"""`manage.py lint_packs [PACK]`: what is wrong with the packs, by file and line."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from packs_app import linting
from signals.management.doors import FAILED, DoorCommand


class Command(DoorCommand):
    """The linter's list; exit 1 if it holds an error, 0 with warnings alone."""

    help = "List what is wrong with one pack, or with all of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which pack."""
        parser.add_argument("pack", nargs="?", metavar="PACK", help="(all of them)")
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Lint, print, and say by the exit status whether anything is wrong."""
        asked = [options["pack"]] if options["pack"] else linting.pack_names()
        reports = [linting.report(pack) for pack in asked]
        errors = sum(report["errors"] for report in reports)
        if options["json"]:
            self.print_json({"ok": errors == 0, "packs": reports})
        else:
            for report in reports:
                self.stdout.write(linting.report_text(report))
        if errors:
            raise CommandError(f"{errors} error(s).", returncode=FAILED)
