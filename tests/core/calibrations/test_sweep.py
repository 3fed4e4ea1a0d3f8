"""Promises of a calibration's engine, on a small made-up market."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigma_core import backtests
from sigma_core.backtest import backtest, metrics
from sigma_core.backtest.inputs import Terms
from sigma_core.backtests.run import book_of, features_of
from sigma_core.backtests.scoring import scanner_of, scored
from sigma_core.calibrations import judging
from sigma_core.calibrations.cells import Half, Tried
from sigma_core.calibrations.dates import Dates
from sigma_core.calibrations.run import Ready, lay_out, prepare, sweep_cells
from sigma_core.errors import BadInput, UnknownName
from tests.builders import MODEL
from tests.market import kernels
from tests.small_market import DATASET, make_market

assert kernels  # compiled once for all

NOW = dt.datetime(2023, 10, 1, tzinfo=dt.UTC)
DATES = Dates(
    train_start=dt.date(2023, 4, 24),
    train_end=dt.date(2023, 6, 30),
    held_out_start=dt.date(2023, 7, 10),
    held_out_end=dt.date(2023, 8, 31),
)
GRID = {"adx_min": [0.0, 18.0, 24.0], "rsi_min": [50.0, 60.0]}

FOUND: list[Tried] = []


@pytest.fixture(scope="module", autouse=True)
def market(home: Path) -> None:
    make_market(home)


def asked(home: Path, packs: Path, **given: Any) -> dict[str, Any]:
    return {
        "packs_root": packs,
        "datasets_root": home / "datasets",
        "pack": "swingsigma",
        "model_id": MODEL,
        "dataset": DATASET,
        "default_dataset": None,
        "now": NOW,
    } | given


def ready(home: Path, packs: Path, **given: Any) -> Ready:
    wanted = {"grid": GRID, "dates": DATES} | given
    return prepare(**asked(home, packs, **wanted))


def swept(home: Path, packs: Path) -> list[Tried]:
    """All cells of the grid; swept once for all tests."""
    if not FOUND:
        FOUND.extend(sweep_cells(lay_out(ready(home, packs))))
    return FOUND


def by_plain_loops(
    home: Path, packs: Path, cell: dict[str, float], start, end, terms=None
):
    """The backtest of the model with other parameters, the whole way round."""
    prepared = backtests.prepare(**asked(home, packs, start=start, end=end))
    model = prepared.bundle.model
    changed = model.model_copy(update={"params": {**model.params, **cell}})
    own = replace(prepared, bundle=replace(prepared.bundle, model=changed))
    wide = features_of(own, scanner_of(own))
    scores = scored(own, scanner_of(own), wide, None).scores
    terms = terms or Terms()
    prices, signals = book_of(own, wide, scores, terms)
    return signals, backtest(prices, signals, own.bundle.policy, terms=terms)


def test_each_cell_is_the_backtest_of_the_model_on_both_parts(home, packs) -> None:
    found = swept(home, packs)
    assert [cell.number for cell in found] == list(range(6))
    parts = (
        ("swept", DATES.train_start, DATES.train_end),
        ("held_out", DATES.held_out_start, DATES.held_out_end),
    )
    for cell in found:
        for part, start, end in parts:
            signals, result = by_plain_loops(home, packs, cell.params, start, end)
            half: Half = getattr(cell, part)
            assert half.metrics == metrics(result)
            assert half.signals == signals.eligible.sum()
            np.testing.assert_array_equal(
                half.returns, result.equity[1:] / result.equity[:-1] - 1
            )
    assert len({cell.swept.signals for cell in found}) > 1
    assert sum(cell.swept.trades for cell in found) > 0


def test_each_cell_is_filled_on_the_terms_of_a_backtest(home, packs) -> None:
    """A cap on the share of the volume makes every entry smaller, in each cell."""
    terms = Terms(participation=1e-6)
    found = list(sweep_cells(lay_out(ready(home, packs, terms=terms))))
    start, end = DATES.train_start, DATES.train_end
    for cell, standing in zip(found, swept(home, packs), strict=True):
        _, result = by_plain_loops(home, packs, cell.params, start, end, terms)
        assert cell.swept.metrics == metrics(result)
        if standing.swept.trades:
            assert cell.swept.metrics["exposure"] < standing.swept.metrics["exposure"]


def test_each_cell_may_be_filled_in_fractions_of_shares(home, packs) -> None:
    """As the backtest is; in whole shares each cell comes to other numbers."""
    terms = Terms(whole_shares=False)
    found = list(sweep_cells(lay_out(ready(home, packs, terms=terms))))
    for part, days in (
        ("swept", (DATES.train_start, DATES.train_end)),
        ("held_out", (DATES.held_out_start, DATES.held_out_end)),
    ):
        for cell, standing in zip(found, swept(home, packs), strict=True):
            _, result = by_plain_loops(home, packs, cell.params, *days, terms)
            half: Half = getattr(cell, part)
            assert half.metrics == metrics(result)
            if half.trades:
                assert half.metrics != getattr(standing, part).metrics
    assert sum(cell.swept.trades for cell in found) > 0


def test_a_zero_is_a_value_that_lets_more_through(home, packs) -> None:
    found = {
        (cell.params["adx_min"], cell.params["rsi_min"]): cell.swept.signals
        for cell in swept(home, packs)
    }
    assert found[0.0, 50.0] > found[18.0, 50.0] > 0


def test_without_dates_the_last_third_is_held_out(home, packs) -> None:
    one = ready(home, packs, dates=Dates())
    whole = one.prepared.market.column - one.prepared.first + 1
    assert one.held_out.sessions == whole // 3
    assert one.swept.sessions + one.held_out.sessions == whole
    assert one.held_out.first == one.swept.last + 1


@pytest.mark.parametrize(
    ("dates", "where"),
    [
        (replace(DATES, held_out_start=DATES.train_end), "held_out_start"),
        (replace(DATES, train_end=DATES.train_start - dt.timedelta(3)), "train_end"),
        (replace(DATES, held_out_end=dt.date(2023, 7, 6)), "held_out_end"),
        (Dates(train_start=dt.date(2023, 8, 1), held_out_start=dt.date(2023, 7, 3)),
         "held_out_start"),
    ],
)  # fmt: skip
def test_dates_that_overlap_are_refused(home, packs, dates, where) -> None:
    with pytest.raises(BadInput, match="does not come after") as caught:
        ready(home, packs, dates=dates)
    assert caught.value.problems[0].where == where


def test_a_part_of_fewer_than_twenty_sessions_is_refused(home, packs) -> None:
    short = replace(DATES, held_out_end=dt.date(2023, 7, 14))
    with pytest.raises(BadInput, match="5 sessions; the fewest are 20") as caught:
        ready(home, packs, dates=short)
    assert caught.value.problems[0].where == "held_out_start"


def test_only_a_scanner_is_calibrated(home, packs) -> None:
    model = "spy_eq_swing_daily_gbm"
    with pytest.raises(BadInput, match="Only a scanner has thresholds"):
        ready(home, packs, model_id=model)


def test_a_grid_of_a_million_cells_is_refused(home, packs) -> None:
    wide = [float(n) for n in range(1000)]
    with pytest.raises(BadInput, match="1,000,000 cells; 1 to 200"):
        ready(home, packs, grid={"adx_min": wide, "rsi_min": wide})
    with pytest.raises(UnknownName, match="Did you mean 'adx_min'"):
        ready(home, packs, grid={"adx_mni": [1.0]})


def test_a_cell_reads_back_from_json(home, packs) -> None:
    first = swept(home, packs)[0]
    assert Half.from_json(first.swept.as_json()) == first.swept


def tried(number: int, sharpe: float, trades: int) -> Tried:
    known = {"trades": float(trades), "sharpe": sharpe, "total_return": 0.1}
    random = np.random.default_rng(number)
    half = Half(65, 10, known, None, random.normal(sharpe / 100, 0.01, 64))  # type: ignore[arg-type]
    return Tried(number, {"low": float(number)}, half, half)


def test_it_says_why() -> None:
    cells = [tried(0, 1.0, 40), tried(1, 2.0, 40), tried(2, 9.0, 3)]
    found = judging.judge(cells, objective="sharpe", min_trades=30, current={})
    assert found.winner == 1
    assert found.why.startswith(
        "low 1: the best Sharpe of the 2 cells with at least 30"
    )
    assert "A plateau: its neighbours reach 5.00 on average." in found.why
    two = judging.judge(cells[:2], objective="sharpe", min_trades=30, current={})
    few = "Too few cells to call it a plateau or a spike: its one neighbour "
    assert f"{few}reaches 1.00." in two.why
    none = judging.judge(cells, objective="sharpe", min_trades=50, current={})
    assert none.winner is None
    assert "the most trades are 40" in none.why


def test_a_sweep_of_noise_is_overfitted_and_one_good_cell_is_not() -> None:
    noise = judging.pbo([tried(n, 0.0, 40) for n in range(12)])
    planted = [tried(n, 80.0 if n == 3 else 0.0, 40) for n in range(12)]
    assert noise is not None
    assert judging.pbo(planted) == 0.0 < noise


def test_its_benchmark_is_the_universe_of_a_backtest_of_the_same_dates(
    home, packs
) -> None:
    laid = lay_out(ready(home, packs))
    start, end = DATES.train_start, DATES.train_end
    done = backtests.backtest_model(
        backtests.prepare(**asked(home, packs, start=start, end=end))
    )
    assert done.curves[0].kind == "universe"
    equity = done.curves[0].equity
    np.testing.assert_allclose(
        laid.swept.benchmark_returns, equity[1:] / equity[:-1] - 1, rtol=1e-12
    )
    np.testing.assert_array_equal(laid.swept.sessions, done.result.axis.times)
