"""Momentum: how far and how steadily the price has moved.

ret · roc · momentum · rsi · stochastic · williams_r · cci
"""

from __future__ import annotations

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.averages import smooth
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
)

_BACK = Param("window", 20, 1, 1000, "bars back")


def change(x: Floats, old: int, new: int, out: Floats) -> None:
    """Change from `old` to `new` bars ago, as a fraction; NaN on the first `old`."""
    blank(out, old)
    after, into = x[old - new :], out[old:]
    for t in range(len(into)):
        into[t] = after[t] / x[t] - 1.0


@indicator(
    name="ret",
    group="momentum",
    title="Return",
    inputs=("close",),
    params=(_BACK,),
    outputs=(
        Output(
            "ret",
            "ret_{window}",
            "fraction",
            low=-1,
            words="the {window}-{unit} return",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="classic",
    formula="close / close[t-n] − 1",
)
def ret(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Change of the close over `window` bars, as a fraction: 0.1 is 10 %. Dividends
    are not counted. NaN until warmed up.
    """
    change(bars.close, int(p[0]), 0, out[0])


@indicator(
    name="roc",
    group="momentum",
    title="Rate of change",
    inputs=("close",),
    params=(Param("window", 10, 1, 1000, "bars back"),),
    outputs=(
        Output(
            "roc",
            "roc_{window}",
            "fraction",
            low=-1,
            words="the {window}-{unit} rate of change",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="classic",
    formula="(close − close[t-n]) / close[t-n]",
)
def roc(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Rate of change over `window` bars as a fraction, not in per cent: the same
    number as `ret`, under the name chartists know it by. NaN until warmed up.
    """
    change(bars.close, int(p[0]), 0, out[0])


@indicator(
    name="momentum",
    group="momentum",
    title="Momentum with a skip",
    inputs=("close",),
    params=(
        Param("window", 252, 2, 1000, "bars back to the start"),
        Param("skip", 21, 0, 500, "latest bars left out"),
    ),
    outputs=(
        Output(
            "momentum",
            "momentum_{window}_{skip}",
            "fraction",
            low=-1,
            words="the return from {window} to {skip} {unit}s ago",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    check=lambda p: "" if p["skip"] < p["window"] else "skip must be below window.",
    source="Jegadeesh & Titman 1993; skip of a month as in Asness 1995",
    formula="close[t-skip] / close[t-window] − 1",
)
def momentum(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Return from `window` to `skip` bars ago, as a fraction: the latest month is left
    out because it tends to reverse. NaN until warmed up.
    """
    change(bars.close, int(p[0]), int(p[1]), out[0])


@indicator(
    name="rsi",
    group="momentum",
    title="Relative strength index",
    inputs=("close",),
    params=(window_param(14, high=500),),
    outputs=(
        Output(
            "rsi",
            "rsi_{window}",
            "share of rises",
            low=0,
            high=100,
            words="RSI ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: 18 * int(p["window"]),
    source="Wilder 1978",
    formula="100 · G/(G + L); G, L = Wilder averages of rises and falls of the close",
)
def rsi(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Average rise as a share of average rise and fall, 0 to 100. NaN until warmed up
    and while the close has never changed (0/0): a halted stock is not oversold.
    """
    close = bars.close
    n, after, into = int(p[0]), close[1:], out[0][1:]
    falls = np.empty(len(after))
    blank(out[0], 1)
    for t in range(len(after)):
        step = after[t] - close[t]
        into[t] = step if step > 0.0 else 0.0
        falls[t] = -step if step < 0.0 else 0.0
    smooth(into, n, 1.0 / n, into)
    smooth(falls, n, 1.0 / n, falls)
    for t in range(len(after)):
        into[t] = 100.0 * ratio(into[t], into[t] + falls[t])


@indicator(
    name="stochastic",
    group="momentum",
    title="Stochastic oscillator",
    inputs=("high", "low", "close"),
    params=(
        window_param(14, 1),
        Param("smooth", 3, 1, 100, "bars of the mean that makes %K slow"),
        Param("signal", 3, 1, 100, "bars of the mean that makes %D"),
    ),
    outputs=(
        Output(
            "k",
            "stochastic_k_{window}_{smooth}_{signal}",
            "place in the range, smoothed",
            low=0,
            high=100,
            warmup=lambda p: int(p["window"] + p["smooth"]) - 1,
            words="stochastic %K ({window}, {smooth})",
        ),
        Output(
            "d",
            "stochastic_d_{window}_{smooth}_{signal}",
            "mean of %K",
            low=0,
            high=100,
            words="stochastic %D ({window}, {smooth}, {signal})",
        ),
    ),
    warmup=lambda p: int(p["window"] + p["smooth"] + p["signal"]) - 2,
    stable=lambda p: int(p["window"] + p["smooth"] + p["signal"]) - 2,
    source="Lane 1950s",
    formula="raw = 100·(close − LL)/(HH − LL) over n bars; %K = mean of raw over "
    "smooth; %D = mean of %K over signal",
)
def stochastic(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Where the close stands between the lowest low and the highest high of `window`
    bars, 0 to 100, smoothed once (%K) and twice (%D). NaN until warmed up and where a
    range of 0 is among the smoothed bars (0/0).
    """
    high, low, close = bars.high, bars.low, bars.close
    n, slow, signal = int(p[0]), int(p[1]), int(p[2])
    raw = np.empty(len(close))
    k, d = out[0], out[1]
    range_place(high, low, close, n, raw)
    blank(k, n - 1)
    blank(d, n + slow - 2)
    window_mean(raw[n - 1 :], slow, k[n - 1 :])
    window_mean(k[n + slow - 2 :], signal, d[n + slow - 2 :])


def range_place(high: Floats, low: Floats, close: Floats, n: int, out: Floats) -> None:
    """Place of the close in the range of `n` bars, 0 to 100; NaN where it has none."""
    bottom = np.empty(len(close))
    window_high(high, n, out)
    window_low(low, n, bottom)
    for t in range(len(close)):
        out[t] = 100.0 * ratio(close[t] - bottom[t], out[t] - bottom[t])


@indicator(
    name="williams_r",
    group="momentum",
    title="Williams %R",
    inputs=("high", "low", "close"),
    params=(window_param(14, 1),),
    outputs=(
        Output(
            "r",
            "williams_r_{window}",
            "distance to the high",
            low=-100,
            high=0,
            words="Williams %R ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Williams 1973",
    formula="−100·(HH − close)/(HH − LL) over n bars",
)
def williams_r(bars: OneTicker, p: Floats, out: Floats) -> None:
    """How far the close stands below the highest high of `window` bars, in per cent of
    their range: 0 at the high, −100 at the low. NaN until warmed up and where the
    range is 0 (0/0).
    """
    high, low, close = bars.high, bars.low, bars.close
    top = out[0]
    bottom = np.empty(len(close))
    window_high(high, int(p[0]), top)
    window_low(low, int(p[0]), bottom)
    for t in range(len(close)):
        top[t] = 100.0 * ratio(close[t] - top[t], top[t] - bottom[t])


@indicator(
    name="cci",
    group="momentum",
    title="Commodity channel index",
    inputs=("high", "low", "close"),
    params=(window_param(20, high=500),),
    outputs=(
        Output(
            "cci", "cci_{window}", "mean deviations / 0.015", words="CCI ({window})"
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Lambert 1980",
    formula="(TP − mean TP)/(0.015 · mean |TP − mean TP|), TP = (high + low + close)/3",
)
def cci(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Distance of the typical price to its mean, in mean absolute deviations of the
    window from today's mean; unbounded, mostly within ±100. NaN until warmed up and on
    a flat window (0/0).
    """
    high, low, close = bars.high, bars.low, bars.close
    n, size = int(p[0]), len(close)
    blank(out[0], n - 1)
    if size < n:
        return
    typical, mean = np.empty(size), np.empty(size)
    for t in range(size):
        typical[t] = (high[t] + low[t] + close[t]) / 3.0
    window_mean(typical, n, mean)
    middle, spread, today = mean[n - 1 :], out[0][n - 1 :], typical[n - 1 :]
    spread[:] = 0.0
    whole = n // 4 * 4
    for s in range(0, whole, 4):  # four bars of the window in one pass over all bars
        i, j, k, m = typical[s:], typical[s + 1 :], typical[s + 2 :], typical[s + 3 :]
        for t in range(len(spread)):
            mid = middle[t]
            spread[t] += (abs(i[t] - mid) + abs(j[t] - mid)) + (
                abs(k[t] - mid) + abs(m[t] - mid)
            )
    for s in range(whole, n):
        i = typical[s:]
        for t in range(len(spread)):
            spread[t] += abs(i[t] - middle[t])
    for t in range(len(spread)):
        spread[t] = ratio(today[t] - middle[t], 0.015 / n * spread[t])
