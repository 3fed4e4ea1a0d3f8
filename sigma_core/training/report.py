"""How good the predictions out of sample were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from sigma_core.frames import Floats
from sigma_core.training.fits import Fit
from sigma_core.training.schedule import Schedule
from sigma_core.validation.measures import Measures, measures, rank_ic
from sigma_core.validation.splits import Split

#: sessions over which returns are looked at, besides the label's own
HORIZONS = (1, 2, 5, 10, 20)


@dataclass(frozen=True)
class FitReport:
    """One fit: tested on `test_first` to `test_last`, trained on stretches of sessions,
    each its first and its last, oldest first.

    In a walk forward that is one stretch, before the test; in a k-fold there is one on
    each side of it.
    """

    trained: tuple[tuple[date, date], ...]
    test_first: date
    test_last: date


@dataclass(frozen=True)
class FoldReport:
    """One fold: tested on `test_first` to `test_last` by its fits, one after another,
    each on its own part of them."""

    number: int
    test_first: date
    test_last: date
    fits: tuple[FitReport, ...]
    measures: Measures


@dataclass(frozen=True)
class Importance:
    """`gain`: a column's share of all that splits gained, over all models, 0 to 1;
    `splits`: how many splits are on it."""

    column: str
    gain: float
    splits: int


@dataclass(frozen=True)
class Report:
    """`decay`: mean rank IC with the return over so many sessions from the same start.

    `baselines` on the same sessions: `random` (a seeded number for each ticker),
    `momentum` (close 21 sessions ago over close 252 ago) and `permuted`, the control:
    labels shuffled among the tickers of each session are trained on, one fit a fold,
    and predicted; its rank IC must be about 0.
    """

    folds: tuple[FoldReport, ...]
    pooled: Measures
    decay: Mapping[int, float | None]
    importance: tuple[Importance, ...]
    baselines: Mapping[str, Measures]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        plain = asdict(self)
        plain["folds"] = [
            _dated(fold) | {"fits": [_dated(fit) for fit in fold["fits"]]}
            for fold in plain["folds"]
        ]
        plain["importance"] = list(plain["importance"])
        plain["decay"] = {str(horizon): ic for horizon, ic in self.decay.items()}
        return plain


@dataclass(frozen=True)
class Outcome:
    """What is judged: arrays `[ticker, time]` of the matrix, of one ticker `[1, time]`.

    `start` and `end` are the label's interval; `others` are further predictions of the
    same cells, by name; `control` says of `shuffled` what `predictions` say of
    `labels`; `returns` is what followed over other horizons.
    """

    predictions: Floats
    labels: Floats
    start: int
    end: int
    others: Mapping[str, Floats]
    control: Floats
    shuffled: Floats
    returns: Mapping[int, Floats]


def report(
    outcome: Outcome, plan: Schedule, fits: Sequence[Fit], columns: Sequence[str]
) -> Report:
    """The report of a training's splits."""
    same = np.isfinite(outcome.predictions)
    others = {n: np.where(same, said, np.nan) for n, said in outcome.others.items()}
    permuted = replace(outcome, labels=outcome.shuffled)
    return Report(
        folds=tuple(_folds(outcome, plan)),
        pooled=_measured(outcome, outcome.predictions),
        decay={
            horizon: rank_ic(outcome.predictions, returns)
            for horizon, returns in outcome.returns.items()
        },
        importance=importance(fits, columns),
        baselines={
            **{name: _measured(outcome, said) for name, said in others.items()},
            "permuted": _measured(permuted, outcome.control),
        },
    )


def importance(fits: Sequence[Fit], columns: Sequence[str]) -> tuple[Importance, ...]:
    """Of each column over all fits, the largest gain first."""
    gain = np.sum([fit.fitted.gain for fit in fits], axis=0)
    splits = np.sum([fit.fitted.splits for fit in fits], axis=0)
    shares = gain / gain.sum() if gain.sum() > 0 else gain
    found = [
        Importance(name, float(share), int(count))
        for name, share, count in zip(columns, shares, splits, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (-one.gain, one.column)))


def _measured(
    outcome: Outcome, predictions: Floats, times: slice = slice(None)
) -> Measures:
    return measures(
        predictions[:, times],
        outcome.labels[:, times],
        label_start=outcome.start,
        label_end=outcome.end,
    )


def _folds(outcome: Outcome, plan: Schedule) -> list[FoldReport]:
    found = []
    for fold in plan.folds:
        tested = range(fold.splits[0].test.start, fold.splits[-1].test.stop)
        times = plan.times(tested)
        within = slice(times.start, times.stop)
        found.append(
            FoldReport(
                number=fold.number,
                test_first=plan.day(tested.start),
                test_last=plan.day(tested.stop - 1),
                fits=tuple(fit_report(split, plan) for split in fold.splits),
                measures=_measured(outcome, outcome.predictions, within),
            )
        )
    return found


def fit_report(split: Split, plan: Schedule) -> FitReport:
    """What a split of a schedule learned and tested."""
    return FitReport(
        trained=tuple(
            (plan.day(stretch.start), plan.day(stretch.stop - 1))
            for stretch in split.train
        ),
        test_first=plan.day(split.test.start),
        test_last=plan.day(split.test.stop - 1),
    )


def _dated(plain: Mapping[str, Any]) -> dict[str, Any]:
    """The same with days as text, also those of the stretches trained on."""
    found = {n: str(v) if type(v) is date else v for n, v in plain.items()}
    if "trained" in plain:
        found["trained"] = [[str(day) for day in pair] for pair in plain["trained"]]
    return found
