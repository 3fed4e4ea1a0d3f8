"""D1 and D2 on the rows of a file: which tickers may come in.

A structural fault (a missing column, a number that is none) refuses the whole file and
is found while it is read; what is judged here refuses single tickers, never more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from sigma_core.errors import Problem
from sigma_core.frames import BARS_COLUMNS, Bars, Bools
from sigma_core.quality.cells import (
    LEAST_PRICE,
    MOST_PRICE,
    PRICES,
    impossible,
)
from sigma_core.quality.said import said

#: D2 refuses a ticker when more than this share of its bars is impossible.
IMPOSSIBLE_SHARE = 0.05
_KEY = ["ticker", "ts"]


@dataclass(frozen=True)
class RefusedTicker:
    """A ticker whose rows may not come in, how many they are, and why.

    `first` is the label, in the table that was checked, of the first row at fault.
    """

    ticker: str
    rows: int
    problem: Problem
    first: int


@dataclass(frozen=True)
class FileVerdict:
    """`kept`: the rows that may come in, sorted, one per (ticker, ts).

    `duplicates`: rows left out because the same row was already there.
    """

    kept: Bars
    refused: tuple[RefusedTicker, ...]
    duplicates: int


def check_file(bars: Bars) -> FileVerdict:
    """Apply D1 and D2 to a file's rows (`BARS_COLUMNS`; the order does not matter).

    D1: a row given twice counts as a duplicate; two different rows of one (ticker, ts)
    refuse the ticker. D2: impossible prices on more than 5 % of its bars refuse it.
    """
    twice = bars.duplicated(list(BARS_COLUMNS))
    single = bars[~twice].sort_values(_KEY, kind="stable")
    torn = single.duplicated(_KEY, keep=False).to_numpy()
    bad = impossible({name: single[name].to_numpy() for name in PRICES})
    rows = bars["ticker"].value_counts()
    refused = {
        each.ticker: each
        for each in (*_too_many(single, bad, rows), *_contradicting(single, torn, rows))
    }
    kept = single[~single["ticker"].isin(refused)]
    return FileVerdict(
        kept=kept.reset_index(drop=True),
        refused=tuple(refused[ticker] for ticker in sorted(refused)),
        duplicates=int(twice.sum()),
    )


def _contradicting(
    bars: Bars, torn: Bools, rows: pd.Series[int]
) -> Iterator[RefusedTicker]:
    """D1: tickers with two different rows of one time; names the first."""
    times = bars[torn].drop_duplicates(_KEY)["ticker"].value_counts()
    for ticker, ts, label in _firsts(bars[torn]):
        problem = Problem(
            code="quality.D1",
            where=f"{ticker} {_moment(ts)}",
            message="1 time has rows that differ."
            if times[ticker] == 1
            else f"{times[ticker]} times have rows that differ.",
            hint="Keep one row per ticker and time.",
        )
        yield RefusedTicker(ticker, int(rows[ticker]), problem, label)


def _too_many(bars: Bars, bad: Bools, rows: pd.Series[int]) -> Iterator[RefusedTicker]:
    """D2: tickers of which more than 5 % of the bars are impossible."""
    faulty = bars.loc[bad, "ticker"].value_counts()
    of = bars["ticker"].value_counts()
    for ticker, ts, label in _firsts(bars[bad]):
        if faulty[ticker] <= IMPOSSIBLE_SHARE * of[ticker]:
            continue
        problem = Problem(
            code="quality.D2",
            where=f"{ticker} {_moment(ts)}",
            message=f"{faulty[ticker]} of {of[ticker]} bars can't be (low ≤ open, close"
            f" ≤ high, all {LEAST_PRICE:f} to 10¹⁶); the first has"
            f" {_fault(bars, label)}.",
            hint="Look at the first one; more than 5 % refuses the ticker.",
        )
        yield RefusedTicker(ticker, int(rows[ticker]), problem, label)


def _fault(bars: Bars, label: int) -> str:
    """What is wrong in one impossible bar."""
    prices = {name: float(bars[name][label]) for name in PRICES}
    for name, price in prices.items():
        if not LEAST_PRICE <= price <= MOST_PRICE:
            return f"the {name} {said(price)}"
    high, low = said(prices["high"]), said(prices["low"])
    if prices["high"] < prices["low"]:
        return f"the high {high} below the low {low}"
    side = "open" if not prices["low"] <= prices["open"] <= prices["high"] else "close"
    return f"the {side} {said(prices[side])} outside {low} to {high}"


def _firsts(faulty: Bars) -> Iterator[tuple[str, pd.Timestamp, int]]:
    """Ticker, time and label of each ticker's first faulty row."""
    first = faulty.drop_duplicates("ticker")
    return zip(first["ticker"].tolist(), first["ts"], first.index.tolist(), strict=True)


def _moment(ts: pd.Timestamp) -> str:
    return ts.strftime("%Y-%m-%d" if ts == ts.normalize() else "%Y-%m-%d %H:%M")
