"""Swings and their breaks by other means: TA-Lib's fractals, and the life of a level.

Ours walk from bar to bar; here every level is followed from the bar after it is known
to the bar on which the next of its kind is.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import talib

Ticker = dict[str, np.ndarray]
Columns = dict[str, np.ndarray]
SIDE = 3


def known(t: Ticker) -> tuple[np.ndarray, np.ndarray]:
    """Bars on which a swing high, a swing low becomes known."""
    high, low = talib.FRACTAL(t["high"], t["low"], SIDE, SIDE)
    return np.flatnonzero(high), np.flatnonzero(low)


def swing_points(t: Ticker) -> Columns:
    columns = {}
    for field, at in zip(("high", "low"), known(t), strict=True):
        level = pd.Series(np.nan, range(len(t[field])))
        level[at] = t[field][at - SIDE]
        columns[f"swing_{field}_3_3"] = level.ffill().to_numpy()
    return columns


def breaks(t: Ticker) -> np.ndarray:
    """The first close beyond each level, while it is the latest."""
    close = t["close"]
    way = np.zeros(len(close))
    way[: 2 * SIDE + 1] = np.nan
    highs, lows = known(t)
    for field, at, sign in (("high", highs, 1.0), ("low", lows, -1.0)):
        for begin, end in zip(at, [*at[1:], len(close) - 1], strict=True):
            life = slice(begin + 1, end + 1)
            beyond = sign * close[life] > sign * t[field][begin - SIDE]
            if beyond.any():
                way[begin + 1 + beyond.argmax()] = sign
    return way


def turns(way: np.ndarray) -> np.ndarray:
    """Breaks that differ from the break before."""
    at = np.flatnonzero(np.abs(way) == 1)
    turned = at[1:][np.diff(way[at]) != 0]
    return np.where(np.isin(np.arange(len(way)), turned), way, way * 0.0)


ORACLES: dict[str, Callable[[Ticker], Columns]] = {
    "swing_points": swing_points,
    "structure_break": lambda t: {"structure_break_3_3": breaks(t)},
    "choch": lambda t: {"choch_3_3": turns(breaks(t))},
}
