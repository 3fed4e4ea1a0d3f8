"""What the same fills would have brought at other costs.

The list of fills is fixed: each costs a share of its value at the quoted price, in
place of the policy's slippage and commission. `docs/definitions/costs.md`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sigma_core.backtest.fills import D_TRADED
from sigma_core.backtest.metrics import equity_metrics
from sigma_core.backtest.results import Backtest
from sigma_core.frames import Floats

#: Hundredths of a percent of each fill's value.
BPS = (0.0, 1.0, 5.0, 10.0, 20.0)
_SHOWN = ("total_return", "cagr", "sharpe", "max_drawdown")


def equity_at(result: Backtest, cost_bps: float) -> Floats:
    """Equity at each close if every fill had cost `cost_bps` of its quoted value.

    The fills stay the same, so cash may fall below zero where costs are higher.
    """
    paid = np.cumsum(result.days[:, D_TRADED]) * (cost_bps / 10_000)
    equity: Floats = result.gross - paid
    return equity


def cost_table(result: Backtest, bps: Sequence[float] = BPS) -> pd.DataFrame:
    """A row for each cost: return, CAGR, Sharpe, drawdown; NaN where undefined."""
    rows = []
    for cost in bps:
        found = equity_metrics(equity_at(result, cost))
        rows.append({"cost_bps": cost, **{name: found[name] for name in _SHOWN}})
    return pd.DataFrame(rows).astype("float64")
