"""A ticker against its market, and the market as a whole.

beta · ivol · mom_resid · rel_strength · breadth_above_ma

Returns of ticker and benchmark are taken over the ticker's own bars, so that a gap is
one step in both. A benchmark's bar that is missing leaves no value in the windows that
hold it.
"""

from __future__ import annotations

from math import nan, sqrt

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.registry import (
    InMarket,
    OneTicker,
    Output,
    Param,
    indicator,
    window_param,
)
from sigma_core.indicators.windows import blank, ratio, window_mean, window_pair

#: less of a variance than this share is what rounding leaves of nothing
_NOTHING = 1e-12


@indicator(
    name="beta",
    group="cross_section",
    title="Beta",
    inputs=("close", "market"),
    params=(window_param(252, 3),),
    outputs=(
        Output(
            "beta",
            "beta_{window}",
            "ratio",
            words="the {window}-{unit} beta",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    provider="index",
    source="Sharpe 1963; neither shrunk (Blume, Vasicek) nor lagged (Dimson)",
    formula="cov(r, m) / var(m), r and m the last n bar-to-bar returns",
)
def beta(bars: InMarket, p: Floats, out: Floats) -> None:
    """By how much the ticker moved with the benchmark; 1 for the benchmark itself. NaN
    until warmed up, where the benchmark stood still (0/0), and where one of its bars is
    missing in the window.
    """
    sums, n = _against_market(bars, int(p[0])), len(bars.close)
    blank(out[0], 1)
    for t in range(n - 1):
        out[0, t + 1] = ratio(sums[4, t], sums[3, t])


@indicator(
    name="ivol",
    group="cross_section",
    title="Idiosyncratic volatility",
    inputs=("close", "market"),
    params=(window_param(21, 3),),
    outputs=(
        Output(
            "ivol",
            "ivol_{window}",
            "fraction per bar",
            low=0,
            words="the {window}-{unit} idiosyncratic volatility",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    provider="index",
    source="Ang, Hodrick, Xing & Zhang 2006, with the market as the one factor",
    formula="population std of r − a − b·m, a and b by least squares over n returns",
)
def ivol(bars: InMarket, p: Floats, out: Floats) -> None:
    """Spread of what the benchmark does not explain of the returns; never above their
    own spread, not annualised. NaN until warmed up, where the benchmark stood
    still, and where one of its bars is missing in the window.
    """
    sums, n = _against_market(bars, int(p[0])), len(bars.close)
    blank(out[0], 1)
    for t in range(n - 1):
        out[0, t + 1] = unexplained_spread(sums[2, t], sums[3, t], sums[4, t])


def unexplained_spread(own: float, market: float, both: float) -> float:
    """Deviation of the residuals, from two variances and the covariance."""
    left = own - ratio(both, market) * both
    return 0.0 if left <= _NOTHING * own else sqrt(left)


@indicator(
    name="mom_resid",
    group="cross_section",
    title="Residual momentum",
    inputs=("close", "market"),
    params=(
        Param("window", 756, 4, 1000, "returns in the regression"),
        Param("span", 252, 2, 1000, "returns back to where the momentum begins"),
        Param("skip", 21, 0, 250, "last returns that are left out"),
    ),
    outputs=(
        Output(
            "mom",
            "mom_resid_{window}_{span}_{skip}",
            "standard deviations per bar",
            words="the residual momentum ({window}, {span}, {skip})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    check=lambda p: (
        ""
        if p["skip"] + 2 <= p["span"] <= p["window"]
        else "give skip + 2 ≤ span ≤ window."
    ),
    provider="index",
    source="Blitz, Huij & Martens 2011; 756, 252, 21 bars for their 36, 12, 1 months, "
    "with the market as the one factor",
    formula="mean / population std of the residuals t-span+1 … t-skip of r = a + b·m, "
    "fitted over the last n returns",
)
def mom_resid(bars: InMarket, p: Floats, out: Floats) -> None:
    """Momentum of what the benchmark does not explain, per unit of its spread; adding a
    multiple of the benchmark's returns does not change it. NaN until warmed up, where
    benchmark or residuals stood still (0/0), and where one of the benchmark's bars is
    missing in the regression.
    """
    window, skip = int(p[0]), int(p[2])
    fit, size = _against_market(bars, window), len(bars.close)
    part = _against_market(bars, int(p[1]) - skip)
    blank(out[0], window)
    for t in range(window - 1, size - 1):
        s = t - skip
        out[0, t + 1] = unexplained_momentum(
            fit[0, t], fit[1, t], fit[3, t], fit[4, t],
            part[0, s], part[1, s], part[2, s], part[3, s], part[4, s],
        )  # fmt: skip


def unexplained_momentum(
    own: float, market: float, var: float, both: float,
    own_: float, market_: float, own_var_: float, var_: float, both_: float,
) -> float:  # fmt: skip
    """Mean of the residuals over their deviation: `window_pair` of the regression, and
    of the part (with _) in which they are looked at."""
    slope = ratio(both, var)
    level = own - slope * market
    mean = own_ - level - slope * market_
    spread = own_var_ - 2.0 * slope * both_ + slope * slope * var_
    return nan if spread <= _NOTHING * own_var_ else mean / sqrt(spread)


def _against_market(bars: InMarket, n: int) -> Floats:
    """`window_pair` of the ticker's and the benchmark's bar-to-bar returns."""
    steps = max(len(bars.close) - 1, 0)
    own, market = np.empty(steps), np.empty(steps)
    for t in range(steps):
        own[t] = bars.close[t + 1] / bars.close[t] - 1.0
        market[t] = bars.market[t + 1] / bars.market[t] - 1.0
    sums = np.empty((5, steps))
    window_pair(own, market, n, sums)
    return sums


@indicator(
    name="rel_strength",
    group="cross_section",
    title="Relative strength",
    inputs=("close", "market"),
    params=(window_param(63, 1),),
    outputs=(
        Output(
            "strength",
            "rel_strength_{window}",
            "fraction",
            low=-1,
            words="the {window}-{unit} relative strength",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    provider="index",
    source="Levy 1967, against a benchmark",
    formula="(close/market) / (close[t-n]/market[t-n]) − 1",
)
def rel_strength(bars: InMarket, p: Floats, out: Floats) -> None:
    """What was gained over the benchmark in `window` bars, as a fraction. NaN until
    warmed up and where the benchmark has no bar at either end.
    """
    close, market, n = bars.close, bars.market, int(p[0])
    blank(out[0], n)
    for t in range(n, len(close)):
        before = close[t - n] / market[t - n]
        out[0, t] = close[t] / market[t] / before - 1.0


@indicator(
    name="breadth_above_ma",
    group="cross_section",
    title="Breadth above the moving average",
    inputs=("close",),
    params=(window_param(50),),
    outputs=(
        Output(
            "share",
            "breadth_above_ma_{window}",
            "share of the universe's members",
            low=0,
            high=1,
            words="the share of members above their {window}-{unit} average",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    across="mean",
    source="classic market breadth",
    formula="members with close > sma(n) / members with an sma(n)",
)
def breadth_above_ma(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Share of the universe's members of the session that close above their average of
    `window` bars; the same for every ticker with a bar. NaN while no member has an
    average.
    """
    close, n = bars.close, int(p[0])
    mean = np.empty(len(close))
    window_mean(close, n, mean)
    blank(out[0], n - 1)
    for t in range(n - 1, len(close)):
        out[0, t] = 1.0 if close[t] > mean[t] else 0.0
