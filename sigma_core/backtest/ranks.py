"""Who may be bought on each session, the best first: the candidates of all sessions.

- `Ranked`      candidates of all sessions in one list
- `ranked_of`   signals → their candidates
- `list_rows`   the loop behind it; plain Python that is also compiled
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sigma_core.backtest.inputs import Signals
from sigma_core.frames import Bools, Ints
from sigma_core.policy.core import Rows

Order = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Ranked:
    """Those of session t, the best first, are `rows[first[t] : first[t + 1]]`."""

    first: Ints
    rows: Rows


def ranked_of(signals: Signals) -> Ranked:
    """Eligible rows with a score, in the order in which they rank."""
    from sigma_core.backtest import compiled  # numba: only where it is used

    eligible = np.require(signals.eligible, np.bool_, ["C"])
    first = np.zeros(len(eligible) + 1, np.int64)
    rows = np.empty(np.count_nonzero(eligible) + 1, np.uint32)
    order = np.require(signals.order, np.int32, ["C"])
    compiled.listed()(order, signals.ordered, eligible, first, rows)
    return Ranked(first, rows[: first[-1]])


def list_rows(
    order: Order, ordered: Ints, eligible: Bools, first: Ints, rows: Rows
) -> None:
    """Write the eligible of `order[t, :ordered[t]]` to `rows`, and where each t begins.

    `rows` has room for one more than are eligible.
    """
    count = 0
    for t in range(len(order)):
        first[t] = count
        for at in range(ordered[t]):
            row = order[t, at]
            rows[count] = row  # written over unless it counts
            count += eligible[t, row]
    first[len(order)] = count
