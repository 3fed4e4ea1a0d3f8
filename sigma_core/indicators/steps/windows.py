"""Steps of indicators that a window of bars is enough for, and that sets use most.

Each could be a tail as well, with the same bits; its one value costs less than a core
over the last bars.

ret · roc · momentum · sma · dist_ma · ma_cross · rolling_std · bollinger · donchian
· donchian_breakout · williams_r · high_52w · rvol · volume_z
"""

from __future__ import annotations

from math import nan

from sigma_core.frames import Floats
from sigma_core.indicators.registry import OneTicker, Params
from sigma_core.indicators.steps.carry import step
from sigma_core.indicators.steps.twins import high_of, low_of, mean_of, moments_of
from sigma_core.indicators.windows import ratio


def _window(p: Params) -> int:
    return int(p["window"])


def _one_more(p: Params) -> int:
    return int(p["window"]) + 1


@step("ret", depth=_one_more)
def ret(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Needs no memory."""
    ready = bar >= int(p[0])
    out[0] = bars.close[-1] / bars.close[0] - 1.0 if ready else nan


@step("roc", depth=_one_more)
def roc(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Needs no memory."""
    ready = bar >= int(p[0])
    out[0] = bars.close[-1] / bars.close[0] - 1.0 if ready else nan


@step("momentum", depth=_one_more)
def momentum(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Needs no memory."""
    n, skip = int(p[0]), int(p[1])
    out[0] = bars.close[n - skip] / bars.close[0] - 1.0 if bar >= n else nan


@step("sma", depth=_window)
def sma(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Needs no memory."""
    out[0] = mean_of(bars.close, bar, int(p[0]))


@step("dist_ma", depth=_window)
def dist_ma(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Needs no memory."""
    out[0] = ratio(bars.close[-1], mean_of(bars.close, bar, int(p[0]))) - 1.0


@step("ma_cross", size=lambda _: 1, depth=lambda p: int(max(p["fast"], p["slow"])))
def ma_cross(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Which average was above on the bar before."""
    fast, slow = int(p[0]), int(p[1])
    out[:] = nan
    if bar < slow - 1:
        return
    apart = mean_of(bars.close, bar, fast) - mean_of(bars.close, bar, slow)
    out[0] = 1.0 if apart > 0.0 else (-1.0 if apart < 0.0 else 0.0)
    if bar >= slow:
        out[1] = out[0] if out[0] != s[0] else 0.0
    s[0] = out[0]


@step("rolling_std", depth=_window)
def rolling_std(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Needs no memory."""
    out[0] = moments_of(bars.close, bar, int(p[0]))[1]


@step("bollinger", depth=_window)
def bollinger(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Needs no memory."""
    close, k = bars.close[-1], p[1]
    mid, width = moments_of(bars.close, bar, int(p[0]))
    out[0], out[1], out[2] = mid + k * width, mid, mid - k * width
    out[3] = ratio(2.0 * k * width, mid)
    out[4] = ratio(close - out[2], 2.0 * k * width)


@step("donchian", depth=_one_more)
def donchian(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Needs no memory."""
    n, before = int(p[0]), len(bars.high) - 1
    out[0] = high_of(bars.high[:before], bar - 1, n)
    out[1] = low_of(bars.low[:before], bar - 1, n)


@step("donchian_breakout", depth=_one_more)
def donchian_breakout(
    s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats
) -> None:
    """Needs no memory."""
    close, n, before = bars.close[-1], int(p[0]), len(bars.high) - 1
    out[0] = nan
    if bar >= n:
        above = close > high_of(bars.high[:before], bar - 1, n)
        below = close < low_of(bars.low[:before], bar - 1, n)
        out[0] = 1.0 if above else (-1.0 if below else 0.0)


@step("williams_r", depth=_window)
def williams_r(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Needs no memory."""
    n = int(p[0])
    top, bottom = high_of(bars.high, bar, n), low_of(bars.low, bar, n)
    out[0] = 100.0 * ratio(bars.close[-1] - top, top - bottom)


@step("high_52w", depth=_window)
def high_52w(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Needs no memory."""
    out[0] = ratio(bars.close[-1], high_of(bars.close, bar, int(p[0])))


@step("rvol", depth=_one_more)
def rvol(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Needs no memory."""
    volume, before = bars.volume, len(bars.volume) - 1
    out[0] = ratio(volume[-1], mean_of(volume[:before], bar - 1, int(p[0])))


@step("volume_z", depth=_one_more)
def volume_z(s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats) -> None:
    """Needs no memory."""
    volume, before = bars.volume, len(bars.volume) - 1
    mean, deviation = moments_of(volume[:before], bar - 1, int(p[0]))
    out[0] = ratio(volume[-1] - mean, deviation)
