"""Metrics are those of the field: empyrical is the oracle where definitions agree."""

from __future__ import annotations

import empyrical
import numpy as np
import pandas as pd
import pytest

from sigma_core.backtest.breakdown import by_regime, by_sector, regimes
from sigma_core.backtest.costs import cost_table
from sigma_core.backtest.metrics import equity_metrics, metrics, returns_of
from tests.core.backtest import crosschecks

ORACLES = {
    "total_return": empyrical.cum_returns_final,
    "cagr": empyrical.cagr,
    "volatility": empyrical.annual_volatility,
    "sharpe": empyrical.sharpe_ratio,
    "sortino": empyrical.sortino_ratio,
    "calmar": empyrical.calmar_ratio,
    "max_drawdown": lambda returns: -empyrical.max_drawdown(returns),
    "var_95": lambda returns: -empyrical.value_at_risk(returns),
    "es_95": lambda returns: -empyrical.conditional_value_at_risk(returns),
}


def curve(seed: int, sessions: int = 700) -> np.ndarray:
    random = np.random.default_rng(seed)
    return 1e5 * np.exp(np.cumsum(random.normal(0.0004, 0.012, sessions)))


@pytest.mark.parametrize("name", list(ORACLES))
@pytest.mark.parametrize("seed", range(3))
def test_it_equals_empyrical(name: str, seed: int) -> None:
    equity = curve(seed)
    found = equity_metrics(equity)[name]
    assert found == pytest.approx(ORACLES[name](returns_of(equity)), rel=1e-10)


@pytest.mark.parametrize("equity", [[], [100.0], [100.0, 100.0]])
def test_what_is_not_defined_is_none_and_never_0(equity: list[float]) -> None:
    found = equity_metrics(np.array(equity))
    assert found["sharpe"] is None
    assert found["calmar"] is None


def test_a_backtest_without_trades_has_no_hit_rate() -> None:
    result = crosschecks.run(2)
    found = metrics(result)
    assert found["trades"] == (~result.trades["open"]).sum() > 0
    closed = result.trades[~result.trades["open"]]
    assert found["hit_rate"] == pytest.approx((closed["pnl"] > 0).mean())


def test_costs_take_from_the_return_in_proportion() -> None:
    result = crosschecks.run(1)
    table = cost_table(result)
    lost = table["total_return"].iloc[0] - table["total_return"]
    traded = result.daily["traded"].sum() / result.capital
    assert lost.to_numpy() == pytest.approx(traded * table["cost_bps"] / 1e4)


def test_a_regime_is_known_the_session_before() -> None:
    closes = curve(3, 600)
    before = regimes(closes)
    assert set(before[:272]) == {"unknown"}  # 20 changes, then 252 values, then a day
    assert before[272] != "unknown"
    assert {one.split()[0] for one in before[300:]} <= {"above", "below"}
    changed = closes.copy()
    changed[450:] *= 3
    assert regimes(changed)[:451] == before[:451]
    table = by_regime(before, closes)
    assert table["sessions"].sum() == 599


def test_a_rising_benchmark_is_above_its_mean() -> None:
    wave = np.where(np.arange(600) % 40 < 20, 0.001, 0.02)
    found = regimes(100 * np.exp(np.cumsum(wave)))
    assert {one.split()[0] for one in found[300:]} == {"above"}
    assert {"above low", "above high"} <= set(found)


def test_sectors_share_out_the_whole_gain() -> None:
    result = crosschecks.run(4)
    table = by_sector(result.trades, {"T000": "Energy", "T001": "Energy"})
    assert table["sector"].tolist() == ["Energy", "unknown"]
    gained = result.equity[-1] - result.capital
    assert table["pnl"].sum() == pytest.approx(gained)
    assert isinstance(table, pd.DataFrame)
