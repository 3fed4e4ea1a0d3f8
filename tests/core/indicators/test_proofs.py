"""What holds for every indicator: nothing leaks, and no path gives other bits."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from sigma_core.frames import FIELDS, Axis, BarArrays, Bools, Floats
from sigma_core.indicators import Card, cards, kernels, resolve
from tests.market import (
    arrays,
    five_minutes,
    holes,
    part,
    random_market,
    with_cell,
    without,
)

CARDS = list(cards().values())
each = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
#: room for a usual warm-up, and for the longest
USUAL, LONG = 420, 1000


@cache
def _market(seed: int, tickers: int, size: int, intraday: bool) -> BarArrays:
    bars = random_market(seed, tickers, size)
    times = five_minutes(size) if intraday else bars.axis.times
    return replace(bars, axis=Axis(bars.axis.tickers, times))


def market(card: Card, seed: int = 5, tickers: int = 3, size: int = 0) -> BarArrays:
    """Clean bars of the kind that a card is meant for, enough for its warm-up."""
    usual = USUAL if card.warmup(card.defaults) < USUAL - 20 else LONG
    return _market(seed, tickers, size or usual, card.intraday)


def full(card: Card, bars: BarArrays | None = None) -> Floats:
    held = holes(market(card)) if bars is None else bars
    last = held.axis.shape[1] - 1
    return kernels.compute(held, [resolve(card.name)], first=0, last=last)


def flat(card: Card) -> BarArrays:
    """A ticker that stands still in a market that moves."""
    fields = {name: np.full((1, 300), 0.1) for name in FIELDS}
    like = market(card)
    moving = like.benchmark.close[:300]
    return arrays(fields, times=like.axis.times[:300], market=moving)


@each
def test_a_value_stays_when_later_bars_are_cut_off(card: Card) -> None:
    whole, bars = full(card), holes(market(card))
    last = bars.axis.shape[1] - 1
    for size in (60, 199, 203, 300, 301, 302, 303, 304, last):
        found = full(card, part(bars, slice(size)))
        np.testing.assert_array_equal(found, whole[..., :size])


@each
def test_a_value_stays_when_later_bars_change(card: Card) -> None:
    bars = holes(market(card))
    cut = bars.axis.shape[1] - 110
    changed = {name: bars.field(name).copy() for name in FIELDS}
    index = bars.benchmark.close.copy()
    for values in (*changed.values(), index):
        values[..., cut:] *= 7.0
    benchmark = replace(bars.benchmark, close=index)
    found = full(card, replace(bars, **changed, benchmark=benchmark))
    np.testing.assert_array_equal(found[..., :cut], full(card)[..., :cut])


@each
@pytest.mark.parametrize("back", [0, 120, 294, 329, 330])
def test_one_session_alone_has_the_bits_of_the_full_build(
    card: Card, back: int
) -> None:
    bars, call = holes(market(card)), [resolve(card.name)]
    last = bars.axis.shape[1] - 1 - back
    alone = kernels.compute(bars, call, first=last, last=last)
    np.testing.assert_array_equal(alone[..., 0], full(card)[..., last])


@each
def test_a_ticker_does_not_see_the_others(card: Card) -> None:
    bars = holes(market(card))
    others = bars.axis.times, bars.benchmark.close
    for row in range(3):
        fields = {name: bars.field(name)[row : row + 1] for name in FIELDS}
        alone = arrays(fields, times=others[0], market=others[1])
        np.testing.assert_array_equal(full(card, alone)[:, 0], full(card)[:, row])


@each
def test_windows_count_own_bars(card: Card) -> None:
    """With short gaps, the values are those of the bars moved together."""
    clean = market(card)
    missing = np.zeros(clean.axis.shape[1], np.bool_)
    missing[[50, 51, 90, 200, 201, 202, 203, 204]] = True
    found = full(card, gappy(clean, missing))
    together = full(card, part(clean, ~missing))
    np.testing.assert_array_equal(found[..., ~missing], together)
    assert np.isnan(found[..., missing]).all()


@each
def test_warm_up_starts_anew_after_more_than_five_missing_sessions(card: Card) -> None:
    clean = market(card)
    found = full(card, gappy(clean, slice(100, 106)))
    later = full(card, part(clean, slice(106, None)))
    np.testing.assert_array_equal(found[..., 106:], later)
    np.testing.assert_array_equal(found[..., :100], full(card, clean)[..., :100])


@each
def test_a_late_listing_warms_up_from_its_first_bar(card: Card) -> None:
    clean = market(card)
    found = full(card, gappy(clean, slice(120)))
    begun = full(card, part(clean, slice(120, None)))
    assert np.isnan(found[..., :120]).all()
    np.testing.assert_array_equal(found[..., 120:], begun)


def gappy(clean: BarArrays, missing: slice | Bools) -> BarArrays:
    """Bars without some sessions, in all tickers."""
    return without(clean, [(slice(None), missing)])


@each
def test_the_first_value_comes_on_the_bar_the_card_names(card: Card) -> None:
    call = resolve(card.name)
    found = full(card, market(card))
    for output, values in zip(card.outputs, found, strict=True):
        first = (output.warmup or card.warmup)(call.params)
        assert np.isnan(values[:, : first - 1]).all(), output.key
        missing = np.isnan(values[:, first - 1 :])
        assert not missing.all(), output.key
        assert output.absent or not missing.any(), output.key


@each
def test_values_keep_within_the_bounds_of_the_card(card: Card) -> None:
    found = full(card, market(card, seed=8, tickers=5))
    for output, values in zip(card.outputs, found, strict=True):
        seen = values[~np.isnan(values)]
        low, high = output.low, output.high
        assert low is None or seen.min() >= low - 1e-9, output.key
        assert high is None or seen.max() <= high + 1e-9, output.key


@each
def test_values_scale_with_the_price_as_the_card_says(card: Card) -> None:
    """Forward adjustment multiplies prices and divides volumes by one factor."""
    clean = market(card)
    scaled = {n: clean.field(n) * (0.125 if n == "volume" else 8.0) for n in FIELDS}
    found, before = full(card, replace(clean, **scaled)), full(card, clean)
    for output, values, old in zip(card.outputs, found, before, strict=True):
        np.testing.assert_allclose(
            values, old * 8.0**output.degree, rtol=1e-9, atol=1e-9
        )


@each
def test_it_has_no_value_or_none_that_misleads_on_a_flat_price(card: Card) -> None:
    found = full(card, flat(card))[:, 0, -1]
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
    *("swing_high_3_3", "swing_low_3_3", "mom_resid_756_252_21"),
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
    exact |= {"ma_20": 1.0, "std_20": 0.0, "price_slope_20": 0.0, "resi_20": 0.0}
    exact |= {"vma_20": 1.0, "vstd_20": 0.0, "qtlu_20": 1.0, "rank_20": 0.525}
    exact |= {"vwap_session": 0.1, "close_vs_vwap": 0.0, "breadth_above_ma_50": 0.0}
    exact |= {"beta_252": 0.0, "ivol_21": 0.0}
    found = full(card, flat(card))[:, 0, -1]
    for spec, value in zip(resolve(card.name).columns, found, strict=True):
        if spec.name in exact:
            assert value == exact[spec.name], spec.name


FINITE = [c for c in CARDS if c.stable and c.stable(c.defaults) == c.warmup(c.defaults)]


@pytest.mark.parametrize("card", FINITE, ids=lambda card: card.name)
def test_a_bad_tick_leaves_no_trace_once_out_of_the_window(card: Card) -> None:
    """Bit for bit: no running sum carries it on."""
    at, clean = 100, market(card)
    after = at + card.warmup(resolve(card.name).params)
    spoiled = full(card, with_cell(clean, 0, at, 1e9))
    np.testing.assert_array_equal(spoiled[..., after:], full(card, clean)[..., after:])


def test_windowed_indicators_are_known_as_such() -> None:
    names = {card.name for card in FINITE}
    assert {"sma", "wma", "cci", "bollinger", "donchian", "cmf", "mfi", "obv"} <= names


@each
def test_a_value_is_stable_after_the_history_the_card_names(card: Card) -> None:
    if card.anchored:
        pytest.skip("depends on its first bar for ever")
    bars = market(card, seed=3, tickers=2, size=900)
    start = 900 - card.stable(resolve(card.name).params)
    recent = full(card, part(bars, slice(start, None)))
    whole, short = full(card, bars)[..., -1], recent[..., -1]
    np.testing.assert_allclose(short, whole, rtol=1e-6, atol=1e-6)


@each
def test_no_bar_at_all_is_no_error(card: Card) -> None:
    empty = {name: np.full((2, 30), np.nan) for name in FIELDS}
    assert np.isnan(full(card, arrays(empty))).all()
    one = {name: np.where(np.arange(30) == 7, 5.0, np.nan)[None] for name in FIELDS}
    assert full(card, arrays(one)).shape[1:] == (1, 30)
