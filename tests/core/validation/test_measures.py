"""IC and its kin: the worked examples, and against scipy and pandas."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sigma_core.validation.baselines import momentum
from sigma_core.validation.measures import daily, measures, rank_ic
from tests.definitions import Example, examples, number, tolerance
from tests.market import arrays

TABLES = {example.args["ic"]: example for example in examples("ic")}
NAMES = ("rows", "ic", "rank_ic", "spread", "hits", "turnover")


def wide(table: Example, letter: str) -> np.ndarray:
    names = [name for name in table.header if name.startswith(f"{letter}_")]
    return np.array([[number(row[name]) for row in table.rows] for name in names])


@pytest.mark.parametrize("table", TABLES.values(), ids=str)
def test_sessions_are_as_by_hand(table: Example) -> None:
    found = daily(wide(table, "x"), wide(table, "y"))
    for name in set(NAMES) & set(table.header):
        for row, value in zip(table.rows, getattr(found, name), strict=True):
            wanted = number(row[name])
            off = 0.0 if math.isnan(wanted) else tolerance(row[name])
            assert value == pytest.approx(wanted, abs=off, nan_ok=True), (name, row)


@pytest.mark.parametrize("example", examples("ic_values"), ids=str)
def test_many_sessions_are_as_by_hand(example: Example) -> None:
    start, end = int(example.args["start"]), int(example.args["end"])
    said, came = (wide(TABLES[example.args["ic_values"]], name) for name in "xy")
    found = measures(said, came, label_start=start, label_end=end)
    for row in example.rows:
        value, wanted = getattr(found, row["measure"]), number(row["value"])
        if math.isnan(wanted):
            assert value is None
        else:
            assert value == pytest.approx(wanted, abs=tolerance(row["value"])), row


@pytest.fixture(scope="module")
def noise() -> tuple[np.ndarray, np.ndarray]:
    """40 tickers, 60 sessions, holes and equal predictions."""
    random = np.random.default_rng(3)
    said, came = random.normal(size=(2, 40, 60))
    came += 0.3 * said
    said = np.round(said, 1)
    said[random.random((40, 60)) < 0.1] = np.nan
    came[random.random((40, 60)) < 0.1] = np.nan
    return said, came


def test_correlations_are_those_of_scipy(
    noise: tuple[np.ndarray, np.ndarray],
) -> None:
    found = daily(*noise)
    for at in range(60):
        said, came = (values[:, at] for values in noise)
        both = ~np.isnan(said) & ~np.isnan(came)
        pearson = stats.pearsonr(said[both], came[both]).statistic
        spearman = stats.spearmanr(said[both], came[both]).statistic
        assert found.ic[at] == pytest.approx(pearson, abs=1e-12)
        assert found.rank_ic[at] == pytest.approx(spearman, abs=1e-12)


def test_the_pooled_ones_are_those_of_pandas_and_scipy(
    noise: tuple[np.ndarray, np.ndarray],
) -> None:
    said, came = (pd.DataFrame(values) for values in noise)
    ic = said.corrwith(came)
    found = measures(*noise, label_start=1, label_end=5)
    assert found.ic == pytest.approx(ic.mean(), abs=1e-12)
    assert found.icir == pytest.approx(ic.mean() / ic.std(), abs=1e-12)
    rank_ic = said.where(came.notna()).rank().corrwith(came.where(said.notna()).rank())
    assert found.rank_ic == pytest.approx(rank_ic.mean(), abs=1e-12)
    every = measures(*noise, label_start=1, label_end=1)
    wanted = stats.ttest_1samp(rank_ic, 0.0)
    assert (every.independent, every.sessions) == (60, 60)
    assert every.t == pytest.approx(wanted.statistic, abs=1e-10)
    assert every.p == pytest.approx(wanted.pvalue, abs=1e-12)
    apart = [stats.sem(rank_ic[start::5]) ** 2 for start in range(5)]
    assert found.independent == 12
    assert found.standard_error == pytest.approx(np.sqrt(np.mean(apart)), abs=1e-12)
    t = rank_ic.mean() / np.sqrt(np.mean(apart))
    assert found.t == pytest.approx(t, abs=1e-10)
    assert found.p == pytest.approx(2 * stats.t.sf(abs(t), 11), abs=1e-12)


def test_starts_with_too_few_sessions_do_not_count() -> None:
    """Rank ICs on Mondays, and on two Tuesdays: labels of a week."""
    random = np.random.default_rng(8)
    said, came = random.normal(size=(2, 20, 40))
    known = np.zeros(40, np.bool_)
    known[::5] = known[[1, 11]] = True
    said[:, ~known] = np.nan
    found = measures(said, came, label_start=1, label_end=5)
    mondays = daily(said, came).rank_ic[::5]
    assert (found.sessions, found.independent) == (10, 8)
    assert found.standard_error == pytest.approx(stats.sem(mondays), abs=1e-12)


def test_the_rank_ic_alone_is_the_same(noise: tuple[np.ndarray, np.ndarray]) -> None:
    said, came = noise
    for some in (slice(None), slice(3, 4)):  # all tickers, and one across sessions
        pooled = measures(said[some], came[some], label_start=1, label_end=5)
        assert pooled.rank_ic is not None
        assert rank_ic(said[some], came[some]) == pooled.rank_ic
    empty = np.full((5, 7), np.nan)
    assert rank_ic(empty, empty) is None


def rejected(
    tickers: int, *, planted: float = 0.0, steps: int = 10, count: int = 100
) -> float:
    """How often p ≤ 5 % of predictions that change slowly, with labels of ten sessions
    of which a part is planted; `steps` are those that p takes for a label's length."""
    random = np.random.default_rng(11)
    found = []
    for _ in range(count):
        said = np.cumsum(random.normal(size=(tickers, 400)), axis=1)
        returns = random.normal(size=(tickers, 410))
        returns[:, 1:401] += planted * stats.zscore(said, axis=0 if tickers > 1 else 1)
        sums = np.cumsum(returns, axis=1)
        came = sums[:, 10:] - sums[:, :-10]
        found.append(measures(said, came, label_start=1, label_end=steps).p)
    return float(np.mean([p is not None and p <= 0.05 for p in found]))


