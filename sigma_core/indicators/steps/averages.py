"""Steps of the indicators made of exponential averages.

ema · dist_to_ema · ema_slope · macd · ppo · trix · tsi · elder_ray · force_index
· adosc · kama · rsi · stoch_rsi · ewma_vol
"""

from __future__ import annotations

from math import log, nan, sqrt

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.oscillators import _NO_RANGE
from sigma_core.indicators.registry import OneTicker
from sigma_core.indicators.steps.carry import step
from sigma_core.indicators.steps.twins import (
    SMOOTH,
    ema_on,
    high_of,
    low_of,
    mean_of,
    push,
    smooth_on,
    sum_of,
)
from sigma_core.indicators.trend_averages import straightness
from sigma_core.indicators.volatility_regimes import _SEED
from sigma_core.indicators.windows import ratio


@step("ema", size=lambda _: SMOOTH)
def ema(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The level."""
    out[0] = ema_on(s, bars.close[-1], int(p[0]))


@step("dist_to_ema", size=lambda _: SMOOTH)
def dist_to_ema(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The level."""
    close = bars.close[-1]
    out[0] = ratio(close, ema_on(s, close, int(p[0]))) - 1.0


@step("ema_slope", size=lambda p: SMOOTH + int(p["back"]) + 1)
def ema_slope(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The level, and the levels of `back` bars."""
    n, back = int(p[0]), int(p[1])
    push(s[SMOOTH:], ema_on(s, bars.close[-1], n))
    ready = bar >= n + back - 1
    out[0] = ratio(s[-1], s[SMOOTH]) - 1.0 if ready else nan


@step("macd", size=lambda _: 3 * SMOOTH)
def macd(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Three levels; the fast one begins late."""
    close = bars.close[-1]
    fast, slow, signal = int(p[0]), int(p[1]), int(p[2])
    out[:] = nan
    base = ema_on(s, close, slow)
    if bar < slow - fast:
        return
    quick = ema_on(s[SMOOTH:], close, fast)
    if bar < slow - 1:
        return
    line = quick - base
    average = ema_on(s[2 * SMOOTH :], line, signal)
    if bar >= slow + signal - 2:
        out[0], out[1], out[2] = line, average, line - average


@step("ppo", size=lambda _: 3 * SMOOTH)
def ppo(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Three levels."""
    close = bars.close[-1]
    fast, slow, signal = int(p[0]), int(p[1]), int(p[2])
    quick, base = ema_on(s, close, fast), ema_on(s[SMOOTH:], close, slow)
    line = 100.0 * ratio(quick - base, base)
    average = ema_on(s[2 * SMOOTH :], line, signal) if bar >= slow - 1 else nan
    out[0], out[1], out[2] = line, average, line - average


@step("trix", size=lambda _: 3 * SMOOTH + 1)
def trix(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Three levels, and the last one's of the bar before."""
    n = int(p[0])
    value = ema_on(s, bars.close[-1], n)
    for k in range(1, 3):
        if bar >= k * (n - 1):
            value = ema_on(s[k * SMOOTH :], value, n)
    out[0] = 100.0 * (ratio(value, s[-1]) - 1.0) if bar >= 3 * n - 2 else nan
    s[-1] = value


@step("tsi", size=lambda _: 5 * SMOOTH + 1, depth=lambda _: 2)
def tsi(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Four levels, the signal's, and whether the line has begun."""
    out[:] = nan
    if bar == 0:
        return
    long, short, signal = int(p[0]), int(p[1]), int(p[2])
    move = bars.close[-1] - bars.close[-2]
    moves = _twice_on(s, move, bar, long, short)
    sizes = _twice_on(s[2 * SMOOTH :], abs(move), bar, long, short)
    line = 100.0 * ratio(moves, sizes)
    if line == line:
        s[-1] = 1.0
    out[0] = line
    if s[-1] > 0.0:
        out[1] = ema_on(s[4 * SMOOTH :], line, signal)


def _twice_on(s: Floats, x: float, bar: int, long: int, short: int) -> float:
    """The next level of an average of an average, whose first value is bar 1's."""
    once = ema_on(s, x, long)
    return ema_on(s[SMOOTH:], once, short) if bar >= long else nan


@step("elder_ray", size=lambda _: SMOOTH)
def elder_ray(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The level."""
    level = ema_on(s, bars.close[-1], int(p[0]))
    out[0], out[1] = bars.high[-1] - level, bars.low[-1] - level


@step("force_index", size=lambda _: SMOOTH, depth=lambda _: 2)
def force_index(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The level."""
    out[0] = nan
    if bar > 0:
        force = (bars.close[-1] - bars.close[-2]) * bars.volume[-1]
        out[0] = ema_on(s, force, int(p[0]))


@step("adosc", size=lambda _: 2)
def adosc(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The line's distances to its two averages."""
    if bar > 0:
        flow = flow_of(bars)
        fast, slow = 2.0 / (p[0] + 1.0), 2.0 / (p[1] + 1.0)
        s[0] = (1.0 - fast) * (s[0] + flow)
        s[1] = (1.0 - slow) * (s[1] + flow)
    out[0] = s[1] - s[0] if bar >= int(p[1]) - 1 else nan


def flow_of(bars: OneTicker) -> float:
    """`volume_flow.money_flow` of the newest bar."""
    high, low, close = bars.high[-1], bars.low[-1], bars.close[-1]
    span = high - low
    side = (close - low) - (high - close)
    return bars.volume[-1] * (side / span) if span > 0.0 else 0.0


@step("kama", size=lambda _: 1, depth=lambda p: int(p["window"]) + 1)
def kama(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The level."""
    close, n = bars.close, int(p[0])
    fast, slow = 2.0 / (p[1] + 1.0), 2.0 / (p[2] + 1.0)
    out[0] = nan
    if bar == n - 1:
        s[0] = close[-1]
    if bar < n:
        return
    steps = np.empty(n)
    for t in range(n):
        steps[t] = abs(close[t + 1] - close[t])
    efficiency = straightness(close[-1] - close[0], sum_of(steps, bar - 1, n))
    share = slow + (efficiency if efficiency > 0.0 else 0.0) * (fast - slow)
    s[0] += share * share * (close[-1] - s[0])
    out[0] = s[0]


def strength_on(s: Floats, close: Floats, bar: int, n: int) -> float:
    """The next RSI, from the levels of rises and falls."""
    if bar == 0:
        return nan
    move = close[-1] - close[-2]
    rises = smooth_on(s, move if move > 0.0 else 0.0, n, 1.0 / n)
    falls = smooth_on(s[SMOOTH:], -move if move < 0.0 else 0.0, n, 1.0 / n)
    return 100.0 * ratio(rises, rises + falls)


@step("rsi", size=lambda _: 2 * SMOOTH, depth=lambda _: 2)
def rsi(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The levels of rises and falls."""
    out[0] = strength_on(s, bars.close, bar, int(p[0]))


@step(
    "stoch_rsi",
    size=lambda p: 2 * SMOOTH + 1 + int(p["range"] + p["signal"]),
    depth=lambda _: 2,
)
def stoch_rsi(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The RSI's levels, how many values it has had, and the last of them and of %K."""
    reach, signal = int(p[1]), int(p[2])
    values, places = s[2 * SMOOTH + 1 : len(s) - signal], s[len(s) - signal :]
    value = strength_on(s, bars.close, bar, int(p[0]))
    out[:] = nan
    seen = int(s[2 * SMOOTH])
    if seen == 0 and value != value:
        return
    s[2 * SMOOTH] += 1.0
    push(values, value)
    bottom = low_of(values, seen, reach)
    room = high_of(values, seen, reach) - bottom
    if room > _NO_RANGE:
        out[0] = 100.0 * (value - bottom) / room
    if seen >= reach - 1:
        push(places, out[0])
        out[1] = mean_of(places, seen - (reach - 1), signal)


@step("ewma_vol", size=lambda _: SMOOTH, depth=lambda _: 2)
def ewma_vol(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The level of the squares."""
    out[0] = nan
    if bar > 0:
        change = log(bars.close[-1] / bars.close[-2])
        variance = smooth_on(s, change * change, _SEED, 1.0 - p[0])
        out[0] = sqrt(p[1] * (0.0 if variance < 0.0 else variance))
