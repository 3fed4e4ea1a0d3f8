"""Shape of one bar: the KBAR and price features of Alpha158.

kbar
"""

from __future__ import annotations

from sigma_core.frames import Floats
from sigma_core.indicators.registry import OneTicker, Output, indicator
from sigma_core.indicators.windows import divide


@indicator(
    name="kbar",
    group="structure",
    title="Shape of the bar",
    inputs=("open", "high", "low", "close"),
    outputs=(
        Output(
            "mid",
            "kmid",
            "body / open",
            words="the body over the open",
        ),
        Output(
            "len",
            "klen",
            "range / open",
            low=0,
            words="the range over the open",
        ),
        Output(
            "mid2",
            "kmid2",
            "body / range",
            low=-1,
            high=1,
            words="the body's share",
        ),
        Output(
            "up",
            "kup",
            "upper shadow / open",
            low=0,
            words="the upper shadow",
        ),
        Output(
            "up2",
            "kup2",
            "upper shadow / range",
            low=0,
            high=1,
            words="the upper shadow's share",
        ),
        Output(
            "low",
            "klow",
            "lower shadow / open",
            low=0,
            words="the lower shadow",
        ),
        Output(
            "low2",
            "klow2",
            "lower shadow / range",
            low=0,
            high=1,
            words="the lower shadow's share",
        ),
        Output(
            "sft",
            "ksft",
            "shift / open",
            words="the close's shift over the open",
        ),
        Output(
            "sft2",
            "ksft2",
            "shift / range",
            low=-1,
            high=1,
            words="the close's shift",
        ),
        Output(
            "open0",
            "open0",
            "open / close",
            low=0,
            words="the open over the close",
        ),
        Output(
            "high0",
            "high0",
            "high / close",
            low=1,
            words="the high over the close",
        ),
        Output(
            "low0",
            "low0",
            "low / close",
            low=0,
            high=1,
            words="the low over the close",
        ),
        Output(
            "vwap0",
            "vwap0",
            "typical price / close",
            low=0,
            words="the typical price over the close",
        ),
    ),
    warmup=lambda p: 1,
    stable=lambda p: 1,
    source="Alpha158 of Qlib, Yang et al. 2020; the typical price for its VWAP",
    formula="mid = (close − open)/open; len = (high − low)/open; up = (high − "
    "max(open, close))/open; low = (min(open, close) − low)/open; sft = (2·close − "
    "high − low)/open; mid2, up2, low2, sft2: over (high − low) instead; open0, "
    "high0, low0, vwap0: open, high, low, (high + low + close)/3 over close",
)
def kbar(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Body, range, shadows and where the close lies in the bar, as shares of the open
    and of the bar's range; open, high, low and typical price as multiples of the
    close. NaN for the shares of a range where high equals low (0/0).
    """
    o, h, low, c = bars.open, bars.high, bars.low, bars.close
    wide = h - low
    for t in range(len(c)):
        out[0, t] = c[t] - o[t]
    for t in range(len(c)):
        out[3, t] = h[t] - (o[t] if o[t] > c[t] else c[t])
    for t in range(len(c)):
        out[5, t] = (o[t] if o[t] < c[t] else c[t]) - low[t]
    for t in range(len(c)):
        out[7, t] = 2.0 * c[t] - h[t] - low[t]
    for t in range(len(c)):
        out[12, t] = (h[t] + low[t] + c[t]) / 3.0
    out[1], out[9], out[10], out[11] = wide, o, h, low
    for part in (0, 3, 5, 7):
        own, share = out[part], out[2 if part == 0 else part + 1]
        share[:] = own
        divide(share, wide)
        divide(own, o)
    divide(out[1], o)
    for price in range(9, 13):
        divide(out[price], c)
