"""Steps of the indicators that remember levels, or all there ever was.

swing_points · structure_break · choch · psar · fisher_transform · ad_line · pvt
"""

from __future__ import annotations

from math import log, nan

from sigma_core.frames import Floats
from sigma_core.indicators.price_oscillators import _EDGE
from sigma_core.indicators.registry import OneTicker, Params
from sigma_core.indicators.steps.averages import flow_of
from sigma_core.indicators.steps.carry import step
from sigma_core.indicators.swings import is_bottom, is_top
from sigma_core.indicators.trend_stops import _far, _near, _outside
from sigma_core.indicators.windows import ratio


def _swing(p: Params) -> int:
    return int(p["left"] + p["right"]) + 1


def _levels_on(s: Floats, bars: OneTicker, bar: int, p: Floats) -> None:
    """Take the swing high and low that this bar makes known, if it does."""
    left, right = int(p[0]), int(p[1])
    if bar < left + right:
        return
    if is_top(bars.high, left, left, right):
        s[0] = bars.high[left]
    if is_bottom(bars.low, left, left, right):
        s[1] = bars.low[left]


@step("swing_points", size=lambda _: 2, depth=_swing)
def swing_points(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The latest swing high and low, NaN until there is one."""
    if bar == 0:
        s[:] = nan
    _levels_on(s, bars, bar, p)
    out[0], out[1] = s[0], s[1]


def _break_on(s: Floats, bars: OneTicker, bar: int, p: Floats) -> float:
    """The next `structure_break`; levels that were broken become NaN."""
    if bar == 0:
        s[0] = s[1] = nan
    way, close = 0.0, bars.close[-1]
    if close > s[0]:
        way, s[0] = 1.0, nan
    elif close < s[1]:
        way, s[1] = -1.0, nan
    _levels_on(s, bars, bar, p)
    return way if bar >= int(p[0] + p[1]) + 1 else nan


@step("structure_break", size=lambda _: 2, depth=_swing)
def structure_break(
    s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats
) -> None:
    """The levels that stand."""
    out[0] = _break_on(s, bars, bar, p)


@step("choch", size=lambda _: 3, depth=_swing)
def choch(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """The levels that stand, and the way of the last break."""
    way = _break_on(s, bars, bar, p)
    out[0] = way
    if abs(way) == 1.0:
        out[0] = way if s[2] == -way else 0.0
        s[2] = way


@step("psar", size=lambda _: 4, depth=lambda _: 3)
def psar(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Side, share, stop and extreme."""
    high, low, t = bars.high, bars.low, len(bars.high) - 1
    out[:] = nan
    if bar == 0:
        return
    side, share, stop, best = s[0], s[1], s[2], s[3]
    if bar == 1:
        fall, rise = low[0] - low[1], high[1] - high[0]
        side = -1.0 if fall > 0.0 and fall > rise else 1.0
        share, stop = p[0], _near(high, low, 0, side)
        best = _far(high, low, 1, side)
    shown = stop
    if _near(high, low, t, side) <= stop:
        side = -side
        shown = stop = _outside(high, low, t, side, -best)
        share, best = p[0], _far(high, low, t, side)
    elif _far(high, low, t, side) > best:
        share, best = min(share + p[0], p[1]), _far(high, low, t, side)
    out[0] = side * shown
    out[1] = side if best != shown else nan
    s[0], s[1], s[3] = side, share, best
    s[2] = _outside(high, low, t, side, stop + share * (best - stop))


@step("fisher_transform", size=lambda _: 3, depth=lambda p: int(p["window"]))
def fisher_transform(
    s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats
) -> None:
    """Both recursions, and the value of the bar before."""
    out[:] = nan
    n = int(p[0])
    if bar < n - 1:
        return
    top = bottom = middle = 0.5 * (bars.high[0] + bars.low[0])
    for t in range(1, n):
        middle = 0.5 * (bars.high[t] + bars.low[t])
        top, bottom = max(top, middle), min(bottom, middle)
    room = top - bottom
    if bar >= n:
        out[1] = s[2]
    if room > 0.0:
        place = (middle - bottom) / room - 0.5
        s[0] = min(max(0.66 * place + 0.67 * s[0], -_EDGE), _EDGE)
        s[1] = 0.5 * log((1.0 + s[0]) / (1.0 - s[0])) + 0.5 * s[1]
        out[0] = s[1]
    s[2] = out[0]


@step("ad_line", size=lambda _: 3)
def ad_line(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Sums of flow, volume and ranges."""
    s[0] += flow_of(bars)
    s[1] += bars.volume[-1]
    s[2] += bars.high[-1] - bars.low[-1]
    out[0] = s[0]
    out[1] = ratio(s[0], s[1] if s[2] > 0.0 else 0.0)


@step("pvt", size=lambda _: 2, depth=lambda _: 2)
def pvt(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Sums of flow and volume."""
    out[0], out[1] = 0.0, nan
    if bar > 0:
        s[0] += bars.volume[-1] * (bars.close[-1] / bars.close[-2] - 1.0)
        s[1] += bars.volume[-1]
        out[0], out[1] = s[0], ratio(s[0], s[1])
