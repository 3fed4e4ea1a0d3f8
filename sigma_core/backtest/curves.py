"""Equity curves to hold a book against: its universe in equal parts, its benchmark.

Definitions and a worked example: `docs/definitions/benchmark-curves.md`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sigma_core.backtest.inputs import Prices
from sigma_core.frames import Bools, Floats


@dataclass(frozen=True)
class Curve:
    """`equity[time]` of what is called `name`; `kind` is universe or benchmark.

    `price_only`: no dividend is in it.
    """

    kind: str
    name: str
    equity: Floats
    price_only: bool


def session_returns(prices: Prices, *, delisting_return: float) -> Floats:
    """What each ticker brought on each session, `[time, ticker]`.

    NaN on the first session, before a ticker's first close, and after its delisting.
    """
    times, rows = prices.close.shape
    found = np.full((times, rows), np.nan)
    last = prices.close[0].copy()
    for t in range(1, times):
        before = last / prices.split[t] if len(prices.split) else last
        close = prices.close[t]
        last = np.where(close > 0, close, before)
        paid = prices.dividend[t] if len(prices.dividend) else 0.0
        found[t] = (last + paid) / before - 1
        found[t, prices.ended == t] = delisting_return
        last[prices.ended == t] = np.nan
    return found


def universe_equity(returns: Floats, members: Bools, capital: float) -> Floats:
    """Equity of all members in equal parts, `[time]`.

    `members[ticker, time]`: those of a session earn the return of the next.
    """
    held = members.T[:-1] & ~np.isnan(returns[1:])
    count = np.maximum(held.sum(axis=1), 1)
    means = np.where(held, returns[1:], 0.0).sum(axis=1) / count
    return grown(means, capital)


def grown(returns: Floats, capital: float) -> Floats:
    """What `capital` becomes by these returns; itself first."""
    equity: Floats = capital * np.cumprod(np.append(1.0, 1 + returns))
    return equity


def held_equity(closes: Floats, first: int, capital: float) -> Floats | None:
    """Equity of what was bought at the close of column `first` and held, from there on.

    `closes[time]` are adjusted for splits; a missing one keeps the last. None where
    there is none up to `first`.
    """
    known = np.where(np.isnan(closes), -1, np.arange(len(closes)))
    last = np.maximum.accumulate(known)[first:]
    if last[0] < 0:
        return None
    kept = closes[last]
    equity: Floats = capital * kept / kept[0]
    return equity
