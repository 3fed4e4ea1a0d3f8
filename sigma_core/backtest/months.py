"""Returns month by month: `docs/definitions/months.md`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sigma_core.frames import Floats, Ints, Times


@dataclass(frozen=True)
class Year:
    """A calendar year: its twelve months, None where one has no session, and all."""

    year: int
    months: tuple[float | None, ...]
    total: float


def by_month(sessions: Times, equity: Floats) -> list[Year]:
    """A row for each year with a change of equity, the first year first."""
    months = sessions.astype("datetime64[M]").astype(np.int64)
    returns = _between(months[1:], equity)
    totals = _between(months[1:] // 12, equity)
    return [
        Year(
            year=1970 + year,
            months=tuple(returns.get(12 * year + month) for month in range(12)),
            total=total,
        )
        for year, total in totals.items()
    ]


def _between(labels: Ints, equity: Floats) -> dict[int, float]:
    """Label → the return from the last equity of the label before to its own last.

    `labels` are of the equity but its first value, ascending.
    """
    found: dict[int, float] = {}
    before = equity[0]
    for label in np.unique(labels).tolist():
        last = equity[int(np.searchsorted(labels, label, side="right"))]
        found[label] = float(last / before - 1)
        before = last
    return found
