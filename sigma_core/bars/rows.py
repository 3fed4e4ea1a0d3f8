"""Rows of bars as plain columns: what is stored, and what comes in, checked."""

from __future__ import annotations

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
_MOMENT = pa.timestamp("us", tz="UTC")
BARS_SCHEMA = pa.schema(
    [("ticker", pa.string()), ("ts", _MOMENT)]
    + [(name, pa.float64()) for name in FIELDS]
    + [("known_at", _MOMENT), ("source", pa.string()), ("adjustment", pa.string())]
    + [("batch", pa.int64())]
)
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


def to_arrow(rows: Rows, *, source: str, adjustment: str, batch: int) -> pa.Table:
    """Rows as they are stored; a missing field is stored as null, not as NaN."""
    count = len(rows)
    names = pa.array(rows.tickers, pa.string())
    columns = {
        "ticker": names.take(pa.array(rows.row)),
        "ts": pa.array(rows.ts),
        "known_at": pa.array(rows.known_at),
        "source": pa.array([source] * count, pa.string()),
        "adjustment": pa.array([adjustment] * count, pa.string()),
        "batch": pa.array(np.full(count, batch, np.int64)),
    }
    for name, values in zip(FIELDS, rows.values, strict=True):
        columns[name] = pa.array(values, from_pandas=True)
    naive = pa.table({name: columns[name] for name in BARS_SCHEMA.names})
    return naive.cast(BARS_SCHEMA)


def adjustments(stored: pa.Table) -> dict[str, str]:
    """Ticker → adjustment; one of each, for kinds never mix in one series."""
    tickers, row = dictionary(stored["ticker"])
    kinds, kind = dictionary(stored["adjustment"])
    held = np.zeros(len(tickers), np.int64)
    held[row] = kind
    return {t: kinds[k] for t, k in zip(tickers, held.tolist(), strict=True)}


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
    if np.all(keys[1:] > keys[:-1]):
        return found
    order = np.argsort(keys, kind="stable")
    twice = np.flatnonzero(np.diff(keys[order]) == 0)
    if len(twice):
        first = order[twice[0]]
        name = f"{found.tickers[found.row[first]]} {found.ts[first]}"
        raise _bad("bars.duplicate", f"{name} comes twice.", "Keep one row of each.")
    return found.take(order)


def to_frame(rows: Rows) -> pd.DataFrame:
    """Rows as a frame of BARS_COLUMNS."""
    names = np.array(rows.tickers, dtype=object)
    texts = pd.Series(names[rows.row], dtype="str")
    columns = {"ticker": texts, "ts": pd.to_datetime(rows.ts, utc=True)}
    return pd.DataFrame(columns | dict(zip(FIELDS, rows.values, strict=True)))


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


def moment(at: datetime) -> np.datetime64:
    """An aware moment as UTC `datetime64[us]`; BadInput for one without a zone."""
    if at.tzinfo is None:
        raise _bad("bars.naive", f"{at} has no time zone.", "Give moments in UTC.")
    return np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us")


def _bad(code: str, message: str, hint: str = "") -> BadInput:
    return BadInput(Problem(code, "bars", message, hint))
