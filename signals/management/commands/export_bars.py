"""`manage.py export_bars PATH`: the bars kept, as the engine reads them."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from signals.management.doors import DoorCommand
from signals.services import exports


class Command(DoorCommand):
    """Bars that are neither quarantined nor blocked, raw prices, one file."""

    help = "Write the bars the engine reads to a .csv or .parquet file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """From where to where."""
        parser.add_argument("path", metavar="PATH", type=Path)
        parser.add_argument("--dataset", help="(as SIGMA_DATASET says, else main)")
        parser.add_argument("--cadence", default="daily")
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file and say how much is in it."""
        written = exports.export_bars(
            path=options["path"],
            dataset=options["dataset"],
            cadence=options["cadence"],
        )
        if options["json"]:
            self.print_json(written)
        else:
            self.stdout.write(
                "{rows:,} bars of {tickers:,} tickers of {dataset} in {path}.".format(
                    **written
                )
            )
