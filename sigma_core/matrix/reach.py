"""How far back columns are needed, where a lag counts a ticker's own bars."""

from __future__ import annotations

import numpy as np

from sigma_core.frames import BarArrays, Ints


def first_needed(bars: BarArrays, own: int, first: int, last: int) -> int:
    """The column from which `own` bars before each bar of `first` to `last` are there.

    A ticker's bars lie further apart where it missed some, but a span has no gap
    longer than `Axis.max_gap`, and nothing is read across spans.
    """
    begin = max(first - own, 0)
    if not own or not begin:
        return begin
    spans = bars.spans
    asked = (spans.stop > first) & (spans.start <= last) & (spans.start < begin)
    rows, starts = spans.row[asked], spans.start[asked]
    whole = ~np.isnan(bars.close[:, begin:first][rows]).any(axis=1)
    columns = [
        _column(bars, row, start, own, first)
        for row, start in zip(rows[~whole], starts[~whole], strict=True)
    ]
    return min(columns, default=begin)


def _column(bars: BarArrays, row: int, start: int, own: int, first: int) -> int:
    """Where the `own`-th bar of a ticker before `first` stands, or its span starts."""
    width = own
    while first - width > start:
        held: Ints = np.flatnonzero(~np.isnan(bars.close[row, first - width : first]))
        if len(held) >= own:
            return first - width + int(held[-own])
        width *= 2
    return int(start)
