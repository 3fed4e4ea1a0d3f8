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

from sigma_core.frames import FIELDS, Axis, Floats, Ints

#: What a row of the actions table may be. `acknowledged`: someone looked at a price
#: jump on that date and says it was real. `rescaled`: from then on the source's prices
#: are in other units (`rescale.py`). `disputed`: another series says that an action is
#: missing or wrong on that date (D10), `split_factor` by how much. `delisting`: from
#: that date on no bar is used, `cash` is the last price.
ACTION_KINDS = (
    *("split", "dividend", "delisting", "acknowledged", "rescaled", "disputed"),
    "other",
)


#: The least and the most shares that one may become. Reverse splits of 1:500 are real,
#: some before a delisting are of thousands; what is beyond is a date or a price that
#: stands in the wrong column.
LEAST_FACTOR, MOST_FACTOR = 1e-4, 1e4


def cumulative_factor(
    axis: Axis,
    fields: Mapping[str, Floats],
    actions: pd.DataFrame,
    adjustments: Sequence[str],
) -> Floats | None:
    """Split factor `[ticker, time]`, 1.0 up to a ticker's first bar; None without any.

    `adjustments[ticker]` says what the stored prices are: a `raw` series takes every
    recorded split, a `split` or `total` one none (its source applied them), an
    `unknown` one those that its own bars show. A `rescaled` event counts for every
    series: its stored rows stand in the units of before and after. A split whose
    ex-date has no bar counts from the next session on; one on or before the first bar
    doesn't count.
    """
    units = actions[actions["kind"].isin(["split", "rescaled"])]
    columns = (units[name] for name in ("ticker", "ex_date", "kind", "split_factor"))
    factor: Floats | None = None
    rescaled: set[tuple[int, int]] = set()
    for ticker, ex_date, kind, ratio in sorted(
        zip(*columns, strict=True), key=lambda action: action[2]
    ):
        if ticker not in axis:
            continue
        row = axis.row(ticker)
        start = _first_column(axis, ex_date)
        if kind == "rescaled":
            rescaled.add((row, start))
        adjustment = "raw" if kind == "rescaled" else adjustments[row]
        # `rescaled` sorts before `split`: one that the source shows counts once
        if kind == "split" and (row, start) in rescaled:
            continue
        if not _counts(fields, row, start, float(ratio), adjustment):
            continue
        if factor is None:
            factor = np.ones(axis.shape)
        factor[row, start:] *= float(ratio)
    return factor


def delisted_from(axis: Axis, actions: pd.DataFrame) -> Ints:
    """The first column on or after each ticker's delisting; the number of columns
    where none is recorded."""
    found = np.full(axis.shape[0], axis.shape[1], dtype=np.int64)
    gone = actions[actions["kind"] == "delisting"]
    for ticker, day in zip(gone["ticker"], gone["ex_date"], strict=True):
        if ticker in axis:
            row = axis.row(ticker)
            found[row] = min(found[row], _first_column(axis, day))
    return found


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
