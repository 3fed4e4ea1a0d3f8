"""The as-of rule: which stored row counts, and when an incoming one became known.

A (ticker, ts) may be stored more than once: each revision is a row of its own with a
later `known_at`. Rows stand in order of writing, and `known_at` never falls from one
revision to the next (`merge` sees to it), so the last one known by K is the one that
counts. The rule and its worked example: `docs/definitions/as-of.md`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from sigma_core.bars.rows import Rows, moment
from sigma_core.frames import Bools, Ints, Times


def latest(rows: Rows, known_by: np.datetime64 | None = None) -> Rows:
    """The rows that count at `known_by` (all known if None), sorted by (ticker, ts)."""
    places = latest_places(rows, known_by)
    return rows if len(places) == len(rows) and _rises(places) else rows.take(places)


def latest_places(rows: Rows, known_by: np.datetime64 | None = None) -> Ints:
    """Places of the rows that count, in order of (ticker, ts)."""
    places: Ints = np.arange(len(rows))
    if known_by is not None:
        places = places[rows.known_at <= known_by]
    keys = rows.keys()[places]
    if _rises(keys):
        return places  # one row of each, sorted already: what a first ingest leaves
    order = np.argsort(keys, kind="stable")
    last = np.append(keys[order[1:]] != keys[order[:-1]], np.True_)
    counting: Ints = places[order[last]]
    return counting


def _rises(values: Ints) -> bool:
    return bool(np.all(values[1:] > values[:-1]))


@dataclass(frozen=True)
class Merge:
    """Incoming rows against the stored ones: what to write, and how many of each."""

    write: Rows
    new: int
    revised: int
    same: int


def merge(
    incoming: Rows,
    stored: Rows,
    *,
    complete: Times,
    ingested_at: datetime,
    declared: Bools | None = None,
) -> Merge:
    """Sort incoming rows into new, revised and same, and say when each was known.

    `stored` holds the latest rows, `complete` says when each incoming bar was over. A
    new row is history (known when it was complete) unless it is newer than the last
    stored row of its ticker; then, and if it revises a stored one, it is known at the
    ingest, but never before it was complete nor before what it revises. The
    `declared` rows say something new of a series' kind: they are written, as revisions,
    even if their values are the stored ones.
    """
    incoming, stored = _on_one_axis(incoming, stored)
    at, found = _find(stored.keys(), incoming.keys())
    before = stored.values[:, at] if len(stored) else np.zeros_like(incoming.values)
    equal = (incoming.values == before) | (np.isnan(incoming.values) & np.isnan(before))
    same = found & equal.all(axis=0)
    if declared is not None:
        same &= ~declared
    now = np.maximum(complete, moment(ingested_at))
    known = np.where(found | _is_newer(incoming, stored), now, complete)
    if len(stored):
        known = np.where(found, np.maximum(known, stored.known_at[at]), known)
    dated = replace(incoming, known_at=known)
    return Merge(
        write=dated.take(~same) if same.any() else dated,
        new=int((~found).sum()),
        revised=int((found & ~same).sum()),
        same=int(same.sum()),
    )


def _on_one_axis(one: Rows, other: Rows) -> tuple[Rows, Rows]:
    tickers = tuple(sorted({*one.tickers, *other.tickers}))
    return _renumbered(one, tickers), _renumbered(other, tickers)


def _renumbered(rows: Rows, tickers: tuple[str, ...]) -> Rows:
    place = {ticker: at for at, ticker in enumerate(tickers)}
    remap = np.array([place[ticker] for ticker in rows.tickers], np.int64)
    row = remap[rows.row] if len(rows) else rows.row
    return replace(rows, tickers=tickers, row=row)


def _find(keys: Ints, wanted: Ints) -> tuple[Ints, Bools]:
    """Place of each wanted key among sorted keys, and whether it is there."""
    if not len(keys):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.bool_)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return at, keys[at] == wanted


def _is_newer(incoming: Rows, stored: Rows) -> Bools:
    """Whether a row is newer than the last stored one of its ticker, if any."""
    if not len(stored):
        return np.zeros(len(incoming), np.bool_)
    last = np.searchsorted(stored.row, incoming.row, side="right") - 1
    held = (last >= 0) & (stored.row[last] == incoming.row)
    newer: Bools = held & (incoming.ts > stored.ts[last])
    return newer
