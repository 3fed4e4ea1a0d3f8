"""What was known of every ticker before each session: price, volume, age, spells.

All is measured on raw prices and the ticker's own bars in the columns before the
session's own. Shapes are `[ticker, session]`, or `[ticker, 1]` where it is the same on
every session. Only the last columns are read, as far back as a ticker's bars demand.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sigma_core.frames import MAX_GAP, BarArrays, Bools, Floats, Ints
from sigma_core.specs.schema import Block


@dataclass(frozen=True)
class Market:
    """Bars, and the columns of the sessions that are asked about (ascending).

    `under_way`: they are asked about before they are over, so what their own bars tell
    of data problems isn't known.
    """

    bars: BarArrays
    columns: Ints
    under_way: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """(number of tickers, number of sessions asked about)."""
        return self.bars.axis.shape[0], len(self.columns)

    @cached_property
    def _first(self) -> Ints:
        """Column of each ticker's first bar; past the axis for one without bars."""
        first = np.full(self.shape[0], self.bars.axis.shape[1], dtype=np.int64)
        np.minimum.at(first, self.bars.spans.row, self.bars.spans.start)
        return first

    def listed(self) -> Bools:
        """Whether the ticker had any bar before the session."""
        known: Bools = self._first[:, None] < self.columns
        return known

    def delisted(self, reference: pd.DataFrame | None) -> Bools:
        """Whether the reference data says that it was gone on the session.

        `delisted` is the first day without the ticker.
        """
        gone = np.zeros(self.shape, dtype=bool)
        if reference is None or "delisted" not in reference:
            return gone
        dated = reference[reference["delisted"].notna()]
        for ticker, place in zip(
            dated["ticker"], self._places(dated["delisted"]), strict=True
        ):
            if ticker in self.bars.axis:
                gone[self.bars.axis.row(ticker), place:] = True
        return gone

    def age(self) -> Floats:
        """Sessions from the first bar's to the one before, both counted."""
        ages: Floats = (self.columns - self._first[:, None]).astype(np.float64)
        return ages

    def among(self, tickers: Collection[str]) -> Bools:
        """Whether the ticker is one of these, the same on every session."""
        axis = self.bars.axis
        named = np.zeros((self.shape[0], 1), dtype=bool)
        named[[axis.row(ticker) for ticker in tickers if ticker in axis]] = True
        return named

    def trusted(self) -> Bools:
        """Whether no data problem of the ticker waits for a decision: at the close of
        the session, or of the one before if it is under way."""
        if self.bars.blocked is None:
            return np.ones((self.shape[0], 1), dtype=bool)
        return ~self.bars.blocked_at(self.columns - self.under_way)

    def in_spells(self, spells: pd.DataFrame) -> Bools:
        """Whether a spell (`ticker`, `start`, `end`) holds: start ≤ t < end, if any."""
        axis = self.bars.axis
        known = spells[spells["ticker"].isin(axis.tickers)]
        rows = np.array([axis.row(ticker) for ticker in known["ticker"]], np.int64)
        starts = self._places(known["start"])
        ends = self._places(known["end"], missing=len(self.columns))
        steps = np.zeros((self.shape[0], len(self.columns) + 1), dtype=np.int64)
        np.add.at(steps, (rows, starts), 1)
        np.add.at(steps, (rows, np.maximum(starts, ends)), -1)
        inside: Bools = steps.cumsum(axis=1)[:, :-1] > 0
        return inside

    def _places(self, days: pd.Series[pd.Timestamp], missing: int = 0) -> Ints:
        """Place of the first asked-for session on or after each day."""
        stamps = pd.to_datetime(days, utc=True).dt.tz_localize(None)
        dates = stamps.to_numpy().astype("datetime64[D]")
        sessions = self.bars.axis.times[self.columns].astype("datetime64[D]")
        places = np.searchsorted(sessions, dates)
        return np.where(np.isnat(dates), missing, places).astype(np.int64)

    def blocked(self, block: Block) -> Bools:
        """The sessions on which an entry of a block list holds, `[session]`."""
        days = self.bars.axis.times[self.columns].astype("datetime64[D]")
        holds = np.ones(len(days), dtype=bool)
        if block.since is not None:
            holds &= days >= np.datetime64(block.since)
        if block.until is not None:
            holds &= days < np.datetime64(block.until)
        return holds

    def price(self) -> Floats:
        """Close of the last bar before the session; NaN if none in six sessions."""
        price = np.full(self.shape, np.nan)
        for back in range(1, MAX_GAP + 2):
            at = self.columns - back
            rows = np.flatnonzero(np.isnan(price[:, at >= 0]).any(axis=1))
            older = self._raw("close", rows, np.maximum(at, 0))
            older[:, at < 0] = np.nan
            price[rows] = np.where(np.isnan(price[rows]), older, price[rows])
        return price

    def sessions_without(self) -> Floats:
        """Sessions since the last bar, for those without one in six; last session."""
        spans, last = self.bars.spans, int(self.columns[-1]) if len(self.columns) else 0
        stop = np.zeros(self.shape[0], dtype=np.int64)
        before = spans.start < last
        np.maximum.at(stop, spans.row[before], spans.stop[before])
        return np.maximum(last - stop, 0).astype(np.float64)

    def average(self, rows: Ints, window: int, *, dollars: bool) -> Floats:
        """Mean volume, or close × volume, of the last `window` own bars; NaN if fewer.

        Only `rows` are measured, the others are NaN. Terms are added oldest first, so
        one session and many give the same bits.
        """
        means = np.full(self.shape, np.nan)
        if not len(self.columns):
            return means
        reach = window + MAX_GAP
        while len(rows):
            low = max(0, int(self.columns[0]) - reach)
            part, have = self._sums(rows, low, window, dollars=dollars)
            means[rows] = part / window
            # bars may be further back where sessions are missing
            rows = rows[(have < window).any(axis=1)] if low else rows[:0]
            reach *= 4
        return means

    def _sums(
        self, rows: Ints, low: int, window: int, *, dollars: bool
    ) -> tuple[Floats, Ints]:
        """Sums over the last `window` bars from column `low` on; bars there were."""
        span = slice(low, int(self.columns[-1]))
        traded = self._raw("volume", rows, span)
        if dollars:
            traded = traded * self._raw("close", rows, span)
        present = ~np.isnan(traded)
        bars = np.zeros((len(rows), traded.shape[1] + 1), dtype=np.int64)
        np.cumsum(present, axis=1, out=bars[:, 1:])
        ends = bars[:, self.columns - low]
        before = np.cumsum(bars[:, -1]) - bars[:, -1]
        line = traded[present]  # all bars of all tickers, in order of time
        first = (before[:, None] + ends - window)[ends >= window]
        totals = np.zeros(len(first))
        for step in range(window):
            totals += line[first + step]
        sums = np.full(ends.shape, np.nan)
        sums[ends >= window] = totals
        return sums, ends

    def _raw(self, name: str, rows: Ints, columns: Ints | slice) -> Floats:
        """A field as printed, for some rows and columns; always a new array."""
        bars = self.bars
        everyone = len(rows) == self.shape[0]

        def cut(values: Floats) -> Floats:
            if isinstance(columns, slice):
                return values[:, columns] if everyone else values[rows, columns]
            return values[:, columns] if everyone else values[np.ix_(rows, columns)]

        values = cut(bars.field(name))
        if bars.factor is None:
            return values.copy()
        factor = cut(bars.factor)
        return values * factor if name == "volume" else values / factor
