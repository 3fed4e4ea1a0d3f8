"""Volatility: realised volatility from closes and from the bars' ranges, annualised.

rv_close · rv_parkinson · rv_garman_klass · rv_rogers_satchell · rv_yang_zhang
"""

from __future__ import annotations

from math import log, sqrt

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.registry import (
    OneTicker,
    Output,
    Param,
    indicator,
    window_param,
)
from sigma_core.indicators.windows import blank, window_mean, window_moments

_LN2 = log(2.0)
#: Volatility is stated per year, of which 252 daily bars are the usual length.
PER_YEAR = Param("per_year", 252, 1, 200_000, "bars in a year")
WINDOW = window_param(21)


def log_changes(new: Floats, old: Floats, out: Floats) -> None:
    """ln(new / old), bar by bar."""
    for t in range(len(new)):
        out[t] = log(new[t] / old[t])


def close_returns(close: Floats, out: Floats) -> None:
    """Log returns of the close; NaN on the first bar."""
    blank(out, 1)
    log_changes(close[1:], close[: len(close) - 1], out[1:])


def close_volatility(close: Floats, n: int, per_year: float, out: Floats) -> None:
    """Annualised sample deviation of the last `n` log returns."""
    steps, mean = np.empty(len(close)), np.empty(len(close))
    close_returns(close, steps)
    blank(out, 1)
    window_moments(steps[1:], n, mean[1:], out[1:])
    scale = sqrt(per_year * n / (n - 1.0))
    for t in range(len(out)):
        out[t] *= scale


def annualise(variance: Floats, per_year: float) -> None:
    """Variances per bar to volatilities per year, in their place."""
    for t in range(len(variance)):
        # Rounding may leave a variance of nothing a hair below 0; NaN stays NaN.
        variance[t] = sqrt(per_year * (0.0 if variance[t] < 0.0 else variance[t]))


def rogers_satchell(bars: OneTicker, out: Floats) -> None:
    """Rogers and Satchell's variance of each bar."""
    open_, high, low, close = bars.open, bars.high, bars.low, bars.close
    for t in range(len(close)):
        upper = log(high[t] / close[t]) * log(high[t] / open_[t])
        out[t] = upper + log(low[t] / close[t]) * log(low[t] / open_[t])


