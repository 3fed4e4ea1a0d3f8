"""Bars for tests: seeded random markets and bars typed by hand, as the engine has them.

Compiled kernels are kept in `var/kernels`, where `make` keeps them too, so that only
the first test run waits for the compiler.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from sigma_core.bars.grid import find_spans
from sigma_core.frames import FIELDS, Axis, BarArrays, Floats
from sigma_core.indicators import kernels

ROOT = Path(__file__).resolve().parent.parent
kernels.use_cache(ROOT / "var" / "kernels")


def arrays(fields: Mapping[str, Floats]) -> BarArrays:
    """Bar arrays of the given fields `[ticker, session]`; what is not given is 1."""
    close = np.atleast_2d(next(iter(fields.values())))
    absent = np.where(np.isnan(close), np.nan, 1.0)
    values = {
        name: np.ascontiguousarray(np.atleast_2d(fields.get(name, absent)), np.float64)
        for name in FIELDS
    }
    tickers = tuple(f"T{row:04}" for row in range(len(close)))
    times = np.datetime64("2020-01-01") + np.arange(close.shape[1])
    held = ~np.isnan(close)
    return BarArrays(Axis(tickers, times), **values, spans=find_spans(held))


def random_market(seed: int, tickers: int = 3, sessions: int = 400) -> BarArrays:
    """A seeded random walk with consistent bars, none missing."""
    random = np.random.default_rng(seed)
    size = (tickers, sessions)
    close = 50 * np.exp(np.cumsum(random.normal(0, 0.02, size), axis=1))
    open_ = close * np.exp(random.normal(0, 0.01, size))
    high = np.maximum(open_, close) * np.exp(np.abs(random.normal(0, 0.01, size)))
    low = np.minimum(open_, close) * np.exp(-np.abs(random.normal(0, 0.01, size)))
    volume = np.round(1e6 * np.exp(random.normal(0, 0.5, size)))
    fields = (open_, high, low, close, volume)
    return arrays(dict(zip(FIELDS, fields, strict=True)))


def without(bars: BarArrays, cells: Sequence[tuple[int, int | slice]]) -> BarArrays:
    """The same bars with some missing: (ticker, session or slice of sessions)."""
    fields = {name: bars.field(name).copy() for name in FIELDS}
    for row, at in cells:
        for values in fields.values():
            values[row, at] = np.nan
    return arrays(fields)


def with_cell(bars: BarArrays, row: int, at: int, factor: float) -> BarArrays:
    """The same bars with all five fields of one multiplied: a bad tick."""
    fields = {name: bars.field(name).copy() for name in FIELDS}
    for values in fields.values():
        values[row, at] *= factor
    return replace(bars, **fields)


def holes(bars: BarArrays) -> BarArrays:
    """The same bars with a short gap, a long one, a late listing and an early end."""
    last = bars.axis.shape[1]
    short, long = (0, slice(120, 124)), (0, slice(200, 206))
    late, early = (1, slice(0, 150)), (2, slice(last - 40, last))
    return without(bars, [(0, 90), short, long, late, early])
