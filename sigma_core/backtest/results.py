"""What a backtest gives back: arrays as the loop wrote them, tables when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from sigma_core.backtest.fills import (
    CANCELLED,
    D_COSTS,
    D_EQUITY,
    DAILY_COLUMNS,
    FILL_COLUMNS,
    FILLED,
    ORDER_COLUMNS,
    PENDING,
    TRADE_COLUMNS,
)
from sigma_core.backtest.inputs import Terms
from sigma_core.backtest.loop import Refused
from sigma_core.frames import Axis, Floats
from sigma_core.policy.shapes import REASONS
from sigma_core.specs.policies import Policy

STATES = {PENDING: "pending", FILLED: "filled", CANCELLED: "cancelled"}
_CODES = np.array(REASONS, dtype=object)
_SIDES = {1.0: "buy", -1.0: "sell"}


@dataclass(frozen=True)
class Backtest:
    """One backtest; see the module's text. Money in dollars, prices as printed.

    `price_only`: no dividend is known, so none was credited.
    """

    axis: Axis
    policy: Policy
    terms: Terms
    days: Floats
    order_lines: Floats
    fill_lines: Floats
    trade_lines: Floats
    refused: Refused
    price_only: bool

    @property
    def capital(self) -> float:
        """What it began with."""
        return float(self.policy.rules.risk.capital)

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
        """A row a session: equity net and gross, cash, invested, traded, costs …

        `exposure` is invested over equity, `turnover` traded value over equity,
        `drawdown` 1 − equity over its highest so far; `return` NaN on the first day.
        """
        table = pd.DataFrame(self.days, columns=list(DAILY_COLUMNS))
        table.insert(0, "session", self.axis.times)
        table["positions"] = table["positions"].astype("int64")
        table["halted"] = table["halted"] == 1
        table["gross"] = self.gross
        table["return"] = table["equity"].pct_change()
        table["exposure"] = table["invested"] / table["equity"]
        table["turnover"] = table["traded"] / table["equity"]
        table["drawdown"] = 1 - table["equity"] / table["equity"].cummax()
        return table

    @cached_property
    def orders(self) -> pd.DataFrame:
        """Each order: decided when, on what, how many shares, and what became of it.

        `state` is filled, cancelled or pending; a cancelled one has `reason`, `value`
        and `limit`; a sell has `why` it leaves. `rank` is 0 for what has none.
        """
        lines = pd.DataFrame(self.order_lines, columns=list(ORDER_COLUMNS))
        table = pd.DataFrame(
            {
                "session": self._days(lines["time"]),
                "ticker": self._tickers(lines["row"]),
                "side": lines["side"].map(_SIDES),
                "rank": lines["rank"].astype("int64"),
                "shares": lines["shares"],
                "weight": lines["weight"],
                "why": _codes(lines["why"]),
                "state": lines["state"].map(STATES),
                "reason": _codes(lines["reason"]),
            }
        )
        return table.join(lines[["value", "limit"]])

    @cached_property
    def fills(self) -> pd.DataFrame:
        """Each fill: price before and after slippage, commission, why.

        `order` is its row in `orders` (−1: a bracket or a delisting), `trade` the one
        in `trades`; `signal_session` and `signal_rank` are the signal behind it.
        """
        lines = pd.DataFrame(self.fill_lines, columns=list(FILL_COLUMNS))
        trade = lines["trade"].astype("int64")
        begun = self.trades.loc[trade, ["signal_session", "signal_rank"]]
        table = pd.DataFrame(
            {
                "session": self._days(lines["time"]),
                "ticker": self._tickers(lines["row"]),
                "side": lines["side"].map(_SIDES),
                "shares": lines["shares"],
                "quoted": lines["quoted"],
                "price": lines["price"],
                "commission": lines["commission"],
                "slippage": lines["slippage"],
                "why": _codes(lines["why"]),
                "order": lines["order"].astype("int64"),
                "trade": trade,
            }
        )
        return table.join(begun.reset_index(drop=True))

    @cached_property
    def trades(self) -> pd.DataFrame:
        """Each position: the signal behind it, entry, exit, and what it brought.

        `pnl` = received + dividends − paid, all costs in it. One that is still open has
        no exit; `received` is then its value at the last close. `shares` as bought.
        """
        lines = pd.DataFrame(self.trade_lines, columns=list(TRADE_COLUMNS))
        table = pd.DataFrame(
            {
                "ticker": self._tickers(lines["row"]),
                "signal_session": self._days(lines["signal_time"]),
                "signal_rank": lines["rank"].astype("int64"),
                "entered": self._days(lines["entry_time"]),
                "left": self._days(lines["exit_time"]),
                "sessions": lines["exit_time"] - lines["entry_time"] + 1,
                "why": _codes(lines["why"]),
            }
        )
        table["open"] = lines["exit_time"] < 0
        table.loc[table["open"], "sessions"] = np.nan
        kept = [name for name in TRADE_COLUMNS[5:] if name != "why"]
        table = table.join(lines[kept])
        table["pnl"] = table["received"] + table["dividends"] - table["paid"]
        table["return"] = table["pnl"] / table["paid"]
        return table

    @cached_property
    def refusals(self) -> pd.DataFrame:
        """Each candidate that was not bought, with its reason, value and limit."""
        return pd.DataFrame(
            {
                "session": self.axis.times[self.refused.time],
                "ticker": self._tickers(self.refused.row),
                "rank": self.refused.rank,
                "reason": pd.Categorical(_CODES[self.refused.reason], list(REASONS)),
                "value": self.refused.value,
                "limit": self.refused.limit,
            }
        )

    @cached_property
    def halts(self) -> pd.DataFrame:
        """Each drawdown halt: first and last session of it, and its depth.

        `drawdown` is that at the close at which it began, `overshoot` how far the
        lowest equity of the halt lies beyond the policy's limit, both as shares of the
        peak.
        """
        on = self.daily["halted"].to_numpy(np.bool_)
        edges = np.flatnonzero(np.diff(np.concatenate(([False], on, [False]))))
        limit = float(self.policy.rules.risk.max_drawdown)
        rows = []
        for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            peak = self.daily["peak"].iloc[start]
            lowest = self.equity[start:stop].min()
            rows.append(
                {
                    "session": self.axis.times[start],
                    "until": self.axis.times[stop - 1],
                    "drawdown": 1 - self.equity[start] / peak,
                    "overshoot": 1 - lowest / peak - limit,
                }
            )
        columns = ["session", "until", "drawdown", "overshoot"]
        return pd.DataFrame(rows, columns=columns)

    def _tickers(self, rows: npt.ArrayLike) -> list[str]:
        names = self.axis.tickers
        return [names[row] for row in np.asarray(rows, np.int64).tolist()]

    def _days(self, times: pd.Series[float]) -> pd.Series[pd.Timestamp]:
        """The session of each time; NaT for −1."""
        places = times.to_numpy(np.int64)
        found = self.axis.times[places]
        found = np.where(places < 0, np.datetime64("NaT"), found)
        return pd.Series(found.astype("datetime64[s]"))


def _codes(numbers: pd.Series[float]) -> list[str]:
    found: list[str] = _CODES[numbers.to_numpy(np.int64)].tolist()
    return found
