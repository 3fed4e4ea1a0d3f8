"""Adjusted prices and returns as of a date, from raw prices and recorded actions.

Kinds: `raw` as printed; `split` with splits taken out; `total` with splits, dividends
and other actions that have a factor. Definition: `docs/definitions/adjusted.md`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sigma_core.errors import UnknownName
from sigma_core.frames import Axis, Floats, Ints

KINDS = ("raw", "split", "total")
#: Actions that change what one share is; the others change only what it is worth.
UNIT_KINDS = ("split", "rescaled")


def action_ratios(
    axis: Axis, close: Floats, actions: pd.DataFrame, *, kind: str
) -> Floats:
    """What an earlier price is multiplied by because of each session, `[ticker, time]`.

    1.0 where nothing happened; 0.5 for a 2:1 split; 1 − cash / close before for a
    dividend. An action whose date has no session counts on the next one, one before
    the first bar not at all. UnknownName for another kind than raw, split or total.
    """
    if kind not in KINDS:
        raise UnknownName("adjustment", kind, KINDS)
    ratios = np.ones(axis.shape)
    if kind == "raw" or actions.empty:
        return ratios
    known = actions[actions["ticker"].isin(axis.tickers)]
    rows = np.array([axis.row(ticker) for ticker in known["ticker"]], np.int64)
    days = known["ex_date"].to_numpy().astype("datetime64[D]")
    columns = np.searchsorted(axis.times, days.astype(axis.times.dtype))
    before = _close_before(close, rows, columns)
    steps = _steps(known, before, total=kind == "total")
    counts = (columns < axis.shape[1]) & ~np.isnan(before) & np.isfinite(steps)
    counts &= steps > 0
    np.multiply.at(ratios, (rows[counts], columns[counts]), steps[counts])
    return ratios


def adjusted(
    axis: Axis, prices: Floats, actions: pd.DataFrame, *, kind: str, close: Floats
) -> Floats:
    """Raw prices in the units of the axis' last session, `[ticker, time]`.

    `close` are the raw closes, which dividends are measured by. NaN stays NaN.
    """
    ratios = action_ratios(axis, close, actions, kind=kind)
    after = np.ones(axis.shape)
    after[:, :-1] = np.cumprod(ratios[:, :0:-1], axis=1)[:, ::-1]
    scaled: Floats = prices * after
    return scaled


def returns(axis: Axis, close: Floats, actions: pd.DataFrame, *, kind: str) -> Floats:
    """Close over the own close before, less one, with actions taken out.

    NaN on a ticker's first bar and where there is no bar.
    """
    whole = adjusted(axis, close, actions, kind=kind, close=close)
    result = np.full(axis.shape, np.nan)
    for row, line in enumerate(whole):
        own = np.flatnonzero(~np.isnan(line))
        result[row, own[1:]] = line[own[1:]] / line[own[:-1]] - 1
    return result


def _steps(known: pd.DataFrame, before: Floats, *, total: bool) -> Floats:
    """The ratio of each action; 1 for one that this kind leaves in."""
    kinds = known["kind"].to_numpy()
    factor = pd.to_numeric(known["split_factor"]).to_numpy(np.float64)
    cash = pd.to_numeric(known["cash"]).to_numpy(np.float64)
    steps = np.ones(len(known))
    unit = np.isin(kinds, UNIT_KINDS)
    steps[unit] = 1 / factor[unit]
    if total:
        other = (kinds == "other") & (factor > 0)
        steps[other] = 1 / factor[other]
        paid = (kinds == "dividend") & ~np.isnan(cash)
        steps[paid] = 1 - cash[paid] / before[paid]
    return steps


def _close_before(close: Floats, rows: Ints, columns: Ints) -> Floats:
    """Each ticker's last close before a column; NaN if it has none."""
    held = ~np.isnan(close)
    at = np.where(held, np.arange(close.shape[1]), -1)
    last = np.maximum.accumulate(at, axis=1)
    place = np.where(columns > 0, last[rows, np.maximum(columns - 1, 0)], -1)
    before: Floats = np.where(place >= 0, close[rows, place], np.nan)
    return before
