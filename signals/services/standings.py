"""Marks and freshness of the bars that a scan, a build or a preview has read."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

#: a session, a moment, or None for "the last one held"
AsOf = date | datetime | None

if TYPE_CHECKING:  # deltalake and pandas: the types alone are wanted here
    from sigma_core.market import Market
    from sigma_core.specs.schema import UniverseSpec


def standing_of(
    market: Market, universe: UniverseSpec, *, asked: AsOf, now: datetime
) -> dict[str, Any]:
    """{"marks", "stale", "freshness"} for a summary.

    A session or bar that was `asked` for may be as old as it likes; without one, bars
    that end before the last finished session are stale.
    """
    from sigma_core.standing import standing  # deltalake and pandas

    finished = market.dataset.sessions.last_finished(now) if asked is None else None
    return standing(market, universe=universe, last_finished=finished).as_dict()
