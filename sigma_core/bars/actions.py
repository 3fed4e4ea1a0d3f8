"""Splits: how much of today's share one share of the first stored bar has become.

Prices are stored raw. Inside, they are *forward* adjusted: `raw × factor`, where the
factor of a ticker is 1 at its first bar and is multiplied by the split factor (2 for a
2:1) from the ex-date on. A later split changes only later values, so nothing that was
computed before it can change. Definition and worked example:
`docs/definitions/splits.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sigma_core.frames import FIELDS, Axis, Floats

#: What a row of the actions table may be. `acknowledged`: someone looked at a price
#: jump on that date and says it was real.
ACTION_KINDS = ("split", "dividend", "delisting", "acknowledged", "other")


def cumulative_factor(
    axis: Axis,
    fields: Mapping[str, Floats],
    actions: pd.DataFrame,
    adjustments: Sequence[str],
) -> Floats | None:
    """Split factor `[ticker, time]`, 1.0 up to a ticker's first bar; None without any.

    `adjustments[ticker]` says what the stored prices are: a `raw` series takes every
    recorded split, a `split` or `total` one none (its source applied them), an
    `unknown` one those that its own bars show. A split whose ex-date has no bar counts
    from the next session on; one on or before the first bar doesn't count.
    """
    splits = actions[actions["kind"] == "split"]
    factor: Floats | None = None
    for ticker, ex_date, ratio in zip(
        splits["ticker"], splits["ex_date"], splits["split_factor"], strict=True
    ):
        if ticker not in axis:
            continue
        row = axis.row(ticker)
        start = _first_column(axis, ex_date)
        if not _counts(fields, row, start, float(ratio), adjustments[row]):
            continue
        if factor is None:
            factor = np.ones(axis.shape)
        factor[row, start:] *= float(ratio)
    return factor


def forward_adjusted(
    fields: Mapping[str, Floats], factor: Floats | None
) -> dict[str, Floats]:
    """Raw fields in units of the first bar: price × factor, volume / factor."""
    if factor is None:
        return dict(fields)
    return {
        name: fields[name] / factor if name == "volume" else fields[name] * factor
        for name in FIELDS
    }


def _first_column(axis: Axis, ex_date: pd.Timestamp) -> int:
    """The first column on or after the ex-date."""
    day = np.datetime64(ex_date.date(), "D").astype(axis.times.dtype)
    return int(np.searchsorted(axis.times, day))


def _counts(
    fields: Mapping[str, Floats], row: int, start: int, ratio: float, adjustment: str
) -> bool:
    """Whether a split changes the units of this series from column `start` on."""
    earlier = fields["close"][row, :start]
    held = np.flatnonzero(~np.isnan(earlier))
    if not len(held) or adjustment in ("split", "total"):
        return False
    if adjustment == "raw":
        return True
    opens = fields["open"][row, start:]
    after = np.flatnonzero(~np.isnan(opens))
    if not len(after):
        return False
    jump = np.log(opens[after[0]] / earlier[held[-1]])
    # With the split the step over the ex-date is smaller than without it.
    return bool(abs(jump + np.log(ratio)) < abs(jump))
