"""Small grids of bars typed by hand, and what the rules say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sigma_core.frames import FIELDS, Axis
from sigma_core.quality import Marks, derive
from sigma_core.sessions import exchange

Bar = Mapping[str, float] | None

NO_ROWS = pd.DataFrame({"ticker": [], "ts": []}).astype(
    {"ticker": "str", "ts": "datetime64[us, UTC]"}
)
NO_ACTIONS = pd.DataFrame({"ticker": [], "ex_date": [], "kind": []}).astype("str")


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
    bars: Mapping[str, Sequence[Bar]], actions: pd.DataFrame = NO_ACTIONS
) -> Marks:
    """Marks on bars of consecutive sessions."""
    axis, fields = grid_of(bars)
    return derive(axis, fields, NO_ROWS, actions)


def verdicts(marks: Marks, rule: str) -> dict[str, str]:
    """Each ticker's hardest find of one rule."""
    order = {"warn": 0, "quarantine": 1, "block": 2}
    found: dict[str, str] = {}
    for mark in marks.table[marks.table["rule"] == rule].itertuples():
        held = found.get(mark.ticker, "warn")
        found[mark.ticker] = max(held, mark.action, key=order.__getitem__)
    return found
