"""Structure: swing points, and the breaks of their levels.

A swing needs `right` bars after it, and is known when the last of them is over: every
value here stands on the bar on which it became known, never on the swing itself.

swing_points · structure_break · choch
"""

from __future__ import annotations

from math import nan

from sigma_core.frames import Floats
from sigma_core.indicators.registry import (
    OneTicker,
    Output,
    Param,
    Params,
    indicator,
)
from sigma_core.indicators.windows import blank

_SIDES = (
    Param("left", 3, 1, 100, "bars before the swing that it passes"),
    Param("right", 3, 1, 100, "bars after the swing that it passes"),
)


def is_top(x: Floats, at: int, left: int, right: int) -> bool:
    """Whether a value is above the `left` before and the `right` after it."""
    for s in range(at - left, at + right + 1):
        if s != at and x[s] >= x[at]:
            return False
    return True


def is_bottom(x: Floats, at: int, left: int, right: int) -> bool:
    """Whether a value is below the `left` before and the `right` after it."""
    for s in range(at - left, at + right + 1):
        if s != at and x[s] <= x[at]:
            return False
    return True


def _known(p: Params) -> int:
    """The first bar on which a swing can be known."""
    return int(p["left"] + p["right"]) + 1


@indicator(
    name="swing_points",
    group="structure",
    title="Swing points",
    inputs=("high", "low"),
    params=_SIDES,
    outputs=(
        Output(
            "high",
            "swing_high_{left}_{right}",
            "price of the latest known swing high",
            degree=1,
            low=0,
            absent="until the first swing high is known",
            words="the latest swing high ({left}, {right})",
        ),
        Output(
            "low",
            "swing_low_{left}_{right}",
            "price of the latest known swing low",
            degree=1,
            low=0,
            absent="until the first swing low is known",
            words="the latest swing low ({left}, {right})",
        ),
    ),
    warmup=_known,
    stable=None,
    source="Williams 1995 (2, 2)",
    formula="high[s] above all other highs of s−left .. s+right, from bar s+right on, "
    "until the next; lows likewise",
)
def swing_points(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Price of the latest swing high and of the latest swing low: a high above the
    `left` before and the `right` after it, known `right` bars later. Equal highs are no
    swing. NaN until the first of its kind is known, so never on a flat price.
    """
    left, right = int(p[0]), int(p[1])
    top = bottom = nan
    for t in range(len(bars.high)):
        at = t - right
        if at >= left and is_top(bars.high, at, left, right):
            top = bars.high[at]
        if at >= left and is_bottom(bars.low, at, left, right):
            bottom = bars.low[at]
        out[0, t] = top
        out[1, t] = bottom


@indicator(
    name="structure_break",
    group="structure",
    title="Break of structure",
    inputs=("high", "low", "close"),
    params=_SIDES,
    outputs=(
        Output(
            "way",
            "structure_break_{left}_{right}",
            "+1 up, −1 down, 0 none",
            low=-1,
            high=1,
            words="the break of structure ({left}, {right})",
        ),
    ),
    warmup=lambda p: _known(p) + 1,
    stable=None,
    source="as chart readers use it (ICT, smart money concepts), by the close",
    formula="+1 on the first close above the latest swing high known before, −1 on the "
    "first below the latest swing low, else 0",
)
def structure_break(bars: OneTicker, p: Floats, out: Floats) -> None:
    """+1 on the bar whose close breaks the latest known swing high, −1 on the one that
    breaks the latest swing low, else 0. Each level fires once; a wick breaks nothing.
    NaN until a swing can have been known on the bar before.
    """
    close, way = bars.close, out[0]
    left, right = int(p[0]), int(p[1])
    top = bottom = nan  # levels that stand; nothing is above or below NaN
    for t in range(len(close)):
        way[t] = 0.0
        # One close never breaks both: a high below a low was broken on the way to it.
        if close[t] > top:
            way[t], top = 1.0, nan
        elif close[t] < bottom:
            way[t], bottom = -1.0, nan
        at = t - right
        if at >= left and is_top(bars.high, at, left, right):
            top = bars.high[at]
        if at >= left and is_bottom(bars.low, at, left, right):
            bottom = bars.low[at]
    blank(way, left + right + 1)


@indicator(
    name="choch",
    group="structure",
    title="Change of character",
    inputs=("high", "low", "close"),
    params=_SIDES,
    outputs=(
        Output(
            "way",
            "choch_{left}_{right}",
            "+1 up, −1 down, 0 none",
            low=-1,
            high=1,
            words="the change of character ({left}, {right})",
        ),
    ),
    warmup=lambda p: _known(p) + 1,
    stable=None,
    source="as chart readers use it (ICT, smart money concepts)",
    formula="structure_break where the break before it went the other way, else 0",
)
def choch(bars: OneTicker, p: Floats, out: Floats) -> None:
    """A `structure_break` against the one before it: +1 the first up after one down, −1
    the first down after one up, else 0. A ticker's first break changes nothing. NaN
    until a swing can have been known on the bar before.
    """
    structure_break(bars, p, out)
    before = 0.0
    for t in range(int(p[0] + p[1]) + 1, len(bars.close)):
        way = out[0, t]
        if way != 0.0:
            out[0, t] = way if before == -way else 0.0
            before = way
