"""`manage.py build_matrix PACK/MODEL`: a model's columns, hashed and stored."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from signals.management.coverage_tables import matrix_text
from signals.management.doors import RunCommand, model_of
from signals.models import Run
from signals.services.documents import run_document


class Command(RunCommand):
    """One build, done here; `--queue` hands it to the worker."""

    help = "Build and store a model's feature matrix; say what is missing in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which model, from when to when, over what."""
        parser.add_argument("model", metavar="PACK/MODEL")
        parser.add_argument(
            "--start",
            metavar="DATE",
            help="first session (the first on which every column can be warm)",
        )
        parser.add_argument(
            "--end",
            metavar="DATE|MOMENT",
            help="last session, or when its last bar closed, "
            "'2026-03-11T14:35 exchange' (the last bar held)",
        )
        parser.add_argument("--dataset", help="dataset of bars (as the universe says)")
        parser.add_argument(
            "--parquet",
            action="store_true",
            help="leave it as a table too, among the run's files",
        )
        self.add_run_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job `build_matrix`."""
        pack, model_id = model_of(options["model"])
        params = {
            "pack": pack,
            "model_id": model_id,
            "start": options["start"],
            "end": options["end"],
            "dataset": options["dataset"],
            "parquet": options["parquet"],
        }
        self.start(Run.Kind.BUILD_MATRIX, params, options, matrix_text, run_document)
