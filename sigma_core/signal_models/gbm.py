"""A trained model's predictions as scores.

A score is the percentile of a prediction among the session's members, 0 to 100; of a
single ticker among its own last 252 predictions that were out of sample. There are no
gates. Eligible is a member with a prediction. Worked example: docs/definitions/gbm.md.
"""

from __future__ import annotations

import numpy as np

from sigma_core.errors import BadInput, Problem
from sigma_core.frames import Bools, Floats, Matrix
from sigma_core.signal_models.base import Scores

#: predictions of its own that a single ticker is placed among, this one included
OWN_PREDICTIONS = 252
#: the one part of a trained model's score
PART = "prediction"


def scores(matrix: Matrix, predictions: Floats, *, single: bool = False) -> Scores:
    """Scores of the matrix's sessions from `predictions[ticker, session]`.

    NaN where there is none: for those who lack a column, and on sessions that no model
    may predict. `predictions` may begin earlier than the matrix, for `single`: they end
    together. The raw prediction is kept in `Scores.prediction`.
    Raises BadInput `model.predictions` for other tickers or fewer sessions.
    """
    tickers, sessions = matrix.axis.shape
    if len(predictions) != tickers or predictions.shape[1] < sessions:
        raise BadInput(_wrong_shape(predictions.shape, matrix.axis.shape))
    own = predictions[:, predictions.shape[1] - sessions :]
    said = np.where(matrix.members, own, np.nan)
    if single:
        placed = among_own(predictions)[:, predictions.shape[1] - sessions :]
        share = np.where(matrix.members, placed, np.nan)
    else:
        share = among_members(said, matrix.members)
    return Scores(
        axis=matrix.axis,
        score_total=100.0 * share,
        parts={PART: share},
        weights={PART: 100.0},
        gates=(),
        top=(),
        members=matrix.members,
        eligible=matrix.members & np.isfinite(share),
        prediction=said,
    )


def among_members(predictions: Floats, members: Bools) -> Floats:
    """(average rank − 1) / (n − 1) among the session's members with a prediction,
    lowest first, 0.5 for one alone; `[ticker, session]`, NaN for all others."""
    placed = np.full(predictions.shape, np.nan)
    for at in range(predictions.shape[1]):
        rows = np.flatnonzero(members[:, at] & np.isfinite(predictions[:, at]))
        placed[rows, at] = _shares(predictions[rows, at])
    return placed


def among_own(predictions: Floats) -> Floats:
    """The same, of each prediction among its ticker's last 252, itself the last."""
    placed = np.full(predictions.shape, np.nan)
    for row, values in enumerate(predictions):
        known = np.flatnonzero(np.isfinite(values))
        for number, at in enumerate(known):
            last = known[max(number + 1 - OWN_PREDICTIONS, 0) : number + 1]
            placed[row, at] = _share_of_last(values[last])
    return placed


def _shares(values: Floats) -> Floats:
    if len(values) < 2:
        return np.full(len(values), 0.5)
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, side="left")
    upto = np.searchsorted(ordered, values, side="right")
    shares: Floats = (below + upto - 1) / 2.0 / (len(values) - 1)
    return shares


def _share_of_last(values: Floats) -> float:
    if len(values) < 2:
        return 0.5
    below = int((values < values[-1]).sum())
    equal = int((values == values[-1]).sum())
    return (below + (equal - 1) / 2.0) / (len(values) - 1)


def _wrong_shape(came: tuple[int, ...], wanted: tuple[int, int]) -> Problem:
    return Problem(
        "model.predictions",
        "predictions",
        f"they are of {came[0]} tickers and {came[1]} sessions; the matrix has "
        f"{wanted[0]} and {wanted[1]}.",
        "Give one for each ticker of the matrix, up to its last session.",
    )
