"""Known traps and invariants of single indicators, beyond what holds for all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import talib
from numpy.lib.stride_tricks import sliding_window_view

from sigma_core import matrix
from sigma_core.frames import FIELDS, BarArrays, Floats
from sigma_core.indicators import kernels, resolve
from sigma_core.specs.files import read_spec
from sigma_core.specs.schema import IndicatorSet
from tests.market import arrays, random_market

BARS = random_market(seed=21, tickers=3, sessions=500)


def values(bars: BarArrays, name: str, **params: float) -> Floats:
    last = bars.axis.shape[1] - 1
    return kernels.compute(bars, [resolve(name, params)], first=0, last=last)


def close(row: int = 0) -> Floats:
    return BARS.close[row]


def halted() -> BarArrays:
    """A market that stands still after 100 bars."""
    fields = {name: BARS.field(name).copy() for name in FIELDS}
    for held in fields.values():
        held[:, 100:] = fields["close"][:, 99:100]
    return arrays(fields)


@pytest.mark.parametrize("window", [2, 3, 5, 9, 10, 21])
def test_hull_rounds_its_windows_down(window: int) -> None:
    found = values(BARS, "hma", window=window)[0, 0]
    np.testing.assert_allclose(found, talib.HMA(close(), window), rtol=1e-9)


@pytest.mark.parametrize(("af", "most"), [(0.02, 0.2), (0.05, 0.3), (0.2, 0.2)])
def test_the_parabolic_stop_is_outside_its_bar(af: float, most: float) -> None:
    found = values(BARS, "psar", af=af, max=most)[:, 0]
    wanted = talib.SAR(BARS.high[0], BARS.low[0], af, most)
    np.testing.assert_allclose(found[0], wanted, rtol=1e-9)
    stop, way = found[:, 1:]
    assert set(way) == {-1.0, 1.0}
    assert (stop <= BARS.low[0, 1:])[way > 0].all()
    assert (stop >= BARS.high[0, 1:])[way < 0].all()


def test_macd_and_ppo_part_only_while_they_warm_up() -> None:
    line = values(BARS, "macd")[0, 0] / talib.EMA(close(), 26) * 100
    apart = np.abs(values(BARS, "ppo")[0, 0] - line)
    assert apart[33] > 1e-4
    assert apart[300] < 1e-9


def test_a_histogram_is_exactly_line_less_signal() -> None:
    line, signal, hist = values(BARS, "ppo")
    np.testing.assert_array_equal(hist, line - signal)


def test_a_halted_stock_has_no_stochastic_rsi_out_of_rounding() -> None:
    assert np.isnan(values(halted(), "stoch_rsi", window=14)[:, :, 120:]).all()


@pytest.mark.parametrize("name", ["cmo", "efficiency_ratio", "vortex", "chop"])
def test_a_halted_stock_has_no_share_of_nothing(name: str) -> None:
    assert np.isnan(values(halted(), name)[:, :, 130:]).all()


@pytest.mark.parametrize("name", ["tsi", "kama", "ewma_vol", "trix"])
def test_averages_go_on_through_a_halt(name: str) -> None:
    assert np.isfinite(values(halted(), name)[:, :, 130:]).all()


def test_becoming_ready_is_no_crossing() -> None:
    state, cross = values(BARS, "ma_cross", fast=5, slow=20)
    assert np.isnan(cross[:, 19]).all()
    assert np.isfinite(state[:, 19]).all()
    turned = state[:, 20:] != state[:, 19:-1]
    np.testing.assert_array_equal(cross[:, 20:] != 0, turned)


def test_spans_are_those_known_26_bars_ago() -> None:
    tenkan, kijun, span_a, _ = values(BARS, "ichimoku")
    np.testing.assert_array_equal(
        span_a[:, 60:], (0.5 * (tenkan + kijun))[:, 60 - 26 : -26]
    )


def test_a_squeeze_is_bollinger_inside_keltner() -> None:
    upper, _, lower, *_ = values(BARS, "bollinger", window=20, k=2.0)
    top, _, bottom, _ = values(BARS, "keltner", window=20, atr=20, k=1.5)
    on = values(BARS, "squeeze")[0]
    seen = ~np.isnan(on)
    inside = (upper < top) & (lower > bottom)
    np.testing.assert_array_equal(on[seen] == 1, inside[seen])
    assert 0 < on[seen].mean() < 1


def test_downside_counts_all_bars_and_is_below_the_whole() -> None:
    down = values(BARS, "downside_vol", window=63)[0, 0]
    steps = np.diff(np.log(close()))[-63:]
    assert down[-1] == pytest.approx(np.sqrt(252 * np.mean(np.minimum(steps, 0) ** 2)))
    assert down[-1] < np.sqrt(252 * np.mean(steps**2))


def test_volatility_of_closes_is_the_same_backwards() -> None:
    backwards = arrays({"close": np.ascontiguousarray(BARS.close[:, ::-1])})
    np.testing.assert_allclose(
        values(backwards, "rv_close", window=100)[0, :, -1],
        values(BARS, "rv_close", window=100)[0, :, 100],
        rtol=1e-9,
    )


RANGES = ["rv_parkinson", "rv_garman_klass", "rv_rogers_satchell"]


@pytest.mark.parametrize("name", [*RANGES, "rv_yang_zhang"])
def test_only_yang_and_zhang_see_a_gap(name: str) -> None:
    fields = {field: BARS.field(field).copy() for field in FIELDS}
    for field in ("open", "high", "low", "close"):
        fields[field][:, 480:] *= 1.5
    moved, before = values(arrays(fields), name), values(BARS, name)
    same = np.allclose(moved[..., -1], before[..., -1], rtol=1e-9)
    assert same == (name in RANGES)


def test_volatility_scales_with_the_root_of_bars_per_year() -> None:
    year = values(BARS, "rv_close")
    np.testing.assert_allclose(
        values(BARS, "rv_close", per_year=63), year / 2.0, rtol=1e-12
    )


def test_the_log_slope_of_steady_growth_is_its_rate() -> None:
    grown = arrays({"close": 10.0 * 1.01 ** np.arange(300.0)[None]})
    slope = values(grown, "linreg_slope")[0, 0, -1]
    assert np.exp(252 * slope) - 1 == pytest.approx(1.01**252 - 1, rel=1e-9)


def test_alpha158_has_158_columns_of_one_bar_and_five_windows(packs: Path) -> None:
    where = packs / "swingsigma" / "indicator_sets" / "alpha158.yaml"
    columns = [one.name for one in matrix.plan(read_spec(where, IndicatorSet)).columns]
    assert len(columns) == len(set(columns)) == 158
    ends = [name.rpartition("_")[2] for name in columns]
    assert [ends.count(end) for end in ("5", "10", "20", "30", "60")] == [29] * 5


def test_an_equal_extreme_counts_where_it_was_first() -> None:
    flat = arrays({name: np.full((1, 30), 5.0) for name in FIELDS})
    found = values(flat, "price_extremes", window=10)[:, 0, -1]
    assert found[3:].tolist() == [0.1, 0.1, 0.0]


@pytest.mark.parametrize("window", [2, 3, 7, 64, 65])
def test_quantiles_of_any_window_are_those_of_numpy(window: int) -> None:
    """On prices of few digits, so that many are equal."""
    coarse = arrays({"close": np.round(BARS.close[:, :300], 0)})
    upper, lower, _ = values(coarse, "price_ranks", window=window)
    for row, prices in enumerate(coarse.close):
        windows = sliding_window_view(prices, window)
        today = windows[:, -1]
        for found, share in ((upper, 0.8), (lower, 0.2)):
            wanted = np.quantile(windows, share, axis=1) / today
            np.testing.assert_allclose(found[row, window - 1 :], wanted, rtol=1e-12)


def test_a_day_without_volume_has_no_correlation_until_it_has_left() -> None:
    fields = {name: BARS.field(name).copy() for name in FIELDS}
    fields["volume"][:, 100] = 0.0
    level, change = values(arrays(fields), "price_volume_corr", window=10)[:, 0]
    assert np.flatnonzero(np.isnan(level[20:])).tolist() == list(range(80, 90))
    assert np.flatnonzero(np.isnan(change[20:])).tolist() == list(range(80, 91))
