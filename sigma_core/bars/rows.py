"""Rows of bars as plain columns, and the as-of rule that picks among them.

A (ticker, ts) may be stored more than once: each revision is a row of its own with a
later `known_at`. Rows stand in order of writing, and `known_at` never falls from one
revision to the next (`merge` sees to it), so the last one known by K is the one that
counts. The rule and its worked example: `docs/definitions/as-of.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa

from sigma_core.errors import BadInput, Problem
from sigma_core.frames import BARS_COLUMNS, FIELDS, Bools, Floats, Ints, Times

#: How long a bar of each cadence lasts, in minutes; a daily bar lasts its session.
CADENCES = {"5m": 5, "15m": 15, "hourly": 60, "daily": None}
ADJUSTMENTS = ("raw", "split", "total", "unknown")
_SECONDS_BITS = 34


@dataclass(frozen=True)
class Rows:
    """Bars as columns of equal length.

    `row` points into `tickers` (sorted), `ts` and `known_at` are UTC `datetime64[us]`,
    `values` is `[5, n]` in the order of FIELDS with NaN for a missing field, `batch`
    the number of the commit that wrote the row.
    """

    tickers: tuple[str, ...]
    row: Ints
    ts: Times
    values: Floats
    known_at: Times
    batch: Ints

    def __len__(self) -> int:
        return len(self.row)

    def take(self, which: Ints | Bools) -> Rows:
        """The chosen rows, in the order asked for; the tickers stay as they are."""
        return Rows(
            self.tickers,
            self.row[which],
            self.ts[which],
            np.ascontiguousarray(self.values[:, which]),
            self.known_at[which],
            self.batch[which],
        )

    def keys(self) -> Ints:
        """One number per row, ordered as (ticker, ts): `ts` holds whole seconds."""
        seconds = self.ts.astype("datetime64[s]").astype(np.int64)
        return (self.row << _SECONDS_BITS) + (seconds + (1 << (_SECONDS_BITS - 1)))


def from_arrow(table: pa.Table) -> Rows:
    """Stored rows, in order of writing."""
    tickers, row = dictionary(table["ticker"])
    return Rows(
        tickers=tickers,
        row=row,
        ts=table["ts"].cast(pa.timestamp("us")).to_numpy(),
        values=np.stack([table[name].to_numpy() for name in FIELDS]),
        known_at=table["known_at"].cast(pa.timestamp("us")).to_numpy(),
        batch=table["batch"].to_numpy(),
    )


def dictionary(column: pa.ChunkedArray) -> tuple[tuple[str, ...], Ints]:
    """Sorted distinct texts of a dictionary-encoded column, and each row's place."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries()
    if column.num_chunks == 0:
        return (), np.zeros(0, np.int64)
    texts = column.chunk(0).dictionary.to_pylist()
    codes = np.concatenate([chunk.indices.to_numpy() for chunk in column.chunks])
    ordered = sorted(texts)
    place = {text: at for at, text in enumerate(ordered)}
    remap = np.array([place[text] for text in texts], np.int64)
    return tuple(ordered), remap[codes]


def from_frame(bars: pd.DataFrame, cadence: str) -> Rows:
    """Incoming bars, checked, sorted by (ticker, ts); `known_at` and `batch` are blank.

    BadInput if a column is missing, a ticker is not text, `ts` is not UTC whole
    seconds (daily: midnight), a field is not a number or a (ticker, ts) comes twice.
    """
    _check_frame(bars, cadence)
    codes, texts = pd.factorize(bars["ticker"], sort=True)
    count = len(bars)
    found = Rows(
        tickers=tuple(str(text) for text in texts),
        row=codes.astype(np.int64),
        ts=_naive_utc(bars["ts"]),
        values=np.stack([bars[name].to_numpy(np.float64) for name in FIELDS]),
        known_at=np.full(count, np.datetime64("NaT"), "datetime64[us]"),
        batch=np.zeros(count, np.int64),
    )
    keys = found.keys()
    order = np.argsort(keys, kind="stable")
    twice = np.flatnonzero(np.diff(keys[order]) == 0)
    if len(twice):
        first = order[twice[0]]
        name = f"{found.tickers[found.row[first]]} {found.ts[first]}"
        raise _bad("bars.duplicate", f"{name} comes twice.", "Keep one row of each.")
    return found.take(order)


