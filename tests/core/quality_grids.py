"""Small grids of bars typed by hand, and what the rules say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sigma_core.frames import FIELDS, Axis, BarArrays, still_open
from sigma_core.quality import Marks, derive
from sigma_core.sessions import exchange

Bar = Mapping[str, float] | None

NO_ROWS = pd.DataFrame({"ticker": [], "ts": []}).astype(
    {"ticker": "str", "ts": "datetime64[us, UTC]"}
)
NO_ACTIONS = pd.DataFrame(
    {"ticker": [], "ex_date": [], "kind": [], "split_factor": []}
).astype({"ticker": "str", "ex_date": "str", "kind": "str", "split_factor": "float"})


def axis_of(sessions: int, tickers: Sequence[str] = ("AAA",)) -> Axis:
    """The first sessions from January 2020 on."""
    days = exchange().between(np.datetime64("2020-01-02"), np.datetime64("2024-12-31"))
    return Axis(tuple(tickers), days[:sessions])


def grid_of(bars: Mapping[str, Sequence[Bar]]) -> tuple[Axis, dict[str, np.ndarray]]:
    """Tickers' bars on consecutive sessions, None where there is no bar."""
    axis = axis_of(max(len(held) for held in bars.values()), sorted(bars))
    fields = {name: np.full(axis.shape, np.nan) for name in FIELDS}
    for ticker, held in bars.items():
        for column, bar in enumerate(held):
            for name in FIELDS if bar else ():
                fields[name][axis.row(ticker), column] = bar[name]
    return axis, fields


def marks_of(
    bars: Mapping[str, Sequence[Bar]],
    actions: pd.DataFrame = NO_ACTIONS,
    *,
    adjustment: str = "raw",
) -> Marks:
    """Marks on bars of consecutive sessions."""
    axis, fields = grid_of(bars)
    return judged(axis, fields, actions=actions, adjustment=adjustment)


def judged(
    axis: Axis,
    fields: Mapping[str, np.ndarray],
    off_session: pd.DataFrame = NO_ROWS,
    actions: pd.DataFrame = NO_ACTIONS,
    adjustment: str = "raw",
) -> Marks:
    """Marks on a grid whose prices are all of one kind."""
    kinds = dict.fromkeys(axis.tickers, adjustment)
    return derive(axis, fields, off_session, actions, adjustments=kinds)


def action_of(
    day: np.datetime64, kind: str, factor: float = np.nan, ticker: str = "AAA"
) -> pd.DataFrame:
    """One recorded action."""
    names = ("ticker", "ex_date", "kind", "split_factor")
    return pd.DataFrame([(ticker, pd.Timestamp(day), kind, factor)], columns=names)


def blocked_from(found: Marks | BarArrays) -> list[int]:
    """The first column of each ticker's open block; the number of columns if none."""
    if found.blocked is None:
        tickers, width = found.axis.shape
        return [width] * tickers
    width, lasting = found.blocked.shape[1], still_open(found.blocked)
    return [int(row.argmax()) if row.any() else width for row in lasting]


def verdicts(marks: Marks, rule: str) -> dict[str, str]:
    """Each ticker's hardest find of one rule."""
    order = {"warn": 0, "quarantine": 1, "block": 2}
    found: dict[str, str] = {}
    for mark in marks.table[marks.table["rule"] == rule].itertuples():
        held = found.get(mark.ticker, "warn")
        found[mark.ticker] = max(held, mark.action, key=order.__getitem__)
    return found
