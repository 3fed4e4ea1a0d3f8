"""Scores of one session → the candidates of a decision."""

from __future__ import annotations

from sigma_core.frames import Floats, Ints, Matrix
from sigma_core.policy.shapes import Candidates
from sigma_core.signal_models.base import Scores
from sigma_core.specs.policies import Policy

#: The momentum column that is not a feature but the model's own score.
SCORE = "score_total"


def candidates_of(
    scores: Scores,
    matrix: Matrix,
    policy: Policy,
    *,
    session: int,
    sector: Ints | None = None,
    time: int = -1,
) -> Candidates:
    """The rows of one session of a matrix, as `decide` takes them.

    `session` is the ordinal of the exchange day, the same count on every day.
    """
    return Candidates(
        session=session,
        score=scores.score_total[:, time],
        eligible=scores.eligible[:, time],
        close=matrix.as_of("close", time),
        sector=sector,
        momentum=_momentum(scores, matrix, policy, time),
    )


def _momentum(
    scores: Scores, matrix: Matrix, policy: Policy, time: int
) -> Floats | None:
    """The values the momentum gate asks for; None if there is no such column."""
    name = policy.rules.execution.momentum_column
    if name == SCORE:
        values: Floats = scores.score_total[:, time]
        return values
    return matrix.as_of(name, time) if name in matrix.columns else None