def _check_frame(bars: pd.DataFrame, cadence: str) -> None:
    if missing := [name for name in BARS_COLUMNS if name not in bars.columns]:
        raise _bad("bars.columns", f"columns are missing: {', '.join(missing)}.")
    zone = getattr(bars["ts"].dtype, "tz", None)
    if str(zone) != "UTC":
        raise _bad(
            "bars.ts", f"ts is {bars['ts'].dtype}.", "Give ts as timestamps in UTC."
        )
    if bars["ts"].isna().any() or bars["ticker"].isna().any():
        raise _bad("bars.key", "a row has no ticker or no ts.")
    texts = bars["ticker"].drop_duplicates()
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise _bad("bars.ticker", "a ticker is not text, or empty.")
    if wrong := [n for n in FIELDS if not pd.api.types.is_numeric_dtype(bars[n])]:
        raise _bad("bars.fields", f"not numbers: {', '.join(wrong)}.")
    ts = _naive_utc(bars["ts"])
    grain = "datetime64[D]" if cadence == "daily" else "datetime64[s]"
    if (ts != ts.astype(grain)).any():
        wanted = "midnight UTC of its session" if cadence == "daily" else "whole"
        raise _bad("bars.ts", f"the ts of a {cadence} bar must be {wanted}.")


def _naive_utc(ts: pd.Series) -> Times:
    moments: Times = ts.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    return moments


def latest(rows: Rows, known_by: datetime | None = None) -> Rows:
    """The rows that count at `known_by` (all known if None), sorted by (ticker, ts)."""
    return rows.take(latest_places(rows, known_by))


def latest_places(rows: Rows, known_by: datetime | None = None) -> Ints:
    """Places of the rows that count, in order of (ticker, ts)."""
    places: Ints = np.arange(len(rows))
    if known_by is not None:
        places = places[rows.known_at <= moment(known_by)]
    keys = rows.keys()[places]
    if np.all(keys[1:] > keys[:-1]):
        return places  # one row of each, sorted already: what a first ingest leaves
    order = np.argsort(keys, kind="stable")
    last = np.append(keys[order[1:]] != keys[order[:-1]], np.True_)
    counting: Ints = places[order[last]]
    return counting


def moment(at: datetime) -> np.datetime64:
    """An aware moment as UTC `datetime64[us]`; BadInput for one without a zone."""
    if at.tzinfo is None:
        raise _bad("bars.naive", f"{at} has no time zone.", "Give moments in UTC.")
    return np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us")


@dataclass(frozen=True)
class Merge:
    """Incoming rows against the stored ones: what to write, and how many of each."""

    write: Rows
    new: int
    revised: int
    same: int


def merge(
    incoming: Rows, stored: Rows, *, complete: Times, ingested_at: datetime
) -> Merge:
    """Sort incoming rows into new, revised and same, and say when each was known.

    `stored` holds the latest rows, `complete` says when each incoming bar was over. A
    new row is history (known when it was complete) unless it is newer than the last
    stored row of its ticker; then, and if it revises a stored one, it is known at the
    ingest, but never before it was complete nor before what it revises.
    """
    incoming, stored = _on_one_axis(incoming, stored)
    at, found = _find(stored.keys(), incoming.keys())
    before = stored.values[:, at] if len(stored) else np.zeros_like(incoming.values)
    equal = (incoming.values == before) | (np.isnan(incoming.values) & np.isnan(before))
    same = found & equal.all(axis=0)
    now = np.maximum(complete, moment(ingested_at))
    known = np.where(found | _is_newer(incoming, stored), now, complete)
    if len(stored):
        known = np.where(found, np.maximum(known, stored.known_at[at]), known)
    dated = Rows(
        incoming.tickers,
        incoming.row,
        incoming.ts,
        incoming.values,
        known,
        incoming.batch,
    )
    return Merge(
        write=dated.take(~same),
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
    return Rows(tickers, row, rows.ts, rows.values, rows.known_at, rows.batch)


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


def text_column(texts: Sequence[str], codes: Ints) -> pa.Array:
    """A text column from its distinct texts and each row's place among them."""
    encoded = pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32)), pa.array(list(texts), pa.string())
    )
    return encoded.cast(pa.string())


def _bad(code: str, message: str, hint: str = "") -> BadInput:
    return BadInput(Problem(code, "bars", message, hint))
