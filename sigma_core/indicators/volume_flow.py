"""Volume: money that flows in and out, gathered bar by bar.

ad_line · adosc · pvt · force_index
"""

from __future__ import annotations

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.averages import ema
from sigma_core.indicators.registry import (
    OneTicker,
    Output,
    Param,
    indicator,
    window_param,
)
from sigma_core.indicators.windows import blank, ratio


def money_flow(
    high: Floats, low: Floats, close: Floats, volume: Floats, out: Floats
) -> None:
    """Volume with the sign and size of the close's place in its bar, from −1 at the
    low to +1 at the high; 0 on a bar without a range, as in TA-Lib.
    """
    for t in range(len(close)):
        span = high[t] - low[t]
        side = (close[t] - low[t]) - (high[t] - close[t])
        out[t] = volume[t] * (side / span) if span > 0.0 else 0.0


@indicator(
    name="ad_line",
    group="volume",
    title="Accumulation/distribution line",
    inputs=("high", "low", "close", "volume"),
    outputs=(
        Output(
            "line",
            "ad_line",
            "shares gathered since the first bar",
            degree=-1,
            words="the accumulation/distribution line",
        ),
        Output(
            "share",
            "ad_line_share",
            "share of all volume since the first bar",
            low=-1,
            high=1,
            words="accumulation as a share of all volume so far",
        ),
    ),
    warmup=lambda _: 1,
    stable=None,
    source="Chaikin 1970s",
    formula="Σ m·volume from the first bar on, m = ((close − low) − (high − close))/"
    "(high − low); share = the same / Σ volume",
)
def ad_line(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Volume gathered at closes near the high (+) and the low (−) since the ticker's
    first bar. The line's level depends on that bar for ever: use its changes, or the
    share, −1 to 1, which compares across tickers. A bar without a range adds nothing.
    The share is NaN while nothing was traded and while no bar had a range (0/0).
    """
    line, share = out[0], out[1]
    money_flow(bars.high, bars.low, bars.close, bars.volume, line)
    total = traded = ranged = 0.0
    for t in range(len(line)):
        total += line[t]
        traded += bars.volume[t]
        ranged += bars.high[t] - bars.low[t]
        line[t] = total
        share[t] = ratio(total, traded if ranged > 0.0 else 0.0)


@indicator(
    name="adosc",
    group="volume",
    title="Chaikin oscillator",
    inputs=("high", "low", "close", "volume"),
    params=(
        Param("fast", 3, 1, 500, "bars of the faster average"),
        Param("slow", 10, 2, 500, "bars of the slower average"),
    ),
    outputs=(
        Output(
            "adosc",
            "adosc_{fast}_{slow}",
            "fast less slow average, shares",
            degree=-1,
            words="the Chaikin oscillator ({fast}, {slow})",
        ),
    ),
    warmup=lambda p: int(p["slow"]),
    stable=lambda p: 10 * (int(p["slow"]) + 1),
    check=lambda p: "" if p["fast"] < p["slow"] else "give fast < slow.",
    source="Chaikin 1980s",
    formula="EMA_fast(ad_line) − EMA_slow(ad_line), both begun with the line's first "
    "value",
)
def adosc(bars: OneTicker, p: Floats, out: Floats) -> None:
    """How far the accumulation/distribution line's fast average stands above its slow
    one, in shares. NaN until the slow one's bars are there; 0 while no bar has a range.
    """
    flow = np.empty(len(bars.close))
    money_flow(bars.high, bars.low, bars.close, bars.volume, flow)
    fast, slow = 2.0 / (p[0] + 1.0), 2.0 / (p[1] + 1.0)
    # The line less its average needs no line: each bar adds its flow and keeps the
    # average's share of the rest. A level of years of volume would cost digits.
    above_fast = above_slow = 0.0
    for t in range(1, len(flow)):
        above_fast = (1.0 - fast) * (above_fast + flow[t])
        above_slow = (1.0 - slow) * (above_slow + flow[t])
        out[0, t] = above_slow - above_fast
    blank(out[0], int(p[1]) - 1)


@indicator(
    name="pvt",
    group="volume",
    title="Price-volume trend",
    inputs=("close", "volume"),
    outputs=(
        Output(
            "line",
            "pvt",
            "shares times return since the first bar",
            degree=-1,
            warmup=lambda _: 1,
            words="the price-volume trend",
        ),
        Output(
            "mean",
            "pvt_mean",
            "volume-weighted return per bar since the first bar",
            words="the volume-weighted mean return so far",
        ),
    ),
    warmup=lambda _: 2,
    stable=None,
    source="classic",
    formula="Σ volume·(close/close[t-1] − 1) from the second bar on, 0 on the first; "
    "mean = the same / Σ volume of those bars",
)
def pvt(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Returns weighted with their volume and added up since the ticker's first bar.
    The line's level depends on that bar for ever: use its changes, or the mean, which
    compares across tickers. The mean is NaN on the first bar and while nothing was
    traded since (0/0); there the line is 0.
    """
    close, volume = bars.close, bars.volume
    out[0, 0] = 0.0
    blank(out[1], 1)
    total = traded = 0.0
    for t in range(1, len(close)):
        total += volume[t] * (close[t] / close[t - 1] - 1.0)
        traded += volume[t]
        out[0, t] = total
        out[1, t] = ratio(total, traded)


@indicator(
    name="force_index",
    group="volume",
    title="Force index",
    inputs=("close", "volume"),
    params=(window_param(13, 1),),
    outputs=(
        Output(
            "force",
            "force_index_{window}",
            "dollars gained per bar",
            words="the force index ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: 10 * (int(p["window"]) + 1),
    source="Elder 1993",
    formula="EMA_n((close − close[t-1])·volume)",
)
def force_index(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Averaged change of the close times volume, in dollars: a split does not change
    it, but a large company's is larger than a small one's. NaN until warmed up.
    """
    close, volume, into = bars.close, bars.volume, out[0]
    blank(into, 1)
    for t in range(1, len(close)):
        into[t] = (close[t] - close[t - 1]) * volume[t]
    ema(into[1:], int(p[0]), into[1:])
