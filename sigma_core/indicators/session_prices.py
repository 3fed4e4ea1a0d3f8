"""Prices of the session so far, for intraday bars.

vwap_session · close_vs_vwap · first_minutes_range
"""

from __future__ import annotations

from math import inf, nan

from sigma_core.frames import Floats
from sigma_core.indicators.registry import InMarket, Output, Param, indicator

#: bars of 5 minutes in a whole session: as far back as a value can look
_SESSION_BARS, _SHORTEST = 78, 5


@indicator(
    name="vwap_session",
    group="volume",
    title="Session VWAP",
    inputs=("high", "low", "close", "volume", "session"),
    outputs=(
        Output(
            "vwap",
            "vwap_session",
            "price",
            degree=1,
            words="the session's VWAP",
            absent="until something is traded in the session",
        ),
    ),
    warmup=lambda _: 1,
    stable=lambda _: _SESSION_BARS,
    source="Berkowitz, Logue & Noser 1988, over bars in place of trades",
    formula="Σ typical · volume / Σ volume since the open; typical: (H+L+C)/3",
    intraday=True,
)
def vwap_session(bars: InMarket, p: Floats, out: Floats) -> None:
    """Mean typical price of the session so far, each bar weighing its volume; between
    the session's low and high. It begins anew with each session, by the exchange's own
    date. For intraday bars; of a daily bar it is the typical price. NaN until something
    is traded (0/0).
    """
    _vwap(bars, out[0])


@indicator(
    name="close_vs_vwap",
    group="volume",
    title="Close against session VWAP",
    inputs=("high", "low", "close", "volume", "session"),
    outputs=(
        Output(
            "distance",
            "close_vs_vwap",
            "fraction",
            low=-1,
            words="the close's distance to the session's VWAP",
            absent="until something is traded in the session",
        ),
    ),
    warmup=lambda _: 1,
    stable=lambda _: _SESSION_BARS,
    source="after Berkowitz, Logue & Noser 1988",
    formula="close / vwap_session − 1",
    intraday=True,
)
def close_vs_vwap(bars: InMarket, p: Floats, out: Floats) -> None:
    """How far the close stands above the session's VWAP, as a fraction. For intraday
    bars. NaN until something is traded in the session (0/0).
    """
    _vwap(bars, out[0])
    for t in range(len(bars.close)):
        out[0, t] = bars.close[t] / out[0, t] - 1.0


def _vwap(bars: InMarket, out: Floats) -> None:
    """As distances, so that a flat price is met exactly: of a typical price to the
    close, and of the session's to its first."""
    anchor = total = traded = 0.0
    session = nan
    for t in range(len(bars.close)):
        close = bars.close[t]
        typical = close + ((bars.high[t] - close) + (bars.low[t] - close)) / 3.0
        if bars.session[t] != session:
            session = bars.session[t]
            anchor, total, traded = typical, 0.0, 0.0
        total += (typical - anchor) * bars.volume[t]
        traded += bars.volume[t]
        out[t] = anchor + total / traded if traded > 0.0 else nan


@indicator(
    name="first_minutes_range",
    group="structure",
    title="Opening range",
    inputs=("high", "low", "session", "minute"),
    params=(Param("minutes", 30, 5, 240, "minutes from the open"),),
    outputs=(
        Output(
            "high",
            "first_minutes_high_{minutes}",
            "price",
            degree=1,
            words="the high of the first {minutes} minutes",
            absent="until the first minutes of each session are over",
        ),
        Output(
            "low",
            "first_minutes_low_{minutes}",
            "price",
            degree=1,
            words="the low of the first {minutes} minutes",
            absent="until the first minutes of each session are over",
        ),
    ),
    warmup=lambda p: -(-int(p["minutes"]) // _SHORTEST) + 1,
    stable=lambda _: _SESSION_BARS,
    source="Crabel 1990",
    formula="highest high, lowest low of the bars that begin in the first n minutes",
    intraday=True,
    opening=lambda p: int(p["minutes"]),
)
def first_minutes_range(bars: InMarket, p: Floats, out: Floats) -> None:
    """High and low of the bars that begin within `minutes` of the session's open. Known
    from the first bar that begins after them. For intraday bars; daily ones have no
    value. NaN before, and in a session without a bar in those minutes.
    """
    high, low, session = -inf, inf, nan
    for t in range(len(bars.close)):
        if bars.session[t] != session:
            high, low, session = -inf, inf, bars.session[t]
        if bars.minute[t] < p[0]:
            high, low = max(high, bars.high[t]), min(low, bars.low[t])
        known = bars.minute[t] >= p[0] and high > -inf
        out[0, t] = high if known else nan
        out[1, t] = low if known else nan
