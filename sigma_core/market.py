"""One dataset as it was known at one moment, and the bar that is asked about."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from sigma_core import quality
from sigma_core.bars.moments import Finished, bar_ending, ends
from sigma_core.bars.store import Dataset, resolve
from sigma_core.errors import MissingData, Problem
from sigma_core.frames import BarArrays, Benchmark, Floats, Ints, Times

#: A session, or the moment at which a bar closed (with time zone).
AsOf = date | datetime


def open_dataset(datasets_root: Path, name: str) -> Dataset:
    """A dataset under this project's quality rules."""
    return Dataset(datasets_root, name, derive=quality.derive)


@dataclass(frozen=True)
class Market:
    """Bars of a dataset as known by `known_by`, and column and session of one bar.

    `others`: bars of coarser cadences that are read instead of the dataset's own.
    """

    dataset: Dataset
    bars: BarArrays
    session: date
    column: int
    known_by: datetime
    cadence: str = "daily"
    others: Mapping[str, BarArrays] = field(default_factory=dict)

    @property
    def closes_at(self) -> datetime:
        """When the bar that is asked about was over, UTC."""
        return self.closed_at(self.column)

    def closed_at(self, column: int) -> datetime:
        """When the bar of a column was over, UTC."""
        return self._moment(self._ends(self.bars.axis.times[[column]]))

    @property
    def opens_at(self) -> datetime:
        """When the bar that is asked about began, UTC; of a daily one the session."""
        if self.cadence == "daily":
            return self.dataset.sessions.open(self.session)
        return self._moment(self.bars.axis.times[[self.column]])

    @property
    def next_opens_at(self) -> datetime:
        """When the next bar of this cadence begins, UTC."""
        sessions, now = self.dataset.sessions, self.closes_at
        if now < sessions.close(self.session):
            return now
        return sessions.open(sessions.next(self.session))

    @property
    def data_sha(self) -> str:
        """The name of the bars up to the one that is asked about: of this cadence, and
        of the days before, by which universes are judged."""
        own = self.bars.sha_until(self.column)
        if self.cadence == "daily":
            return own
        before = self.days.column - 1
        days = self.days.bars.sha_until(before) if before >= 0 else ""
        return hashlib.sha256(f"{own} {days}".encode()).hexdigest()

    def own(self, name: str, row: int) -> Floats:
        """A field of a ticker's own bars up to the one that is asked about."""
        values = self.bars.field(name)[row, : self.column + 1]
        own: Floats = values[~np.isnan(values)]
        return own

    @cached_property
    def days(self) -> Market:
        """The same session in daily bars; a session not held yet is an empty column.

        Those stored, or where none are, those that the 5-minute bars add up to.
        """
        if self.cadence == "daily":
            return self
        bars = _with_session(self._daily(), self.session, self.dataset)
        column = int(np.searchsorted(bars.axis.times, np.datetime64(self.session)))
        return replace(self, bars=bars, column=column, cadence="daily")

    def finished(self, cadence: str) -> Finished:
        """Bars of a coarser cadence; a column counts from the moment it was over."""
        bars = self._daily() if cadence == "daily" else self._other(cadence)
        sessions = self.dataset.sessions
        return Finished(bars, ends(bars.axis.times, sessions, cadence))

    def problems(self, cadence: str) -> pd.DataFrame:
        """What the quality rules found in the bars that are read of a cadence."""
        store = self.dataset.bars(cadence)
        if cadence == "daily" and not store.table.exists:
            store = self.dataset.bars("5m")
        return store.problems(known_by=self.known_by)

    def _daily(self) -> BarArrays:
        if "daily" in self.others:
            return self.others["daily"]
        if self.dataset.bars("daily").table.exists:
            return self.dataset.bars("daily").arrays(known_by=self.known_by)
        return self.dataset.daily_from_minutes(known_by=self.known_by)

    def _other(self, cadence: str) -> BarArrays:
        if cadence in self.others:
            return self.others[cadence]
        return self.dataset.bars(cadence).arrays(known_by=self.known_by)

    def _ends(self, times: Times) -> Times:
        return ends(times, self.dataset.sessions, self.cadence)

    @staticmethod
    def _moment(times: Times) -> datetime:
        at = cast(datetime, times.astype("datetime64[us]")[0].item())
        return at.replace(tzinfo=UTC)

    @cached_property
    def reference(self) -> pd.DataFrame | None:
        """ticker, name, sector, asset and dates; None where none is recorded.

        A delisting that was recorded by `known_by` stands in `delisted`, whatever the
        reference data says.
        """
        found = with_delistings(
            self.dataset.reference(), self.dataset.actions(known_by=self.known_by)
        )
        return found if len(found) else None

    @cached_property
    def names(self) -> dict[str, str]:
        """Ticker → company; tickers without a name are left out."""
        return self._texts("name")

    @cached_property
    def sector_names(self) -> dict[str, str]:
        """Ticker → sector; tickers without one are left out."""
        return self._texts("sector")

    @cached_property
    def sectors(self) -> Ints:
        """A sector's number for each ticker of the axis, −1 for one without."""
        known = sorted(set(self.sector_names.values()))
        numbers = {name: number for number, name in enumerate(known)}
        found = (self.sector_names.get(t) for t in self.bars.axis.tickers)
        return np.array([numbers.get(s, -1) if s else -1 for s in found], np.int64)

    @property
    def compared_with(self) -> dict[str, dict[str, str]] | None:
        """By cadence name, source and sha of the benchmark's closes up to the bar that
        is asked about, for a fingerprint; None where nothing is compared."""
        end = np.datetime64(self.closes_at.replace(tzinfo=None), "us")
        found: dict[str, dict[str, str]] = {}
        for cadence, bars in {self.cadence: self.bars, **self.others}.items():
            if bars.benchmark is not None:
                over = ends(bars.axis.times, self.dataset.sessions, cadence)
                last = int(np.searchsorted(over, end, side="right")) - 1
                found[cadence] = bars.benchmark.named(last)
        return found or None

    def comparing(self, benchmarks: Mapping[str, Benchmark]) -> Market:
        """The same with benchmarks for the bars of some cadences."""
        others = dict(self.others)
        for cadence, found in benchmarks.items():
            if cadence != self.cadence:
                bars = self.finished(cadence).bars
                others[cadence] = replace(bars, benchmark=found)
        own = benchmarks.get(self.cadence, self.bars.benchmark)
        return replace(self, bars=replace(self.bars, benchmark=own), others=others)

    def _texts(self, column: str) -> dict[str, str]:
        if self.reference is None:
            return {}
        pairs = zip(self.reference["ticker"], self.reference[column], strict=True)
        return {
            ticker: text for ticker, text in pairs if isinstance(text, str) and text
        }


