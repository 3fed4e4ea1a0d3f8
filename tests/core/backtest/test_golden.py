"""Our equity is what vectorbt and backtrader made of the same orders, to the cent."""

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


def test_some_orders_find_no_cash_so_that_the_peers_must_refuse_them_too() -> None:
    orders = pd.concat([crosschecks.run(seed).orders for seed in range(30)])
    assert (orders["reason"] == "policy.cash").sum() >= 10
    assert len(orders) > 500
