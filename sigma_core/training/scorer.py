"""A stored training, asked for scores: by a scan for one bar, by a backtest for many.

1. the newest model, for sessions after all that it learned from was known
2. for a session before, the model of the walk forward that tested it: what it says of
   it is out of sample, and what a backtest has there
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from sigma_core.boosting.artifact import Model, read
from sigma_core.boosting.process import Limits, Trees
from sigma_core.boosting.rows import as_kept, rows_of
from sigma_core.builds import Prepared
from sigma_core.errors import BadInput, Problem, SigmaError
from sigma_core.frames import Matrix
from sigma_core.market import Market
from sigma_core.signal_models import gbm
from sigma_core.signal_models.base import Scores
from sigma_core.specs.schema import GbmConfig
from sigma_core.training.predict import predict
from sigma_core.training.trained import TABLE, Predictions, read_predictions

Plain = dict[str, object]


@dataclass(frozen=True)
class Scorer:
    """One model of a training, for one bar of a market; see `run.Trained`.

    `past`: of a model of one ticker its predictions out of sample on the market's axis,
    among which a new one is placed. `names` go into the fingerprint.
    """

    model: Model
    limits: Limits
    names: Mapping[str, object]
    past: Predictions | None = None

    def reads_from(self, market: Market) -> int:
        """The first column of features it asks for: the bar's own, of a single ticker
        the first after its last prediction."""
        if self.past is None:
            return market.column
        known = np.flatnonzero(self.past.model[: market.column] >= 0)
        return int(known[-1]) + 1 if len(known) else market.column

    def transform(self, matrix: Matrix) -> Scores:
        """Scores on the bars of the matrix. Raises what `training.predict` does."""
        rows = rows_of(as_kept(matrix))
        session: date = matrix.axis.days[-1].item()
        self.model.require_whole()
        self.model.require_usable(rows.columns, session)
        values = np.full(matrix.axis.shape, np.nan)
        if len(rows.values):
            with Trees(rows.values, rows.columns, self.limits) as trees:
                said, _ = trees.predict(self.model.text)
            values = rows.spread(said, range(len(said)), matrix.axis.shape)
        if self.past is None:
            return gbm.scores(matrix, values)
        begin = self.past.axis.column(matrix.axis.times[0])
        both = np.hstack([self.past.values[:, :begin], values])
        return gbm.scores(matrix, both, single=True)

    def why(self, matrix: Matrix, tickers: Sequence[str]) -> dict[str, Plain]:
        """Of each ticker its prediction, the base, the columns that moved it most, and
        those that lie far outside of training; on the last bar of the matrix."""
        if not tickers:
            return {}
        kept = as_kept(matrix)
        found = predict(self.model, kept, self.limits, explain=tickers)
        label = self.model.card.label
        return {
            ticker: {
                "label": label,
                "prediction": float(found.values[matrix.axis.row(ticker)]),
                "base": found.base,
                "contributions": [asdict(one) for one in moved],
                "far_outside": list(found.far_outside.get(ticker, ())),
            }
            for ticker, moved in found.contributions.items()
        }


def open_scorer(
    folder: Path,
    market: Market,
    config: GbmConfig,
    limits: Limits,
    names: Mapping[str, object],
) -> Scorer:
    """The model of a training's folder that may speak of the market's bar.

    `max_age_days` counts as the config has it now. Raises BadInput `model.seen` or
    `model.age` where none may, DamagedData where a file is not what was stored.
    """
    model = _model_for(folder, market.session, config)
    model = replace(model, card=replace(model.card, max_age_days=config.max_age_days))
    model.require_usable(model.card.columns, market.session)
    past = None
    if config.ticker is not None:
        past = read_predictions(folder, market.bars.axis, single=True)
    named = {
        **names,
        "trees_sha": model.card.trees_sha,
        "trained_to": str(model.card.train_last),
        "seed": config.train.seed,
    }
    return Scorer(model, limits, named, past)


def _model_for(folder: Path, session: date, config: GbmConfig) -> Model:
    newest = read(folder)
    follows = config.train.splits == "walk_forward"
    if session > newest.card.known_on or not follows:
        return newest
    number = _tester_of(folder, session)
    return newest if number is None else read(folder / "models" / str(number))


def _tester_of(folder: Path, session: date) -> int | None:
    """Which model of the walk forward has tested a session; None where none has."""
    import pandas as pd  # a scan of the newest bar needs no table

    table = pd.read_parquet(folder / TABLE, columns=["session", "model"])
    days = table["session"].to_numpy().astype("datetime64[D]")
    found = table["model"].to_numpy()[days == np.datetime64(session, "D")]
    return int(found[-1]) if len(found) else None


@dataclass(frozen=True)
class OutOfSample:
    """What the models of a walk forward said of the sessions that they tested.

    `first` and `last` are sessions; `names` go into a backtest's fingerprint, `words`
    say on its report who answered.
    """

    predictions: Predictions
    first: date
    last: date
    names: Mapping[str, object]
    words: tuple[str, ...] = ()

    def scores(self, matrix: Matrix) -> Scores:
        """Scores of the matrix's sessions. Raises BadInput `train.untested` for those
        that no model has tested."""
        self.require(matrix.axis.days[0].item(), matrix.axis.days[-1].item())
        return self.predictions.scores(matrix)

    def require(self, first: date, last: date) -> None:
        """Raise BadInput `train.untested`, at `start` or `end`, for others."""
        problems = []
        if first < self.first:
            problems.append(self._untested("start", first))
        if last > self.last:
            problems.append(self._untested("end", last))
        if problems:
            raise BadInput(problems)

    def _untested(self, where: str, session: date) -> Problem:
        message = (
            f"{session} was not tested by the training: what it says out of sample is "
            f"of {self.first} to {self.last}."
        )
        hint = "Backtest within these sessions, or train over more of them."
        return Problem("train.untested", where, message, hint)


def open_out_of_sample(
    folder: Path, prepared: Prepared, names: Mapping[str, object]
) -> OutOfSample:
    """The predictions of a walk forward, on the axis of a backtest's bars.

    Raises BadInput `train.not_backtestable` for purged k-fold, `train.other_axis` for
    predictions that the bars have no place for.
    """
    config = prepared.bundle.model
    if not isinstance(config, GbmConfig):
        raise SigmaError(_no_gbm(config.model_id))
    require_backtestable(config)
    axis = prepared.market.bars.axis
    found = read_predictions(folder, axis, single=config.ticker is not None)
    tested = np.flatnonzero(found.model >= 0)
    first, last = (axis.days[int(at)].item() for at in (tested[0], tested[-1]))
    return OutOfSample(found, first, last, names)


def require_backtestable(config: GbmConfig) -> None:
    """Raise BadInput `train.not_backtestable` for purged k-fold."""
    if config.train.splits != "walk_forward":
        message = "purged k-fold trains on what came after, too."
        hint = "Train with `splits: walk_forward` to backtest."
        where = "model_id"
        raise BadInput(Problem("train.not_backtestable", where, message, hint))


def _no_gbm(model_id: str) -> Problem:
    return Problem("train.kind", "model_id", f"{model_id!r} is not trained.")
