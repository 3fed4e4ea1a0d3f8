"""Prices of a window against today's close: the rolling features of Alpha158.

price_moments · price_line · price_extremes · price_ranks
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.direction import line_sums
from sigma_core.indicators.registry import (
    OneTicker,
    Output,
    indicator,
    window_param,
)
from sigma_core.indicators.windows import (
    blank,
    high_age,
    quantile,
    ratio,
    replace_sorted,
    window_moments,
)

_UPPER, _LOWER = 0.8, 0.2


@indicator(
    name="price_moments",
    group="trend",
    title="Mean and deviation over the close",
    inputs=("close",),
    params=(window_param(20),),
    outputs=(
        Output(
            "ma",
            "ma_{window}",
            "mean / close",
            low=0,
            words="the {window}-{unit} mean over the close",
        ),
        Output(
            "std",
            "std_{window}",
            "sample deviation / close",
            low=0,
            words="the {window}-{unit} deviation over the close",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Alpha158 of Qlib, Yang et al. 2020",
    formula="ma = mean(close)/close; std = √(Σ(close − mean)²/(n−1))/close, n bars",
)
def price_moments(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Mean and sample standard deviation of the last `window` closes, today's among
    them, as shares of today's close: 1 and 0 on a flat price. NaN until the window is
    full.
    """
    close = bars.close
    n = int(p[0])
    window_moments(close, n, out[0], out[1])
    sample = sqrt(n / (n - 1.0))
    for t in range(len(close)):
        out[0, t] = ratio(out[0, t], close[t])
        out[1, t] = ratio(out[1, t] * sample, close[t])


@indicator(
    name="price_line",
    group="trend",
    title="Straight line through the closes",
    inputs=("close",),
    params=(window_param(20, 3),),
    outputs=(
        Output(
            "beta",
            "beta_{window}",
            "slope per bar / close",
            words="the slope of {window} {unit}s over the close",
        ),
        Output(
            "rsqr",
            "rsqr_{window}",
            "share explained",
            low=0,
            high=1,
            words="the R² of {window} closes",
        ),
        Output(
            "resi",
            "resi_{window}",
            "(close − line) / close",
            words="the close above its {window}-{unit} line",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Alpha158 of Qlib, Yang et al. 2020",
    formula="least-squares line a + b·i of n closes: beta = b/close, rsqr = R², "
    "resi = (close − a − b·n)/close",
)
def price_line(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Slope of the least-squares line through the last `window` closes, how straight
    they run, and how far today's lies above the line. NaN until the window is full; no
    `rsqr` on a flat window (0/0).
    """
    close = bars.close
    n, size = int(p[0]), len(close)
    times = n * (n * n - 1.0) / 12.0
    for output in range(3):
        blank(out[output], n - 1)
    sums = np.empty((3, n))
    for end in range(n - 1, size, n):
        line_sums(close, end, n, sums)
        total = timed = squares = 0.0
        for t in range(end, min(end + n, size)):
            after = t - end
            distance = close[t] - close[end]
            total += distance
            timed += after * distance
            squares += distance * distance
            every = sums[0, after] + total
            shared = sums[1, after] + timed - (after - 0.5 * (n - 1)) * every
            spread = max(sums[2, after] + squares - every * every / n, 0.0)
            slope = shared / times
            left = distance - every / n - slope * 0.5 * (n - 1)
            r2 = ratio(shared * shared, times * spread)
            out[0, t] = ratio(slope, close[t])
            out[1, t] = min(r2, 1.0) if r2 == r2 else r2
            out[2, t] = ratio(left, close[t])


@indicator(
    name="price_extremes",
    group="structure",
    title="High and low of the window",
    inputs=("high", "low", "close"),
    params=(window_param(20),),
    outputs=(
        Output(
            "max",
            "max_{window}",
            "highest high / close",
            low=0,
            words="the {window}-{unit} high over the close",
        ),
        Output(
            "min",
            "min_{window}",
            "lowest low / close",
            low=0,
            words="the {window}-{unit} low over the close",
        ),
        Output(
            "rsv",
            "rsv_{window}",
            "0 at the low, 1 at the high",
            low=0,
            high=1,
            words="the place of the close in the {window}-{unit} range",
        ),
        Output(
            "imax",
            "imax_{window}",
            "place of the high, 1 today",
            low=0,
            high=1,
            words="the place of the high among {window} {unit}s",
        ),
        Output(
            "imin",
            "imin_{window}",
            "place of the low, 1 today",
            low=0,
            high=1,
            words="the place of the low among {window} {unit}s",
        ),
        Output(
            "imxd",
            "imxd_{window}",
            "imax − imin",
            low=-1,
            high=1,
            words="the high's place less the low's ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Alpha158 of Qlib, Yang et al. 2020",
    formula="over n bars: max = max(high)/close, min = min(low)/close, rsv = (close − "
    "lowest)/(highest − lowest), imax = bar of the highest high (1 … n)/n, imin, imxd",
)
def price_extremes(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Highest high and lowest low of the last `window` bars against the close, where
    the close lies between them, and when they were; of equals the earliest counts. NaN
    until the window is full; no `rsv` where no bar has a range (0/0).
    """
    high, low, close = bars.high, bars.low, bars.close
    n = int(p[0])
    high_age(high, n, False, out[3])
    high_age(-low, n, False, out[4])
    for output in range(6):
        blank(out[output], n - 1)
    for t in range(n - 1, len(close)):
        top, bottom = high[t - int(out[3, t])], low[t - int(out[4, t])]
        out[0, t] = ratio(top, close[t])
        out[1, t] = ratio(bottom, close[t])
        out[2, t] = ratio(close[t] - bottom, top - bottom)
        out[3, t] = (n - out[3, t]) / n
        out[4, t] = (n - out[4, t]) / n
        out[5, t] = out[3, t] - out[4, t]


@indicator(
    name="price_ranks",
    group="momentum",
    title="Quantiles and rank of the close",
    inputs=("close",),
    params=(window_param(20),),
    outputs=(
        Output(
            "qtlu",
            "qtlu_{window}",
            "80 % quantile / close",
            low=0,
            words="the upper quantile of {window} closes over today's",
        ),
        Output(
            "qtld",
            "qtld_{window}",
            "20 % quantile / close",
            low=0,
            words="the lower quantile of {window} closes over today's",
        ),
        Output(
            "rank",
            "rank_{window}",
            "share of closes not above today's",
            low=0,
            high=1,
            words="the rank of the close among {window}",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Alpha158 of Qlib, Yang et al. 2020",
    formula="of n closes: qtlu = Q80/close, qtld = Q20/close (on the line between two), "
    "rank = (below + (equal + 1)/2)/n, today's among the equal",
)
def price_ranks(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Upper and lower quantile of the last `window` closes over today's, and the rank
    of today's among them: 1 the highest, 1/`window` the lowest, equals share theirs.
    NaN until the window is full.
    """
    close = bars.close
    n = int(p[0])
    for output in range(3):
        blank(out[output], n - 1)
    if len(close) < n:
        return
    ordered = np.sort(close[:n])
    for t in range(n - 1, len(close)):
        old = close[t - n] if t >= n else close[t]
        first = replace_sorted(ordered, old, close[t])
        last = first
        while first > 0 and ordered[first - 1] == close[t]:
            first -= 1
        while last + 1 < n and ordered[last + 1] == close[t]:
            last += 1
        out[0, t] = ratio(quantile(ordered, _UPPER), close[t])
        out[1, t] = ratio(quantile(ordered, _LOWER), close[t])
        out[2, t] = (first + 0.5 * (last - first + 2.0)) / n
