"""`manage.py calibrate PACK/MODEL --grid NAME=VALUES …`: a grid of its parameters."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from sigma_core.errors import BadInput, Problem
from signals.management.calibration_text import calibration_text
from signals.management.doors import TERMS, RunCommand, model_of
from signals.models import Run
from signals.queries.calibrations import document

DAYS = {
    "train-start": "first session to compare on (the first with every column warm)",
    "train-end": "last session to compare on (the last third is held out)",
    "held-out-start": "first session held out (the one after the training)",
    "held-out-end": "last session held out (the last one held)",
}


class Command(RunCommand):
    """One calibration, done here; `--queue` hands it to the worker."""

    help = "Try a grid of a scanner's parameters; keep every cell as a recipe."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which model, which values, on which dates, and what to do with the winner."""
        parser.add_argument("model", metavar="PACK/MODEL")
        parser.add_argument(
            "--grid",
            metavar="NAME=VALUES",
            nargs="+",
            action="extend",
            required=True,
            help="a parameter and its values, such as adx_min=15,18,20",
        )
        parser.add_argument(
            "--objective",
            default="deflated_sharpe",
            help="what cells are judged by (deflated_sharpe)",
        )
        parser.add_argument(
            "--min-trades",
            type=int,
            default=30,
            help="closed trades that a winner needs (30)",
        )
        for name, words in DAYS.items():
            parser.add_argument(f"--{name}", metavar="DATE", help=words)
        parser.add_argument("--dataset", help="dataset of bars (as the universe says)")
        parser.add_argument(
            "--promote",
            action="store_true",
            help="write the winner into the model as a new version",
        )
        self.add_terms_options(parser)
        self.add_run_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job `calibrate`."""
        pack, model_id = model_of(options["model"])
        asked = ["objective", "min_trades", "dataset", "promote", *TERMS]
        asked += [name.replace("-", "_") for name in DAYS]
        params = {"pack": pack, "model_id": model_id, "grid": grid_of(options["grid"])}
        params |= {name: options[name] for name in asked}
        self.start(Run.Kind.CALIBRATE, params, options, calibration_text, document)


def grid_of(texts: Sequence[str]) -> dict[str, list[float]]:
    """`adx_min=15,18` → {"adx_min": [15, 18]}. Raises BadInput for another form."""
    found: dict[str, list[float]] = {}
    for text in texts:
        name, sign, values = text.partition("=")
        try:
            numbers = [float(value) for value in values.split(",")]
        except ValueError:
            numbers = []
        if not (sign and name and numbers) or name in found:
            message = f"{text[:100]!r} is no parameter with its values, or one again."
            hint = "Write NAME=VALUE,VALUE, each parameter once."
            raise BadInput(Problem("calibrate.values", "--grid", message, hint))
        found[name] = numbers
    return found
