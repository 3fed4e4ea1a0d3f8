"""Which sessions are trained on and which are tested.

Sessions count from 0, the first of the matrix. A label of session t reaches to
t + `label_end`; every gap is counted from there. Worked example:
docs/definitions/folds.md.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Split:
    """One fit: `train` sessions (stretches, oldest first) and `test` sessions."""

    train: tuple[range, ...]
    test: range


@dataclass(frozen=True)
class Fold:
    """Splits that are reported as one, in the order of their tests."""

    number: int
    splits: tuple[Split, ...]


def walk_forward(
    sessions: range,
    *,
    window: int,
    refresh: int,
    folds: int,
    label_end: int,
    embargo: int,
) -> tuple[Fold, ...]:
    """Folds whose every test follows its training.

    The first test is the first session before which a whole `window` and the gap fit.
    From there on a model is fitted every `refresh` sessions, on the `window` sessions
    that end max(`label_end`, `embargo`) + 1 sessions before its test; the tests touch,
    and none overlaps. `folds` are stretches of tests of nearly equal length.
    Raises BadInput `train.too_short` where that leaves a fold fewer sessions than
    `label_end`.
    """
    raise NotImplementedError


def purged_kfold(
    sessions: range, *, folds: int, label_end: int, embargo: int
) -> tuple[Fold, ...]:
    """Folds that are tested on one stretch and trained on what is left around it.

    Training sessions whose label reaches the test, or that the test's labels reach,
    are left out, and `embargo` more after it. A test here does not follow all of its
    training: it says whether something is there, and can't be backtested.
    Raises BadInput `train.too_short` for fewer sessions than the folds need.
    """
    raise NotImplementedError
