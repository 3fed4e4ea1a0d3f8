"""Bars out of a span with gaps, and values back to their sessions.

Plain loops that the driver (`compiled.py`) turns into machine code with itself.
"""

from __future__ import annotations

import numpy as np

from sigma_core.frames import Floats, Ints


def gather(
    o: Floats, h: Floats, l: Floats, c: Floats, v: Floats, size: int,  # noqa: E741
    own: Floats, places: Ints,
) -> int:  # fmt: skip
    """The bars that are there, side by side in `own`; where each was, in `places`.

    Gives their number.
    """
    bars = 0
    for t in range(size):
        if c[t] == c[t]:
            own[0, bars], own[1, bars], own[2, bars] = o[t], h[t], l[t]
            own[3, bars], own[4, bars] = c[t], v[t]
            places[bars] = t
            bars += 1
    return bars


def gather_shared(shared: Floats, places: Ints, bars: int, own: Floats) -> None:
    """What all tickers share, on the times of the gathered bars."""
    for k in range(len(shared)):
        for t in range(bars):
            own[k, t] = shared[k, places[t]]


def scatter(
    values: Floats, bars: int, places: Ints, shift: int, out: Floats, row: int
) -> None:
    """Values of gathered bars back to their sessions."""
    for column in range(len(out)):
        for t in range(bars):
            if places[t] + shift >= 0:
                out[column, row, places[t] + shift] = values[column * bars + t]


def paste(values: Floats, bars: int, skip: int, out: Floats, row: int, to: int) -> None:
    """Values from the bar `skip` on to the sessions from `to` on."""
    for column in range(len(out)):
        into = out[column, row, to : to + bars - skip]
        came = values[column * bars + skip : (column + 1) * bars]
        for t in range(len(came)):
            into[t] = came[t]


def clear(out: Floats, row: int, begin: int, end: int) -> None:
    """NaN on the sessions `begin .. end-1`."""
    for column in range(len(out)):
        for t in range(begin, end):
            out[column, row, t] = np.nan
