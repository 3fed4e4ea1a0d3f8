"""Volume of a window, alone and with the price: the volume features of Alpha158.

volume_moments · wvma · price_volume_corr
"""

from __future__ import annotations

from math import log, nan, sqrt

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
    divide,
    window_correlation,
    window_moments,
)


@indicator(
    name="volume_moments",
    group="volume",
    title="Mean and deviation over the volume",
    inputs=("volume",),
    params=(window_param(20),),
    outputs=(
        Output(
            "vma",
            "vma_{window}",
            "mean / volume",
            low=0,
            words="the {window}-{unit} mean volume over today's",
        ),
        Output(
            "vstd",
            "vstd_{window}",
            "sample deviation / volume",
            low=0,
            words="the {window}-{unit} deviation of volume over today's",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Alpha158 of Qlib, Yang et al. 2020",
    formula="over n bars: vma = mean(volume)/volume; vstd = √(Σ(volume − "
    "mean)²/(n−1))/volume",
)
def volume_moments(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Mean and sample standard deviation of the last `window` volumes, today's among
    them, as multiples of today's. NaN until the window is full and where today has no
    volume (x/0).
    """
    volume = bars.volume
    n = int(p[0])
    window_moments(volume, n, out[0], out[1])
    sample = sqrt(n / (n - 1.0))
    deviation = out[1]
    for t in range(len(volume)):
        deviation[t] *= sample
    divide(out[0], volume)
    divide(deviation, volume)


@indicator(
    name="wvma",
    group="volume",
    title="Variation of volume-weighted moves",
    inputs=("close", "volume"),
    params=(window_param(20),),
    outputs=(
        Output(
            "wvma",
            "wvma_{window}",
            "deviation / mean",
            low=0,
            words="the variation of {window} volume-weighted moves",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="Alpha158 of Qlib, Yang et al. 2020",
    formula="x = |close/close[t-1] − 1|·volume; sample deviation of n x / their mean",
    several=True,
)
def wvma(bars: OneTicker, p: Floats, out: Floats) -> None:
    """How unevenly the moves of the close, each times its volume, fall on the last
    `window` bars: the coefficient of variation. NaN until warmed up and where nothing
    moves or trades (0/0).
    """
    close, volume, size = bars.close, bars.volume, len(bars.close)
    flows, mean = np.empty(size), np.empty(size)
    now, traded, moved = close[1:], volume[1:], flows[1:]
    for t in range(len(moved)):
        moved[t] = abs(now[t] / close[t] - 1.0) * traded[t]
    for k in range(len(out)):
        n, into = int(p[k]), out[k]
        blank(mean, 1)
        blank(into, 1)
        window_moments(moved, n, mean[1:], into[1:])
        sample = sqrt(n / (n - 1.0))
        for t in range(size):
            into[t] *= sample
        divide(into, mean)


@indicator(
    name="price_volume_corr",
    group="volume",
    title="Correlation of price and volume",
    inputs=("close", "volume"),
    params=(window_param(20, 3),),
    outputs=(
        Output(
            "corr",
            "corr_{window}",
            "of close and ln(volume)",
            low=-1,
            high=1,
            warmup=lambda p: int(p["window"]),
            words="the correlation of price and volume ({window})",
        ),
        Output(
            "cord",
            "cord_{window}",
            "of their changes",
            low=-1,
            high=1,
            words="the correlation of price and volume changes ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="Alpha158 of Qlib, Yang et al. 2020; ln(volume) for its ln(volume + 1)",
    formula="over n bars: corr = corr(close, ln(volume)); cord = "
    "corr(close/close[t-1], ln(volume/volume[t-1] + 1))",
    several=True,
)
def price_volume_corr(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Whether the price goes with the volume, in levels and in changes. NaN until
    warmed up, where price or volume stay the same (0/0), and while a bar of the window
    has no volume (ln 0).
    """
    close, volume, size = bars.close, bars.volume, len(bars.close)
    traded, grown, more = np.empty(size), np.empty(size), np.empty(size)
    for t in range(size):
        traded[t] = log(volume[t]) if volume[t] > 0.0 else nan
    for t in range(1, size):
        known = volume[t] > 0.0 and volume[t - 1] > 0.0
        grown[t] = close[t] / close[t - 1]
        more[t] = log(volume[t] / volume[t - 1] + 1.0) if known else nan
    for k in range(len(out) // 2):
        n, change = int(p[k]), out[2 * k + 1]
        window_correlation(close, traded, n, out[2 * k])
        blank(change, 1)
        window_correlation(grown[1:], more[1:], n, change[1:])
