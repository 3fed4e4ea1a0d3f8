"""Our equity is what peers made of the same orders or the same rule, to the cent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.core.backtest import crosschecks

FILES = sorted(crosschecks.GOLDEN.glob("*.csv"), key=lambda path: int(path.stem))


def test_the_golden_files_are_there() -> None:
    assert len(FILES) == 5


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_equity_is_that_of_the_peers(path: Path) -> None:
    table = pd.read_csv(path)
    result = crosschecks.run(int(path.stem))
    assert table["session"].tolist() == result.axis.times.astype(str).tolist()
    for peer in table.columns[1:]:
        np.testing.assert_allclose(result.equity, table[peer], rtol=0, atol=0.005)


RULE = sorted(crosschecks.GOLDEN_RULE.glob("*.csv"), key=lambda path: int(path.stem))


def test_the_golden_files_of_the_rule_are_there() -> None:
    assert len(RULE) == 5


@pytest.mark.parametrize("path", RULE, ids=lambda path: path.stem)
def test_equity_is_that_of_the_rule_run_by_backtrader(path: Path) -> None:
    table = pd.read_csv(path)
    result = crosschecks.run_rule(int(path.stem))
    assert table["session"].tolist() == result.axis.times.astype(str).tolist()
    np.testing.assert_allclose(result.equity, table["backtrader"], rtol=0, atol=0.005)


def test_the_rule_met_gaps_splits_and_delistings() -> None:
    made = [crosschecks.run_rule(int(path.stem)) for path in RULE]
    orders = pd.concat([result.orders for result in made])
    fills = pd.concat([result.fills for result in made])
    assert {"fill.no_open", "policy.cash"} <= set(orders["reason"])
    assert {"fill.delisted", "policy.hold", "policy.drawdown_halt"} <= set(fills["why"])
    assert (fills["shares"] % 1 != 0).any(), "a split made a fraction of a share"


def test_some_orders_find_no_cash_so_that_the_peers_must_refuse_them_too() -> None:
    orders = pd.concat([crosschecks.run(seed).orders for seed in range(30)])
    assert (orders["reason"] == "policy.cash").sum() >= 10
    assert len(orders) > 500
