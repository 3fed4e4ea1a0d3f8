"""What holds for every indicator: nothing leaks, and no path gives other bits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sigma_core.frames import FIELDS, BarArrays, Floats
from sigma_core.indicators import Card, cards, kernels, resolve
from tests.market import arrays, holes, random_market, with_cell

CARDS = list(cards().values())
each = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
CLEAN = random_market(seed=5, tickers=3, sessions=420)
BARS = holes(CLEAN)
LAST = BARS.axis.shape[1] - 1


def full(card: Card, bars: BarArrays = BARS) -> Floats:
    last = bars.axis.shape[1] - 1
    return kernels.compute(bars, [resolve(card.name)], first=0, last=last)


def until(bars: BarArrays, size: int) -> BarArrays:
    return arrays({name: bars.field(name)[:, :size] for name in FIELDS})


@each
def test_a_value_stays_when_later_bars_are_cut_off(card: Card) -> None:
    whole = full(card)
    for size in (60, 199, 203, 300, 301, 302, 303, 304, 419):
        np.testing.assert_array_equal(full(card, until(BARS, size)), whole[..., :size])


@each
def test_a_value_stays_when_later_bars_change(card: Card) -> None:
    changed = {name: BARS.field(name).copy() for name in FIELDS}
    for values in changed.values():
        values[:, 310:] *= 7.0
    np.testing.assert_array_equal(
        full(card, replace(BARS, **changed))[..., :310], full(card)[..., :310]
    )


@each
@pytest.mark.parametrize("last", [89, 90, 125, 299, LAST])
def test_one_session_alone_has_the_bits_of_the_full_build(
    card: Card, last: int
) -> None:
    call = [resolve(card.name)]
    alone = kernels.compute(BARS, call, first=last, last=last)
    np.testing.assert_array_equal(alone[..., 0], full(card)[..., last])


@each
def test_a_ticker_does_not_see_the_others(card: Card) -> None:
    for row in range(3):
        alone = arrays({name: BARS.field(name)[row : row + 1] for name in FIELDS})
        np.testing.assert_array_equal(full(card, alone)[:, 0], full(card)[:, row])


@each
def test_windows_count_own_bars(card: Card) -> None:
    """With short gaps, the values are those of the bars moved together."""
    missing = np.zeros(420, np.bool_)
    missing[[50, 51, 90, 200, 201, 202, 203, 204]] = True
    gappy = {name: CLEAN.field(name).copy() for name in FIELDS}
    for values in gappy.values():
        values[:, missing] = np.nan
    together = {name: CLEAN.field(name)[:, ~missing] for name in FIELDS}
    found = full(card, arrays(gappy))
    np.testing.assert_array_equal(found[..., ~missing], full(card, arrays(together)))
    assert np.isnan(found[..., missing]).all()


@each
def test_warm_up_starts_anew_after_more_than_five_missing_sessions(card: Card) -> None:
    gap = slice(100, 106)
    gappy = {name: CLEAN.field(name).copy() for name in FIELDS}
    for values in gappy.values():
        values[:, gap] = np.nan
    later = {name: CLEAN.field(name)[:, 106:] for name in FIELDS}
    found = full(card, arrays(gappy))
    np.testing.assert_array_equal(found[..., 106:], full(card, arrays(later)))
    np.testing.assert_array_equal(found[..., :100], full(card, CLEAN)[..., :100])


@each
def test_a_late_listing_warms_up_from_its_first_bar(card: Card) -> None:
    late = {name: CLEAN.field(name).copy() for name in FIELDS}
    for values in late.values():
        values[:, :120] = np.nan
    found = full(card, arrays(late))
    begun = {name: CLEAN.field(name)[:, 120:] for name in FIELDS}
    assert np.isnan(found[..., :120]).all()
    np.testing.assert_array_equal(found[..., 120:], full(card, arrays(begun)))


@each
def test_the_first_value_comes_on_the_bar_the_card_names(card: Card) -> None:
    call = resolve(card.name)
    found = full(card, CLEAN)
    for output, values in zip(card.outputs, found, strict=True):
        first = (output.warmup or card.warmup)(call.params)
        assert np.isnan(values[:, : first - 1]).all(), output.key
        missing = np.isnan(values[:, first - 1 :])
        assert not missing.all(), output.key
        assert output.absent or not missing.any(), output.key


@each
def test_values_keep_within_the_bounds_of_the_card(card: Card) -> None:
    found = full(card, random_market(seed=8, tickers=5, sessions=420))
    for output, values in zip(card.outputs, found, strict=True):
        seen = values[~np.isnan(values)]
        low, high = output.low, output.high
        assert low is None or seen.min() >= low - 1e-9, output.key
        assert high is None or seen.max() <= high + 1e-9, output.key


@each
def test_values_scale_with_the_price_as_the_card_says(card: Card) -> None:
    """Forward adjustment multiplies prices and divides volumes by one factor."""
    scaled = {n: CLEAN.field(n) * (0.125 if n == "volume" else 8.0) for n in FIELDS}
    found, before = full(card, arrays(scaled)), full(card, CLEAN)
    for output, values, old in zip(card.outputs, found, before, strict=True):
        np.testing.assert_allclose(
            values, old * 8.0**output.degree, rtol=1e-9, atol=1e-9
        )


@each
def test_it_has_no_value_or_none_that_misleads_on_a_flat_price(card: Card) -> None:
    flat = {name: np.full((1, 300), 0.1) for name in FIELDS}
    found = full(card, arrays(flat))[:, 0, -1]
    expected = set(UNDEFINED_WHEN_FLAT)
    for spec, value in zip(resolve(card.name).columns, found, strict=True):
        assert np.isfinite(value) != (spec.name in expected), spec.name


#: 0/0 when nothing moves: no value, so that no gate fires on a halted stock.
UNDEFINED_WHEN_FLAT = (
    *("adx_14", "plus_di_14", "minus_di_14", "lr_r2_60", "bos_20", "rsi_14", "cci_20"),
    *("stochastic_k_14_3_3", "stochastic_d_14_3_3", "williams_r_14", "cmf_20"),
    *("bollinger_pct_b_20_2", "mfi_14", "vol_zscore_20"),
    *("psar_dir_0p02_0p2", "supertrend_dir_10_3", "vortex_plus_14", "vortex_minus_14"),
    *("stoch_rsi_k_14_14_3", "stoch_rsi_d_14_14_3", "cmo_14", "efficiency_ratio_10"),
    *("tsi_line_25_13_7", "tsi_signal_25_13_7", "ultimate_oscillator_7_14_28"),
    *("fisher_transform_10", "fisher_transform_signal_10", "chop_14"),
    *("ad_line_share", "volume_z_20", "open_gap_atr"),
    *("swing_high_3_3", "swing_low_3_3"),
    *("kmid2", "kup2", "klow2", "ksft2", "rsqr_20", "rsv_20", "wvma_20"),
    *("sump_20", "sumn_20", "sumd_20", "vsump_20", "vsumn_20", "vsumd_20"),
    *("corr_20", "cord_20"),
)


@each
def test_a_flat_price_gives_exactly_nothing_where_it_gives_a_number(card: Card) -> None:
    exact = {"ema_20": 0.1, "sma_20": 0.1, "macd_hist_12_26_9": 0.0, "atr_14": 0.0}
    exact |= {"rolling_std_20": 0.0, "bollinger_width_20_2": 0.0, "dist_to_ema_50": 0.0}
    exact |= {"keltner_width_20_10_2": 0.0, "obv_20": 0.0, "ret_20": 0.0}
    exact |= {
        "ma_cross_state_50_200": 0.0,
        "linreg_slope_60": 0.0,
        "ppo_hist_12_26_9": 0.0,
    }
    exact |= {"trix_15": 0.0, "ema_slope_20_5": 0.0, "dist_ma_50": 0.0, "dpo_20": 0.0}
    exact |= {"kama_10_2_30": 0.1, "awesome_osc_5_34": 0.0, "supertrend_line_10_3": 0.1}
    exact |= {
        "rv_close_21_252": 0.0,
        "rv_yang_zhang_21_252": 0.0,
        "squeeze_20_2_1p5": 0.0,
    }
    exact |= {"ewma_vol_0p94_252": 0.0, "vol_of_vol_21_63_252": 0.0}
    exact |= {"ma_20": 1.0, "std_20": 0.0, "beta_20": 0.0, "resi_20": 0.0}
    exact |= {"vma_20": 1.0, "vstd_20": 0.0, "qtlu_20": 1.0, "rank_20": 0.525}
    flat = {name: np.full((1, 300), 0.1) for name in FIELDS}
    found = full(card, arrays(flat))[:, 0, -1]
    for spec, value in zip(resolve(card.name).columns, found, strict=True):
        if spec.name in exact:
            assert value == exact[spec.name], spec.name


FINITE = [c for c in CARDS if c.stable and c.stable(c.defaults) == c.warmup(c.defaults)]


@pytest.mark.parametrize("card", FINITE, ids=lambda card: card.name)
def test_a_bad_tick_leaves_no_trace_once_out_of_the_window(card: Card) -> None:
    """Bit for bit: no running sum carries it on."""
    at = 100
    after = at + card.warmup(resolve(card.name).params)
    spoiled = full(card, with_cell(CLEAN, 0, at, 1e9))
    np.testing.assert_array_equal(spoiled[..., after:], full(card, CLEAN)[..., after:])


def test_windowed_indicators_are_known_as_such() -> None:
    names = {card.name for card in FINITE}
    assert {"sma", "wma", "cci", "bollinger", "donchian", "cmf", "mfi", "obv"} <= names


@each
def test_a_value_is_stable_after_the_history_the_card_names(card: Card) -> None:
    if card.anchored:
        pytest.skip("depends on its first bar for ever")
    bars = random_market(seed=3, tickers=2, sessions=900)
    history = card.stable(resolve(card.name).params)
    start = 900 - history
    recent = arrays({name: bars.field(name)[:, start:] for name in FIELDS})
    whole, short = full(card, bars)[..., -1], full(card, recent)[..., -1]
    np.testing.assert_allclose(short, whole, rtol=1e-6, atol=1e-6)


@each
def test_no_bar_at_all_is_no_error(card: Card) -> None:
    empty = {name: np.full((2, 30), np.nan) for name in FIELDS}
    assert np.isnan(full(card, arrays(empty))).all()
    one = {name: np.where(np.arange(30) == 7, 5.0, np.nan)[None] for name in FIELDS}
    assert full(card, arrays(one)).shape[1:] == (1, 30)
