"""Luck against outside truth: scipy, arch, plain arithmetic; and boards of noise."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from arch import bootstrap
from scipy import stats

from sigma_core.evidence.contest import Contest, long_run_variance
from sigma_core.evidence.overfitting import Splits, splits
from sigma_core.evidence.resampling import Blocks, block_length, draw
from sigma_core.evidence.sharpe import expected_maximum_sharpe, moments
from sigma_core.evidence.significance import p_values, q_values


def noise(seed: int, sessions: int, trials: int) -> np.ndarray:
    """Daily excess returns without any edge, of fat tails."""
    random = np.random.default_rng(seed)
    return 0.008 * random.standard_t(5, size=(sessions, trials))


@pytest.mark.parametrize("seed", range(5))
def test_q_values_are_those_of_scipy(seed: int) -> None:
    p = np.random.default_rng(seed).uniform(size=200) ** 3
    assert q_values(p) == pytest.approx(stats.false_discovery_control(p))


def test_a_trial_without_a_p_counts_as_one_that_failed() -> None:
    found = q_values(np.array([0.01, np.nan, 0.04]))
    assert found[[0, 2]] == pytest.approx([0.03, 0.06])
    assert np.isnan(found[1])


@pytest.mark.parametrize("seed", range(3))
def test_moments_are_those_of_scipy(seed: int) -> None:
    returns = noise(seed, 300, 1)[:, 0]
    found = moments(returns)
    assert found.skew == pytest.approx(stats.skew(returns))
    assert found.kurtosis == pytest.approx(stats.kurtosis(returns, fisher=False))


@pytest.mark.parametrize("returns", [[], [0.01], [0.01, 0.01, 0.01]])
def test_without_spread_there_is_no_sharpe(returns: list[float]) -> None:
    assert moments(np.array(returns)).sharpe is None


def test_luck_is_what_the_best_of_many_has() -> None:
    random = np.random.default_rng(1)
    best = random.normal(0, 0.05, size=(4_000, 100)).max(axis=1).mean()
    assert expected_maximum_sharpe(0.05**2, 100) == pytest.approx(best, rel=0.02)


def test_every_resample_is_whole_and_its_blocks_are_as_long_as_said() -> None:
    blocks = draw(1_000, 500, np.random.default_rng(3))
    lengths = blocks.stops - blocks.starts
    assert (lengths.sum(axis=1) == 1_000).all()
    assert (blocks.counts().sum(axis=1) == 1_000).all()
    # the last of a row is cut, so blocks are a little shorter than the mean says
    assert lengths[lengths > 0].mean() == pytest.approx(block_length(1_000), rel=0.08)
    assert np.bincount(blocks.starts.ravel(), minlength=1_000).min() > 0


def test_a_p_is_that_of_the_stationary_bootstrap_of_arch() -> None:
    excess = noise(5, 750, 1)[:, 0] + 0.0004
    drawn = bootstrap.StationaryBootstrap(block_length(750), excess, seed=9)
    means = drawn.apply(np.mean, reps=4_000)
    wanted = (means - excess.mean() >= excess.mean()).mean()
    assert p_values(excess[:, None])[0] == pytest.approx(wanted, abs=0.02)


def test_p_values_of_noise_are_even() -> None:
    found = p_values(noise(2, 500, 400))
    assert stats.kstest(found, "uniform").pvalue > 0.01


def test_a_small_p_is_looked_at_again() -> None:
    random = np.random.default_rng(4)
    excess = random.normal(0, 0.01, size=(1_000, 1))
    excess += 0.0013 - excess.mean()
    wanted = stats.norm.sf(np.sqrt(1_000) * 0.0013 / excess.std())  # about 2e-5
    found = p_values(excess)[0]
    assert wanted < 1e-4
    assert found == pytest.approx(wanted, rel=1.0)
    assert found < 1 / 20_001


def test_a_short_series_has_no_p() -> None:
    assert np.isnan(p_values(noise(1, 59, 3))).all()
    assert not np.isnan(p_values(noise(1, 60, 3))).any()


def test_the_error_is_that_of_the_resamples_themselves() -> None:
    random = np.random.default_rng(6)
    excess = np.convolve(random.normal(0, 0.01, 520), np.ones(20) / 4)[10:510]
    blocks = draw(500, 20_000, random)
    spread = blocks.means(excess).std()
    error = np.sqrt(long_run_variance(excess[:, None], block_length(500))[0] / 500)
    assert error == pytest.approx(spread, rel=0.02)


@pytest.mark.parametrize("edge", [0.0, 0.0006, 0.0012])
def test_spa_is_that_of_arch_on_the_same_resamples(edge: float) -> None:
    excess = noise(8, 400, 30)
    excess[:, 3] += edge
    excess[:, 4] -= 0.004  # clearly worse: not lifted to the benchmark
    length = block_length(400)
    # arch compares the means as they are; Hansen's are in units of their own error
    alike = excess / np.sqrt(long_run_variance(excess, length))
    theirs = bootstrap.SPA(
        np.zeros(400), -alike, block_size=length, reps=1_000, seed=11
    )
    theirs.compute()
    ours = Contest(400, blocks=_drawn_by_arch(length), length=length)
    ours.add(excess)
    assert ours.p == pytest.approx(theirs.pvalues["consistent"], abs=1e-12)


def _drawn_by_arch(length: int) -> Blocks:
    """The resamples that arch draws with that seed, session by session."""
    drawn = bootstrap.StationaryBootstrap(length, np.arange(400), seed=11)
    rows = np.array([pos[0] for pos, _ in drawn.bootstrap(1_000)], dtype=np.int64)
    return Blocks(400, rows, rows + 1)


def test_a_session_outside_its_dates_leaves_a_trial_as_it_is() -> None:
    excess = noise(9, 800, 1)
    alone, beside = Contest(800), Contest(2_400)
    alone.add(excess)
    beside.add(np.concatenate((np.zeros((1_600, 1)), excess)))
    assert beside.t[0] == pytest.approx(alone.t[0], rel=0.05)


def test_a_trial_that_never_differs_is_no_luckier_than_the_benchmark() -> None:
    whole = Contest(100)
    whole.add(np.zeros((100, 2)))
    assert whole.shares.tolist() == [1.0, 1.0]


def test_pbo_of_noise_is_about_a_half_and_of_one_good_cell_0() -> None:
    returns = noise(10, 800, 40)
    assert splits(returns).pbo == pytest.approx(0.5, abs=0.25)
    returns[:, 7] += 0.004
    assert splits(returns).pbo < 0.01


def test_pbo_is_that_of_a_plain_loop() -> None:
    returns = noise(12, 90, 6)
    parts = [returns[at : at + 15] for at in range(0, 90, 15)]
    low = 0
    for half in itertools.combinations(range(6), 3):
        inside = np.concatenate([parts[at] for at in half])
        outside = np.concatenate([parts[at] for at in range(6) if at not in half])
        best = np.argmax(inside.mean(axis=0) / inside.std(axis=0, ddof=1))
        place = stats.rankdata(outside.mean(axis=0) / outside.std(axis=0, ddof=1))[best]
        low += place / 7 <= 0.5
    assert splits(returns, blocks=6).pbo == pytest.approx(low / 20)


def test_a_chosen_cell_in_the_very_middle_counts_half() -> None:
    chosen, best = np.zeros((3, 2), np.bool_), np.ones((3, 1), np.bool_)
    place = np.array([[0.5], [0.51], [0.49]])
    found = Splits(chosen, best, place)
    assert found.lower.tolist() == [0.5, 0.0, 1.0]
    assert found.pbo == 0.5


@pytest.mark.parametrize("cells", [2, 3, 6])
def test_choosing_in_noise_gives_nothing_whatever_the_number_of_cells(
    cells: int,
) -> None:
    """An odd number has a middle; counted whole, three cells would come to 2/3."""
    found = [splits(noise(seed, 96, cells), blocks=8).pbo for seed in range(200)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("cells", [2, 5, 13])
def test_a_flat_plateau_has_no_pbo(cells: int) -> None:
    """Thresholds that do not bind, and cells without a trade: nothing was chosen."""
    same = np.repeat(noise(14, 700, 1), cells, axis=1)  # rounds differently
    assert splits(same) is None
    assert splits(np.zeros((320, cells))) is None


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_of_equal_cells_the_first_is_no_better(order: list[int]) -> None:
    """Two that differ in one block are equal on every half without it."""
    returns = np.repeat(noise(15, 320, 1), 2, axis=1)
    returns[40:50, 1] += 0.01
    assert splits(returns[:, order]).pbo == 0.5


def test_too_few_cells_or_sessions_give_no_pbo() -> None:
    assert splits(noise(1, 100, 1)) is None
    assert splits(noise(1, 31, 5)) is None


def test_of_100_boards_of_noise_at_most_10_show_a_winner() -> None:
    winners = [
        bool((q_values(p_values(noise(1_000 + board, 500, 500))) <= 0.05).any())
        for board in range(100)
    ]
    assert sum(winners) <= 10


def test_a_planted_edge_is_on_top_of_the_noise() -> None:
    board = noise(20, 1_250, 500)
    board[:, 123] += 0.0015
    p = p_values(board)
    assert int(p.argmin()) == 123
    assert q_values(p)[123] <= 0.05
    whole = Contest(1_250)
    whole.add(board)
    assert whole.p == whole.shares[123] <= 0.05
    assert np.sort(whole.shares)[1] > 0.05
