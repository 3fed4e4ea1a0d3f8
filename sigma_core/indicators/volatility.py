"""Volatility: how wide the price swings.

atr · natr · rolling_std · bollinger · keltner
"""

from __future__ import annotations

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.averages import average_range, ema
from sigma_core.indicators.registry import (
    OneTicker,
    Output,
    Param,
    indicator,
    window_param,
)
from sigma_core.indicators.windows import blank, ratio, window_moments


@indicator(
    name="atr",
    group="volatility",
    title="Average true range",
    inputs=("high", "low", "close"),
    params=(window_param(14, 1, high=500),),
    outputs=(
        Output(
            "atr",
            "atr_{window}",
            "price units",
            degree=1,
            low=0,
            words="ATR ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: 18 * int(p["window"]),
    source="Wilder 1978",
    formula="Wilder average of TR = max(high, close[t-1]) − min(low, close[t-1]); "
    "first the mean of n TRs, then a += (TR − a)/n",
)
def atr(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Average daily range, gaps included, in price units. The first bar has no range,
    as it has no previous close. NaN until warmed up.
    """
    high, low, close = bars.high, bars.low, bars.close
    average_range(high, low, close, int(p[0]), out[0])


@indicator(
    name="natr",
    group="volatility",
    title="Average true range in per cent",
    inputs=("high", "low", "close"),
    params=(window_param(14, 1, high=500),),
    outputs=(
        Output(
            "natr",
            "natr_{window}",
            "per cent of the close",
            low=0,
            words="ATR ({window}) in per cent",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: 18 * int(p["window"]),
    source="Forman 2006",
    formula="100 · atr_n / close",
)
def natr(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Average true range in per cent of the close: comparable across tickers. NaN
    until warmed up.
    """
    high, low, close = bars.high, bars.low, bars.close
    average_range(high, low, close, int(p[0]), out[0])
    into = out[0]
    for t in range(len(close)):
        into[t] = 100.0 * ratio(into[t], close[t])


@indicator(
    name="rolling_std",
    group="volatility",
    title="Standard deviation of the close",
    inputs=("close",),
    params=(window_param(20),),
    outputs=(
        Output(
            "std",
            "rolling_std_{window}",
            "price units",
            degree=1,
            low=0,
            words="the {window}-{unit} standard deviation",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="classic",
    formula="√(mean((close − mean(close))²)) over n bars: the population's",
)
def rolling_std(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Population standard deviation of the last `window` closes, in price units; 0 on
    a flat window. NaN until the window is full.
    """
    close = bars.close
    mean = np.empty(len(close))
    window_moments(close, int(p[0]), mean, out[0])


@indicator(
    name="bollinger",
    group="volatility",
    title="Bollinger bands",
    inputs=("close",),
    params=(
        window_param(20),
        Param("k", 2.0, 0.1, 10.0, "standard deviations from the middle to a band"),
    ),
    outputs=(
        Output(
            "upper",
            "bollinger_upper_{window}_{k}",
            "upper band",
            degree=1,
            words="the upper Bollinger band ({window}, {k})",
        ),
        Output(
            "mid",
            "bollinger_mid_{window}_{k}",
            "mean close",
            degree=1,
            low=0,
            words="the middle Bollinger band ({window}, {k})",
        ),
        Output(
            "lower",
            "bollinger_lower_{window}_{k}",
            "lower band",
            degree=1,
            words="the lower Bollinger band ({window}, {k})",
        ),
        Output(
            "width",
            "bollinger_width_{window}_{k}",
            "(upper − lower)/mid",
            low=0,
            words="the Bollinger width ({window}, {k})",
        ),
        Output(
            "pct_b",
            "bollinger_pct_b_{window}_{k}",
            "0 = lower, 1 = upper band",
            words="Bollinger %b ({window}, {k})",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Bollinger 1980s",
    formula="mid = mean(close); upper, lower = mid ± k·sd (population); width = "
    "(upper − lower)/mid; pct_b = (close − lower)/(upper − lower)",
)
def bollinger(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Mean of the close with a band of `k` population standard deviations on either
    side, the bands' distance as a fraction of the mean, and the close's place between
    them. NaN until the window is full; pct_b is NaN on a flat window (0/0).
    """
    close = bars.close
    upper, mid, lower, width, place = out[0], out[1], out[2], out[3], out[4]
    k = p[1]
    window_moments(close, int(p[0]), mid, width)
    for t in range(len(close)):
        upper[t] = mid[t] + k * width[t]
    for t in range(len(close)):
        lower[t] = mid[t] - k * width[t]
    for t in range(len(close)):
        place[t] = ratio(close[t] - lower[t], 2.0 * k * width[t])
    for t in range(len(close)):
        width[t] = ratio(2.0 * k * width[t], mid[t])


@indicator(
    name="keltner",
    group="volatility",
    title="Keltner channel",
    inputs=("high", "low", "close"),
    params=(
        window_param(20, 1),
        Param("atr", 10, 1, 500, "bars of the average true range"),
        Param("k", 2.0, 0.1, 10.0, "average ranges from the middle to a band"),
    ),
    outputs=(
        Output(
            "upper",
            "keltner_upper_{window}_{atr}_{k}",
            "upper band",
            degree=1,
            words="the upper Keltner band ({window}, {atr}, {k})",
        ),
        Output(
            "mid",
            "keltner_mid_{window}_{atr}_{k}",
            "EMA of close",
            degree=1,
            words="the middle of the Keltner channel ({window}, {atr}, {k})",
        ),
        Output(
            "lower",
            "keltner_lower_{window}_{atr}_{k}",
            "lower band",
            degree=1,
            words="the lower Keltner band ({window}, {atr}, {k})",
        ),
        Output(
            "width",
            "keltner_width_{window}_{atr}_{k}",
            "(upper − lower)/mid",
            low=0,
            words="the Keltner width ({window}, {atr}, {k})",
        ),
    ),
    warmup=lambda p: max(int(p["window"]), int(p["atr"]) + 1),
    stable=lambda p: max(7 * (int(p["window"]) + 1), 18 * int(p["atr"])),
    source="Keltner 1960, in Raschke's form",
    formula="mid = EMA_n(close); upper, lower = mid ± k · ATR; width = "
    "(upper − lower)/mid",
)
def keltner(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Exponential average of the close with a band of `k` average true ranges on
    either side. NaN until both averages are ready.
    """
    high, low, close = bars.high, bars.low, bars.close
    upper, mid, lower, width = out[0], out[1], out[2], out[3]
    ema(close, int(p[0]), mid)
    average_range(high, low, close, int(p[1]), width)
    k = p[2]
    for t in range(len(close)):
        upper[t] = mid[t] + k * width[t]
    for t in range(len(close)):
        lower[t] = mid[t] - k * width[t]
    for t in range(len(close)):
        width[t] = ratio(2.0 * k * width[t], mid[t])
    blank(mid, int(p[1]))
