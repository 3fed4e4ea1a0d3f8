"""`simulate`: a book that follows given weights, session by session.

The weight of t is decided at the close of t on the equity of that close, and filled at
the open of t+1; sells before buys. `docs/definitions/weights.md`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sigma_core.backtest.fills import D_COSTS, D_EQUITY, DAILY_COLUMNS
from sigma_core.backtest.rebalance import REFUSED, Conditions
from sigma_core.errors import BadInput, Problem
from sigma_core.frames import Axis, Floats

#: one of them is a hundredth of a percent
BPS = 10_000
_UNUSED = ("dividends", "halted", "peak")


@dataclass(frozen=True)
class Simulation:
    """What following the weights brought, day by day and fill by fill."""

    axis: Axis
    days: Floats
    fill_lines: Floats
    conditions: Conditions

    @property
    def equity(self) -> Floats:
        """Net equity at each close."""
        net: Floats = self.days[:, D_EQUITY]
        return net

    @property
    def gross(self) -> Floats:
        """Equity at each close with all costs so far given back."""
        before_costs: Floats = self.equity + np.cumsum(self.days[:, D_COSTS])
        return before_costs

    @cached_property
    def daily(self) -> pd.DataFrame:
        """session, equity, cash, invested, traded, costs, positions, gross."""
        table = pd.DataFrame(self.days, columns=list(DAILY_COLUMNS))
        table = table.drop(columns=list(_UNUSED))
        table.insert(0, "session", self.axis.times)
        table["positions"] = table["positions"].astype("int64")
        table["gross"] = self.gross
        return table

    @cached_property
    def fills(self) -> pd.DataFrame:
        """session, ticker, side, shares, quoted, price, commission, slippage."""
        time, row, signed, quoted = self.fill_lines.T
        shares, rate = np.abs(signed), self.conditions.slippage
        price = quoted * (1 + np.sign(signed) * rate)
        return pd.DataFrame(
            {
                "session": self.axis.times[time.astype(np.int64)],
                "ticker": [self.axis.tickers[at] for at in row.astype(int).tolist()],
                "side": np.where(signed > 0, "buy", "sell"),
                "shares": shares,
                "quoted": quoted,
                "price": price,
                "commission": shares * price * self.conditions.commission,
                "slippage": np.abs(price - quoted) * shares,
            }
        )


def simulate(
    axis: Axis,
    weights: Floats,
    *,
    opens: Floats,
    closes: Floats,
    split: Floats | None = None,
    capital: float = 100_000.0,
    slippage_bps: float = 0.0,
    commission_bps: float = 0.0,
    whole_shares: bool = False,
) -> Simulation:
    """Follow `weights[ticker, time]`, shares of equity; all arrays are of that shape.

    NaN leaves a position as it is, 0 ends it. Prices are those printed on the day;
    `split` is how many shares one becomes on a session. A buy that the cash does not
    pay for is cut to what it does. Raises BadInput for other shapes, a weight below
    zero or infinite, capital that is not above zero and costs outside of 0 to 10,000.
    """
    from sigma_core.backtest import compiled  # numba: only where it is used

    _require_terms(capital, slippage_bps, commission_bps)
    given = (weights, opens, closes, *([] if split is None else [split]))
    if any(array.shape != axis.shape for array in given):
        message = f"arrays are of {[array.shape for array in given]}, not {axis.shape}."
        raise BadInput(Problem("simulate.shape", "weights", message, "Align them."))
    days = np.zeros((axis.shape[1], len(DAILY_COLUMNS)))
    conditions = Conditions(
        float(capital), slippage_bps / BPS, commission_bps / BPS, whole_shares
    )
    splits = np.zeros((0, 0)) if split is None else split
    read = [np.ascontiguousarray(x) for x in (weights, opens, closes, splits)]
    fills, used = compiled.rebalanced()(*read, conditions, days)
    if used == REFUSED:
        message = "a weight is below zero or infinite; a book is long only."
        raise BadInput(Problem("simulate.weights", "weights", message, "Use 0."))
    return Simulation(axis, days, fills[:used], conditions)


def _require_terms(capital: float, slippage_bps: float, commission_bps: float) -> None:
    """BadInput for capital and costs that no book has."""
    if not 0 < capital < math.inf:
        message = f"capital is {capital:g}."
        raise BadInput(_bad("capital", message, "Give an amount above 0."))
    costs = {"slippage_bps": slippage_bps, "commission_bps": commission_bps}
    for name, value in costs.items():
        if not 0 <= value <= BPS:
            message = f"{name} is {value:g}."
            raise BadInput(_bad(name, message, f"Give 0 to {BPS:,} hundredths of 1 %."))


def _bad(where: str, message: str, hint: str) -> Problem:
    return Problem(f"simulate.{where}", where, message, hint)
