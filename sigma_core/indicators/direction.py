"""Trend: how directed a move is.

adx · aroon · lr_r2
"""

from __future__ import annotations

from math import log

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.registry import (
    OneTicker,
    Output,
    indicator,
    window_param,
)
from sigma_core.indicators.windows import blank, high_age, ratio


@indicator(
    name="adx",
    group="trend",
    title="Average directional index",
    inputs=("high", "low", "close"),
    params=(window_param(14, high=500),),
    outputs=(
        Output(
            "adx",
            "adx_{window}",
            "strength of direction",
            low=0,
            high=100,
            words="ADX ({window})",
        ),
        Output(
            "plus_di",
            "plus_di_{window}",
            "share of upward movement",
            low=0,
            high=100,
            warmup=lambda p: int(p["window"]) + 1,
            words="+DI ({window})",
        ),
        Output(
            "minus_di",
            "minus_di_{window}",
            "share of downward movement",
            low=0,
            high=100,
            warmup=lambda p: int(p["window"]) + 1,
            words="−DI ({window})",
        ),
    ),
    warmup=lambda p: 2 * int(p["window"]),
    stable=lambda p: 18 * int(p["window"]),
    source="Wilder 1978; seeded as in TA-Lib",
    formula="±DI = 100 · S(±DM) / S(TR), DX = 100·|+DI − −DI| / (+DI + −DI), ADX = "
    "Wilder average of DX; S is the sum of the first n−1 values, then S − S/n + x",
)
def adx(bars: OneTicker, p: Floats, out: Floats) -> None:
    """How directed the price moves, 0 to 100, whichever way; plus_di and minus_di
    tell the way. NaN until warmed up; NaN on a bar where nothing has moved yet (0/0),
    which the average then leaves out.
    """
    high, low, close = bars.high, bars.low, bars.close
    n, size = int(p[0]), len(close)
    share = 1.0 / n
    blank(out[0], size)
    blank(out[1], n)
    blank(out[2], n)
    ups = downs = ranges = level = 0.0
    counted = 0
    for t in range(1, size):
        rise, fall = high[t] - high[t - 1], low[t - 1] - low[t]
        span = max(high[t], close[t - 1]) - min(low[t], close[t - 1])
        up = rise if rise > fall and rise > 0.0 else 0.0
        down = fall if fall > rise and fall > 0.0 else 0.0
        keep = 1.0 if t < n else 1.0 - share
        ups = ups * keep + up
        downs = downs * keep + down
        ranges = ranges * keep + span
        if t < n:
            continue
        scale = ratio(100.0, ranges)
        out[1, t] = ups * scale
        out[2, t] = downs * scale
        dx = 100.0 * ratio(abs(ups - downs), ups + downs)
        if dx != dx:  # nothing has moved yet
            continue
        counted += 1
        level += (dx - level) * (1.0 / counted if counted < n else share)
        if counted >= n:
            out[0, t] = level


@indicator(
    name="aroon",
    group="trend",
    title="Aroon",
    inputs=("high", "low"),
    params=(window_param(25),),
    outputs=(
        Output(
            "up",
            "aroon_up_{window}",
            "age of the high",
            low=0,
            high=100,
            words="Aroon up ({window})",
        ),
        Output(
            "down",
            "aroon_down_{window}",
            "age of the low",
            low=0,
            high=100,
            words="Aroon down ({window})",
        ),
        Output(
            "osc",
            "aroon_osc_{window}",
            "up − down",
            low=-100,
            high=100,
            words="the Aroon oscillator ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="Chande 1995",
    formula="up = 100·(n − bars since the highest high of n+1 bars)/n; down with the "
    "lowest low; osc = up − down",
)
def aroon(bars: OneTicker, p: Floats, out: Floats) -> None:
    """How long ago the extremes of the last `window` + 1 bars were: 100 = on this bar,
    0 = `window` bars ago; of equal extremes the latest. NaN until warmed up.
    """
    high, low = bars.high, bars.low
    n, size = int(p[0]), len(high)
    high_age(high, n + 1, True, out[2], out[0])
    high_age(-low, n + 1, True, out[2], out[1])
    blank(out[2], n)
    for t in range(n, size):
        out[0, t] = 100.0 * (n - out[0, t]) / n
        out[1, t] = 100.0 * (n - out[1, t]) / n
        out[2, t] = out[0, t] - out[1, t]


@indicator(
    name="lr_r2",
    group="trend",
    title="R² of the log price on time",
    inputs=("close",),
    params=(window_param(60, 3),),
    outputs=(
        Output(
            "r2",
            "lr_r2_{window}",
            "share explained",
            low=0,
            high=1,
            words="the R² of the last {window} {unit}s",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Clenow 2015",
    formula="R² of the least-squares line of ln(close) on 1 … n",
)
def lr_r2(bars: OneTicker, p: Floats, out: Floats) -> None:
    """How straight the log price runs over the last `window` bars: 1 on a steady
    growth rate, 0 without a trend. NaN until warmed up and on a flat window (0/0).
    """
    close = bars.close
    n, size = int(p[0]), len(close)
    blank(out[0], n - 1)
    logs = np.empty(size)
    for t in range(size):
        logs[t] = log(close[t])
    sums = np.empty((3, n))
    for end in range(n - 1, size, n):
        line_sums(logs, end, n, sums)
        total = timed = squares = 0.0
        for t in range(end, min(end + n, size)):
            after = t - end
            distance = logs[t] - logs[end]
            total += distance
            timed += after * distance
            squares += distance * distance
            every = sums[0, after] + total
            middle = after - 0.5 * (n - 1)
            shared = sums[1, after] + timed - middle * every
            spread = sums[2, after] + squares - every * every / n
            r2 = ratio(shared * shared * 12.0 / (n * (n * n - 1.0)), max(spread, 0.0))
            out[0, t] = min(r2, 1.0) if r2 == r2 else r2


def line_sums(x: Floats, end: int, n: int, sums: Floats) -> None:
    """Sums of d, j·d and d² back from a block end; d = distance to it, j = bars to it.

    `sums[:, k]` belongs to the window that ends `k` bars after the block end.
    """
    total = timed = squares = 0.0
    for back in range(n):
        distance = x[end - back] - x[end]
        total += distance
        timed -= back * distance
        squares += distance * distance
        sums[0, n - 1 - back] = total
        sums[1, n - 1 - back] = timed
        sums[2, n - 1 - back] = squares
