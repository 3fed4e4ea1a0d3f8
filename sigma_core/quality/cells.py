"""D2, D3 and D5: impossible prices, impossible volumes, missing sessions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np

from sigma_core.frames import MAX_GAP, Bools, Floats, Ints
from sigma_core.quality.actions import Actions
from sigma_core.quality.marks import Finds
from sigma_core.quality.said import said

PRICES = ("open", "high", "low", "close")
#: D2: no price of a share is outside, and D3: no volume above
LEAST_PRICE, MOST_PRICE = 1e-6, 1e16
MOST_VOLUME = 1e13
#: D3 looks at the share of bars without volume among so many last bars.
ZERO_VOLUME_BARS = 60
ZERO_VOLUME_SHARE = 0.05
#: D5 warns above the first, blocks above the second share of missing sessions; it
#: blocks only where a single missing session is no more than 5 % of the stretch.
MISSING_WARN, MISSING_BLOCK = 0.02, 0.10
MISSING_BLOCK_SESSIONS = 20


def impossible(prices: Mapping[str, Floats]) -> Bools:
    """Where a bar breaks low ≤ open, close ≤ high, or a price lies outside of
    `LEAST_PRICE` to `MOST_PRICE`.

    `prices` holds open, high, low, close of one shape. True also where all are NaN.
    """
    low, high = prices["low"], prices["high"]
    sound = (low >= LEAST_PRICE) & (high <= MOST_PRICE)
    for name in ("open", "close"):
        sound &= (low <= prices[name]) & (prices[name] <= high)
    return ~sound


def impossible_volume(volume: Floats) -> Bools:
    """Where the number of shares is negative, above `MOST_VOLUME` or not given."""
    return ~((volume >= 0) & (volume <= MOST_VOLUME))


def mark_bad_prices(
    fields: Mapping[str, Floats], present: Bools, finds: Finds
) -> Bools:
    """D2: the bars that can't have been, as `[ticker, time]`."""
    bad = impossible(fields) & present
    rows, columns = np.nonzero(bad)
    values = np.column_stack([fields[name][rows, columns] for name in PRICES])
    messages = [
        "open {}, high {}, low {}, close {} can't be one bar.".format(*map(said, bar))
        for bar in values
    ]
    finds.add("D2", "quarantine", (rows, columns), columns, messages)
    return bad


def mark_bad_volume(
    fields: Mapping[str, Floats], present: Bools, finds: Finds
) -> Bools:
    """D3: bars with no possible volume; warns of tickers that often trade nothing."""
    volume = fields["volume"]
    bad = impossible_volume(volume) & present
    rows, columns = np.nonzero(bad)
    messages = [f"volume {said(value)} can't be." for value in volume[rows, columns]]
    finds.add("D3", "quarantine", (rows, columns), columns, messages)
    _warn_of_idle((volume == 0) & present, present, finds)
    return bad


def _warn_of_idle(idle: Bools, present: Bools, finds: Finds) -> None:
    """D3: more than 5 % of the ticker's last 60 bars have no volume."""
    after = np.cumsum(present[:, ::-1], axis=1, dtype=np.int32)[:, ::-1]
    recent = present & (after <= ZERO_VOLUME_BARS)
    bars, zeros = recent.sum(axis=1), (idle & recent).sum(axis=1)
    (rows,) = np.nonzero(zeros > ZERO_VOLUME_SHARE * bars)
    columns = _last_column(present)[rows]
    messages = [
        f"no volume on {zeros[row]} of the last {bars[row]} bars." for row in rows
    ]
    finds.add("D3", "warn", (rows, columns), columns, messages)


def mark_missing(present: Bools, actions: Actions, finds: Finds) -> Bools:
    """D5: warns of missing sessions; gives where a ticker is blocked, `[ticker, time]`.

    Blocked where, at the ticker's last bar up to a column, more than 10 % of the
    sessions since its first bar are missing, and there are at least 20.
    """
    _warn_of_gaps(present, finds)
    columns = np.arange(present.shape[1])
    last = np.maximum.accumulate(np.where(present, columns, 0), axis=1)
    sessions = last - present.argmax(axis=1)[:, None] + 1
    missing = sessions - np.cumsum(present, axis=1, dtype=np.int32)
    begun = np.logical_or.accumulate(present, axis=1)
    share = np.where(begun, missing / np.maximum(sessions, 1), 0.0)
    blocked: Bools = (share > MISSING_BLOCK) & (sessions >= MISSING_BLOCK_SESSIONS)
    said = partial(_so_many, missing, sessions, share)
    end = len(columns) - 1
    ends = _last_column(present)
    (warned,) = np.nonzero((share[:, end] > MISSING_WARN) & ~blocked[:, end])
    cells, at = (warned, ends[warned]), ends[warned]
    finds.add("D5", "warn", cells, at, [said(row, end) for row in warned.tolist()])
    for row, start, stop in _stretches(blocked):
        cell = np.array([row]), np.array([start])
        if actions.acknowledged(*cell)[0]:
            blocked[row, start:stop] = False
        elif stop <= end:
            words = f"{said(row, start)} It was out of universes until it healed."
            finds.add("D5", "warn", cell, np.array([stop]), [words])
        else:
            finds.add("D5", "block", cell, cell[1], [said(row, end)])
    return blocked


def _so_many(missing: Ints, sessions: Ints, share: Floats, row: int, at: int) -> str:
    return (
        f"{missing[row, at]} of {sessions[row, at]} sessions between first and last bar"
        f" have none ({share[row, at]:.1%})."
    )


def _stretches(cells: Bools) -> Iterator[tuple[int, int, int]]:
    """Row, first column and the one after the last, of each stretch of cells."""
    edges = np.diff(np.pad(cells, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    stops = np.nonzero(edges == -1)[1]
    yield from zip(rows.tolist(), starts.tolist(), stops.tolist(), strict=True)


def _warn_of_gaps(present: Bools, finds: Finds) -> None:
    """D5: more than five sessions in a row without a bar, noted where bars resume."""
    rows, columns = np.nonzero(present)
    gone = np.diff(columns, prepend=0) - 1
    gone[np.flatnonzero(np.diff(rows, prepend=-1))] = 0
    at = np.flatnonzero(gone > MAX_GAP)
    messages = [f"no bar for {gone[i]} sessions before this one." for i in at]
    finds.add("D5", "warn", (rows[at], columns[at]), columns[at], messages)


def _last_column(present: Bools) -> Ints:
    last: Ints = present.shape[1] - 1 - present[:, ::-1].argmax(axis=1)
    return last
