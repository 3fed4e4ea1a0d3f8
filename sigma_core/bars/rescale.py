"""A whole past multiplied by one ratio is one event: `docs/definitions/rescaled.md`.

Stored rows keep the units they came in. A `rescaled` action says from which session on
the series is in other units, and incoming rows are put into stored units by it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from sigma_core.bars.rows import Rows
from sigma_core.frames import Bools, Floats, Ints, Times

LEAST_ROWS = 5
LEAST_CHANGE = 0.001
#: Sources round prices to a cent; a ratio of two such is off by so much.
HALF_CENT, VOLUME_OFF = 0.00505, 0.01


@dataclass(frozen=True)
class Rescaled:
    """From `ex_date` on a ticker's prices are in units `split_factor` times smaller."""

    ticker: str
    ex_date: date
    split_factor: float


def in_stored_units(
    incoming: Rows, stored: Rows, recorded: pd.DataFrame
) -> tuple[Rows, tuple[Rescaled, ...]]:
    """Incoming rows in the units of the stored ones, and the events they show.

    `stored` are the latest rows, `recorded` the actions; those of kind `rescaled` are
    undone first. Rows that then agree with the stored ones but for rounding are given
    the stored values.
    """
    values, events = incoming.values.copy(), []
    known = recorded[recorded["kind"] == "rescaled"]
    held = {ticker: row for row, ticker in enumerate(stored.tickers)}
    for row, ticker in enumerate(incoming.tickers):
        if ticker not in held:
            continue
        mine, own = _slice(incoming.row, row), _slice(stored.row, held[ticker])
        past = _Past(stored.ts[own], stored.values[:, own])
        ts, given = incoming.ts[mine], values[:, mine]
        if past.is_as(ts, given):
            continue
        before = known[known["ticker"] == ticker]
        factors = _recorded(ts, before)
        event = past.rescaled(ticker, ts, given, factors)
        if event is not None:
            events.append(event)
            factors = (
                np.where(ts < np.datetime64(event.ex_date), event.split_factor, 1.0)
                * factors
            )
        if event is not None or len(before):
            values[:, mine] = past.snapped(ts, given, factors)
    return replace(incoming, values=values), tuple(events)


def _slice(row: Ints, which: int) -> slice:
    """Where one ticker's rows stand: rows are sorted by ticker."""
    start, stop = np.searchsorted(row, [which, which + 1])
    return slice(int(start), int(stop))


def as_actions(events: tuple[Rescaled, ...], known_at: pd.Timestamp) -> pd.DataFrame:
    """Events as rows of the actions table."""
    return pd.DataFrame(
        {
            "ticker": [event.ticker for event in events],
            "ex_date": pd.to_datetime([event.ex_date for event in events]),
            "kind": "rescaled",
            "split_factor": [event.split_factor for event in events],
            "known_at": known_at,
        }
    )


@dataclass(frozen=True)
class _Past:
    """One ticker's stored rows."""

    ts: Times
    values: Floats

    def common(self, ts: Times) -> tuple[Ints, Ints]:
        """Places of equal times: in the incoming rows, and here."""
        at = np.minimum(np.searchsorted(self.ts, ts), len(self.ts) - 1)
        (found,) = np.nonzero(self.ts[at] == ts)
        return found, at[found]

    def is_as(self, ts: Times, given: Floats) -> bool:
        """Whether every common row is stored just so."""
        mine, own = self.common(ts)
        one, other = given[:, mine], self.values[:, own]
        return bool(np.array_equal(one, other, equal_nan=True))

    def rescaled(
        self, ticker: str, ts: Times, given: Floats, factors: Floats
    ) -> Rescaled | None:
        """The one event that explains how the common rows differ, if one does."""
        mine, own = self.common(ts)
        new, old, known = given[:, mine], self.values[:, own], factors[mine]
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = new[3] * known / old[3]
        sound = np.isfinite(ratio) & (ratio > 0)
        (changed,) = np.nonzero(sound & ~_fits(new, old, 1 / known))
        # a change that goes up to the last stored row, or to some row before it
        if not len(changed) or own[-1] != len(self.ts) - 1:
            return None
        upto = int(changed[-1]) + 1
        # of sums, for each single price is rounded
        first = np.flatnonzero(sound[:upto])
        whole = (new[3] * known)[first].sum() / old[3, first].sum()
        k = 1 / _plain(1 / float(whole))
        if upto < LEAST_ROWS or abs(k - 1) <= LEAST_CHANGE:
            return None
        if not (_fits(new, old, k / known) | ~sound)[:upto].all():
            return None
        later = ts[ts > self.ts[own[upto - 1]]]
        ex_date = later[0] if len(later) else ts[-1] + np.timedelta64(1, "D")
        day: date = ex_date.astype("datetime64[D]").item()
        return Rescaled(ticker, day, _plain(1 / k))

    def snapped(self, ts: Times, given: Floats, factors: Floats) -> Floats:
        """The given rows in stored units; stored values where they are only rounded."""
        mine, own = self.common(ts)
        near = _fits(given[:, mine], self.values[:, own], 1 / factors[mine])
        snapped = _scaled(given, factors)
        snapped[:, mine[near]] = self.values[:, own[near]]
        return snapped


def _fits(new: Floats, old: Floats, k: Floats | float) -> Bools:
    """Rows whose prices are k times the old ones, and volumes 1/k times or the same."""
    prices = np.abs(new[:4] - k * old[:4]) <= HALF_CENT * (1 + np.asarray(k))
    prices |= np.isnan(new[:4]) & np.isnan(old[:4])
    fits: Bools = np.asarray(prices.all(axis=0))
    traded, usual = new[4], old[4]
    volume: Bools = np.asarray(np.isnan(traded) & np.isnan(usual))
    for times in (1.0, 1 / np.asarray(k)):
        near = np.abs(traded - times * usual) <= VOLUME_OFF * times * usual + 1
        np.logical_or(volume, near, out=volume)
    both: Bools = fits & volume
    return both


def _recorded(ts: Times, events: pd.DataFrame) -> Floats:
    """What brings each row from its source's newest units to those of its time."""
    factors = np.ones(len(ts))
    for ex_date, factor in zip(events["ex_date"], events["split_factor"], strict=True):
        day = np.datetime64(ex_date.date(), "D").astype(ts.dtype)
        factors[ts < day] *= float(factor)
    return factors


def _scaled(given: Floats, factors: Floats) -> Floats:
    scaled = given * factors
    scaled[4] = given[4] / factors
    return scaled


def _plain(factor: float) -> float:
    """A factor as it was meant: 2, not 2.0000041, where cents allow it."""
    for parts in (1, 2, 3):
        for value in (factor * parts, parts / factor):
            if abs(value / max(round(value), 1) - 1) < 1e-3:
                whole = max(round(value), 1) / parts
                return whole if value == factor * parts else 1 / whole
    return factor
