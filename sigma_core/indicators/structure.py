"""Structure: where the price stands in the range of its own past.

donchian · bos
"""

from __future__ import annotations

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.averages import average_range
from sigma_core.indicators.registry import OneTicker, Output, Param, indicator
from sigma_core.indicators.windows import blank, ratio, window_high, window_low

_ATR_WINDOW = 14  # part of the definition of `bos`, hence no parameter


@indicator(
    name="donchian",
    group="structure",
    title="Donchian channel of the prior bars",
    inputs=("high", "low"),
    params=(Param("window", 20, 1, 1000, "prior bars, today not among them"),),
    outputs=(
        Output(
            "high",
            "donchian_high_{window}",
            "prior high",
            degree=1,
            low=0,
            words="the highest high of the prior {window} {unit}s",
        ),
        Output(
            "low",
            "donchian_low_{window}",
            "prior low",
            degree=1,
            low=0,
            words="the lowest low of the prior {window} {unit}s",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="Donchian 1960s; the Turtles' 20 and 55 days",
    formula="max(high[t-n .. t-1]); min(low[t-n .. t-1])",
)
def donchian(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Highest high and lowest low of the `window` bars before this one. Today is
    excluded: with it no close could ever stand above the high. NaN until warmed up.
    """
    high, low = bars.high, bars.low
    n = int(p[0])
    last = len(high) - 1
    blank(out[0], 1)
    blank(out[1], 1)
    window_high(high[:last], n, out[0][1:])
    window_low(low[:last], n, out[1][1:])


@indicator(
    name="bos",
    group="structure",
    title="Breakout strength",
    inputs=("high", "low", "close"),
    params=(Param("window", 20, 1, 1000, "prior bars, today not among them"),),
    outputs=(
        Output(
            "bos",
            "bos_{window}",
            "ATRs above the prior high",
            words="the breakout strength ({window})",
        ),
    ),
    warmup=lambda p: max(int(p["window"]), _ATR_WINDOW) + 1,
    stable=lambda p: max(int(p["window"]) + 1, 18 * _ATR_WINDOW),
    source="this project; range breakout scaled by Wilder's ATR",
    formula="(close − donchian_high_n) / atr_14",
)
def bos(bars: OneTicker, p: Floats, out: Floats) -> None:
    """How many average true ranges (of 14 bars) the close stands above the highest
    high of the `window` bars before; negative below it. NaN until warmed up and where
    the average range is 0 (0/0).
    """
    high, low, close = bars.high, bars.low, bars.close
    n, last = int(p[0]), len(close) - 1
    ranges = np.empty(len(close))
    average_range(high, low, close, _ATR_WINDOW, ranges)
    blank(out[0], 1)
    window_high(high[:last], n, out[0][1:])
    for t in range(len(close)):
        out[0, t] = ratio(close[t] - out[0, t], ranges[t])
