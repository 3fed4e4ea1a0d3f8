"""A model's config and its matrix → everything that a training gives back.

1. the schedule, and the labels on the sessions of the matrix: none that was not known
   by its last session
2. rows and labels go to one child; every split is fitted and predicted there
3. predictions back on the axis, with cards for the trees, and the report
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Any

import numpy as np

from sigma_core import matrix as matrices
from sigma_core.boosting.artifact import Card, Model, trees_sha
from sigma_core.boosting.params import Params, params_of
from sigma_core.boosting.process import Limits, Trees
from sigma_core.boosting.ranges import ranges_of
from sigma_core.boosting.rows import Rows, rows_of
from sigma_core.builds import Prepared
from sigma_core.errors import BadInput, Problem
from sigma_core.frames import Floats, Matrix
from sigma_core.labels import Labels, cadence_problem, forward_return, labels
from sigma_core.run import Progress, quiet
from sigma_core.specs import fingerprint
from sigma_core.specs.schema import GbmConfig
from sigma_core.training.fits import Fit, Fits, fit_all
from sigma_core.training.report import HORIZONS, Outcome, report
from sigma_core.training.schedule import Schedule, schedule
from sigma_core.training.trained import Predictions, Trained
from sigma_core.validation.baselines import luck, momentum
from sigma_core.validation.measures import judged


def check(prepared: Prepared) -> None:
    """Raise BadInput for what can be known to be wrong before a matrix is built.

    `train.kind` for a model that is no gbm, `params` that LightGBM does not take, a
    label that can't be learned, and what `schedule` refuses: too few sessions, dates
    out of range, models that would be too old for what they test.
    """
    _planned(prepared, threads=1)


def train(
    prepared: Prepared,
    matrix: Matrix,
    limits: Limits,
    progress: Progress = quiet,
) -> Trained:
    """The models of a gbm's config, their predictions out of sample, and the report.

    Progress names the steps `rows`, `fit` and `report`; it is called all the while, so
    that a training can be cancelled. Raises what `check` raises; MissingData
    `train.no_rows` for a split without labels and columns; SigmaError `out_of_memory`,
    `train.timeout` or `train.lost` where the child was ended or ended by itself.
    """
    config, plan, params = _planned(prepared, threads=limits.threads)
    _require_same(prepared, matrix)
    progress("rows", 0.0, f"{matrix.axis.shape[1]:,} sessions")
    matrix = matrix if matrix.sha else matrices.named(matrix)
    known = known_labels(config, prepared, matrix)
    rows = rows_of(matrix)
    told = Told(progress, limits)
    with Trees(rows.values, rows.columns, told.limits) as trees:
        fits = fit_all(trees, rows, rows.gather(known.values), plan, params, told)
    progress("report", 0.0, "")
    ready = _Ready(prepared, config, matrix, plan, params, rows, known)
    return ready.trained(fits)


@dataclass
class Told:
    """Tells progress of each fit, and again while the child works."""

    progress: Progress
    own: Limits
    step: str = "fit"
    fraction: float = 0.0
    words: str = ""

    def __call__(self, done: int, count: int, words: str) -> None:
        self.fraction = done / count
        self.words = f"model {done + 1} of {count}, {words}"
        self.progress(self.step, self.fraction, self.words)

    @property
    def limits(self) -> Limits:
        return replace(self.own, alive=self.alive)

    def alive(self) -> None:
        self.own.alive()
        self.progress(self.step, self.fraction, self.words)


@dataclass(frozen=True)
class _Ready:
    """All that is known of a training once it is fitted."""

    prepared: Prepared
    config: GbmConfig
    matrix: Matrix
    plan: Schedule
    params: Params
    rows: Rows
    labels: Labels

    def trained(self, fits: Fits) -> Trained:
        predictions = self._predictions(fits.splits)
        outcome = self._outcome(predictions.values, fits)
        made = report(outcome, self.plan, fits.splits, self.rows.columns)
        lineage = self._lineage()
        metrics = {"pooled": made.as_dict()["pooled"], "folds": len(made.folds)}
        return Trained(
            model=self._model(fits.latest, lineage, metrics, self._ranges(fits.latest)),
            models=tuple(self._model(fit, lineage, {}, {}) for fit in fits.splits),
            predictions=predictions,
            report=made,
        )

    def _predictions(self, fits: tuple[Fit, ...]) -> Predictions:
        values = np.full(self.matrix.axis.shape, np.nan)
        model = np.full(self.matrix.axis.shape[1], -1, np.int64)
        for number, fit in enumerate(fits):
            cells = slice(fit.tested.start, fit.tested.stop)
            at = (self.rows.ticker[cells], self.rows.time[cells])
            values[at] = fit.fitted.predictions
            times = self.plan.times(fit.split.test)
            model[times.start : times.stop] = number
        single = self.config.ticker is not None
        axis, follows = self.matrix.axis, self.plan.follows
        return Predictions(axis, values, model, backtestable=follows, single=single)

    def _outcome(self, predictions: Floats, fits: Fits) -> Outcome:
        """What is judged; of a model of one ticker that one alone."""
        shape = self.matrix.axis.shape
        keep = judged(self.matrix.axis, self.config.ticker)
        others = {
            "random": luck(shape, self.config.train.seed),
            "momentum": momentum(self.prepared.market.bars)[:, self._columns()],
        }
        every = range(len(self.rows.time))
        horizons = sorted({*HORIZONS, self.labels.end})
        daily = self.matrix.axis.per_session == 1
        return Outcome(
            predictions=predictions[keep],
            labels=self.labels.values[keep],
            start=self.labels.start,
            end=self.labels.end,
            others={name: said[keep] for name, said in others.items()},
            control=self.rows.spread(fits.control, every, shape)[keep],
            shuffled=self.rows.spread(fits.shuffled, every, shape)[keep],
            returns={h: self._followed(h)[keep] for h in horizons} if daily else {},
        )

    def _followed(self, horizon: int) -> Floats:
        """The return over a horizon, as far as it is known by the last session."""
        bars, at = self.prepared.market.bars, self.config.label.at
        return _known(forward_return(bars, horizon, at=at)[:, self._columns()], horizon)

    def _columns(self) -> slice:
        """The matrix's times among those of the bars."""
        stop = self.prepared.market.column + 1
        return slice(stop - self.matrix.axis.shape[1], stop)

    def _model(
        self,
        fit: Fit,
        lineage: Mapping[str, Any],
        metrics: Mapping[str, Any],
        ranges: Mapping[str, tuple[float, float]],
    ) -> Model:
        text, split = fit.fitted.text, fit.split
        last = split.train[-1].stop - 1
        known_on = min(last + self.plan.gap - 1, len(self.plan.days) - 1)
        card = Card(
            pack=self.prepared.bundle.pack,
            model_id=self.config.model_id,
            columns=self.rows.columns,
            label=self.labels.name,
            train_first=self.plan.day(split.train[0].start),
            train_last=self.plan.day(last),
            known_on=self.plan.day(known_on),
            sessions=split.trained,
            rows=fit.fitted.rows,
            params=self.params,
            max_age_days=self.config.max_age_days,
            text_sha=fingerprint.sha_of_bytes(text.encode()),
            trees_sha=trees_sha(text),
            ranges=ranges,
            metrics=metrics,
            lineage=lineage,
        )
        return Model(text, card)

    def _ranges(self, fit: Fit) -> dict[str, tuple[float, float]]:
        """What the newest model saw of each column, in rows with a label."""
        known = np.isfinite(self.rows.gather(self.labels.values))
        within = np.zeros(len(known), np.bool_)
        for stretch in fit.split.train:
            seen = self.rows.of(self.plan.times(stretch))
            within[seen.start : seen.stop] = True
        return ranges_of(self.rows.values[known & within], self.rows.columns)

    def _lineage(self) -> dict[str, Any]:
        libraries = {"lightgbm": metadata.version("lightgbm")}
        named = self.prepared.fingerprint
        return {
            **self.prepared.bundle.shas,
            **named,
            "libraries": {**named["libraries"], **libraries},
            "matrix_sha": self.matrix.sha,
            "seed": self.config.train.seed,
        }


