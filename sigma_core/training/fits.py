"""Every split fitted and predicted, one after the other, in one child."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sigma_core.boosting.params import Params
from sigma_core.boosting.process import Fitted, Trees
from sigma_core.boosting.rows import Rows
from sigma_core.errors import MissingData, Problem
from sigma_core.frames import Bools, Floats
from sigma_core.training.schedule import Schedule
from sigma_core.validation.splits import Fold, Split

#: told(number of fits done, of how many, what is fitted next)
Told = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Fit:
    """The trees of one split, which predict the rows `tested`; `fold` 0: the latest."""

    fold: int
    split: Split
    fitted: Fitted
    tested: range


@dataclass(frozen=True)
class Fits:
    """Those of all splits, oldest first, and the latest; `control[row]` is what trees
    say that learned from the labels `shuffled[row]`, NaN for rows that none tests."""

    splits: tuple[Fit, ...]
    latest: Fit
    control: Floats
    shuffled: Floats


def fit_all(
    trees: Trees,
    rows: Rows,
    labels: Floats,
    plan: Schedule,
    params: Params,
    told: Told,
) -> Fits:
    """All fits of a schedule. `labels` has one a row, NaN where there is none.

    Raises MissingData `train.no_rows` before the first fit, if a split has no rows.
    """
    splits = [(fold.number, split) for fold in plan.folds for split in fold.splits]
    for _, split in [*splits, (0, plan.latest)]:
        require_rows(rows, labels, plan, split)
    count = len(splits) + len(plan.folds) + 1
    own = trees.label(labels)
    seed = int(params["seed"])
    mixed = shuffled_within(labels, rows.time, seed)
    shuffled = trees.label(mixed)
    found: list[Fit] = []
    for number, split in [*splits, (0, plan.latest)]:
        told(len(found), count, f"trained to {plan.day(split.train[-1].stop - 1)}")
        found.append(fit_split(trees, rows, plan, (number, split), own, params))
    control = np.full(len(labels), np.nan)
    for fold in plan.folds:
        told(len(found) + fold.number - 1, count, f"control of fold {fold.number}")
        one = fit_split(
            trees, rows, plan, (fold.number, _whole(fold)), shuffled, params
        )
        control[one.tested.start : one.tested.stop] = one.fitted.predictions
    return Fits(tuple(found[:-1]), found[-1], control, mixed)


def shuffled_within(labels: Floats, time: np.ndarray, seed: int) -> Floats:
    """The labels, shuffled among the rows of each time that have one; rows are sorted
    by time."""
    known: Bools = np.isfinite(labels)
    luck = np.random.default_rng(seed).random(int(known.sum()))
    edges = np.flatnonzero(np.diff(time[known], prepend=-1, append=-1))
    order = [
        begin + np.argsort(luck[begin:end], kind="stable")
        for begin, end in itertools.pairwise(edges)
    ]
    mixed = labels.copy()
    if order:
        mixed[known] = labels[known][np.concatenate(order)]
    return mixed


def fit_split(
    trees: Trees,
    rows: Rows,
    plan: Schedule,
    what: tuple[int, Split],
    labels: str,
    params: Params,
) -> Fit:
    """One split, which `what` gives with the number of its fold, fitted and predicted
    from the labels that `trees` keeps under a name."""
    number, split = what
    train = [rows.of(plan.times(stretch)) for stretch in split.train]
    tested = rows.of(plan.times(split.test))
    return Fit(number, split, trees.fit(labels, train, params, tested), tested)


def _whole(fold: Fold) -> Split:
    """The training of a fold's first split, tested on the whole fold."""
    tests: Sequence[range] = [split.test for split in fold.splits]
    return Split(fold.splits[0].train, range(tests[0].start, tests[-1].stop))


def require_rows(rows: Rows, labels: Floats, plan: Schedule, split: Split) -> None:
    """MissingData `train.no_rows` for a split without a row that has a label."""
    for stretch in split.train:
        within = rows.of(plan.times(stretch))
        if np.isfinite(labels[within.start : within.stop]).any():
            return
    first, last = split.train[0].start, split.train[-1].stop - 1
    message = (
        f"from {plan.day(first)} to {plan.day(last)} no member has all columns and a "
        "label."
    )
    hint = "A preview or a build says which column is missing, and why."
    raise MissingData(Problem("train.no_rows", "training", message, hint))
