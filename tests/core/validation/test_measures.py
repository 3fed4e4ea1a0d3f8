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

(DAILY,) = examples("ic")
NAMES = ("rows", "ic", "rank_ic", "spread", "hits", "turnover")


def wide(letter: str) -> np.ndarray:
    names = [name for name in DAILY.header if name.startswith(f"{letter}_")]
    return np.array([[number(row[name]) for row in DAILY.rows] for name in names])


def test_sessions_are_as_by_hand() -> None:
    found = daily(wide("x"), wide("y"))
    for name in NAMES:
        for row, value in zip(DAILY.rows, getattr(found, name), strict=True):
            wanted = number(row[name])
            off = 0.0 if math.isnan(wanted) else tolerance(row[name])
            assert value == pytest.approx(wanted, abs=off, nan_ok=True), (name, row)


@pytest.mark.parametrize("example", examples("ic_values"), ids=str)
def test_many_sessions_are_as_by_hand(example: Example) -> None:
    start, end = int(example.args["start"]), int(example.args["end"])
    found = measures(wide("x"), wide("y"), label_start=start, label_end=end)
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
    wanted = stats.ttest_1samp(rank_ic.to_numpy()[::5], 0.0)
    assert (found.independent, found.sessions) == (12, 60)
    assert found.t == pytest.approx(wanted.statistic, abs=1e-10)
    assert found.p == pytest.approx(wanted.pvalue, abs=1e-12)


def test_the_rank_ic_alone_is_the_same(noise: tuple[np.ndarray, np.ndarray]) -> None:
    said, came = noise
    for some in (slice(None), slice(3, 4)):  # all tickers, and one across sessions
        pooled = measures(said[some], came[some], label_start=1, label_end=5)
        assert pooled.rank_ic is not None
        assert rank_ic(said[some], came[some]) == pooled.rank_ic
    empty = np.full((5, 7), np.nan)
    assert rank_ic(empty, empty) is None


def test_overlapping_labels_are_not_taken_for_independent() -> None:
    """On noise with 10-session labels the honest t rejects 5 in 100, the naive 45."""
    random = np.random.default_rng(11)
    honest, naive = [], []
    for _ in range(60):
        steps = random.normal(size=(30, 410))
        sums = np.cumsum(steps, axis=1)
        came = sums[:, 10:] - sums[:, :-10]
        said = np.cumsum(random.normal(size=(30, 400)), axis=1)  # slow to change
        for kept, end in ((honest, 10), (naive, 1)):
            found = measures(said, came, label_start=1, label_end=end)
            assert found.p is not None
            kept.append(found.p < 0.05)
    assert np.mean(honest) < 0.15
    assert np.mean(naive) > 0.30


def test_one_ticker_is_measured_across_its_sessions() -> None:
    random = np.random.default_rng(5)
    said = random.normal(size=(1, 200))
    came = 0.5 * said + random.normal(size=(1, 200))
    found = measures(said, came, label_start=1, label_end=2)
    assert found.ic == pytest.approx(stats.pearsonr(said[0], came[0]).statistic)
    apart = stats.spearmanr(said[0, ::2], came[0, ::2])
    assert found.independent == 100
    assert found.p == pytest.approx(apart.pvalue, abs=1e-9)
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
