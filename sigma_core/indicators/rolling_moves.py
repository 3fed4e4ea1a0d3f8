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
from sigma_core.indicators.windows import blank, ratio, window_sum


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
    rose, fell = np.zeros(size), np.zeros(size)
    for t in range(1, size):
        rose[t] = 1.0 if close[t] > close[t - 1] else 0.0
        fell[t] = 1.0 if close[t] < close[t - 1] else 0.0
    blank(out[0], 1)
    blank(out[1], 1)
    window_sum(rose[1:], n, out[0][1:])
    window_sum(fell[1:], n, out[1][1:])
    for t in range(size):
        out[0, t] = out[0, t] / n
        out[1, t] = out[1, t] / n
        out[2, t] = out[0, t] - out[1, t]
    shares_of_moves(close, n, out[3:])


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
    size = len(x)
    rises, falls = np.zeros(size), np.zeros(size)
    for t in range(1, size):
        step = x[t] - x[t - 1]
        rises[t] = step if step > 0.0 else 0.0
        falls[t] = -step if step < 0.0 else 0.0
    blank(out[0], 1)
    blank(out[1], 1)
    window_sum(rises[1:], n, out[0][1:])
    window_sum(falls[1:], n, out[1][1:])
    for t in range(size):
        up, down = out[0, t], out[1, t]
        out[0, t] = ratio(up, up + down)
        out[1, t] = ratio(down, up + down)
        out[2, t] = ratio(up - down, up + down)
    blank(out[2], 1)
