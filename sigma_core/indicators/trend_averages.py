"""Trend: further averages of the close, and where it stands to them.

hma · kama · dist_ma · ma_cross · ema_slope
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.averages import ema
from sigma_core.indicators.registry import (
    OneTicker,
    Output,
    Param,
    Params,
    indicator,
    window_param,
)
from sigma_core.indicators.windows import (
    blank,
    linear_mean,
    ratio,
    window_mean,
    window_sum,
)


@indicator(
    name="hma",
    group="trend",
    title="Hull moving average",
    inputs=("close",),
    params=(window_param(20),),
    outputs=(
        Output(
            "hma",
            "hma_{window}",
            "Hull average of close",
            degree=1,
            words="the {window}-{unit} Hull average",
        ),
    ),
    warmup=lambda p: int(p["window"]) + int(sqrt(p["window"])) - 1,
    stable=lambda p: int(p["window"]) + int(sqrt(p["window"])) - 1,
    source="Hull 2005",
    formula="WMA over √n of 2·WMA_{n/2}(close) − WMA_n(close); n/2 and √n rounded down",
)
def hma(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Weighted average with most of its lag taken out, in price units. It overshoots:
    a value may lie outside the prices of its window. NaN until warmed up.
    """
    close, into = bars.close, out[0]
    n = int(p[0])
    quick, slow = np.empty(len(close)), np.empty(len(close))
    linear_mean(close, n // 2, quick)
    linear_mean(close, n, slow)
    for t in range(len(close)):
        quick[t] = 2.0 * quick[t] - slow[t]
    blank(into, n - 1)
    linear_mean(quick[n - 1 :], int(sqrt(n)), into[n - 1 :])


def _kama_stable(p: Params) -> int:
    """A random walk of n steps has an efficiency near 1/√n: how fast it then forgets.

    Half as many bars again as that takes, as a sideways market is slower still.
    """
    fast, slow = 2.0 / (p["fast"] + 1), 2.0 / (p["slow"] + 1)
    share = ((fast - slow) / sqrt(p["window"]) + slow) ** 2
    return int(p["window"] + 20.0 / share)


@indicator(
    name="kama",
    group="trend",
    title="Kaufman's adaptive moving average",
    inputs=("close",),
    params=(
        window_param(10),
        Param("fast", 2, 1, 500, "bars of the average in a straight move"),
        Param("slow", 30, 2, 500, "bars of the average in a sideways market"),
    ),
    outputs=(
        Output(
            "kama",
            "kama_{window}_{fast}_{slow}",
            "adaptive average of close",
            degree=1,
            low=0,
            words="Kaufman's adaptive average ({window}, {fast}, {slow})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=_kama_stable,
    check=lambda p: "" if p["fast"] < p["slow"] else "fast must be below slow.",
    source="Kaufman 1995; started from the close before, as in TA-Lib",
    formula="ER = |close − close[t-n]| / Σ|changes|; s = (ER·(f − w) + w)², "
    "f = 2/(fast+1), w = 2/(slow+1); k += s·(close − k)",
)
def kama(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Exponential average that follows fast in a straight move and slowly in a
    sideways one, in price units. A window in which nothing moved counts as sideways
    (its efficiency is 0/0). It forgets slowly. NaN until warmed up.
    """
    close, into = bars.close, out[0]
    n, size = int(p[0]), len(close)
    fast, slow = 2.0 / (p[1] + 1.0), 2.0 / (p[2] + 1.0)
    blank(into, n)
    if size <= n:
        return
    path = np.empty(size)
    way_walked(close, n, path)
    level = close[n - 1]
    for t in range(n, size):
        efficiency = straightness(close[t] - close[t - n], path[t])
        # Nothing moved: NaN is not above 0, so the slow end is taken.
        share = slow + (efficiency if efficiency > 0.0 else 0.0) * (fast - slow)
        level += share * share * (close[t] - level)
        into[t] = level


def way_walked(x: Floats, n: int, out: Floats) -> None:
    """Sum of the last `n` changes without their signs; NaN on the first `n` bars."""
    steps = np.empty(len(x))
    blank(out, 1)
    for t in range(1, len(x)):
        steps[t] = abs(x[t] - x[t - 1])
    window_sum(steps[1:], n, out[1:])


def straightness(gained: float, walked: float) -> float:
    """Kaufman's efficiency, 0 to 1; NaN where nothing moved."""
    share = ratio(abs(gained), walked)
    return 1.0 if share > 1.0 else share  # rounding


@indicator(
    name="dist_ma",
    group="trend",
    title="Distance to the simple average",
    inputs=("close",),
    params=(window_param(50, 1),),
    outputs=(
        Output(
            "dist",
            "dist_ma_{window}",
            "fraction of the average",
            low=-1,
            words="the distance to the {window}-{unit} simple average",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="classic",
    formula="close / SMA_n(close) − 1",
)
def dist_ma(bars: OneTicker, p: Floats, out: Floats) -> None:
    """How far the close stands above its simple average, as a fraction of it: 0.02 is
    2 % above. NaN until the window is full.
    """
    close, into = bars.close, out[0]
    window_mean(close, int(p[0]), into)
    for t in range(len(close)):
        into[t] = ratio(close[t], into[t]) - 1.0


@indicator(
    name="ma_cross",
    group="trend",
    title="Order and crossing of two simple averages",
    inputs=("close",),
    params=(
        Param("fast", 50, 1, 500, "bars of the fast average"),
        Param("slow", 200, 2, 1000, "bars of the slow average"),
    ),
    outputs=(
        Output(
            "state",
            "ma_cross_state_{fast}_{slow}",
            "1 = fast above slow, −1 = below, 0 = equal",
            low=-1,
            high=1,
            warmup=lambda p: int(p["slow"]),
            words="the order of the {fast}- and {slow}-{unit} averages",
        ),
        Output(
            "cross",
            "ma_cross_cross_{fast}_{slow}",
            "the new order on the bar it comes, else 0",
            low=-1,
            high=1,
            words="the crossing of the {fast}- and {slow}-{unit} averages",
        ),
    ),
    warmup=lambda p: int(p["slow"]) + 1,
    stable=lambda p: int(p["slow"]) + 1,
    check=lambda p: "" if p["fast"] < p["slow"] else "fast must be below slow.",
    source="classic",
    formula="state = sign(SMA_fast − SMA_slow); cross = state where it differs from "
    "yesterday's, else 0",
)
def ma_cross(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Which of two simple averages is above, and on the one bar of a change which came
    above: 1 the fast, −1 the slow. Becoming ready is no crossing. NaN until warmed up.
    """
    close = bars.close
    fast, slow = int(p[0]), int(p[1])
    state, cross = out[0], out[1]
    window_mean(close, fast, state)
    window_mean(close, slow, cross)
    blank(state, slow - 1)
    for t in range(slow - 1, len(close)):
        apart = state[t] - cross[t]
        state[t] = 1.0 if apart > 0.0 else (-1.0 if apart < 0.0 else 0.0)
    blank(cross, slow)
    for t in range(slow, len(close)):
        cross[t] = state[t] if state[t] != state[t - 1] else 0.0


@indicator(
    name="ema_slope",
    group="trend",
    title="Slope of the exponential average",
    inputs=("close",),
    params=(
        window_param(20, 1),
        Param("back", 5, 1, 500, "bars over which the average's change is taken"),
    ),
    outputs=(
        Output(
            "slope",
            "ema_slope_{window}_{back}",
            "fraction over `back` bars",
            low=-1,
            words="the {back}-{unit} change of the {window}-{unit} exponential average",
        ),
    ),
    warmup=lambda p: int(p["window"] + p["back"]),
    stable=lambda p: 9 * (int(p["window"]) + 1) + int(p["back"]),
    source="classic",
    formula="EMA_n / EMA_n[t-back] − 1",
)
def ema_slope(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Change of the exponential average over `back` bars, as a fraction: above 0 where
    it rises. NaN until warmed up.
    """
    n, back = int(p[0]), int(p[1])
    average, into = np.empty(len(bars.close)), out[0]
    ema(bars.close, n, average)
    blank(into, n + back - 1)
    for t in range(n + back - 1, len(average)):
        into[t] = ratio(average[t], average[t - back]) - 1.0
