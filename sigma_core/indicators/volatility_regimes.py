"""Volatility: its recent state, its bad half, and whether the price is coiled.

ewma_vol · downside_vol · vol_of_vol · chop · squeeze
"""

from __future__ import annotations

from math import log, sqrt

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.averages import average_range, ema, smooth, true_range
from sigma_core.indicators.realized_volatility import (
    PER_YEAR,
    annualise,
    close_returns,
    close_volatility,
)
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
    window_high,
    window_low,
    window_mean,
    window_moments,
    window_sum,
)

_SEED = 20  # squared returns whose mean starts `ewma_vol`


@indicator(
    name="ewma_vol",
    group="volatility",
    title="Exponentially weighted volatility",
    inputs=("close",),
    params=(
        Param("decay", 0.94, 0.5, 0.999, "share of yesterday's variance kept"),
        PER_YEAR,
    ),
    outputs=(
        Output(
            "vol",
            "ewma_vol_{decay}_{per_year}",
            "annualised, as a fraction",
            low=0,
            words="the exponentially weighted volatility ({decay})",
        ),
    ),
    warmup=lambda p: _SEED + 1,
    stable=lambda p: _SEED + int(20.0 / (1.0 - p["decay"])),
    source="RiskMetrics 1996",
    formula="s² = λ·s² + (1 − λ)·r², r = ln(close/close[t-1]); first the mean of 20 r²;"
    " √(per_year·s²)",
)
def ewma_vol(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Volatility in which a return counts `decay` times as much with every bar it ages,
    annualised as a fraction. Returns are taken about 0. NaN until 20 returns are there.
    """
    close, into = bars.close, out[0]
    close_returns(close, into)
    for t in range(len(close)):
        into[t] *= into[t]
    smooth(into[1:], _SEED, 1.0 - p[0], into[1:])
    annualise(into, p[1])


@indicator(
    name="downside_vol",
    group="volatility",
    title="Downside volatility",
    inputs=("close",),
    params=(
        window_param(63, 1),
        Param("mar", 0.0, 0.0, 1.0, "least acceptable return per bar"),
        PER_YEAR,
    ),
    outputs=(
        Output(
            "vol",
            "downside_vol_{window}_{mar}_{per_year}",
            "annualised, as a fraction",
            low=0,
            words="the {window}-{unit} downside volatility ({mar})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="Sortino & van der Meer 1991",
    formula="√(per_year · mean(min(r − mar, 0)²)) over all n returns, r = "
    "ln(close/close[t-1])",
)
def downside_vol(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Root mean square of what the log returns fell short of `mar`, annualised as a
    fraction. Good bars count as 0 and are counted: it is divided by all bars, not by
    the bad ones. NaN until warmed up.
    """
    short = np.empty(len(bars.close))
    close_returns(bars.close, short)
    for t in range(1, len(short)):
        under = short[t] - p[1]
        short[t] = under * under if under < 0.0 else 0.0
    blank(out[0], 1)
    window_mean(short[1:], int(p[0]), out[0][1:])
    annualise(out[0], p[2])


@indicator(
    name="vol_of_vol",
    group="volatility",
    title="Volatility of volatility",
    inputs=("close",),
    params=(
        window_param(21),
        Param("over", 63, 2, 1000, "bars over which the volatility is watched"),
        PER_YEAR,
    ),
    outputs=(
        Output(
            "vov",
            "vol_of_vol_{window}_{over}_{per_year}",
            "annualised volatility, as a fraction",
            low=0,
            words="the {over}-{unit} volatility of the {window}-{unit} volatility",
        ),
    ),
    warmup=lambda p: int(p["window"] + p["over"]),
    stable=lambda p: int(p["window"] + p["over"]),
    source="classic; of levels, not of changes",
    formula="sample sd of the last m values of rv_close over n",
)
def vol_of_vol(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Sample deviation of `rv_close` over `over` bars, in its own unit. Neighbouring
    values share most of their returns, so it moves slowly. NaN until warmed up.
    """
    close, into = bars.close, out[0]
    n, over = int(p[0]), int(p[1])
    vol, mean = np.empty(len(close)), np.empty(len(close))
    close_volatility(close, n, p[2], vol)
    blank(into, n)
    window_moments(vol[n:], over, mean[n:], into[n:])
    scale = sqrt(over / (over - 1.0))
    for t in range(len(close)):
        into[t] *= scale


@indicator(
    name="chop",
    group="volatility",
    title="Choppiness",
    inputs=("high", "low", "close"),
    params=(window_param(14),),
    outputs=(
        Output(
            "chop",
            "chop_{window}",
            "100 = all back and forth",
            low=0,
            words="the choppiness ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="Dreiss 1993",
    formula="100 · log(ΣTR / (highest high − lowest low)) / log(n) over n bars",
)
def chop(bars: OneTicker, p: Floats, out: Floats) -> None:
    """How much of the true ranges went back and forth: 0 on a straight move, 100 where
    each bar covers the whole range; a gap into the window can lift it above 100, and it
    is not cut there. NaN until warmed up and where the range is 0 (0/0).
    """
    high, low, close, into = bars.high, bars.low, bars.close, out[0]
    n, size = int(p[0]), len(close)
    ranges, bottom = np.empty(size), np.empty(size)
    true_range(high, low, close, bottom)
    blank(ranges, 1)
    window_sum(bottom[1:], n, ranges[1:])
    window_high(high, n, into)
    window_low(low, n, bottom)
    scale = 100.0 / log(n)
    for t in range(size):
        into[t] = scale * log(ratio(ranges[t], into[t] - bottom[t]))


@indicator(
    name="squeeze",
    group="volatility",
    title="Squeeze, the bands inside the channel",
    inputs=("high", "low", "close"),
    params=(
        window_param(20, high=500),
        Param("bb", 2.0, 0.1, 10.0, "standard deviations of the Bollinger bands"),
        Param("kc", 1.5, 0.1, 10.0, "average ranges of the Keltner channel"),
    ),
    outputs=(
        Output(
            "on",
            "squeeze_{window}_{bb}_{kc}",
            "1 = the bands lie inside the channel",
            low=0,
            high=1,
            words="the squeeze ({window}, {bb}, {kc})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: 18 * int(p["window"]),
    source="Carter 2005; with Wilder's average true range",
    formula="SMA ± bb·sd inside EMA ± kc·ATR, all over n bars: 1, else 0",
)
def squeeze(bars: OneTicker, p: Floats, out: Floats) -> None:
    """1 where the Bollinger bands (`bollinger`) lie inside the Keltner channel
    (`keltner`) of the same window, touching not counted: the closes vary little for
    the bars' ranges. Else 0, also on a flat price. NaN until warmed up.
    """
    high, low, close, into = bars.high, bars.low, bars.close, out[0]
    n, size = int(p[0]), len(close)
    mid, width = np.empty(size), np.empty(size)
    center, reach = np.empty(size), np.empty(size)
    window_moments(close, n, mid, width)
    ema(close, n, center)
    average_range(high, low, close, n, reach)
    blank(into, n)
    for t in range(n, size):
        apart = abs(mid[t] - center[t])
        into[t] = 1.0 if p[1] * width[t] + apart < p[2] * reach[t] else 0.0
