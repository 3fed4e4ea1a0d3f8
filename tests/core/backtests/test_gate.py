"""The run gate and the units of dividends, as calculated by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sigma_core.backtests.dividends import in_units_of_bars
from sigma_core.backtests.gate import checks
from sigma_core.specs.policies import RunGate
from tests.definitions import examples, number

(GATE,) = examples("gate")
(DIVIDENDS,) = examples("dividends")


@pytest.mark.parametrize("row", GATE.rows, ids=lambda row: row["failed"])
def test_the_gate_holds_as_calculated_by_hand(row: dict[str, str]) -> None:
    args = GATE.args
    gate = RunGate(
        min_trades=int(args["min_trades"]),
        max_drawdown=float(args["max_drawdown"]),
        min_sharpe=float(args["min_sharpe"]),
    )
    names = ("trades", "max_drawdown", "sharpe")
    metrics = {name: None if row[name] == "–" else number(row[name]) for name in names}
    found = checks(metrics, gate)
    failed = [check.check for check in found if not check.passed]
    assert " ".join(failed) == row["failed"].strip("–")
    assert all(check.passed for check in found) == (row["passed"] == "1")
    assert [check.value for check in found] == [metrics[name] for name in names]


def actions() -> pd.DataFrame:
    paid = [
        {"ex_date": row["ex_date"], "kind": "dividend", "cash": number(row["declared"])}
        for row in DIVIDENDS.rows
    ]
    splits = [
        {"ex_date": day, "kind": "split", "split_factor": factor}
        for day, factor in (("2020-02-03", 2.0), ("2020-05-04", 3.0))
    ]
    return pd.DataFrame([*paid, *splits]).assign(
        ticker="AA", ex_date=lambda t: pd.to_datetime(t["ex_date"])
    )


@pytest.mark.parametrize("kind", ["raw", "split", "total"])
def test_dividends_are_in_the_units_of_the_bars(kind: str) -> None:
    given = actions()
    found = in_units_of_bars(given, {"AA": kind})
    cash = found[found["kind"] == "dividend"]["cash"].tolist()
    wanted = [number(row[kind]) for row in DIVIDENDS.rows]
    assert cash == pytest.approx([value for value in wanted if not np.isnan(value)])
    assert given["cash"].tolist()[0] == 1.2, "the argument stays as it is"
    assert (found["kind"] == "split").sum() == 2
