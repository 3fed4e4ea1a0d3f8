"""Promises of a sweep: each cell is the backtest of the model with those parameters."""

from __future__ import annotations

import numpy as np
import pytest

from sigma_core.backtest import Prices, Signals, backtest, metrics, signals_of
from sigma_core.calibrate import MAX_CELLS, Sweep, cells, sweep
from sigma_core.errors import BadInput, UnknownName
from sigma_core.frames import Matrix
from sigma_core.signal_models.rules import Scanner
from sigma_core.specs.schema import ScannerConfig
from tests.core.backtest.books import policy, prices
from tests.core.matrices import matrix

PARAMS = {"low": 0.2, "high": 0.9, "far": 0.5, "tilt": 2.0}
GRID = {"low": [0.1, 0.4], "far": [0.3, 0.6], "tilt": [1.0, 3.0]}
RULES = policy(top_n=3, hold=2)


def scanner(params: dict[str, float]) -> Scanner:
    gates = {
        "all": [
            {"name": "low", "when": "x >= low"},
            {
                "any": [
                    {"name": "a", "when": "y <= far"},
                    {"name": "b", "when": "x > 0.8"},
                ]
            },
        ],
        "none": [{"name": "high", "when": "y > high"}],
    }
    content = {
        "model_id": "universe_eq_swing_daily_toy",
        "kind": "scanner",
        "universe": "u",
        "indicator_set": "s",
        "policy": "p",
        "params": params,
        "gates": gates,
        "score": {"x": {"weight": 100, "value": "clip01(x / tilt)"}},
    }
    return Scanner(ScannerConfig.model_validate(content), {"x": 0, "y": 0})


def world() -> tuple[Matrix, Prices]:
    random = np.random.default_rng(4)
    columns = {name: random.uniform(0, 1, (7, 50)) for name in ("x", "y")}
    columns["x"][random.random((7, 50)) < 0.1] = np.nan
    columns["y"][random.random((7, 50)) < 0.1] = np.nan
    closes = 20 * np.exp(np.cumsum(random.normal(0, 0.03, (50, 7)), axis=0))
    return matrix(columns | {"close": closes.T}), prices(closes, closes)


def signals(data: Matrix, params: dict[str, float]) -> Signals:
    now = data.axis.times.astype("datetime64[m]")
    return signals_of(scanner(params).transform(data), data, RULES, now=now)


def test_each_cell_is_the_backtest_of_the_whole_way() -> None:
    data, book = world()
    ready = Sweep(scanner, PARAMS, data, signals(data, PARAMS))
    found = list(sweep(ready, GRID, book, RULES))
    assert len(found) == 8
    for cell in found:
        own = signals(data, {**PARAMS, **cell.params})
        assert cell.metrics == metrics(backtest(book, own, RULES))
        assert cell.signals == own.eligible.sum() > 0


def test_candidates_and_ranks_are_those_of_the_model() -> None:
    data, _ = world()
    ready = Sweep(scanner, PARAMS, data, signals(data, PARAMS))
    for cell in cells(GRID, PARAMS):
        own, found = signals(data, {**PARAMS, **cell}), ready.of(cell)
        np.testing.assert_array_equal(own.eligible, found.eligible)
        np.testing.assert_array_equal(own.order, found.order)
        np.testing.assert_array_equal(own.score, found.score)


def test_a_grid_that_is_too_large_is_refused_before_anything_runs() -> None:
    values = [float(n) for n in range(15)]
    with pytest.raises(BadInput, match=f"225 cells; 1 to {MAX_CELLS}"):
        cells({"low": values, "high": values}, PARAMS)
    assert len(cells({"low": values, "high": values[:13]}, PARAMS)) == 195


def test_a_grid_names_its_fault() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'tilt'"):
        cells({"tild": [1.0]}, PARAMS)
    with pytest.raises(BadInput, match="no value in its list"):
        cells({"low": []}, PARAMS)
    with pytest.raises(BadInput, match="1 is there 3 times"):
        cells({"low": [2.0, 1.0, 1.0, 2.0, 1.0]}, PARAMS)
    some = ", ".join(list(PARAMS)[:3])
    with pytest.raises(BadInput, match=f"0 cells.*Name a parameter \\({some}\\)"):
        cells({}, PARAMS)


def test_a_zero_is_a_value() -> None:
    assert cells({"low": [0.0, 0.5]}, PARAMS) == [{"low": 0.0}, {"low": 0.5}]
