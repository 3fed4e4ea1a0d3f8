"""What the bars say of each cell: is there a bar, and how many stood before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from sigma_core.bars.grid import find_spans
from sigma_core.clock import clock
from sigma_core.frames import CLOCK, BarArrays, Bools, Floats, Ints, Spans
from sigma_core.matrix.join import Join
from sigma_core.sessions import Sessions

#: "listed at an unknown time before the first stored session"
LONG_AGO = -(2**31)
Counts = npt.NDArray[np.int32] | Ints


@dataclass(frozen=True)
class History:
    """Facts of the cells `[ticker, session]` of a window.

    `open[session]`: the exchange was open. `listed`, `gone`: columns of the window (may
    lie outside it) from which a ticker was, and no longer was, listed. `has_bar`,
    `set_aside`: a usable bar, a quarantined or blocked one. Counts include the cell:
    `own` bars since the last long gap, `stored` ones with those set aside since the
    last long gap of those, `ever`: all that are stored up to it, `matched`: the last
    own bars in a row on which the benchmark had one too (None: nothing is compared).

    `provided[column]` is given for columns of other providers than bars, `joined` for
    those of another cadence: where there was a row for the cell. `age` counts the bars
    since the listing; None: those of the window. `coarser[cadence]` holds what `own`,
    `stored`, `ever`, `age` and `matched` are in bars of that cadence.

    Of bars finer than a session, else None: `minute[time]`, minutes from the session's
    open to the bar's start, of the window's columns and those before; `begun`: that of
    the ticker's first bar of the session up to the cell's, inf without one;
    `begun_stored`: the same with bars set aside. `coarser` has `minute` too.
    """

    open: Bools
    listed: Ints
    gone: Ints
    has_bar: Bools
    set_aside: Bools
    own: Counts
    stored: Counts
    ever: Counts
    provided: Mapping[str, Bools] = field(default_factory=dict)
    joined: Mapping[str, Bools] = field(default_factory=dict)
    age: Counts | None = None
    matched: Counts | None = None
    coarser: Mapping[str, Mapping[str, Counts]] = field(default_factory=dict)
    minute: Counts | None = None
    begun: Floats | None = None
    begun_stored: Floats | None = None

    def seen_from(self, cadence: str) -> History:
        """The same cells, with the past counted in bars of a coarser cadence."""
        if not cadence:
            return self
        past = self.coarser[cadence]
        own, stored, ever = past["own"], past["stored"], past["ever"]
        seen = replace(self, own=own, stored=stored, ever=ever, age=past["age"])
        seen = replace(seen, begun=None, begun_stored=None)
        return replace(seen, matched=past.get("matched"), minute=past.get("minute"))


def history(
    bars: BarArrays,
    sessions: Sessions,
    *,
    first: int,
    last: int,
    marks: pd.DataFrame | None = None,
    reference: pd.DataFrame | None = None,
) -> History:
    """The facts of the columns `first` to `last` of the bars, inclusive.

    `marks`: what the quality rules found (ticker, ts, action); `reference`: ticker,
    listed, delisted. Without them nothing is set aside, and a ticker is listed from its
    first stored bar on.
    """
    present = ~np.isnan(bars.close[:, : last + 1])
    aside = _set_aside(bars, marks, last + 1) & ~present
    either = present | aside
    listed, gone = _listing(bars, sessions, reference, either)
    window, gap = slice(first, last + 1), bars.axis.max_gap
    days = bars.axis.days[window]
    minute = _minutes(bars, last + 1)
    return History(
        open=sessions.positions(days) >= 0,
        listed=listed - first,
        gone=gone - first,
        has_bar=present[:, window],
        set_aside=aside[:, window],
        own=_since_gap(present, find_spans(present, max_gap=gap))[:, window],
        stored=_since_gap(either, find_spans(either, max_gap=gap))[:, window],
        ever=np.cumsum(either, axis=1, dtype=np.int32)[:, window],
        matched=_matched(bars, present, window),
        minute=minute,
        begun=_begun(bars, present, minute, window),
        begun_stored=_begun(bars, either, minute, window),
    )


def _minutes(bars: BarArrays, columns: int) -> Counts | None:
    """Minutes from the session's open to each bar's start; None for daily bars."""
    times = bars.axis.times[:columns]
    if times.dtype == np.dtype("datetime64[D]"):
        return None
    found: Ints = clock(times, bars.calendar)[CLOCK.index("minute")].astype(np.int64)
    return found


def _begun(
    bars: BarArrays, held: Bools, minute: Counts | None, window: slice
) -> Floats | None:
    """The minute of each ticker's first bar of the session, up to each cell."""
    if minute is None:
        return None
    days = bars.axis.days[: window.stop]
    start = int(np.searchsorted(days, days[window.start]))
    found = np.where(held[:, start:], minute[start:], np.inf)
    begins = np.flatnonzero(np.r_[True, days[start + 1 :] != days[start:-1]])
    for begin, end in zip(begins, [*begins[1:], found.shape[1]], strict=True):
        np.minimum.accumulate(found[:, begin:end], axis=1, out=found[:, begin:end])
    return found[:, window.start - start :]


