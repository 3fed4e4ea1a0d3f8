"""Stored rows → the arrays the engine reads.

    rows ──grid──▶ raw [ticker, time] ──quality marks──▶ usable ──splits──▶ BarArrays

The quality rules stand above this package and are handed in (`Derive`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from sigma_core.bars.actions import (
    cumulative_factor,
    delisted_from,
    forward_adjusted,
)
from sigma_core.bars.rows import CADENCES, Rows
from sigma_core.frames import (
    FIELDS,
    MAX_GAP,
    Axis,
    BarArrays,
    Bools,
    Floats,
    Ints,
    Spans,
    Times,
    still_open,
)
from sigma_core.sessions import Sessions


class Marks(Protocol):
    """What the quality rules say about a grid of bars."""

    @property
    def quarantined(self) -> Bools:
        """Bars not to be used, `[ticker, time]`."""

    @property
    def blocked(self) -> Bools:
        """Where a ticker is out of universes, `[ticker, time]`; no later bar changes a
        cell."""

    @property
    def table(self) -> pd.DataFrame:
        """One row per finding: ticker, ts, rule, action, known, message."""


class Derive(Protocol):
    """The quality rules as a function of stored bars and actions alone."""

    def __call__(
        self,
        axis: Axis,
        fields: dict[str, Floats],
        off_session: pd.DataFrame,
        action_dates: pd.DataFrame,
        *,
        adjustments: Mapping[str, str],
    ) -> Marks:
        """The marks of raw bars.

        `off_session` are the bars of times that are not on the axis, `action_dates` all
        recorded actions: ticker, ex_date, kind, split_factor, cash, known_at.
        `adjustments`: ticker → what its prices are adjusted for.
        """


#: Bars kept as evidence on each side of a block.
EVIDENCE = 12


@dataclass(frozen=True)
class Built:
    """Arrays, and the findings they rest on.

    `evidence`: the raw bars around each block (ticker, ts and the five fields), which
    the arrays leave out, so that people can decide about it. `adjustments`: the kinds
    of the prices, sorted; none for bars that were put together from finer ones.
    """

    bars: BarArrays
    marks: pd.DataFrame
    evidence: pd.DataFrame
    adjustments: tuple[str, ...] = ()


def times_between(
    sessions: Sessions, cadence: str, first: np.datetime64, last: np.datetime64
) -> Times:
    """All times at which a bar of this cadence may stand, from `first` to `last` day.

    Daily: the sessions, `datetime64[D]`. Else UTC starts of bars, `datetime64[us]`,
    counted from each session's open; the last bar of a half day may be short.
    """
    days = sessions.between(first.astype("datetime64[D]"), last.astype("datetime64[D]"))
    minutes = CADENCES[cadence]
    if minutes is None or not len(days):
        return days
    step = np.timedelta64(minutes, "m").astype("timedelta64[us]")
    at = sessions.positions(days)
    opens, closes = sessions.opens[at], sessions.closes[at]
    return np.concatenate(
        [
            np.arange(start, stop, step)
            for start, stop in zip(opens, closes, strict=True)
        ]
    )


def grid(
    rows: Rows, sessions: Sessions, cadence: str
) -> tuple[Axis, dict[str, Floats], pd.DataFrame]:
    """Rows on the calendar: axis, raw fields `[ticker, time]`, rows that don't fit."""
    times = times_between(sessions, cadence, rows.ts.min(), rows.ts.max())
    wanted = rows.ts.astype(times.dtype)
    at = np.minimum(np.searchsorted(times, wanted), max(len(times) - 1, 0))
    fits = times[at] == wanted if len(times) else np.zeros(len(rows), np.bool_)
    axis = Axis(rows.tickers, times, bars_per_session(cadence))
    fields = {}
    cells = rows.row[fits] * len(times) + at[fits]
    for name, values in zip(FIELDS, rows.values, strict=True):
        field = np.full(axis.shape, np.nan)
        field.reshape(-1)[cells] = values[fits]
        fields[name] = field
    return axis, fields, _as_frame(rows.take(~fits))


def _as_frame(rows: Rows) -> pd.DataFrame:
    names = np.array(rows.tickers, dtype=object)
    columns = {"ticker": names[rows.row], "ts": pd.to_datetime(rows.ts, utc=True)}
    return pd.DataFrame(columns | dict(zip(FIELDS, rows.values, strict=True)))


