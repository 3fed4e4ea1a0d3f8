"""Volume: how much is traded, and on which side of the price.

obv · cmf · mfi · vol_zscore · adv_dollar
"""

from __future__ import annotations

from math import log, nan

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.registry import (
    OneTicker,
    Output,
    indicator,
    window_param,
)
from sigma_core.indicators.windows import (
    blank,
    line_slope,
    ratio,
    window_mean,
    window_moments,
    window_sum,
)


@indicator(
    name="obv",
    group="volume",
    title="Slope of the on-balance volume",
    inputs=("close", "volume"),
    params=(window_param(20, 3, high=500),),
    outputs=(
        Output(
            "obv",
            "obv_{window}",
            "average volumes per bar",
            words="the slope of the on-balance volume ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Granville 1963, as a slope",
    formula="least-squares slope over n bars of OBV = Σ sign(close − close[t-1])·"
    "volume, divided by the mean volume of the n bars",
)
def obv(bars: OneTicker, p: Floats, out: Floats) -> None:
    """How fast volume gathers on rising (+) or falling (−) days, in average volumes
    per bar. The level of OBV depends on where it starts, its slope does not. NaN until
    the window is full and where nothing was traded in it (0/0).
    """
    close, volume = bars.close, bars.volume
    n, size = int(p[0]), len(close)
    blank(out[0], n - 1)
    if size < n:
        return
    signed, traded = np.empty(size), np.empty(size)
    signed[0] = 0.0
    for t in range(1, size):
        step = close[t] - close[t - 1]
        signed[t] = volume[t] if step > 0.0 else (-volume[t] if step < 0.0 else 0.0)
    line_slope(signed[1:], n, out[0][1:])
    window_mean(volume, n, traded)
    for t in range(n - 1, size):
        out[0, t] = ratio(out[0, t], traded[t])


@indicator(
    name="cmf",
    group="volume",
    title="Chaikin money flow",
    inputs=("high", "low", "close", "volume"),
    params=(window_param(20, 1),),
    outputs=(
        Output(
            "cmf",
            "cmf_{window}",
            "share of volume",
            low=-1,
            high=1,
            words="Chaikin money flow ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Chaikin 1980s",
    formula="Σ m·volume / Σ volume over n bars, m = ((close − low) − (high − close))/"
    "(high − low)",
)
def cmf(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Whether volume goes with closes near the high (+1) or the low (−1). A bar whose
    high is its low has no side: m = 0, as in Chaikin's accumulation line. NaN until the
    window is full, where it holds no volume, and where no bar of it has a range (0/0).
    """
    high, low, close, volume = bars.high, bars.low, bars.close, bars.volume
    n, size = int(p[0]), len(close)
    sided, traded, ranged = np.empty(size), np.empty(size), np.empty(size)
    for t in range(size):
        span = high[t] - low[t]
        side = (close[t] - low[t]) - (high[t] - close[t])
        sided[t] = volume[t] * (side / span) if span > 0.0 else 0.0
        traded[t] = span
    window_sum(traded, n, ranged)
    window_sum(volume, n, traded)
    window_sum(sided, n, out[0])
    for t in range(size):
        out[0, t] = ratio(out[0, t], traded[t] if ranged[t] != 0.0 else 0.0)


@indicator(
    name="mfi",
    group="volume",
    title="Money flow index",
    inputs=("high", "low", "close", "volume"),
    params=(window_param(14, 1, high=500),),
    outputs=(
        Output(
            "mfi",
            "mfi_{window}",
            "share of rising money",
            low=0,
            high=100,
            words="the money flow index ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="Quong & Soudack 1989",
    formula="100 · Σ up / (Σ up + Σ down) over n bars of TP·volume, by the sign of the "
    "change of TP = (high + low + close)/3",
)
def mfi(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Share of the money (typical price times volume) traded on bars whose typical
    price rose, 0 to 100; unchanged bars count on neither side. NaN until warmed up and
    where there was no flow (0/0).
    """
    high, low, close, volume = bars.high, bars.low, bars.close, bars.volume
    n, size = int(p[0]), len(close)
    up, down, falls = np.zeros(size), np.zeros(size), np.empty(size)
    before = (high[0] + low[0] + close[0]) / 3.0
    for t in range(1, size):
        typical = (high[t] + low[t] + close[t]) / 3.0
        flow = typical * volume[t]
        up[t] = flow if typical > before else 0.0
        down[t] = flow if typical < before else 0.0
        before = typical
    blank(out[0], 1)
    blank(falls, 1)
    window_sum(up[1:], n, out[0][1:])
    window_sum(down[1:], n, falls[1:])
    for t in range(size):
        out[0, t] = 100.0 * ratio(out[0, t], out[0, t] + falls[t])


@indicator(
    name="vol_zscore",
    group="volume",
    title="Unusual volume",
    inputs=("volume",),
    params=(window_param(20),),
    outputs=(
        Output(
            "z",
            "vol_zscore_{window}",
            "standard deviations",
            words="the z-score of the volume ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="classic",
    formula="(ln V − mean)/sd, mean and population sd of ln V[t-n .. t-1]",
)
def vol_zscore(bars: OneTicker, p: Floats, out: Floats) -> None:
    """How unusual the volume is against the `window` bars before this one, on logs.
    NaN until warmed up, where today or a bar of the window has no volume (ln 0), and
    where they all had the same (x/0).
    """
    volume = bars.volume
    n, size = int(p[0]), len(volume)
    logs, mean, deviation = np.empty(size), np.empty(size), np.empty(size)
    for t in range(size):
        logs[t] = log(volume[t]) if volume[t] > 0.0 else nan
    window_moments(logs, n, mean, deviation)
    blank(out[0], n)
    for t in range(n, size):
        out[0, t] = ratio(logs[t] - mean[t - 1], deviation[t - 1])


@indicator(
    name="adv_dollar",
    group="volume",
    title="Average dollar volume",
    inputs=("close", "volume"),
    params=(window_param(20, 1),),
    outputs=(
        Output(
            "adv",
            "adv_dollar_{window}",
            "dollars a day",
            low=0,
            words="the {window}-{unit} average dollar volume",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="classic",
    formula="mean(close · volume) over n bars",
)
def adv_dollar(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Mean of close times volume over the last `window` bars, today included, in
    dollars; a split does not change it. NaN until the window is full.
    """
    close, volume = bars.close, bars.volume
    dollars = np.empty(len(close))
    for t in range(len(close)):
        dollars[t] = close[t] * volume[t]
    window_mean(dollars, int(p[0]), out[0])
