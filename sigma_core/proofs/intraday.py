"""The market of the proofs in 5-minute bars, with the days around them.

The bars are the sample's own, one every five minutes instead of one a session; splits
and what comes later stand at the beginning of a session. The days of those sessions are
what the bars add up to; 300 sessions before them walk to where the bars begin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sigma_core.bars.coarser import put_together
from sigma_core.bars.grid import bars_per_session, find_spans, times_between
from sigma_core.frames import FIELDS, Axis, BarArrays, Floats, Times
from sigma_core.proofs.sample import START, Sample, as_rows, walk
from sigma_core.sessions import Sessions, exchange

#: values or marks of cells
Array = npt.NDArray[Any]
DAYS_BEFORE = 300


@dataclass(frozen=True)
class IntradaySample(Sample):
    """`sessions` counts bars here, whole sessions of them: everywhere in the proofs it
    counts columns."""

    cadence: str = "5m"

    @property
    def middle(self) -> int:
        """The first bar of a session, as splits and listings come with one."""
        return self._session_start(super().middle)

    @property
    def split(self) -> int:
        """The same for the recorded split."""
        return self._session_start(super().split)

    @property
    def unrecorded(self) -> int:
        """The same for the split that nobody recorded."""
        return self._session_start(super().unrecorded)

    @cached_property
    def times(self) -> Times:
        """Starts of bars."""
        first = np.datetime64(START)
        last = first + 2 * self.sessions // bars_per_session(self.cadence) + 7
        return times_between(exchange(), self.cadence, first, last)[: self.sessions]

    def day_rows(
        self, tickers: tuple[str, ...], fields: Mapping[str, Floats]
    ) -> pd.DataFrame:
        """Daily bars as an ingest takes them: those before, then those of the bars."""
        axis = Axis(tickers, self.times, bars_per_session(self.cadence))
        spans = find_spans(~np.isnan(fields["close"]), max_gap=axis.max_gap)
        whole = BarArrays(
            axis=axis,
            open=fields["open"],
            high=fields["high"],
            low=fields["low"],
            close=fields["close"],
            volume=fields["volume"],
            spans=spans,
        )
        own = put_together(whole, exchange(), "daily")
        later = {name: own.field(name) for name in FIELDS}
        before = as_rows(tickers, self._days, self._before(tickers, fields))
        after = as_rows(tickers, own.axis.times, later)
        return pd.concat([before, after], ignore_index=True)

    @property
    def _days(self) -> Times:
        days = exchange().days
        first = int(np.searchsorted(days, np.datetime64(START)))
        return days[first - DAYS_BEFORE : first]

    def _before(
        self, tickers: tuple[str, ...], fields: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """Days that end at each ticker's first bar; none for one that comes later."""
        fresh = walk(len(self.tickers), DAYS_BEFORE)
        place = {ticker: at for at, ticker in enumerate(self.tickers)}
        rows = [place.get(ticker, 0) for ticker in tickers]
        known = np.array([ticker in place for ticker in tickers])
        scale = fields["open"][:, 0] / fresh["close"][rows, -1]
        scale = np.where(known, scale, np.nan)[:, None]
        return {
            name: values[rows] * (scale / scale if name == "volume" else scale)
            for name, values in fresh.items()
        }

    def _session_start(self, column: int) -> int:
        day = self.times[column].astype("datetime64[D]")
        return int(np.searchsorted(self.times, day.astype(self.times.dtype)))


def of_whole_sessions(bars: BarArrays, sessions: Sessions, cadence: str) -> BarArrays:
    """Finer bars on an axis of whole sessions, as stored ones stand: what was cut off
    is empty, so an hour that was not over is none. Without benchmark and seals.
    """
    times = bars.axis.times
    whole = times_between(sessions, cadence, times[0], times[-1])
    first = int(np.searchsorted(whole, times[0]))
    ends = first, len(whole) - len(times) - first

    def wide(values: Array, **how: Any) -> Array:
        return np.pad(values, ((0, 0), ends), **how)

    start, stop = bars.spans.start + first, bars.spans.stop + first
    return replace(
        bars,
        open=wide(bars.open, constant_values=np.nan),
        high=wide(bars.high, constant_values=np.nan),
        low=wide(bars.low, constant_values=np.nan),
        close=wide(bars.close, constant_values=np.nan),
        volume=wide(bars.volume, constant_values=np.nan),
        axis=replace(bars.axis, times=whole),
        spans=replace(bars.spans, start=start, stop=stop),
        factor=None if bars.factor is None else wide(bars.factor, mode="edge"),
        blocked=None if bars.blocked is None else wide(bars.blocked, mode="edge"),
        benchmark=None,
        seals=None,
    )
