"""A trained model's predictions as scores.

A score is the percentile of a prediction among the session's members, 0 to 100; of a
single ticker among its own last 252 predictions that were out of sample. There are no
gates. Eligible is a member with a prediction. Worked example: docs/definitions/gbm.md.
"""

from __future__ import annotations

from sigma_core.frames import Floats, Matrix
from sigma_core.signal_models.base import Scores

#: predictions of its own that a single ticker is placed among, this one included
OWN_PREDICTIONS = 252


def scores(matrix: Matrix, predictions: Floats, *, single: bool = False) -> Scores:
    """Scores of the matrix's sessions from `predictions[ticker, session]`.

    NaN where there is none: for those who lack a column, and on sessions that no model
    may predict. `predictions` may begin earlier than the matrix, for `single`: they end
    together. The raw prediction is kept in `Scores.prediction`.
    """
    raise NotImplementedError
