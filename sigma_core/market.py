"""One dataset as it was known at one moment, and the session that is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from sigma_core import quality
from sigma_core.bars.store import Dataset, resolve
from sigma_core.errors import MissingData, Problem
from sigma_core.frames import BarArrays, Ints


def open_dataset(datasets_root: Path, name: str) -> Dataset:
    """A dataset under this project's quality rules."""
    return Dataset(datasets_root, name, derive=quality.derive)


@dataclass(frozen=True)
class Market:
    """Bars of a dataset as known by `known_by`, and column and day of one session."""

    dataset: Dataset
    bars: BarArrays
    session: date
    column: int
    known_by: datetime

    @cached_property
    def reference(self) -> pd.DataFrame | None:
        """ticker, name, sector, asset and dates; None where none is recorded."""
        found = self.dataset.reference()
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
    as_of: date | None,
    now: datetime,
) -> Market:
    """The daily bars of a dataset as known by `now`, at a session (None: the last).

    Raises UnknownName or MissingData for the dataset, NotASession for a closed day,
    MissingData for a session outside what is held.
    """
    dataset = open_dataset(datasets_root, resolve(datasets_root, wanted, default))
    if as_of is not None:
        dataset.sessions.require(as_of)
    bars = dataset.bars("daily").arrays(known_by=now)
    column = _column(dataset, bars, as_of)
    return Market(dataset, bars, bars.axis.times[column].item(), column, now)


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


def _column(dataset: Dataset, bars: BarArrays, as_of: date | None) -> int:
    times = bars.axis.times
    last = len(times) - 1
    while last >= 0 and np.isnan(bars.close[:, last]).all():
        last -= 1
    if last < 0:
        raise MissingData(
            Problem(
                "bars.none_usable",
                f"dataset {dataset.name}",
                "every bar it holds is quarantined.",
                "Data shows which rule marked them, and why.",
            )
        )
    if as_of is None:
        return last
    outside = outside_of(dataset.name, as_of, times[0].item(), times[last].item())
    if outside is not None:
        raise MissingData(outside)
    column = int(np.searchsorted(times, np.datetime64(as_of)))
    if np.isnan(bars.close[:, column]).all():
        raise MissingData(
            Problem(
                "bars.no_session",
                f"as_of {as_of}",
                f"dataset {dataset.name!r} holds no usable bar of that session.",
                "Ingest that session's bars, or ask for another.",
            )
        )
    return column
