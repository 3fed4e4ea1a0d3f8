"""`manage.py ingest_bars PATH…`: bars from files into a dataset."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from signals.columns import columns_of
from signals.management.doors import RunCommand
from signals.management.tables import ingest_text
from signals.models import Run
from signals.services.documents import run_document


class Command(RunCommand):
    """One ingest of bars, done here; it never asks anything back."""

    help = "Take bars from CSV, Parquet, zip files or folders of them into a dataset."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which files, into what, as what."""
        parser.add_argument("paths", nargs="+", metavar="PATH")
        parser.add_argument("--dataset", default="main")
        parser.add_argument("--cadence", default="daily")
        parser.add_argument(
            "--source",
            metavar="NAME",
            help="who they come from; how its files are read is remembered",
        )
        parser.add_argument(
            "--adjustment", help="raw, split or total: what prices are adjusted for"
        )
        parser.add_argument("--tz", help="zone of times that have none, Area/City")
        parser.add_argument(
            "--column",
            metavar="FIELD=HEADER",
            action="append",
            default=[],
            help="which column is which, where its name does not tell",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be done"
        )
        self.add_run_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job `ingest`."""
        same = ("dataset", "cadence", "source", "adjustment", "tz", "dry_run")
        params = {name: options[name] for name in same} | {
            "kind": "bars",
            "columns": columns_of(options["column"]),
            "paths": [str(Path(path).resolve()) for path in options["paths"]],
        }
        self.start(Run.Kind.INGEST, params, options, ingest_text, run_document)
