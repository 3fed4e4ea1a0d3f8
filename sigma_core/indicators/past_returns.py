"""Momentum: returns of the past that later ones have been sorted by.

reversal_1m · max_ret · mom_12_1
"""

from __future__ import annotations

from math import inf

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.registry import (
    OneTicker,
    Output,
    Param,
    indicator,
    window_param,
)
from sigma_core.indicators.windows import blank

_YEAR, _MONTH = 252, 21  # bars; part of the definition of `mom_12_1`


@indicator(
    name="reversal_1m",
    group="momentum",
    title="One-month reversal",
    inputs=("close",),
    params=(window_param(21, 1),),
    outputs=(
        Output(
            "reversal",
            "reversal_1m_{window}",
            "fraction, turned round",
            high=1,
            words="the {window}-{unit} reversal",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="Jegadeesh 1990; 21 bars for his calendar month",
    formula="1 − close/close[t-n]",
)
def reversal_1m(bars: OneTicker, p: Floats, out: Floats) -> None:
    """The return over `window` bars with its sign turned round, so that a higher value
    is the better buy if returns reverse; below 1. NaN until warmed up.
    """
    close, n = bars.close, int(p[0])
    blank(out[0], n)
    for t in range(n, len(close)):
        out[0, t] = 1.0 - close[t] / close[t - n]


@indicator(
    name="max_ret",
    group="momentum",
    title="Largest daily returns",
    inputs=("close",),
    params=(
        window_param(21, 1, high=500),
        Param("top", 1, 1, 20, "how many of the largest returns"),
    ),
    outputs=(
        Output(
            "max",
            "max_ret_{window}_{top}",
            "fraction",
            low=-1,
            words="the mean of the {top} largest returns of {window} {unit}s",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    check=lambda p: "" if p["top"] <= p["window"] else "give top ≤ window.",
    source="Bali, Cakici & Whitelaw 2011: their MAX and, with top 5, MAX(5)",
    formula="mean of the k largest close/close[t-1] − 1 of n bars",
)
def max_ret(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Mean of the `top` largest bar-to-bar returns of `window` bars. NaN until warmed
    up.
    """
    close, n, top = bars.close, int(p[0]), int(p[1])
    size = len(close)
    steps, best = np.empty(size), np.empty(top)
    for t in range(1, size):
        steps[t] = close[t] / close[t - 1] - 1.0
    blank(out[0], n)
    for t in range(n, size):
        best[:] = -inf
        for s in range(t - n + 1, t + 1):
            _keep(best, steps[s])
        total = 0.0
        for k in range(top):
            total += best[k]
        out[0, t] = total / top


def _keep(best: Floats, value: float) -> None:
    """Put a value in its place among the largest so far, the largest first."""
    k = len(best) - 1
    if value <= best[k]:
        return
    while k > 0 and best[k - 1] < value:
        best[k] = best[k - 1]
        k -= 1
    best[k] = value


@indicator(
    name="mom_12_1",
    group="momentum",
    title="Momentum of the year but its last month",
    inputs=("close",),
    outputs=(
        Output(
            "mom",
            "mom_12_1",
            "fraction",
            low=-1,
            words="the 12-1 momentum",
        ),
    ),
    warmup=lambda _: _YEAR + 1,
    stable=lambda _: _YEAR + 1,
    source="Jegadeesh & Titman 1993; the month left out: Asness 1995",
    formula="close[t-21]/close[t-252] − 1",
)
def mom_12_1(bars: OneTicker, p: Floats, out: Floats) -> None:
    """The return of the 231 bars that ended 21 bars ago: the factor by its usual name,
    with nothing to set (`momentum` has windows). NaN until warmed up.
    """
    close = bars.close
    blank(out[0], _YEAR)
    for t in range(_YEAR, len(close)):
        out[0, t] = close[t - _MONTH] / close[t - _YEAR] - 1.0