def build(
    rows: Rows,
    *,
    adjustments: Mapping[str, str],
    actions: pd.DataFrame,
    sessions: Sessions,
    cadence: str,
    derive: Derive,
) -> Built:
    """Arrays of the rows that count: usable bars only, forward adjusted, with spans.

    A bar with a missing field, a quarantined one and all bars of a ticker from an open
    block or its delisting on are NaN in every field: what `BarStore.kept` gives is what
    stands here. Bars of a block that has ended are here. So whoever is no longer, or
    not yet, blocked at a time has all its bars up to then here, whatever comes later:
    only cells of blocked tickers differ between today's arrays and those of then, and
    the bars that D7 and D9 have taken out of history since.
    """
    axis, fields, off_session = grid(rows, sessions, cadence)
    marks = derive(axis, fields, off_session, actions, adjustments=adjustments)
    usable = _usable(fields, marks, delisted_from(axis, actions))
    raw = {name: np.where(usable, fields[name], np.nan) for name in FIELDS}
    held = [adjustments[ticker] for ticker in axis.tickers]
    factor = cumulative_factor(axis, raw, actions, held)
    adjusted = forward_adjusted(raw, factor)
    bars = BarArrays(
        axis=axis,
        open=adjusted["open"],
        high=adjusted["high"],
        low=adjusted["low"],
        close=adjusted["close"],
        volume=adjusted["volume"],
        spans=find_spans(usable, max_gap=axis.max_gap),
        factor=factor,
        blocked=marks.blocked if marks.blocked.any() else None,
    )
    return Built(
        bars,
        _with_bars(marks.table, axis, fields, off_session),
        _around_blocks(axis, fields, marks.table),
        tuple(sorted(set(held))),
    )


def _around_blocks(
    axis: Axis, fields: Mapping[str, Floats], table: pd.DataFrame
) -> pd.DataFrame:
    """Raw bars on up to 12 own bars before and after each find that blocks."""
    blocks = table[table["action"] == "block"]
    days = blocks["ts"].dt.tz_localize(None).to_numpy().astype(axis.times.dtype)
    near = np.zeros(axis.shape, np.bool_)
    for ticker, column in zip(
        blocks["ticker"], np.searchsorted(axis.times, days).tolist(), strict=True
    ):
        row = axis.row(ticker)
        own = np.flatnonzero(~np.isnan(fields["close"][row]))
        at = int(np.searchsorted(own, column))
        near[row, own[max(0, at - EVIDENCE) : at + EVIDENCE + 1]] = True
    held, column = np.nonzero(near)
    names = np.array(axis.tickers, dtype=object)[held]
    ts = pd.DatetimeIndex(axis.times[column].astype("datetime64[us]"), tz="UTC")
    values = {name: fields[name][held, column] for name in FIELDS}
    return pd.DataFrame({"ticker": pd.Series(names, dtype="str"), "ts": ts} | values)


def _with_bars(
    table: pd.DataFrame,
    axis: Axis,
    fields: Mapping[str, Floats],
    off_session: pd.DataFrame,
) -> pd.DataFrame:
    """Findings with the raw bar each is about, which arrays may hold no longer."""
    if table.empty:
        return table.assign(**{name: np.zeros(0) for name in FIELDS})
    row = pd.Index(axis.tickers).get_indexer(pd.Index(table["ticker"]))
    ts = table["ts"].dt.tz_localize(None).to_numpy().astype(axis.times.dtype)
    key = ["ticker", "ts"]
    off = table[key].merge(off_session, on=key, how="left").reset_index(drop=True)
    if not len(axis.times):  # bars of closed days alone
        return table.assign(**{name: off[name].to_numpy() for name in FIELDS})
    at = np.minimum(np.searchsorted(axis.times, ts), len(axis.times) - 1)
    found = axis.times[at] == ts
    return table.assign(
        **{
            name: np.where(found, fields[name][row, at], off[name].to_numpy())
            for name in FIELDS
        }
    )


def _usable(fields: Mapping[str, Floats], marks: Marks, gone: Ints) -> Bools:
    usable = ~marks.quarantined
    for name in FIELDS:
        usable &= ~np.isnan(fields[name])
    columns = np.arange(usable.shape[1])
    usable &= columns[np.newaxis] < gone[:, np.newaxis]
    return usable & ~still_open(marks.blocked)


def bars_per_session(cadence: str) -> int:
    """How many bars a full session of six and a half hours has."""
    minutes = CADENCES[cadence]
    return 1 if minutes is None else -(-390 // minutes)


def find_spans(held: Bools, *, max_gap: int = MAX_GAP) -> Spans:
    """Stretches of bars without a gap of more than `max_gap` empty cells."""
    row, column = np.nonzero(held)
    new = np.ones(len(row), np.bool_)
    new[1:] = (row[1:] != row[:-1]) | (column[1:] - column[:-1] > max_gap + 1)
    first = np.flatnonzero(new)
    after = np.append(first[1:], len(row))[: len(first)]  # none where there is no bar
    start, stop = column[first], column[after - 1] + 1
    return Spans(row[first], start, stop, (stop - start) != (after - first))