def with_coarser(
    known: History, cadence: str, join: Join, past: History | None, names: Iterable[str]
) -> History:
    """The facts with those of a coarser cadence, whose columns are `names`.

    `past` are the facts of the coarser columns `join.used`, from first to last; None
    where there are none.
    """
    return replace(
        known,
        joined={**known.joined, **dict.fromkeys(names, join.joins)},
        coarser={**known.coarser, cadence: _counts(join, past)},
    )


def _counts(join: Join, past: History | None) -> dict[str, Counts]:
    """What each cell has behind it, in coarser bars."""
    if past is None:
        nothing: Counts = np.zeros(join.joins.shape, np.int64)
        return dict.fromkeys(("own", "stored", "ever", "age"), nothing)
    places = join.used - join.used[0]
    age = np.arange(past.own.shape[1]) - past.listed[:, None] + 1
    counts = {"own": past.own, "stored": past.stored, "ever": past.ever, "age": age}
    if past.matched is not None:
        counts["matched"] = past.matched
    found: dict[str, Counts] = {
        name: join.on_bars(values[:, places][join.rows].astype(np.float64), 0.0).astype(
            np.int64
        )
        for name, values in counts.items()
    }
    if past.minute is not None:
        minute = past.minute[len(past.minute) - past.own.shape[1] :][places]
        found["minute"] = join.on_bars(minute.astype(np.float64), 0.0).astype(np.int64)
    return found


def _set_aside(bars: BarArrays, marks: pd.DataFrame | None, columns: int) -> Bools:
    """Bars that are stored but not used: quarantined, or of a block that is open."""
    aside = np.zeros((len(bars.axis.tickers), columns), np.bool_)
    if bars.left_out is not None:
        aside |= bars.left_out[:, :columns]
    if marks is None or marks.empty:
        return aside
    found = marks.loc[marks["action"] == "quarantine", ["ticker", "ts"]]
    stamps = pd.to_datetime(found["ts"], utc=True).dt.tz_localize(None)
    times = bars.axis.times[:columns]
    wanted = stamps.to_numpy().astype(times.dtype)
    at = np.minimum(np.searchsorted(times, wanted), columns - 1)
    row = pd.Index(bars.axis.tickers).get_indexer(pd.Index(found["ticker"]))
    fits = (row >= 0) & (times[at] == wanted)  # a bar of a closed day fits nowhere
    aside[row[fits], at[fits]] = True
    return aside


def _since_gap(held: Bools, spans: Spans) -> Counts:
    """Bars since the last long gap, the cell's own counted."""
    total = np.cumsum(held, axis=1, dtype=np.int32)
    before = np.zeros_like(total)
    before[spans.row, spans.start] = total[spans.row, spans.start] - 1
    since: Counts = total - np.maximum.accumulate(before, axis=1)
    return since


def _matched(bars: BarArrays, held: Bools, window: slice) -> Counts | None:
    """Own bars since the last one on which the benchmark had none."""
    if bars.benchmark is None:
        return None
    total = np.cumsum(held, axis=1, dtype=np.int32)
    alone = held & np.isnan(bars.benchmark.close[: held.shape[1]])
    matched: Counts = total - np.maximum.accumulate(np.where(alone, total, 0), axis=1)
    return matched[:, window]


def _listing(
    bars: BarArrays, sessions: Sessions, reference: pd.DataFrame | None, stored: Bools
) -> tuple[Ints, Ints]:
    """Columns from which each ticker was, and no longer was, listed."""
    tickers = len(stored)
    never = np.iinfo(np.int64).max // 2
    there = stored.any(axis=1)
    seen = np.where(there, stored.argmax(axis=1), never).astype(np.int64)
    listed = np.where(seen == 0, LONG_AGO, seen)
    gone = np.full(tickers, never, np.int64)
    if reference is None:
        return listed, gone
    row = pd.Index(bars.axis.tickers).get_indexer(pd.Index(reference["ticker"]))
    known = row >= 0
    for name, into in (("listed", listed), ("delisted", gone)):
        if name not in reference:
            continue
        days = _days(reference[name])
        dated = known & ~np.isnat(days)
        places = _columns(bars, sessions, days[dated])
        # a date after the first bar is wrong: the bar wins
        earliest = np.minimum(places, seen[row[dated]]) if name == "listed" else places
        into[row[dated]] = earliest
    return listed, gone


def _days(column: pd.Series[pd.Timestamp]) -> npt.NDArray[np.datetime64]:
    stamps = pd.to_datetime(column, utc=True).dt.tz_localize(None)
    return stamps.to_numpy().astype("datetime64[D]")


def _columns(
    bars: BarArrays, sessions: Sessions, days: npt.NDArray[np.datetime64]
) -> Ints:
    """The column of the first session on or after each day; negative before the axis.

    On an axis finer than days, what lies before it is `LONG_AGO`.
    """
    times = bars.axis.times
    if times.dtype == np.dtype("datetime64[D]"):
        start = np.searchsorted(sessions.days, times[0])
        places: Ints = np.searchsorted(sessions.days, days) - start
        return places
    at = np.searchsorted(times.astype("datetime64[D]"), days)
    return np.where(days < times[0].astype("datetime64[D]"), LONG_AGO, at)
