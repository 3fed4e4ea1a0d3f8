"""`manage.py judge`: weigh families of trials that nobody has weighed yet."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from signals.management.doors import DoorCommand
from signals.services import judging
from signals.words import count_words


class Command(DoorCommand):
    """What a backtest does at its end, where its process was stopped just there."""

    help = "Judge the families of trials that have changed since they were judged."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Nothing but `--json`."""
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Judge, and say how many."""
        count = judging.judge_due()
        if options["json"]:
            self.print_json({"judged": count})
            return
        self.stdout.write(f"Judged {count_words(count, 'family', 'families')}.")
