"""Bars for tests: seeded random markets and bars typed by hand, as the engine has them.

Compiled kernels are kept in `var/kernels`, where `make` keeps them too, so that only
the first test run waits for the compiler.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import exchange_calendars
import numpy as np
import numpy.typing as npt
import pandas as pd

from sigma_core.bars.grid import find_spans, times_between
from sigma_core.frames import FIELDS, Axis, BarArrays, Benchmark, Floats, Times
from sigma_core.indicators import kernels
from sigma_core.sessions import exchange

ROOT = Path(__file__).resolve().parent.parent
kernels.use_cache(ROOT / "var" / "kernels")


@cache
def library_schedule(start: str, end: str) -> pd.DataFrame:
    """Open and close of New York's sessions as exchange_calendars has them."""
    with warnings.catch_warnings():  # what its reading of zoned columns gives is right
        warnings.simplefilter("ignore", DeprecationWarning)
        found = exchange_calendars.get_calendar("XNYS", start=start, end=end)
    return found.schedule


def first_sessions(count: int) -> Times:
    """So many sessions from the first of 2020 on."""
    first = int(np.searchsorted(exchange().days, np.datetime64("2020-01-01")))
    return exchange().days[first : first + count]


def five_minutes(count: int) -> Times:
    """So many 5-minute bars from 2020-03-05 on: daylight saving begins on the 8th."""
    first = np.datetime64("2020-03-05")
    return times_between(exchange(), "5m", first, first + count)[:count]


def arrays(
    fields: Mapping[str, Floats],
    *,
    times: Times | None = None,
    market: Floats | None = None,
) -> BarArrays:
    """Bar arrays of the given fields `[ticker, session]`; what is not given is 1.

    `market` is the close of their benchmark.
    """
    close = np.atleast_2d(next(iter(fields.values())))
    absent = np.where(np.isnan(close), np.nan, 1.0)
    values = {
        name: np.ascontiguousarray(np.atleast_2d(fields.get(name, absent)), np.float64)
        for name in FIELDS
    }
    tickers = tuple(f"T{row:04}" for row in range(len(close)))
    axis = Axis(tickers, first_sessions(close.shape[1]) if times is None else times)
    benchmark = None if market is None else Benchmark("MKT", "index", market)
    spans = find_spans(~np.isnan(close))
    return BarArrays(axis, **values, spans=spans, benchmark=benchmark)


def part(bars: BarArrays, columns: slice | npt.NDArray[np.bool_]) -> BarArrays:
    """Some of the columns side by side, each with its own time and benchmark."""
    fields = {name: bars.field(name)[:, columns] for name in FIELDS}
    market = bars.benchmark.close[columns] if bars.benchmark else None
    return arrays(fields, times=bars.axis.times[columns], market=market)


def random_market(seed: int, tickers: int = 3, sessions: int = 400) -> BarArrays:
    """A seeded random walk with consistent bars, none missing, and a benchmark."""
    random = np.random.default_rng(seed)
    size = (tickers, sessions)
    close = 50 * np.exp(np.cumsum(random.normal(0, 0.02, size), axis=1))
    open_ = close * np.exp(random.normal(0, 0.01, size))
    high = np.maximum(open_, close) * np.exp(np.abs(random.normal(0, 0.01, size)))
    low = np.minimum(open_, close) * np.exp(-np.abs(random.normal(0, 0.01, size)))
    volume = np.round(1e6 * np.exp(random.normal(0, 0.5, size)))
    fields = (open_, high, low, close, volume)
    market = 100 * np.exp(np.cumsum(random.normal(0, 0.01, sessions)))
    return arrays(dict(zip(FIELDS, fields, strict=True)), market=market)


def without(bars: BarArrays, cells: Sequence[tuple[int, int | slice]]) -> BarArrays:
    """The same bars with some missing: (ticker, session or slice of sessions)."""
    fields = {name: bars.field(name).copy() for name in FIELDS}
    for row, at in cells:
        for values in fields.values():
            values[row, at] = np.nan
    market = bars.benchmark.close if bars.benchmark else None
    return arrays(fields, times=bars.axis.times, market=market)


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
