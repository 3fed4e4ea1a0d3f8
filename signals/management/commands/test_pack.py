"""`manage.py test_pack PACK`: lint it, preview and scan each of its models."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from signals.management.doors import FAILED, DoorCommand
from signals.services import pack_trials


class Command(DoorCommand):
    """A trial on a small synthetic market; exit 1 if anything failed."""

    help = "Lint a pack, then preview and scan its models on a small demo market."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which pack."""
        parser.add_argument("pack", metavar="PACK")
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Try it, print what became of it."""
        found = pack_trials.try_pack(pack=options["pack"])
        if options["json"]:
            self.print_json(found)
        else:
            self.stdout.write(pack_trials.trial_text(found))
        if not found["ok"]:
            raise CommandError(f"{options['pack']} failed.", returncode=FAILED)
