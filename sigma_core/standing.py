"""What is to be said of a market before its numbers are believed.

`standing` gives its marks (`quality.labels`) and what D11 says of its newest session
(`quality.fresh`); `require_fresh` refuses a market that callers like a nightly job
must not run on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from sigma_core.errors import MissingData, Problem
from sigma_core.frames import BarArrays, Bools, Times
from sigma_core.market import Market
from sigma_core.quality.fresh import check_fresh
from sigma_core.quality.intraday import Sessions
from sigma_core.quality.labels import labels
from sigma_core.specs.schema import UniverseSpec


@dataclass(frozen=True)
class Standing:
    """Marks in their order, and D11's problems; an error among them means stale."""

    marks: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def stale(self) -> bool:
        """Whether nightly and live must not run on it."""
        return any(problem.severity == "error" for problem in self.problems)

    def as_dict(self) -> dict[str, Any]:
        """{"marks", "stale", "freshness": problems} for runs, pages and the API."""
        return {
            "marks": list(self.marks),
            "stale": self.stale,
            "freshness": [problem.as_dict() for problem in self.problems],
        }


def standing(
    market: Market,
    *,
    universe: UniverseSpec | None = None,
    last_finished: date | None = None,
) -> Standing:
    """The market at its session, as a universe over it sees it (None: all tickers).

    `last_finished`: the exchange's last finished session; None where an older session
    was asked for on purpose, then only the coverage is judged.
    """
    bars = market.bars
    whole, _ = _by_session(bars, bars.axis.shape[1])
    held, days = _by_session(bars, market.column + 1)
    marks = labels(
        whole[_judged(market, universe)],
        adjustments=_kinds(market),
        reference=market.reference,
        min_price=(universe.min_price if universe else None) or 0.0,
        synthetic=market.dataset.synthetic,
    )
    problems = check_fresh(held, days, last_finished=last_finished)
    return Standing(tuple(marks), tuple(problems))


def require_fresh(market: Market, *, now: datetime) -> None:
    """MissingData, with D11's reasons, unless the market is whole and up to date.

    What a nightly or live run asks before it starts: `now` (with time zone) says which
    session has finished last.
    """
    finished = market.dataset.sessions.last_finished(now)
    found = standing(market, last_finished=finished)
    if found.stale:
        raise MissingData([one for one in found.problems if one.severity == "error"])


def _by_session(bars: BarArrays, stop: int) -> tuple[Bools, Times]:
    """Which tickers have a bar on each session of the columns before `stop`, and its
    days."""
    held, times = ~np.isnan(bars.close[:, :stop]), bars.axis.times[:stop]
    if times.dtype == np.dtype("datetime64[D]"):
        return held, times
    sessions = Sessions.of(times)
    return sessions.sums(held) > 0, sessions.days


def _kinds(market: Market) -> set[str]:
    """The kinds of the stored prices that were read."""
    stores = (market.dataset.bars(c) for c in {market.cadence, "daily", "5m"})
    held = (store.adjustments() for store in stores if store.version() >= 0)
    return {kind for kinds in held for kind in kinds.values()}


def _judged(market: Market, universe: UniverseSpec | None) -> Bools:
    """The tickers a universe starts from, without those that are blocked."""
    tickers = market.bars.axis.tickers
    ends = np.array([market.column, market.bars.axis.shape[1] - 1])
    judged: Bools = np.logical_not(market.bars.blocked_at(ends).any(axis=1))
    if universe is None:
        return judged
    wanted: set[str] | None = None
    if universe.base.tickers is not None:
        wanted = set(universe.base.tickers)
    if universe.base.membership is not None:
        wanted = set(market.dataset.membership(universe.base.membership)["ticker"])
    if wanted is not None:
        judged = judged & np.isin(np.array(tickers, dtype=object), list(wanted))
    return judged
