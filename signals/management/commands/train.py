"""`manage.py train PACK/MODEL`: a model's trees, and how good they are."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from signals.management.doors import RunCommand, model_of
from signals.management.training_text import training_text
from signals.models import Run
from signals.services.documents import run_document


class Command(RunCommand):
    """One training, done here; `--queue` hands it to the worker."""

    help = (
        "Train a model on what followed its columns; say how good it is out of sample."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which model, from when to when, over what."""
        parser.add_argument("model", metavar="PACK/MODEL")
        parser.add_argument(
            "--start",
            metavar="DATE",
            help="first session (the first on which every column can be warm)",
        )
        parser.add_argument(
            "--end", metavar="DATE", help="last session (the last one held)"
        )
        parser.add_argument("--dataset", help="dataset of bars (as the universe says)")
        self.add_run_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job `train`."""
        pack, model_id = model_of(options["model"])
        params = {"pack": pack, "model_id": model_id}
        params |= {name: options[name] for name in ("start", "end", "dataset")}
        self.start(Run.Kind.TRAIN, params, options, training_text, run_document)
