"""Structure: the price against the highs and lows of its past.

donchian_breakout · high_52w · days_since_high
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
    high_age,
    ratio,
    window_high,
    window_low,
)


@indicator(
    name="donchian_breakout",
    group="structure",
    title="Donchian breakout",
    inputs=("high", "low", "close"),
    params=(Param("window", 20, 1, 1000, "prior bars, today not among them"),),
    outputs=(
        Output(
            "way",
            "donchian_breakout_{window}",
            "+1 above, −1 below, 0 within",
            low=-1,
            high=1,
            words="the breakout from the prior {window} {unit}s",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="Donchian 1960s; the Turtles' 20 and 55 days",
    formula="+1 if close > max(high[t-n .. t-1]), −1 if close < min(low[t-n .. t-1]), "
    "else 0",
)
def donchian_breakout(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Whether the close stands above (+1) or below (−1) all of the `window` bars before
    this one; a close at their high is none. It stays on for as long as that holds. NaN
    until warmed up.
    """
    close, top = bars.close, out[0]
    n, last = int(p[0]), len(close) - 1
    bottom = np.empty(len(close))
    blank(top, 1)
    window_high(bars.high[:last], n, top[1:])
    window_low(bars.low[:last], n, bottom[1:])
    for t in range(n, len(close)):
        above, below = close[t] > top[t], close[t] < bottom[t]
        top[t] = 1.0 if above else (-1.0 if below else 0.0)


@indicator(
    name="high_52w",
    group="structure",
    title="Nearness to the 52-week high",
    inputs=("close",),
    params=(window_param(252, 1),),
    outputs=(
        Output(
            "share",
            "high_52w_{window}",
            "share of the highest close",
            low=0,
            high=1,
            words="the close as a share of the {window}-{unit} high",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="George & Hwang 2004; 252 bars for their calendar year",
    formula="close / max(close) over n bars, today included",
)
def high_52w(bars: OneTicker, p: Floats, out: Floats) -> None:
    """The close as a share of the highest close of `window` bars: 1 on a new high.
    Closes on both sides: against the highs within the bars it would hardly ever be 1.
    NaN until the window is full.
    """
    close, into = bars.close, out[0]
    window_high(close, int(p[0]), into)
    for t in range(len(close)):
        into[t] = ratio(close[t], into[t])


@indicator(
    name="days_since_high",
    group="structure",
    title="Days since the high",
    inputs=("close",),
    params=(window_param(252, 1),),
    outputs=(
        Output(
            "bars",
            "days_since_high_{window}",
            "bars, 0 on a new high",
            low=0,
            words="the {unit}s since the {window}-{unit} high",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="classic; after Chande's Aroon 1995, on closes",
    formula="bars since the highest close of n bars, of equals the latest",
)
def days_since_high(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Own bars since the highest close of `window` bars, 0 to `window` − 1; of equal
    closes the latest counts: a flat price gives 0. NaN until the window is full.
    """
    high = np.empty(len(bars.close))
    high_age(bars.close, int(p[0]), True, high, out[0])
