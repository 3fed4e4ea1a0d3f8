"""Volume: how much is traded against what is usual, and at which price.

rvol · volume_z · amihud · vwap_rolling
"""

from __future__ import annotations

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.registry import (
    OneTicker,
    Output,
    Param,
    indicator,
    window_param,
)
from sigma_core.indicators.windows import (
    blank,
    ratio,
    window_mean,
    window_moments,
    window_sum,
)

_MILLION = 1e6  # Amihud's returns are given per million dollars


@indicator(
    name="rvol",
    group="volume",
    title="Relative volume",
    inputs=("volume",),
    params=(Param("window", 20, 1, 1000, "prior bars, today not among them"),),
    outputs=(
        Output(
            "rvol",
            "rvol_{window}",
            "times the usual volume",
            low=0,
            words="the volume relative to the prior {window} {unit}s",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="classic",
    formula="volume / mean(volume[t-n .. t-1])",
)
def rvol(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Volume as a multiple of the mean of the `window` bars before this one. Today is
    excluded: with it the value could never pass `window`. NaN until warmed up and where
    nothing was traded before (x/0).
    """
    volume, into = bars.volume, out[0]
    blank(into, 1)
    window_mean(volume[: len(volume) - 1], int(p[0]), into[1:])
    for t in range(len(volume)):
        into[t] = ratio(volume[t], into[t])


@indicator(
    name="volume_z",
    group="volume",
    title="Unusual volume, in shares",
    inputs=("volume",),
    params=(Param("window", 20, 2, 1000, "prior bars, today not among them"),),
    outputs=(
        Output(
            "z",
            "volume_z_{window}",
            "standard deviations",
            words="the z-score of the shares traded ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="classic",
    formula="(V − mean)/sd, mean and population sd of V[t-n .. t-1]",
)
def volume_z(bars: OneTicker, p: Floats, out: Floats) -> None:
    """How unusual the volume is against the `window` bars before this one, in shares;
    `vol_zscore` is the same on logs, which volumes suit better. NaN until warmed up and
    where the bars before all had the same volume (x/0).
    """
    volume = bars.volume
    n, size = int(p[0]), len(volume)
    mean, deviation = np.empty(size), np.empty(size)
    window_moments(volume, n, mean, deviation)
    blank(out[0], n)
    for t in range(n, size):
        out[0, t] = ratio(volume[t] - mean[t - 1], deviation[t - 1])


@indicator(
    name="amihud",
    group="volume",
    title="Amihud's illiquidity",
    inputs=("close", "volume"),
    params=(window_param(21, 1),),
    outputs=(
        Output(
            "amihud",
            "amihud_{window}",
            "size of return per million dollars",
            low=0,
            words="Amihud's illiquidity ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="Amihud 2002",
    formula="10⁶ · mean(|close/close[t-1] − 1| / (close·volume)) over those of n bars "
    "that traded",
)
def amihud(bars: OneTicker, p: Floats, out: Floats) -> None:
    """By what fraction a million dollars of trading moves the price, on average over
    `window` bars. A bar without volume has no part in the mean. NaN until warmed up and
    where no bar of the window traded (0/0).
    """
    close, volume, into = bars.close, bars.volume, out[0]
    n, size = int(p[0]), len(close)
    moved, traded, count = np.zeros(size), np.zeros(size), np.empty(size)
    for t in range(1, size):
        if volume[t] > 0.0:
            step = abs(close[t] / close[t - 1] - 1.0)
            moved[t] = _MILLION * step / (close[t] * volume[t])
            traded[t] = 1.0
    blank(into, 1)
    blank(count, 1)
    window_sum(moved[1:], n, into[1:])
    window_sum(traded[1:], n, count[1:])
    for t in range(size):
        into[t] = ratio(into[t], count[t])


@indicator(
    name="vwap_rolling",
    group="volume",
    title="Rolling volume-weighted price",
    inputs=("high", "low", "close", "volume"),
    params=(window_param(20, 1),),
    outputs=(
        Output(
            "vwap",
            "vwap_rolling_{window}",
            "price",
            degree=1,
            low=0,
            words="the {window}-{unit} volume-weighted price",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="classic; after Berkowitz, Logue & Noser 1988, over bars in place of trades",
    formula="Σ TP·volume / Σ volume over n bars, TP = (high + low + close)/3",
)
def vwap_rolling(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Mean typical price of `window` bars, each weighing its volume; within their
    lowest low and highest high. NaN until the window is full and where nothing was
    traded in it (0/0).
    """
    high, low, close, volume = bars.high, bars.low, bars.close, bars.volume
    n, size, into = int(p[0]), len(close), out[0]
    money, traded = np.empty(size), np.empty(size)
    for t in range(size):
        money[t] = (high[t] + low[t] + close[t]) / 3.0 * volume[t]
    window_sum(money, n, into)
    window_sum(volume, n, traded)
    for t in range(size):
        into[t] = ratio(into[t], traded[t])
