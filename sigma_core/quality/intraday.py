"""D12 and what D5 and D6 say of bars finer than a day, judged session by session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sigma_core.frames import Axis, Bools, Floats, Ints, Times
from sigma_core.quality.marks import Finds
from sigma_core.quality.said import said

USUAL_SESSIONS, USUAL_LEAST = 20, 5
MISSING_SHARE = 0.10
FEED_LEAST, FEED_MOST, FEED_TICKERS = 0.25, 4.0, 5
#: The part of the daily volume that the bars of its session add up to.
DAILY_LEAST, DAILY_MOST, DAILY_CLOSE = 0.5, 1.05, 0.01


@dataclass(frozen=True)
class Sessions:
    """Columns of an intraday axis by session: the day, first column, number of them."""

    days: Times
    first: Ints
    bars: Ints

    @classmethod
    def of(cls, times: Times) -> Sessions:
        """The sessions of an axis; UTC days, as no session of XNYS crosses midnight."""
        day = times.astype("datetime64[D]")
        first = np.flatnonzero(np.append(True, day[1:] != day[:-1]))
        return cls(day[first], first, np.diff(np.append(first, len(times))))

    @property
    def last(self) -> Ints:
        """The last column of each."""
        return self.first + self.bars - 1

    def sums(self, values: Floats | Bools) -> Floats:
        """Sums over each session of `[ticker, time]`, NaN counting as 0."""
        plain = np.nan_to_num(np.asarray(values, np.float64))
        sums: Floats = np.add.reduceat(plain, self.first, axis=1)
        return sums


def daily_bars(
    axis: Axis, fields: Mapping[str, Floats], usable: Bools
) -> tuple[Axis, dict[str, Floats], Bools]:
    """One bar a session from the usable bars: axis, fields, and where there is one."""
    sessions = Sessions.of(axis.times)
    held = sessions.sums(usable) > 0
    clean = {name: np.where(usable, fields[name], np.nan) for name in fields}
    column = np.arange(axis.shape[1])
    at_first = np.minimum.reduceat(
        np.where(usable, column, axis.shape[1] - 1), sessions.first, axis=1
    )
    at_last = np.maximum.reduceat(np.where(usable, column, 0), sessions.first, axis=1)
    daily = {
        "open": np.take_along_axis(clean["open"], at_first, axis=1),
        "high": np.fmax.reduceat(clean["high"], sessions.first, axis=1),
        "low": np.fmin.reduceat(clean["low"], sessions.first, axis=1),
        "close": np.take_along_axis(clean["close"], at_last, axis=1),
        "volume": sessions.sums(clean["volume"]),
    }
    for values in daily.values():
        values[~held] = np.nan
    return Axis(axis.tickers, sessions.days), daily, held


def mark_sessions(fields: Mapping[str, Floats], usable: Bools, finds: Finds) -> None:
    """D12: warns of sessions with bars missing, and of a feed that changed."""
    sessions = Sessions.of(finds.axis.times)
    bars = sessions.sums(usable)
    held = bars > 0
    gone = np.where(held, sessions.bars - bars, np.nan)
    has_first = np.where(held, usable[:, sessions.first], np.nan)
    has_last = np.where(held, usable[:, sessions.last], np.nan)
    share = gone / sessions.bars
    usual = _usual(gone)
    faulty = (gone > 0) & ~(usual > 0)
    faulty |= (share > MISSING_SHARE) & ~(_usual(share) > MISSING_SHARE)
    faulty |= (has_first == 0) & ~(_usual(has_first) < 1)
    faulty |= (has_last == 0) & ~(_usual(has_last) < 1)
    rows, at = np.nonzero(faulty & held)
    messages = [
        f"{bars[row, n]:.0f} of {sessions.bars[n]} bars"
        + ("" if has_first[row, n] else ", the first is missing")
        + ("" if has_last[row, n] else ", the last is missing")
        + "."
        for row, n in zip(rows, at, strict=True)
    ]
    finds.add("D12", "warn", (rows, sessions.first[at]), sessions.last[at], messages)
    _mark_feed(sessions.sums(np.where(usable, fields["volume"], 0)), bars, finds)


def _mark_feed(volume: Floats, bars: Floats, finds: Finds) -> None:
    """D12: warns of sessions whose volume, over all tickers, is another feed's."""
    sessions = Sessions.of(finds.axis.times)
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.where(bars > 0, volume / bars, np.nan)
        ratio = each / _usual(each, least=USUAL_LEAST)
    ratio[~np.isfinite(ratio)] = np.nan
    enough = (~np.isnan(ratio)).sum(axis=0) >= FEED_TICKERS
    level = np.ones(len(sessions.days))
    level[enough] = np.nanmedian(ratio[:, enough], axis=0)
    odd = (level < FEED_LEAST) | (level > FEED_MOST)
    rows, at = np.nonzero(~np.isnan(ratio) & odd)
    messages = [
        f"volume is {ratio[row, n]:.2g} times the usual, {level[n]:.2g} times over all"
        " tickers: another feed?"
        for row, n in zip(rows, at, strict=True)
    ]
    finds.add("D12", "warn", (rows, sessions.first[at]), sessions.last[at], messages)


def _usual(values: Floats, *, least: int = 1) -> Floats:
    """Median of up to 20 held sessions before each, `[ticker, session]`.

    NaN with fewer than `least`; a session counts against what came before, so what a
    feed has become is the usual once it stays.
    """
    usual = np.full(values.shape, np.nan)
    for row, line in enumerate(values):
        (held,) = np.nonzero(~np.isnan(line))
        before = np.full(len(held) + USUAL_SESSIONS, np.nan)
        before[USUAL_SESSIONS:] = line[held]
        windows = np.lib.stride_tricks.sliding_window_view(before, USUAL_SESSIONS)
        enough = np.arange(len(held)) >= max(least, 1)
        usual[row, held[enough]] = np.nanmedian(windows[:-1][enough], axis=1)
    return usual


def mark_against_daily(
    axis: Axis,
    summed: Mapping[str, Floats],
    daily: Mapping[str, Floats],
    finds: Finds,
) -> None:
    """D12: warns where a session's bars and its daily bar don't belong together.

    `summed` (from `daily_bars`) and `daily` stand on one axis; a half day or a cut-off
    session is judged like any other.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        volume = summed["volume"] / daily["volume"]
        close = summed["close"] / daily["close"]
    off = (volume > DAILY_MOST) | (volume < DAILY_LEAST)
    off |= np.abs(close - 1) > DAILY_CLOSE
    rows, columns = np.nonzero(off)
    messages = [
        f"its bars add up to {volume[row, n]:.0%} of the daily volume and close at"
        f" {said(summed['close'][row, n])}, the daily bar at"
        f" {said(daily['close'][row, n])}."
        for row, n in zip(rows, columns, strict=True)
    ]
    finds.add("D12", "warn", (rows, columns), columns, messages)
