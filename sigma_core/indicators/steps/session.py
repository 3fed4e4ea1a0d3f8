"""Steps of the indicators that begin anew with each session.

vwap_session · close_vs_vwap · first_minutes_range
"""

from __future__ import annotations

from math import inf, nan

from sigma_core.frames import Floats
from sigma_core.indicators.registry import InMarket
from sigma_core.indicators.steps.carry import step


def _vwap_on(s: Floats, bars: InMarket, bar: int) -> float:
    """The next `vwap_session`: session, anchor, sum of distances, volume."""
    close, volume = bars.close[-1], bars.volume[-1]
    typical = close + ((bars.high[-1] - close) + (bars.low[-1] - close)) / 3.0
    if bar == 0 or bars.session[-1] != s[0]:
        s[0], s[1], s[2], s[3] = bars.session[-1], typical, 0.0, 0.0
    s[2] += (typical - s[1]) * volume
    s[3] += volume
    return s[1] + s[2] / s[3] if s[3] > 0.0 else nan


@step("vwap_session", size=lambda _: 4)
def vwap_session(s: Floats, bars: InMarket, bar: int, p: Floats, out: Floats) -> None:
    """The session's number, its first typical price, and two sums."""
    out[0] = _vwap_on(s, bars, bar)


@step("close_vs_vwap", size=lambda _: 4)
def close_vs_vwap(s: Floats, bars: InMarket, bar: int, p: Floats, out: Floats) -> None:
    """The same."""
    out[0] = bars.close[-1] / _vwap_on(s, bars, bar) - 1.0


@step("first_minutes_range", size=lambda _: 3)
def first_minutes_range(
    s: Floats, bars: InMarket, bar: int, p: Floats, out: Floats
) -> None:
    """The session's number, and its high and low so far."""
    if bar == 0 or bars.session[-1] != s[0]:
        s[0], s[1], s[2] = bars.session[-1], -inf, inf
    early = bars.minute[-1] < p[0]
    if early:
        s[1], s[2] = max(s[1], bars.high[-1]), min(s[2], bars.low[-1])
    known = bars.minute[-1] >= p[0] and s[1] > -inf
    out[0] = s[1] if known else nan
    out[1] = s[2] if known else nan
