"""D1 and D2 on the rows of a file: which tickers may come in.

A structural fault (a missing column, a number that is none) refuses the whole file and
is found while it is read; what is judged here refuses single tickers, never more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sigma_core.errors import Problem
from sigma_core.frames import BARS_COLUMNS, Bars, Bools
from sigma_core.quality.cells import PRICES, impossible

#: D2 refuses a ticker when more than this share of its bars is impossible.
IMPOSSIBLE_SHARE = 0.05
_KEY = ["ticker", "ts"]


@dataclass(frozen=True)
class RefusedTicker:
    """A ticker whose rows may not come in, how many they are, and why."""

    ticker: str
    rows: int
    problem: Problem


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
    columns = list(BARS_COLUMNS)
    twice = bars.duplicated(columns)
    single = bars[~twice].sort_values(_KEY, kind="stable", ignore_index=True)
    torn = single.duplicated(_KEY, keep=False).to_numpy()
    bad = impossible({name: single[name].to_numpy() for name in PRICES})
    refused = {**_too_many(single, bad), **_contradicting(single, torn)}
    tickers = single["ticker"]
    counts = bars["ticker"].value_counts()
    return FileVerdict(
        kept=single[~tickers.isin(refused)].reset_index(drop=True),
        refused=tuple(
            RefusedTicker(ticker, int(counts[ticker]), refused[ticker])
            for ticker in sorted(refused)
        ),
        duplicates=int(twice.sum()),
    )


def _contradicting(bars: Bars, torn: Bools) -> dict[str, Problem]:
    """D1: tickers with two different rows of one time; names the first."""
    first = bars[torn].drop_duplicates("ticker")
    times = bars[torn].drop_duplicates(_KEY).groupby("ticker").size()
    return {
        ticker: Problem(
            code="quality.D1",
            where=f"{ticker} {ts:%Y-%m-%d %H:%M}",
            message=f"{times[ticker]} times have rows that differ.",
            hint="Keep one row per ticker and time.",
        )
        for ticker, ts in zip(first["ticker"], first["ts"], strict=True)
    }


def _too_many(bars: Bars, bad: Bools) -> dict[str, Problem]:
    """D2: tickers of which more than 5 % of the bars are impossible."""
    by_ticker = pd.Series(bad).groupby(bars["ticker"].to_numpy())
    faulty, rows = by_ticker.sum(), by_ticker.size()
    first = bars[bad].drop_duplicates("ticker").set_index("ticker")["ts"]
    return {
        str(ticker): Problem(
            code="quality.D2",
            where=f"{ticker} {first[ticker]:%Y-%m-%d %H:%M}",
            message=f"{faulty[ticker]} of {rows[ticker]} bars are impossible"
            " (low ≤ open, close ≤ high, all > 0).",
            hint="Look at the first one; more than 5 % refuses the ticker.",
        )
        for ticker in faulty.index[np.asarray(faulty > IMPOSSIBLE_SHARE * rows)]
    }
