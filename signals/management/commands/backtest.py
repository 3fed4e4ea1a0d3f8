"""`manage.py backtest PACK/MODEL`: its policy over its signals, session by session."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from signals.management.backtest_text import backtest_text
from signals.management.doors import TERMS, RunCommand, model_of
from signals.models import Run
from signals.services.documents import backtest_document


class Command(RunCommand):
    """One backtest, done here; `--queue` hands it to the worker."""

    help = "Backtest a model with its policy: what it would have brought, and why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which model, from when to when, over what, on which terms."""
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
        self.add_terms_options(parser)
        self.add_run_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job `backtest`."""
        pack, model_id = model_of(options["model"])
        asked = ("start", "end", "dataset", *TERMS)
        params = {"pack": pack, "model_id": model_id}
        params |= {name: options[name] for name in asked}
        kind = Run.Kind.BACKTEST
        self.start(kind, params, options, backtest_text, backtest_document)
