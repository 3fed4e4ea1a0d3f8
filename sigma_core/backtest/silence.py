"""Positions that had no bars while they were held: `docs/definitions/delisting.md`.

They could not be sold, and counted at their last close.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sigma_core.backtest.fills import T_ENTRY, T_EXIT, T_RECEIVED, T_ROW
from sigma_core.backtest.inputs import Prices
from sigma_core.backtest.results import Backtest
from sigma_core.frames import Bools
from sigma_core.quality.labels import GONE_SESSIONS

COLUMNS = ("ticker", "entered", "last_bar", "silent_sessions", "left", "value", "share")


def silent_positions(result: Backtest, prices: Prices) -> pd.DataFrame:
    """A row for each position without a bar on three sessions in a row or more.

    `last_bar` is the last session before the longest such stretch, or before one that
    reaches to the end, of which there are `silent_sessions`. `value` in dollars and
    `share` of the final equity are of positions that are silent to the end, which come
    first, the largest first; else NaN. `left` is NaT for those still held.
    """
    axis, rows = result.axis, []
    for line in result.trade_lines:
        row, entered, left = int(line[T_ROW]), int(line[T_ENTRY]), int(line[T_EXIT])
        held = slice(entered, left if left >= 0 else len(axis.times))
        missing = np.isnan(prices.close[held, row])
        first, count = _stretch(missing, to_end=left < 0)
        if not count:
            continue
        day = axis.times[left] if left >= 0 else np.datetime64("NaT")
        ends = left < 0 and first + count == len(missing)
        value = line[T_RECEIVED] if ends else np.nan
        known = axis.times[entered], axis.times[entered + first - 1], count, day
        rows.append((axis.tickers[row], *known, value, value / result.equity[-1]))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in ("entered", "last_bar", "left"):
        table[name] = table[name].astype("datetime64[s]")
    order = ["value", "silent_sessions", "ticker"]
    return table.sort_values(order, ascending=[False, False, True], ignore_index=True)


def sentences(silent: pd.DataFrame) -> list[str]:
    """What a reader must know of `silent_positions` before he believes the equity."""
    stuck, others = silent[silent["value"].notna()], silent[silent["value"].isna()]
    found = []
    if len(stuck):
        found.append(
            f"{_counted(stuck)} held at the end could not be sold: no bar for "
            f"{stuck['silent_sessions'].min()} sessions or more, and no delisting is "
            f"known. At the last close that is {stuck['value'].sum():,.0f}, "
            f"{stuck['share'].sum() * 100:.1f} % of the final equity: {_named(stuck)}."
        )
    if len(others):
        found.append(
            f"{_counted(others)} had no bar on three sessions in a row or more, at "
            f"most {others['silent_sessions'].max()}, and could not be sold on them: "
            f"{_named(others)}."
        )
    return found


def _counted(silent: pd.DataFrame) -> str:
    return "1 position" if len(silent) == 1 else f"{len(silent):,} positions"


#: tickers that a sentence names
_NAMED = 10


def _named(silent: pd.DataFrame) -> str:
    tickers = list(dict.fromkeys(silent["ticker"]))
    more = len(tickers) - _NAMED
    rest = f" and {more:,} more" if more > 0 else ""
    return ", ".join(tickers[:_NAMED]) + rest


def _stretch(missing: Bools, *, to_end: bool) -> tuple[int, int]:
    """Where the longest run of three or more True begins, and how long it is, 0 where
    there is none; with `to_end` the last run if it reaches to the end."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], missing, [False]))))
    lengths = edges[1::2] - edges[::2]
    if not (lengths >= GONE_SESSIONS).any():
        return 0, 0
    last = to_end and bool(missing[-1]) and lengths[-1] >= GONE_SESSIONS
    at = len(lengths) - 1 if last else int(lengths.argmax())
    return int(edges[2 * at]), int(lengths[at])