@pytest.mark.parametrize("tickers", [30, 1])
def test_overlapping_labels_are_not_taken_for_independent(tickers: int) -> None:
    """On noise the honest p rejects 5 in 100 at most, the naive one 50."""
    assert rejected(tickers) <= 0.10  # of 100: 5 and some chance
    assert rejected(tickers, steps=1) > 0.30


def test_what_is_there_is_seen_all_the_same() -> None:
    assert rejected(30, planted=0.05) > 0.9
    assert rejected(1, planted=0.2) > 0.9


def test_a_mean_and_its_t_are_of_the_same_sessions() -> None:
    """A start that happens to be good says nothing that the others do not."""
    random = np.random.default_rng(2)
    said = random.normal(size=(10, 60))
    came = -said
    came[:, ::5] = said[:, ::5]  # every fifth session is right, all others are wrong
    came += random.normal(size=came.shape)
    found = measures(said, came, label_start=1, label_end=5)
    assert found.rank_ic is not None
    assert found.rank_ic < 0
    assert found.t == found.rank_ic / (found.standard_error or 0)


def test_one_ticker_is_measured_across_its_sessions() -> None:
    random = np.random.default_rng(5)
    said = random.normal(size=(1, 201))
    came = 0.5 * said + random.normal(size=(1, 201))
    found = measures(said, came, label_start=1, label_end=2)
    assert found.ic == pytest.approx(stats.pearsonr(said[0], came[0]).statistic)
    every = stats.spearmanr(said[0], came[0])
    assert found.rank_ic == pytest.approx(every.statistic, abs=1e-12)
    assert found.independent == 100  # 101 from the first session, 100 from the second
    t = every.statistic * np.sqrt(98 / (1 - every.statistic**2))
    assert found.t == pytest.approx(t, abs=1e-9)
    assert found.p == pytest.approx(2 * stats.t.sf(t, 98), abs=1e-12)
    whole = measures(said, came, label_start=1, label_end=1)
    assert whole.p == pytest.approx(every.pvalue, abs=1e-12)
    assert (found.spread, found.turnover, found.icir) == (None, None, None)
    assert found.hit_rate == np.mean((said > 0) == (came > 0))


def test_nothing_is_measured_of_nothing() -> None:
    empty = np.full((5, 7), np.nan)
    found = measures(empty, empty, label_start=1, label_end=1)
    assert (found.sessions, found.rows, found.independent) == (0, 0, 0)
    assert (found.ic, found.rank_ic, found.t, found.hit_rate) == (None,) * 4


def test_momentum_is_twelve_months_less_one() -> None:
    close = np.arange(100.0, 100.0 + 260)[np.newaxis]
    found = momentum(arrays({"close": close}))[0]
    assert np.isnan(found[:252]).all()
    assert found[252] == 331.0 / 100.0 - 1.0  # close of session 231 over that of 0
    assert found[259] == 338.0 / 107.0 - 1.0
    assert np.isnan(momentum(arrays({"close": close[:, :252]}))).all()


def test_sessions_around_the_predicted_ones_change_nothing() -> None:
    random = np.random.default_rng(3)
    said, came = random.normal(size=(2, 20, 6))
    inner, around = daily(said, came), ((0, 0), (4, 3))
    outer = daily(np.pad(said, around, constant_values=np.nan), np.pad(came, around))
    for name, values in vars(outer).items():
        np.testing.assert_allclose(values[4:-3], vars(inner)[name], rtol=1e-12)
        dead = np.r_[values[:4], values[-3:]]
        assert np.all(dead == 0 if name == "rows" else np.isnan(dead)), name
