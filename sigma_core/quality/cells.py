"""D2, D3 and D5: impossible prices, impossible volumes, missing sessions."""

from __future__ import annotations

from collections.abc import Mapping

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


def mark_missing(present: Bools, actions: Actions, finds: Finds) -> Ints:
    """D5: warns of missing sessions; gives the column from which a ticker is blocked.

    Judged between the first and the last bar of a ticker. Blocked from the bar at
    which the share of missing sessions rose above 10 % for good.
    """
    _warn_of_gaps(present, finds)
    width = present.shape[1]
    blocked_from = np.full(len(present), width, dtype=np.int64)
    bars = np.cumsum(present, axis=1, dtype=np.int32)
    first, last = present.argmax(axis=1), _last_column(present)
    held = np.flatnonzero(bars[:, -1]) if width else np.zeros(0, np.int64)
    sessions = (last - first + 1)[held]
    missing = sessions - bars[held, -1]
    share = missing / sessions
    block = (share > MISSING_BLOCK) & (sessions >= MISSING_BLOCK_SESSIONS)
    for row in held[block]:
        own = np.flatnonzero(present[row])
        missed = 1 - bars[row, own] / (own - own[0] + 1)
        sound = np.flatnonzero(missed <= MISSING_BLOCK)
        blocked_from[row] = own[sound[-1] + 1]
    settled = actions.acknowledged(held, blocked_from[held])
    blocked_from[held[settled]] = width
    messages = [
        f"{gone} of {of} sessions between first and last bar have none ({part:.1%})."
        for gone, of, part in zip(missing, sessions, share, strict=True)
    ]
    say = np.asarray(messages, dtype=object)
    blocks, warns = block & ~settled, (share > MISSING_WARN) & ~block
    at = blocked_from[held]
    finds.add("D5", "block", (held[blocks], at[blocks]), at[blocks], say[blocks])
    end = last[held[warns]]
    finds.add("D5", "warn", (held[warns], end), end, say[warns])
    return blocked_from


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
