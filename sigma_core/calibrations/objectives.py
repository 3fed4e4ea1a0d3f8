"""What the cells of a grid are judged by, the higher the better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sigma_core.calibrations.cells import Half
from sigma_core.errors import UnknownName
from sigma_core.evidence.sharpe import deflated_sharpe, expected_maximum_sharpe

DEFLATED = "deflated_sharpe"
#: objective → as people say it
OBJECTIVES: Mapping[str, str] = {
    DEFLATED: "deflated Sharpe",
    "sharpe": "Sharpe",
    "sortino": "Sortino",
    "calmar": "Calmar",
    "total_return": "return",
    "profit_factor": "profit factor",
    "hit_rate": "hit rate",
}


def require_objective(name: str) -> None:
    """Raise UnknownName for one there is not."""
    if name not in OBJECTIVES:
        raise UnknownName("objective", name[:64], OBJECTIVES, where="objective")


def values(halves: Sequence[Half], objective: str) -> list[float | None]:
    """The objective of each cell, None where undefined; the cells are of one grid.

    Raises UnknownName.
    """
    require_objective(objective)
    if objective != DEFLATED:
        return [half.metrics[objective] for half in halves]
    luck = luck_of(halves)
    return [_deflated(half, luck) for half in halves]


def alone(half: Half, objective: str) -> float | None:
    """The objective of a half on which nothing was chosen: as of one trial."""
    if objective != DEFLATED:
        return half.metrics[objective]
    return _deflated(half, 0.0)


def luck_of(halves: Sequence[Half]) -> float:
    """The Sharpe of a session that the best of so many cells would have by luck."""
    found = [h.moments.sharpe for h in halves if h.moments.sharpe is not None]
    if len(found) < 2:
        return 0.0
    return expected_maximum_sharpe(float(np.var(found, ddof=1)), len(found))


def _deflated(half: Half, luck: float) -> float | None:
    returns = half.sessions - 1
    return deflated_sharpe(half.moments, sessions=returns, luck=luck)