def open_market(
    datasets_root: Path,
    wanted: str | None,
    default: str | None,
    as_of: AsOf | None,
    now: datetime,
    cadence: str = "daily",
) -> Market:
    """The bars of a dataset as known by `now`, at one of them (None: the last).

    `as_of` is a session (its last bar that is held) or the moment at which a bar
    closed. Raises UnknownName or MissingData for the dataset, NotASession for a closed
    day, BadInput for a moment at which no bar closes, MissingData for a session or a
    bar outside what is held.
    """
    dataset = open_dataset(datasets_root, resolve(datasets_root, wanted, default))
    asked = _asked(dataset, as_of, now, cadence)
    bars = dataset.bars(cadence).arrays(known_by=now)
    column = _column(dataset, bars, asked)
    session = cast(date, bars.axis.days[column].item())
    return Market(dataset, bars, session, column, now, cadence)


def with_delistings(reference: pd.DataFrame, actions: pd.DataFrame) -> pd.DataFrame:
    """Reference data with the dates of recorded delistings: first day without it."""
    gone = actions.loc[actions["kind"] == "delisting", ["ticker", "ex_date"]]
    if gone.empty:
        return reference
    dates = gone.groupby("ticker")["ex_date"].min().rename("delisted").reset_index()
    unnamed = dates.loc[~dates["ticker"].isin(reference["ticker"])]
    known = reference.set_index("ticker")
    known.loc[known.index.isin(dates["ticker"]), "delisted"] = dates.set_index(
        "ticker"
    )["delisted"]
    both = pd.concat([known.reset_index(), unnamed.assign(asset="eq")])
    return both.sort_values("ticker", ignore_index=True)


def last_markets(
    datasets_root: Path,
    wanted: str | None,
    default: str | None,
    as_of: AsOf | None,
    now: datetime,
    cadence: str,
    sessions: int,
) -> list[Market]:
    """`open_market` at the last bar of each of so many sessions, oldest first; the
    last of them as it was asked for."""
    last = open_market(datasets_root, wanted, default, as_of, now, cadence)
    days = np.unique(last.bars.axis.days[: last.column + 1])[-sessions:]
    return [
        open_market(datasets_root, wanted, default, day, now, cadence)
        for day in days[:-1].tolist()
    ] + [last]


