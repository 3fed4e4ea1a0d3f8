"""`manage.py scan PACK/MODEL`: the ranked signals of a model on a bar."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from signals.management.doors import RunCommand, model_of
from signals.management.tables import scan_text
from signals.models import Run
from signals.services.documents import scan_document


class Command(RunCommand):
    """One scan, done here; `--queue` hands it to the worker."""

    help = "Print the ranked signals of a model, and keep them in the Signals DB."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which model, as of when, over what."""
        parser.add_argument("model", metavar="PACK/MODEL")
        parser.add_argument(
            "--as-of",
            metavar="DATE|MOMENT",
            help="session, YYYY-MM-DD, or when a bar closed, 2026-03-11T14:35-04:00 or "
            "'2026-03-11T14:35 exchange' (the last bar held)",
        )
        parser.add_argument("--dataset", help="dataset of bars (as the universe says)")
        self.add_run_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job `scan`."""
        pack, model_id = model_of(options["model"])
        params = {
            "pack": pack,
            "model_id": model_id,
            "as_of": options["as_of"],
            "dataset": options["dataset"],
        }
        self.start(Run.Kind.SCAN, params, options, scan_text, scan_document)
