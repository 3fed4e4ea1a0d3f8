"""Rises and falls of a window: the counting features of Alpha158.

price_moves · volume_moves
"""

from __future__ import annotations

import numpy as np

from sigma_core.frames import Floats
from sigma_core.indicators.registry import (
    OneTicker,
    Output,
    indicator,
    window_param,
)
from sigma_core.indicators.windows import blank, divide, window_sum


@indicator(
    name="price_moves",
    group="momentum",
    title="Rises and falls of the close",
    inputs=("close",),
    params=(window_param(20),),
    outputs=(
        Output(
            "cntp",
            "cntp_{window}",
            "share of bars that rose",
            low=0,
            high=1,
            words="the share of {window} {unit}s that rose",
        ),
        Output(
            "cntn",
            "cntn_{window}",
            "share of bars that fell",
            low=0,
            high=1,
            words="the share of {window} {unit}s that fell",
        ),
        Output(
            "cntd",
            "cntd_{window}",
            "cntp − cntn",
            low=-1,
            high=1,
            words="rises less falls ({window})",
        ),
        Output(
            "sump",
            "sump_{window}",
            "rises / all moves",
            low=0,
            high=1,
            words="the upward share of {window} moves",
        ),
        Output(
            "sumn",
            "sumn_{window}",
            "falls / all moves",
            low=0,
            high=1,
            words="the downward share of {window} moves",
        ),
        Output(
            "sumd",
            "sumd_{window}",
            "sump − sumn",
            low=-1,
            high=1,
            words="upward less downward share ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="Alpha158 of Qlib, Yang et al. 2020",
    formula="of n changes of the close: cntp, cntn = rises, falls / n; sump, sumn = Σ "
    "rises, Σ falls / Σ|changes|; cntd, sumd = the differences",
)
def price_moves(bars: OneTicker, p: Floats, out: Floats) -> None:
    """How many of the last `window` changes of the close went up and down, and how
    far; `sump` is the RSI with plain sums. NaN until warmed up; the sums where nothing
    moves (0/0).
    """
    close = bars.close
    n, size = int(p[0]), len(close)
    rises, falls = np.zeros(size), np.zeros(size)  # up to each bar: whole numbers
    up = down = 0.0
    for t in range(1, size):
        up += 1.0 if close[t] > close[t - 1] else 0.0
        down += 1.0 if close[t] < close[t - 1] else 0.0
        rises[t], falls[t] = up, down
    _share_of_bars(rises, n, out[0])
    _share_of_bars(falls, n, out[1])
    for t in range(size):
        out[2, t] = out[0, t] - out[1, t]
    shares_of_moves(close, n, out[3:])


def _share_of_bars(counted: Floats, n: int, out: Floats) -> None:
    """Counts up to each bar → the share of the last `n` bars."""
    blank(out, n)
    now, into = counted[n:], out[n:]
    for t in range(len(into)):
        into[t] = (now[t] - counted[t]) / n


@indicator(
    name="volume_moves",
    group="volume",
    title="Rises and falls of the volume",
    inputs=("volume",),
    params=(window_param(20),),
    outputs=(
        Output(
            "vsump",
            "vsump_{window}",
            "rises / all moves",
            low=0,
            high=1,
            words="the upward share of {window} moves of the volume",
        ),
        Output(
            "vsumn",
            "vsumn_{window}",
            "falls / all moves",
            low=0,
            high=1,
            words="the downward share of {window} moves of the volume",
        ),
        Output(
            "vsumd",
            "vsumd_{window}",
            "vsump − vsumn",
            low=-1,
            high=1,
            words="upward less downward volume share ({window})",
        ),
    ),
    warmup=lambda p: int(p["window"]) + 1,
    stable=lambda p: int(p["window"]) + 1,
    source="Alpha158 of Qlib, Yang et al. 2020",
    formula="of n changes of the volume: vsump, vsumn = Σ rises, Σ falls / Σ|changes|; "
    "vsumd = the difference",
)
def volume_moves(bars: OneTicker, p: Floats, out: Floats) -> None:
    """How far the volume went up and down in the last `window` changes, as shares of
    all its moves. NaN until warmed up and where it does not move (0/0).
    """
    shares_of_moves(bars.volume, int(p[0]), out)


def shares_of_moves(x: Floats, n: int, out: Floats) -> None:
    """Σ rises and Σ falls of the last `n` changes over all moves; their difference."""
    size, up, down, rest = len(x), out[0], out[1], out[2]
    rises, falls = np.zeros(size), np.zeros(size)
    now, rise, fall = x[1:], rises[1:], falls[1:]
    for t in range(len(now)):
        step = now[t] - x[t]
        rise[t] = step if step > 0.0 else 0.0
        fall[t] = -step if step < 0.0 else 0.0
    blank(up, 1)
    blank(down, 1)
    window_sum(rise, n, up[1:])
    window_sum(fall, n, down[1:])
    for t in range(size):
        rises[t] = up[t] + down[t]
    for t in range(size):
        rest[t] = up[t] - down[t]
    divide(up, rises)
    divide(down, rises)
    divide(rest, rises)
