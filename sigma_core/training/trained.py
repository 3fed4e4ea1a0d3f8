"""What a training gives back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from sigma_core.boosting.artifact import Model
from sigma_core.errors import BadInput, Problem
from sigma_core.frames import Axis, Floats, Ints, Matrix
from sigma_core.signal_models import gbm
from sigma_core.signal_models.base import Scores
from sigma_core.specs import fingerprint
from sigma_core.training.report import Report

REPORT, TABLE = "report.json", "predictions.parquet"


@dataclass(frozen=True)
class Predictions:
    """`values[ticker, time]` out of sample on `axis`, NaN where there is none.

    `model[time]` is the index of the model that predicted it, −1 for none.
    `backtestable`: each was made by a model that had seen only what was known before
    that session, no older than its `max_age_days` (false for purged k-fold). `single`:
    of a model of one ticker.
    """

    axis: Axis
    values: Floats
    model: Ints
    backtestable: bool
    single: bool

    def scores(self, matrix: Matrix) -> Scores:
        """Scores of a matrix of some of the same times and of all tickers.

        Raises BadInput `train.not_backtestable` for purged k-fold, `train.other_axis`
        for a matrix that reaches beyond the predictions.
        """
        if not self.backtestable:
            message = "purged k-fold trains on what came after, too."
            hint = "Train with `splits: walk_forward` to backtest."
            raise BadInput(_bad("not_backtestable", message, hint))
        first = int(np.searchsorted(self.axis.times, matrix.axis.times[0]))
        stop = first + len(matrix.axis.times)
        same = np.array_equal(self.axis.times[first:stop], matrix.axis.times)
        if not same or matrix.axis.tickers != self.axis.tickers:
            message = "the matrix has other tickers or sessions than were predicted."
            hint = "Use a matrix of the dataset and dates that it was trained on."
            raise BadInput(_bad("other_axis", message, hint))
        return gbm.scores(matrix, self.values[:, :stop], single=self.single)


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
        """Scores out of sample, for a backtest; as `Predictions.scores`."""
        return self.predictions.scores(matrix)

    def summary(self) -> dict[str, Any]:
        """What is said of it, as plain JSON values."""
        card = self.model.card
        tested = np.flatnonzero(self.predictions.model >= 0)
        days = self.predictions.axis.days
        return {
            "label": card.label,
            "columns": list(card.columns),
            "train_first": str(card.train_first),
            "train_last": str(card.train_last),
            "known_on": str(card.known_on),
            "rows": card.rows,
            "models": len(self.models),
            "test_first": str(days[tested[0]]),
            "test_last": str(days[tested[-1]]),
            "predictions": int(np.isfinite(self.predictions.values).sum()),
            "backtestable": self.predictions.backtestable,
            "trees_sha": card.trees_sha,
            "output_sha": self.output_sha(),
            "report": self.report.as_dict(),
        }

    def output_sha(self) -> str:
        """One sha of all trees and all predictions."""
        said = np.where(
            np.isnan(self.predictions.values), np.nan, self.predictions.values
        )
        return fingerprint.sha_of(
            {
                "model": self.model.card.trees_sha,
                "models": [model.card.trees_sha for model in self.models],
                "predictions": hashlib.sha256(
                    np.ascontiguousarray(said).data
                ).hexdigest(),
            }
        )

    def write(self, folder: Path) -> tuple[str, ...]:
        """Into a folder that is there: `model.txt`, `card.json`, `report.json`,
        `predictions.parquet` (session, ticker, prediction, model) and
        `models/<number>/` of the splits, from 0; gives the names, relative to it."""
        self.model.write(folder)
        plain = json.dumps(self.report.as_dict(), indent=1, allow_nan=False)
        (folder / REPORT).write_text(plain + "\n", encoding="utf-8")
        _write_table(self.predictions, folder / TABLE)
        for number, model in enumerate(self.models):
            own = folder / "models" / str(number)
            own.mkdir(parents=True)
            model.write(own)
        files = (path for path in folder.rglob("*") if path.is_file())
        return tuple(sorted(path.relative_to(folder).as_posix() for path in files))


def read_predictions(folder: Path, axis: Axis, *, single: bool) -> Predictions:
    """The predictions that `Trained.write` left, on an axis that holds all of them.

    Those of a walk forward: of others there is nothing to read them for. Raises
    BadInput `train.other_axis` for a ticker or a time that the axis lacks.
    """
    import pandas as pd  # only who reads a table needs it

    table = pd.read_parquet(folder / TABLE)
    times = table["session"].to_numpy().astype(axis.times.dtype)
    at = np.minimum(np.searchsorted(axis.times, times), len(axis.times) - 1)
    unknown = ~table["ticker"].isin(axis.tickers).to_numpy() | (axis.times[at] != times)
    if unknown.any():
        message = f"{int(unknown.sum())} predictions lie outside of the bars."
        raise BadInput(
            _bad("other_axis", message, "Use the dataset it was trained on.")
        )
    rows = np.array([axis.row(ticker) for ticker in table["ticker"]], np.int64)
    values = np.full(axis.shape, np.nan)
    values[rows, at] = table["prediction"].to_numpy(np.float64)
    model = np.full(axis.shape[1], -1, np.int64)
    model[at] = table["model"].to_numpy(np.int64)
    return Predictions(axis, values, model, backtestable=True, single=single)


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
    the model says of nobody in particular (NaN where nobody was explained): a
    prediction is base + all contributions. `contributions[ticker]` are the largest,
    only of tickers that were asked for. `far_outside[ticker]` names the columns whose
    value lies far outside training.
    """

    session: date
    values: Floats
    base: float
    contributions: dict[str, tuple[Contribution, ...]]
    far_outside: dict[str, tuple[str, ...]]


def _write_table(predictions: Predictions, path: Path) -> None:
    import pandas as pd  # as above

    at, ticker = np.nonzero(np.isfinite(predictions.values.T))
    names = np.array(predictions.axis.tickers, dtype=object)
    times = predictions.axis.times[at]
    daily = predictions.axis.per_session == 1
    pd.DataFrame(
        {
            "session": times.astype("datetime64[s]") if daily else times,
            "ticker": names[ticker],
            "prediction": predictions.values[ticker, at],
            "model": predictions.model[at],
        }
    ).to_parquet(path, index=False)


def _bad(code: str, message: str, hint: str) -> Problem:
    return Problem(f"train.{code}", "predictions", message, hint)
