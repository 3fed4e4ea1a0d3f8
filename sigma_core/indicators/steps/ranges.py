"""Steps of the indicators made of true ranges.

atr · natr · keltner · squeeze · bos · open_gap · adx · supertrend
"""

from __future__ import annotations

from math import inf, nan

from sigma_core.frames import Floats
from sigma_core.indicators.bar_patterns import _ATR_WINDOW as _GAP_RANGES
from sigma_core.indicators.registry import OneTicker, Params
from sigma_core.indicators.steps.carry import step
from sigma_core.indicators.steps.twins import (
    SMOOTH,
    average_range_on,
    ema_on,
    high_of,
    moments_of,
)
from sigma_core.indicators.structure import _ATR_WINDOW
from sigma_core.indicators.windows import ratio


def _two(_: Params) -> int:
    return 2


@step("atr", size=lambda _: SMOOTH, depth=_two)
def atr(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The level."""
    out[0] = average_range_on(s, bars.high, bars.low, bars.close, bar, int(p[0]))


@step("natr", size=lambda _: SMOOTH, depth=_two)
def natr(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The level."""
    level = average_range_on(s, bars.high, bars.low, bars.close, bar, int(p[0]))
    out[0] = 100.0 * ratio(level, bars.close[-1])


@step("keltner", size=lambda _: 2 * SMOOTH, depth=_two)
def keltner(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The levels of the close and of the range."""
    k = p[2]
    mid = ema_on(s, bars.close[-1], int(p[0]))
    reach = average_range_on(
        s[SMOOTH:], bars.high, bars.low, bars.close, bar, int(p[1])
    )
    out[0], out[2] = mid + k * reach, mid - k * reach
    out[1] = mid if bar >= int(p[1]) else nan
    out[3] = ratio(2.0 * k * reach, mid)


@step("squeeze", size=lambda _: 2 * SMOOTH, depth=lambda p: int(p["window"]))
def squeeze(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The levels of the close and of the range."""
    close, n = bars.close, int(p[0])
    mid, width = moments_of(close, bar, n)
    center = ema_on(s, close[-1], n)
    reach = average_range_on(s[SMOOTH:], bars.high, bars.low, close, bar, n)
    out[0] = nan
    if bar >= n:
        apart = abs(mid - center)
        out[0] = 1.0 if p[1] * width + apart < p[2] * reach else 0.0


@step("bos", size=lambda _: SMOOTH, depth=lambda p: int(p["window"]) + 1)
def bos(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The level of the range."""
    high, close = bars.high, bars.close
    reach = average_range_on(s, high, bars.low, close, bar, _ATR_WINDOW)
    top = high_of(high[: len(high) - 1], bar - 1, int(p[0]))
    out[0] = ratio(close[-1] - top, reach)


@step("open_gap", size=lambda _: SMOOTH + 1, depth=_two)
def open_gap(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The level of the range, and what it was on the bar before."""
    out[:] = nan
    if bar > 0:
        opened, before = bars.open[-1], bars.close[-2]
        out[0] = opened / before - 1.0
        out[1] = ratio(opened - before, s[SMOOTH])
    level = average_range_on(s, bars.high, bars.low, bars.close, bar, _GAP_RANGES)
    s[SMOOTH] = level


@step("adx", size=lambda _: 5, depth=_two)
def adx(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Sums of upward and downward movement and of ranges, the level, and its count."""
    out[:] = nan
    if bar == 0:
        return
    high, low, before = bars.high[-1], bars.low[-1], bars.close[-2]
    n = int(p[0])
    share = 1.0 / n
    rise, fall = high - bars.high[-2], bars.low[-2] - low
    span = max(high, before) - min(low, before)
    keep = 1.0 if bar < n else 1.0 - share
    s[0] = s[0] * keep + (rise if rise > fall and rise > 0.0 else 0.0)
    s[1] = s[1] * keep + (fall if fall > rise and fall > 0.0 else 0.0)
    s[2] = s[2] * keep + span
    if bar < n:
        return
    scale = ratio(100.0, s[2])
    out[1], out[2] = s[0] * scale, s[1] * scale
    dx = 100.0 * ratio(abs(s[0] - s[1]), s[0] + s[1])
    if dx != dx:  # nothing has moved yet
        return
    s[4] += 1.0
    s[3] += (dx - s[3]) * (1.0 / s[4] if s[4] < n else share)
    if s[4] >= n:
        out[0] = s[3]


@step("supertrend", size=lambda _: SMOOTH + 3, depth=_two)
def supertrend(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The level of the range, both bands and the side."""
    out[:] = nan
    n = int(p[0])
    level = average_range_on(s, bars.high, bars.low, bars.close, bar, n)
    if bar < n:
        return
    upper, lower, side = s[SMOOTH], s[SMOOTH + 1], s[SMOOTH + 2]
    if bar == n:
        upper, lower, side = inf, -inf, 1.0
    close, before = bars.close[-1], bars.close[-2]
    middle, reach = 0.5 * (bars.high[-1] + bars.low[-1]), p[1] * level
    if middle + reach < upper or before > upper:
        upper = middle + reach
    if middle - reach > lower or before < lower:
        lower = middle - reach
    side = 1.0 if close > upper else (-1.0 if close < lower else side)
    out[0] = lower if side > 0.0 else upper
    out[1] = side if upper != lower else nan
    s[SMOOTH], s[SMOOTH + 1], s[SMOOTH + 2] = upper, lower, side
