"""Benchmark curves and monthly returns, as calculated by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sigma_core.backtest.curves import (
    grown,
    held_equity,
    session_returns,
    universe_equity,
)
from sigma_core.backtest.inputs import Prices
from sigma_core.backtest.months import by_month
from tests.core.backtest.books import prices
from tests.definitions import Example, examples, number, tolerance

(CURVES,) = examples("curves")
(MONTHS,) = examples("months")
CAPITAL = float(CURVES.args["capital"])
GONE = float(CURVES.args["delisting_return"])


def column(example: Example, name: str) -> np.ndarray:
    return np.array([number(row[name]) for row in example.rows])


def both(name: str) -> np.ndarray:
    return np.stack([column(CURVES, f"{name}_{who}") for who in "AB"], axis=1)


def book(**changes: np.ndarray) -> Prices:
    closes = both("close")
    ended = np.array([len(closes), int(CURVES.args["ended"]) - 1])
    given = {"split": both("split"), "dividend": both("dividend"), "ended": ended}
    return prices(closes, closes, **(given | changes))


def returns() -> np.ndarray:
    return session_returns(book(), delisting_return=GONE)


def test_a_ticker_returns_what_was_calculated_by_hand() -> None:
    np.testing.assert_allclose(returns(), both("return"), atol=1e-12)


def test_the_universe_is_held_in_equal_parts() -> None:
    found = universe_equity(returns(), both("member").T == 1, CAPITAL)
    for value, row in zip(found, CURVES.rows, strict=True):
        wanted = pytest.approx(number(row["universe"]), abs=tolerance(row["universe"]))
        assert value == wanted, row["session"]


def test_the_benchmark_is_bought_and_held() -> None:
    found = grown(returns()[1:, 0], CAPITAL)
    np.testing.assert_allclose(found, column(CURVES, "benchmark"), atol=0.005)


def test_a_universe_without_members_stays_where_it_is() -> None:
    nobody = np.zeros(both("member").T.shape, np.bool_)
    assert set(universe_equity(returns(), nobody, CAPITAL)) == {CAPITAL}


def test_an_index_keeps_its_last_close() -> None:
    closes = np.array([np.nan, 50, np.nan, 55, np.nan])
    assert held_equity(closes, 2, 1000.0).tolist() == [1000, 1100, 1100]
    assert held_equity(closes, 0, 1000.0) is None


def test_months_and_years_are_as_calculated_by_hand() -> None:
    days = np.array([row["session"] for row in MONTHS.rows], "datetime64[D]")
    found = by_month(days, column(MONTHS, "equity"))
    months, years = {}, {}
    for row, day in zip(MONTHS.rows, days, strict=True):
        when = day.item()
        if row["month"] != "–":
            months[when.year, when.month] = number(row["month"])
        if row["year"] != "–":
            years[when.year] = number(row["year"])
    got = {
        (year.year, at): value
        for year in found
        for at, value in enumerate(year.months, start=1)
        if value is not None
    }
    assert got == pytest.approx(months, abs=5e-5)
    assert {year.year: year.total for year in found} == pytest.approx(years, abs=5e-5)


def test_months_put_together_are_the_whole() -> None:
    random = np.random.default_rng(5)
    days = np.arange("2019-11-20", "2022-02-10", dtype="datetime64[D]")
    equity = 100 * np.exp(np.cumsum(random.normal(0, 0.01, len(days))))
    found = by_month(days, equity)
    whole = np.prod([1 + m for year in found for m in year.months if m is not None])
    assert whole == pytest.approx(equity[-1] / equity[0])
    assert np.prod([1 + y.total for y in found]) == pytest.approx(whole)
