"""`manage.py ingest KIND PATH`: actions, reference data, memberships, index, iv."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from signals.management.doors import RunCommand
from signals.management.tables import ingest_text
from signals.models import Run
from signals.services.documents import run_document


class Command(RunCommand):
    """One ingest of a small table, done here."""

    help = "Take actions, reference data, a membership, index or iv into a dataset."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What it is, and where."""
        parser.add_argument("kind", help="actions, reference, membership, index or iv")
        parser.add_argument("path", metavar="PATH")
        parser.add_argument("--dataset", default="main")
        parser.add_argument("--name", help="of a membership list (the file's name)")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be done"
        )
        self.add_run_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job `ingest`."""
        path = Path(options["path"]).resolve()
        name = options["name"]
        if options["kind"] == "membership" and name is None:
            name = path.stem.lower()
        params = {
            "kind": options["kind"],
            "paths": [str(path)],
            "dataset": options["dataset"],
            "name": name,
            "dry_run": options["dry_run"],
        }
        self.start(Run.Kind.INGEST, params, options, ingest_text, run_document)