def _planned(prepared: Prepared, *, threads: int) -> tuple[GbmConfig, Schedule, Params]:
    """The config, what it fits and when, and what LightGBM is told."""
    config, market = prepared.bundle.model, prepared.market
    if not isinstance(config, GbmConfig):
        message = f"{config.model_id!r} is of kind {config.kind!r}: it learns nothing."
        hint = "Scan or backtest it as it is."
        raise BadInput(Problem("train.kind", "model_id", message, hint))
    if problem := cadence_problem(config.label, market.cadence):
        raise BadInput(problem)
    params = params_of(config.params, seed=config.train.seed, threads=threads)
    times = market.bars.axis.times[prepared.first : market.column + 1]
    return config, schedule(config, times), params


def _require_same(prepared: Prepared, matrix: Matrix) -> None:
    """The matrix must be the one that was prepared."""
    market = prepared.market
    times = market.bars.axis.times[prepared.first : market.column + 1]
    axis = market.bars.axis
    if matrix.axis.tickers != axis.tickers or not np.array_equal(
        matrix.axis.times, times
    ):
        message = "the matrix is not of the sessions and tickers that were prepared."
        hint = "Build it from the same preparation."
        raise BadInput(Problem("train.other_matrix", "matrix", message, hint))


def known_labels(config: GbmConfig, prepared: Prepared, matrix: Matrix) -> Labels:
    """The labels of the matrix's times that were known by its last one."""
    market = prepared.market
    made = labels(
        config.label,
        market.bars,
        matrix.members,
        first=market.column - matrix.axis.shape[1] + 1,
        last=market.column,
    )
    assert made is not None  # noqa: S101 # for the type checker: `schedule` refused none
    return replace(made, values=_known(made.values, made.end))


def _known(values: Floats, ahead: int) -> Floats:
    """Without those of the last `ahead` times: later prices are held, but were not
    known yet."""
    known = values.copy()
    if ahead:
        known[:, -ahead:] = np.nan
    return known
