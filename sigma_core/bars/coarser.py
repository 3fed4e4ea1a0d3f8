"""15-minute, hourly and daily bars from finer ones: `docs/definitions/cadences.md`."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from sigma_core.bars.grid import bars_per_session, find_spans, times_between
from sigma_core.bars.seals import seals
from sigma_core.frames import FIELDS, MAX_GAP, Axis, BarArrays, Floats, Ints, Times
from sigma_core.sessions import Sessions


def coarser(bars: BarArrays, sessions: Sessions, cadence: str) -> BarArrays:
    """The same market in bars of a longer cadence, counted from each session's open.

    Forward adjusted as `bars` are; a bar with no usable finer bar is NaN. An axis of no
    times gives none.
    """
    times = bars.axis.times
    axis = Axis(
        bars.axis.tickers, times_between(sessions, cadence, times[0], times[-1])
    )
    first = _first_columns(times, axis)
    fields = _together(bars, first)
    usable = ~np.isnan(fields["close"])
    found = BarArrays(
        axis=axis,
        open=fields["open"],
        high=fields["high"],
        low=fields["low"],
        close=fields["close"],
        volume=fields["volume"],
        spans=find_spans(usable, max_gap=MAX_GAP * bars_per_session(cadence)),
        factor=None if bars.factor is None else bars.factor[:, first],
        # a block begins with a session, so with a bar of any cadence
        blocked_from=np.searchsorted(first, bars.blocked_from).astype(np.int64),
        sha=hashlib.sha256(f"{bars.sha} {cadence}".encode()).hexdigest(),
    )
    return replace(found, seals=seals(found))


def _first_columns(times: Times, axis: Axis) -> Ints:
    """The finer column with which each coarser bar begins."""
    days = axis.times.dtype == np.dtype("datetime64[D]")
    starts = times.astype("datetime64[D]") if days else times
    first: Ints = np.searchsorted(starts, axis.times)
    return first


def _together(bars: BarArrays, first: Ints) -> dict[str, Floats]:
    columns = np.arange(len(bars.axis.times))
    held = ~np.isnan(bars.close)
    opens = np.minimum.reduceat(
        np.where(held, columns, len(columns) - 1), first, axis=1
    )
    closes = np.maximum.reduceat(np.where(held, columns, 0), first, axis=1)
    volume = np.add.reduceat(np.nan_to_num(bars.volume), first, axis=1)
    fields = {
        "open": np.take_along_axis(bars.open, opens, axis=1),
        "high": np.fmax.reduceat(bars.high, first, axis=1),
        "low": np.fmin.reduceat(bars.low, first, axis=1),
        "close": np.take_along_axis(bars.close, closes, axis=1),
        "volume": volume,
    }
    empty = ~np.logical_or.reduceat(held, first, axis=1)
    for name in FIELDS:
        fields[name][empty] = np.nan
    return fields