@indicator(
    name="rv_close",
    group="volatility",
    title="Realised volatility, close to close",
    inputs=("close",),
    params=(WINDOW, PER_YEAR),
    outputs=(
        Output(
            "rv",
            "rv_close_{window}_{per_year}",
            "annualised, as a fraction",
            low=0,
            words="the {window}-{unit} volatility of closes",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="classic",
    formula="√(per_year)·sd of n log returns, the sample's (divided by n − 1)",
)
def rv_close(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Sample deviation of the last `window` log returns, about their own mean,
    annualised: 0.2 is 20 % a year. NaN until warmed up.
    """
    close_volatility(bars.close, int(p[0]), p[1], out[0])


@indicator(
    name="rv_parkinson",
    group="volatility",
    title="Realised volatility from high and low",
    inputs=("high", "low"),
    params=(WINDOW, PER_YEAR),
    outputs=(
        Output(
            "rv",
            "rv_parkinson_{window}_{per_year}",
            "annualised, as a fraction",
            low=0,
            words="Parkinson's {window}-{unit} volatility",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Parkinson 1980",
    formula="√(per_year · mean(ln(high/low)²) / (4·ln 2)) over n bars",
)
def rv_parkinson(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Volatility from the bars' ranges, annualised as a fraction. It doesn't see gaps
    between bars and reads a drift as volatility. NaN until the window is full.
    """
    high, low = bars.high, bars.low
    terms = np.empty(len(high))
    log_changes(high, low, terms)
    for t in range(len(terms)):
        terms[t] = terms[t] * terms[t] / (4.0 * _LN2)
    window_mean(terms, int(p[0]), out[0])
    annualise(out[0], p[1])


@indicator(
    name="rv_garman_klass",
    group="volatility",
    title="Realised volatility after Garman and Klass",
    inputs=("open", "high", "low", "close"),
    params=(WINDOW, PER_YEAR),
    outputs=(
        Output(
            "rv",
            "rv_garman_klass_{window}_{per_year}",
            "annualised, as a fraction",
            low=0,
            words="Garman and Klass's {window}-{unit} volatility",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Garman & Klass 1980",
    formula="√(per_year · mean(½·ln(high/low)² − (2·ln 2 − 1)·ln(close/open)²)) over n "
    "bars",
)
def rv_garman_klass(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Volatility from the bars' ranges and bodies, annualised as a fraction. It doesn't
    see gaps between bars and reads a drift as volatility. NaN until the window is full.
    """
    terms, body = np.empty(len(bars.close)), np.empty(len(bars.close))
    log_changes(bars.high, bars.low, terms)
    log_changes(bars.close, bars.open, body)
    for t in range(len(terms)):
        inner = (2.0 * _LN2 - 1.0) * body[t] * body[t]
        terms[t] = 0.5 * terms[t] * terms[t] - inner
    window_mean(terms, int(p[0]), out[0])
    annualise(out[0], p[1])


@indicator(
    name="rv_rogers_satchell",
    group="volatility",
    title="Realised volatility after Rogers and Satchell",
    inputs=("open", "high", "low", "close"),
    params=(WINDOW, PER_YEAR),
    outputs=(
        Output(
            "rv",
            "rv_rogers_satchell_{window}_{per_year}",
            "annualised, as a fraction",
            low=0,
            words="Rogers and Satchell's {window}-{unit} volatility",
        ),
    ),
    warmup=lambda p: int(p["window"]),
    stable=lambda p: int(p["window"]),
    source="Rogers & Satchell 1991",
    formula="√(per_year · mean(ln(H/C)·ln(H/O) + ln(L/C)·ln(L/O))) over n bars",
)
def rv_rogers_satchell(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Volatility within bars, whatever the drift, annualised as a fraction: a bar that
    only rises has none. It doesn't see gaps between bars. NaN until the window is full.
    """
    terms = np.empty(len(bars.close))
    rogers_satchell(bars, terms)
    window_mean(terms, int(p[0]), out[0])
    annualise(out[0], p[1])


@indicator(
    name="rv_yang_zhang",
    group="volatility",
    title="Realised volatility after Yang and Zhang",
    inputs=("open", "high", "low", "close"),
    params=(WINDOW, PER_YEAR),
    outputs=(
        Output(
            "rv",
            "rv_yang_zhang_{window}_{per_year}",
            "annualised, as a fraction",
            low=0,
            words="Yang and Zhang's {window}-{unit} volatility",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="Yang & Zhang 2000",
    formula="√(per_year · (V(ln(O/C[t-1])) + k·V(ln(C/O)) + (1 − k)·RS)), V the sample "
    "variance and RS Rogers and Satchell's mean over n bars, "
    "k = 0.34/(1.34 + (n + 1)/(n − 1))",
)
def rv_yang_zhang(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Volatility from gaps, bodies and ranges together, annualised as a fraction: the
    one of the family that counts gaps and no drift. NaN until warmed up.
    """
    open_, close, into = bars.open[1:], bars.close, out[0][1:]
    n, size = int(p[0]), len(open_)
    k = 0.34 / (1.34 + (n + 1.0) / (n - 1.0))
    terms, mean = np.empty(size + 1), np.empty(size)
    gaps, bodies = np.empty(size), np.empty(size)
    blank(out[0], 1)
    rogers_satchell(bars, terms)
    window_mean(terms[1:], n, into)
    log_changes(open_, close[:size], terms)
    window_moments(terms[:size], n, mean, gaps)
    log_changes(close[1:], open_, terms)
    window_moments(terms[:size], n, mean, bodies)
    for t in range(size):
        apart = gaps[t] * gaps[t] + k * bodies[t] * bodies[t]
        into[t] = (1.0 - k) * into[t] + n / (n - 1.0) * apart
    annualise(into, p[1])
