"""What a training gives back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sigma_core.boosting.artifact import Model
from sigma_core.frames import Axis, Floats, Ints, Matrix
from sigma_core.signal_models.base import Scores
from sigma_core.training.report import Report


@dataclass(frozen=True)
class Predictions:
    """`values[ticker, session]` out of sample on `axis`, NaN where there is none.

    `model[session]` is the index of the model that predicted it, −1 for none.
    `backtestable`: each was made by a model that had seen only what was known at that
    session's close, no older than its `max_age_days` (false for purged k-fold).
    """

    axis: Axis
    values: Floats
    model: Ints
    backtestable: bool


@dataclass(frozen=True)
class Trained:
    """`model` is the newest, for sessions to come: trained on the last `window`
    sessions whose labels are known. `models` are those of the splits, oldest first,
    whose predictions `predictions` are.
    """

    model: Model
    models: tuple[Model, ...]
    predictions: Predictions
    report: Report

    def scores(self, matrix: Matrix) -> Scores:
        """Scores of a matrix of (some of) the same sessions and tickers, all out of
        sample; for a backtest. BadInput `train.not_backtestable` for purged k-fold."""
        raise NotImplementedError

    def summary(self) -> dict[str, Any]:
        """What is said of it, as plain JSON values."""
        raise NotImplementedError

    def output_sha(self) -> str:
        """One sha of all trees and all predictions."""
        raise NotImplementedError

    def write(self, folder: Path) -> tuple[str, ...]:
        """Into a folder that is there: `model.txt`, `card.json`, `report.json`,
        `predictions.parquet` (session, ticker, prediction, model) and
        `models/<number>/` of the splits; gives the names written."""
        raise NotImplementedError


@dataclass(frozen=True)
class Contribution:
    """How much one column moved one prediction, in the label's unit; `value` is the
    column's own, in the units of the session."""

    column: str
    value: float
    contribution: float


@dataclass(frozen=True)
class Predicted:
    """One session's predictions of a stored model.

    `values[ticker]` NaN for those who are no members or lack a column. `base` is what
    the model says of nobody in particular: a prediction is base + all contributions.
    `contributions[ticker]` are the largest, only of tickers that were asked for.
    `far_outside[ticker]` names the columns whose value lies far outside training.
    """

    session: date
    values: Floats
    base: float
    contributions: dict[str, tuple[Contribution, ...]]
    far_outside: dict[str, tuple[str, ...]]
