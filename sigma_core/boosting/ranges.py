"""What training has seen of each column, and what lies far outside of it.

    span = q99 − q01        far outside: value < q01 − span, or value > q99 + span

over the rows of training, quantiles linear between two. Trees say of such a value what
they say of the nearest one they saw: they did not learn it. docs/definitions/gbm.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sigma_core.frames import Bools, Floats

Ranges = Mapping[str, tuple[float, float]]


def ranges_of(values: Floats, columns: Sequence[str]) -> dict[str, tuple[float, float]]:
    """The 1 % and 99 % quantile of each column of `values[row, column]`."""
    found = {}
    for at, name in enumerate(columns):
        low, high = np.quantile(values[:, at], [0.01, 0.99])
        found[name] = (float(low), float(high))
    return found


def far_outside(values: Floats, columns: Sequence[str], ranges: Ranges) -> Bools:
    """Which cells of `values[row, column]` lie far outside of training."""
    ends = np.array([ranges[name] for name in columns]).reshape(-1, 2)
    low, high = ends[:, 0], ends[:, 1]
    span = high - low
    outside: Bools = (values < low - span) | (values > high + span)
    return outside