def outside_of(dataset: str, as_of: date, first: date, last: date) -> Problem | None:
    """What is wrong with a session before the first or after the last one held."""
    if first <= as_of <= last:
        return None
    hint = (
        f"Ask for a session from {first} on, or ingest earlier bars."
        if as_of < first
        else f"Ask for a session up to {last}, or ingest later bars."
    )
    message = f"dataset {dataset!r} holds {first} to {last}."
    return Problem("bars.no_session", f"as_of {as_of}", message, hint)


def _asked(
    dataset: Dataset, as_of: AsOf | None, now: datetime, cadence: str
) -> np.datetime64 | None:
    """The session or the time of the bar that is asked for, on the calendar."""
    if as_of is None:
        return None
    if isinstance(as_of, datetime):
        return bar_ending(as_of, dataset.sessions, cadence, now)
    return np.datetime64(dataset.sessions.require(as_of), "D")


def _column(dataset: Dataset, bars: BarArrays, asked: np.datetime64 | None) -> int:
    """The column asked for; of a session the last one that is held."""
    times, days = bars.axis.times, bars.axis.days
    last = _last_held(bars, 0, len(times))
    if last is None:
        raise _none_usable(dataset)
    if asked is None:
        return last
    day = asked.astype("datetime64[D]")
    outside = outside_of(dataset.name, *(d.item() for d in (day, days[0], days[-1])))
    if outside is not None:
        raise MissingData(outside)
    whole = asked.dtype == day.dtype
    axis, places = (days, day) if whole else (times, asked)
    first, stop = (int(np.searchsorted(axis, places, s)) for s in ("left", "right"))
    column = _last_held(bars, first, stop)
    if column is None:
        raise _not_held(dataset, bars, asked, first, whole=whole)
    return column


def _last_held(bars: BarArrays, first: int, stop: int) -> int | None:
    """The last of some columns in which any ticker has a bar."""
    for column in range(stop - 1, first - 1, -1):
        if not np.isnan(bars.close[:, column]).all():
            return column
    return None


def _none_usable(dataset: Dataset) -> MissingData:
    return MissingData(
        Problem(
            "bars.none_usable",
            f"dataset {dataset.name}",
            "every bar it holds is quarantined.",
            "Data shows which rule marked them, and why.",
        )
    )


def _not_held(
    dataset: Dataset, bars: BarArrays, asked: np.datetime64, first: int, *, whole: bool
) -> MissingData:
    """No usable bar of a session, or at one time of it."""
    before = _last_held(bars, 0, first)
    what = "that session" if whole else "that time"
    last = "" if before is None else f"; the bar before is of {bars.axis.times[before]}"
    return MissingData(
        Problem(
            "bars.no_session" if whole else "bars.no_bar",
            f"as_of {asked}",
            f"dataset {dataset.name!r} holds no usable bar of {what}{last}.",
            "Ingest those bars, or ask for another.",
        )
    )


def _with_session(bars: BarArrays, session: date, dataset: Dataset) -> BarArrays:
    """Daily bars whose axis reaches to a session, with nothing on what is added."""
    times = bars.axis.times
    day = np.datetime64(session, "D")
    if len(times) and times[-1] >= day:
        return bars
    start = times[-1] + 1 if len(times) else day
    more = dataset.sessions.between(start, day)
    wide = (bars.axis.shape[0], len(times) + len(more))
    axis = replace(bars.axis, times=np.append(times, more))

    def grown(values: Floats, cell: float) -> Floats:
        found = np.full(wide, cell)
        found[:, : len(times)] = values
        found[:, len(times) :] = np.nan if np.isnan(cell) else values[:, -1:]
        return found

    blocked = bars.blocked
    if blocked is not None:  # what waits goes on waiting
        blocked = np.pad(blocked, ((0, 0), (0, len(more))), mode="edge")
    compared = bars.benchmark
    if compared is not None:
        close = np.append(compared.close, np.full(len(more), np.nan))
        compared = replace(compared, close=close)
    return replace(
        bars,
        axis=axis,
        benchmark=compared,
        open=grown(bars.open, np.nan),
        high=grown(bars.high, np.nan),
        low=grown(bars.low, np.nan),
        close=grown(bars.close, np.nan),
        volume=grown(bars.volume, np.nan),
        factor=None if bars.factor is None else grown(bars.factor, 1.0),
        blocked=blocked,
        seals=None
        if bars.seals is None
        else np.append(bars.seals, bars.seals[[-1] * len(more)], axis=0),
    )
