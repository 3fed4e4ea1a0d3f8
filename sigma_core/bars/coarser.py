"""15-minute, hourly and daily bars from finer ones: `docs/definitions/cadences.md`."""

from __future__ import annotations

from functools import partial

import numpy as np

from sigma_core.bars.arrays import ArrayStore, Origin, Stored
from sigma_core.bars.code import code_sha
from sigma_core.bars.grid import Built, bars_per_session, find_spans, times_between
from sigma_core.frames import FIELDS, Axis, BarArrays, Floats, Ints, Times
from sigma_core.sessions import Sessions

#: tickers put together at once: few enough to lie in memory beside everything else
_BLOCK = 200


def coarser(finer: Stored, builds: ArrayStore, sessions: Sessions) -> BarArrays:
    """The same market in bars of the longer cadence of `builds`, memory-mapped.

    They are put together once and kept in `builds` for as long as the finer bars, the
    calendar and the code are the same. See `put_together`.
    """
    origin = {
        "finer": finer.bars.sha,
        "calendar": f"{sessions.name} {sessions.version}",
        "code": code_sha(put_together),
        "known_by": "",
    }
    make = partial(_made, finer, builds.cadence, sessions, origin)
    return (builds.get(origin) or builds.make(make)).bars


def _made(
    finer: Stored, cadence: str, sessions: Sessions, origin: Origin
) -> tuple[Origin, Built, Times]:
    bars = put_together(finer.bars, sessions, cadence)
    nothing = finer.marks().iloc[:0]  # findings are about the finer bars
    return origin, Built(bars, nothing, nothing), finer.moments


def put_together(bars: BarArrays, sessions: Sessions, cadence: str) -> BarArrays:
    """The same market in bars of a longer cadence, counted from each session's open.

    Forward adjusted as `bars` are; a bar with no usable finer bar is NaN. The last bar
    is one that was over: some ticker has a finer bar of its end, or a later one. An
    axis of no times gives none.
    """
    times = bars.axis.times
    coarse = times_between(sessions, cadence, times[0], times[-1])
    first = _first_columns(times, coarse)
    stop = np.append(first[1:], len(times))
    over = stop <= bars.spans.stop.max(initial=0)
    coarse, first, stop = coarse[over], first[over], stop[over]
    axis = Axis(bars.axis.tickers, coarse, bars_per_session(cadence))
    fields = _together(bars, first, int(stop.max(initial=0)))
    held = ~np.isnan(fields["close"])
    return BarArrays(
        axis=axis,
        open=fields["open"],
        high=fields["high"],
        low=fields["low"],
        close=fields["close"],
        volume=fields["volume"],
        spans=find_spans(held, max_gap=axis.max_gap),
        factor=None if bars.factor is None else bars.factor[:, first],
        blocked=None if bars.blocked is None else bars.blocked[:, stop - 1],
    )


def _first_columns(times: Times, coarse: Times) -> Ints:
    """The finer column with which each coarser bar begins."""
    days = coarse.dtype == np.dtype("datetime64[D]")
    starts = times.astype("datetime64[D]") if days else times
    first: Ints = np.searchsorted(starts, coarse)
    return first


def _together(bars: BarArrays, first: Ints, stop: int) -> dict[str, Floats]:
    tickers = len(bars.axis.tickers)
    fields = {name: np.full((tickers, len(first)), np.nan) for name in FIELDS}
    if len(first):
        for row in range(0, tickers, _BLOCK):
            block = slice(row, row + _BLOCK)
            of = {name: bars.field(name)[block, :stop] for name in FIELDS}
            for name, values in _block(of, first).items():
                fields[name][block] = values
    return fields


def _block(of: dict[str, Floats], first: Ints) -> dict[str, Floats]:
    """The bars of some tickers, from finer ones up to the end of the last."""
    held = ~np.isnan(of["close"])
    columns = np.arange(held.shape[1])
    last = len(columns) - 1
    opens = np.minimum.reduceat(np.where(held, columns, last), first, axis=1)
    closes = np.maximum.reduceat(np.where(held, columns, 0), first, axis=1)
    found = {
        "open": np.take_along_axis(of["open"], opens, axis=1),
        "high": np.fmax.reduceat(of["high"], first, axis=1),
        "low": np.fmin.reduceat(of["low"], first, axis=1),
        "close": np.take_along_axis(of["close"], closes, axis=1),
        "volume": np.add.reduceat(np.nan_to_num(of["volume"]), first, axis=1),
    }
    empty = ~np.logical_or.reduceat(held, first, axis=1)
    for name in FIELDS:
        found[name][empty] = np.nan
    return found
