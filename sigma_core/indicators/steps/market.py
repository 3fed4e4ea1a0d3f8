"""Steps of the indicators that look at a benchmark, or at the whole market.

beta · ivol · mom_resid · rel_strength · breadth_above_ma
"""

from __future__ import annotations

from math import nan

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.cross_section import unexplained_momentum, unexplained_spread
from sigma_core.indicators.registry import InMarket, OneTicker, Params
from sigma_core.indicators.steps.carry import step
from sigma_core.indicators.steps.twins import mean_of, pair_of
from sigma_core.indicators.windows import ratio


def _one_more(p: Params) -> int:
    return int(p["window"]) + 1


def _returns(x: Floats) -> Floats:
    """Bar-to-bar returns of a few last values."""
    found = np.empty(len(x) - 1)
    for t in range(len(found)):
        found[t] = x[t + 1] / x[t] - 1.0
    return found


@step("beta", depth=_one_more)
def beta(s: Floats, bars: InMarket, bar: int, p: Floats, out: Floats) -> None:
    """Needs no memory."""
    own, market = _returns(bars.close), _returns(bars.market)
    pair = pair_of(own, market, bar - 1, int(p[0]))
    out[0] = ratio(pair[4], pair[3])


@step("ivol", depth=_one_more)
def ivol(s: Floats, bars: InMarket, bar: int, p: Floats, out: Floats) -> None:
    """Needs no memory."""
    own, market = _returns(bars.close), _returns(bars.market)
    pair = pair_of(own, market, bar - 1, int(p[0]))
    out[0] = unexplained_spread(pair[2], pair[3], pair[4])


@step("mom_resid", depth=_one_more)
def mom_resid(s: Floats, bars: InMarket, bar: int, p: Floats, out: Floats) -> None:
    """Needs no memory."""
    window, span, skip = int(p[0]), int(p[1]), int(p[2])
    out[0] = nan
    if bar < window:
        return
    own, market = _returns(bars.close), _returns(bars.market)
    fit, left = pair_of(own, market, bar - 1, window), len(own) - skip
    part = pair_of(own[:left], market[:left], bar - 1 - skip, span - skip)
    out[0] = unexplained_momentum(
        fit[0], fit[1], fit[3], fit[4], part[0], part[1], part[2], part[3], part[4]
    )


@step("rel_strength", depth=_one_more)
def rel_strength(s: Floats, bars: InMarket, bar: int, p: Floats, out: Floats) -> None:
    """Needs no memory."""
    close, market = bars.close, bars.market
    out[0] = nan
    if bar >= int(p[0]):
        out[0] = close[-1] / market[-1] / (close[0] / market[0]) - 1.0


@step("breadth_above_ma", depth=lambda p: int(p["window"]))
def breadth_above_ma(
    s: Floats, bars: OneTicker, bar: int, p: Floats, out: Floats
) -> None:
    """Needs no memory; a ticker's part, as the core's."""
    close, n = bars.close, int(p[0])
    out[0] = nan
    if bar >= n - 1:
        out[0] = 1.0 if close[-1] > mean_of(close, bar, n) else 0.0
