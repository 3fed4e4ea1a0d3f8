"""`manage.py check_bars`: what the quality rules say of a dataset, now."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from signals.management.doors import DoorCommand
from signals.services import checking

SHOWN = 20


class Command(DoorCommand):
    """Every rule on one dataset; exit 0 whatever is found, for finds are no failure."""

    help = "Look for faulty bars in a dataset and list what was found."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which bars."""
        parser.add_argument("--dataset", help="(as SIGMA_DATASET says, else main)")
        parser.add_argument("--cadence", default="daily")
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the report."""
        found = checking.check_bars(
            dataset=options["dataset"],
            cadence=options["cadence"],
            now=timezone.now(),
        )
        if options["json"]:
            self.print_json(found)
            return
        marks = f" ({', '.join(found['marks'])})" if found["marks"] else ""
        self.stdout.write(f"{found['dataset']}, {found['cadence']} bars{marks}")
        for problem in found["problems"]:
            self.stdout.write("  D11 {where}: {message} {hint}".format(**problem))
        for gone in found["silent"]:
            self.stdout.write(
                "  {ticker}: no bar since {last}. Delisted, or wait?".format(**gone)
            )
        for count in found["counts"]:
            self.stdout.write("  {rule:4} {action:10} {found:>8,}".format(**count))
        for issue in found["issues"][:SHOWN]:
            self.stdout.write("  {ticker} {ts:.10}: {message} [{code}]".format(**issue))
        if len(found["issues"]) > SHOWN:
            self.stdout.write(f"  and {len(found['issues']) - SHOWN:,} more; --json")
        if not found["issues"]:
            self.stdout.write("  The rules found nothing.")
