"""Structure: a bar against the one before, or the few before.

pivot_floor · open_gap · nr7 · inside_bar
"""

from __future__ import annotations

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.averages import average_range
from sigma_core.indicators.registry import OneTicker, Output, indicator, window_param
from sigma_core.indicators.windows import blank, ratio, window_low

_ATR_WINDOW = 14  # part of the definition of `open_gap`, hence no parameter


def _pivot(key: str, words: str, formula: str) -> Output:
    return Output(key, f"pivot_floor_{key}", formula, words, degree=1)


@indicator(
    name="pivot_floor",
    group="structure",
    title="Floor pivots",
    inputs=("high", "low", "close"),
    outputs=(
        _pivot("pp", "the floor pivot", "PP, the prior bar's typical price"),
        _pivot("r1", "the first resistance above the floor pivot", "2·PP − low"),
        _pivot("s1", "the first support below the floor pivot", "2·PP − high"),
        _pivot("r2", "the second resistance above the floor pivot", "PP + range"),
        _pivot("s2", "the second support below the floor pivot", "PP − range"),
    ),
    warmup=lambda _: 2,
    stable=lambda _: 2,
    source="floor traders, before 1990",
    formula="of the prior bar: PP = (high + low + close)/3; R1 = 2·PP − low; "
    "S1 = 2·PP − high; R2, S2 = PP ± (high − low)",
)
def pivot_floor(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Levels for today out of the bar before: a pivot, two resistances above it and two
    supports below, S2 ≤ S1 ≤ PP ≤ R1 ≤ R2. NaN on the first bar.
    """
    for k in range(5):
        blank(out[k], 1)
    for t in range(1, len(bars.close)):
        high, low = bars.high[t - 1], bars.low[t - 1]
        middle = (high + low + bars.close[t - 1]) / 3.0
        out[0, t] = middle
        out[1, t] = 2.0 * middle - low
        out[2, t] = 2.0 * middle - high
        out[3, t] = middle + (high - low)
        out[4, t] = middle - (high - low)


@indicator(
    name="open_gap",
    group="structure",
    title="Opening gap",
    inputs=("open", "high", "low", "close"),
    outputs=(
        Output(
            "gap",
            "open_gap",
            "fraction of the prior close",
            low=-1,
            warmup=lambda _: 2,
            words="the opening gap",
        ),
        Output(
            "ranges",
            "open_gap_atr",
            "ATRs of the prior bar",
            words="the opening gap in average ranges",
        ),
    ),
    warmup=lambda _: _ATR_WINDOW + 2,
    stable=lambda _: 18 * _ATR_WINDOW,
    source="classic; scaled by Wilder's ATR",
    formula="open/close[t-1] − 1; (open − close[t-1]) / atr_14[t-1]",
)
def open_gap(bars: OneTicker, p: Floats, out: Floats) -> None:
    """How far the bar opened from the close before, as a fraction and in average true
    ranges (of 14 bars, up to the bar before: all of it is known at the open). NaN until
    warmed up; in ranges also where the average range is 0 (x/0).
    """
    opens, close = bars.open, bars.close
    ranges = np.empty(len(close))
    average_range(bars.high, bars.low, close, _ATR_WINDOW, ranges)
    blank(out[0], 1)
    blank(out[1], 1)
    for t in range(1, len(close)):
        out[0, t] = opens[t] / close[t - 1] - 1.0
        out[1, t] = ratio(opens[t] - close[t - 1], ranges[t - 1])


@indicator(
    name="nr7",
    group="structure",
    title="Narrowest range",
    inputs=("high", "low"),
    params=(window_param(7),),
    outputs=(
        Output(
            "narrow",
            "nr{window}",
            "1 where the range is the narrowest",
            low=0,
            high=1,
            words="the narrowest range of {window} {unit}s",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Crabel 1990",
    formula="1 if high − low < min(high − low) of the n−1 bars before, else 0",
)
def nr7(bars: OneTicker, p: Floats, out: Floats) -> None:
    """1 where the bar's range is narrower than each of the `window` − 1 before it,
    else 0. An equal range is not narrower: a halted stock fires nothing. NaN until the
    window is full.
    """
    n, size, into = int(p[0]), len(bars.close), out[0]
    ranges = np.empty(size)
    for t in range(size):
        ranges[t] = bars.high[t] - bars.low[t]
    blank(into, 1)
    window_low(ranges[: size - 1], n - 1, into[1:])
    for t in range(n - 1, size):
        into[t] = 1.0 if ranges[t] < into[t] else 0.0


@indicator(
    name="inside_bar",
    group="structure",
    title="Inside bar",
    inputs=("high", "low"),
    outputs=(
        Output(
            "inside",
            "inside_bar",
            "1 where the bar lies within the one before",
            low=0,
            high=1,
            words="the inside bar",
        ),
    ),
    warmup=lambda _: 2,
    stable=lambda _: 2,
    source="classic; Crabel 1990",
    formula="1 if high ≤ high[t-1] and low ≥ low[t-1], not both equal, else 0",
)
def inside_bar(bars: OneTicker, p: Floats, out: Floats) -> None:
    """1 where the bar lies within the one before, else 0. It may touch one end of it; a
    bar that is its equal is not inside: a halted stock fires nothing. NaN on the first
    bar.
    """
    high, low, into = bars.high, bars.low, out[0]
    blank(into, 1)
    for t in range(1, len(high)):
        within = high[t] <= high[t - 1] and low[t] >= low[t - 1]
        smaller = high[t] < high[t - 1] or low[t] > low[t - 1]
        into[t] = 1.0 if within and smaller else 0.0
