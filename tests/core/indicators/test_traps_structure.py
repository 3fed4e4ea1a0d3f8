"""Known traps and invariants of volume, bar patterns, highs and returns of the past."""

from __future__ import annotations

import numpy as np
import pytest

from sigma_core.frames import FIELDS, BarArrays, Floats
from sigma_core.indicators import kernels, resolve
from tests.market import arrays, random_market

BARS = random_market(seed=41, tickers=3, sessions=500)


def values(bars: BarArrays, name: str, **params: float) -> Floats:
    last = bars.axis.shape[1] - 1
    return kernels.compute(bars, [resolve(name, params)], first=0, last=last)


def changed(field: str, cells: Floats) -> BarArrays:
    return arrays({name: BARS.field(name) for name in FIELDS} | {field: cells})


def traded(factor: float) -> BarArrays:
    return changed("volume", BARS.volume * factor)


POWERS = {"ad_line": 1, "adosc": 1, "pvt": 1, "force_index": 1, "amihud": -1}
POWERS |= dict.fromkeys(["rvol", "volume_z", "vwap_rolling"], 0)


@pytest.mark.parametrize(("name", "power"), POWERS.items())
def test_more_volume_scales_a_value_as_its_formula_says(name: str, power: int) -> None:
    np.testing.assert_allclose(
        values(traded(4.0), name)[0], values(BARS, name)[0] * 4.0**power, rtol=1e-9
    )


@pytest.mark.parametrize("name", ["ad_line", "pvt"])
def test_the_comparable_form_of_a_line_knows_no_size(name: str) -> None:
    share, other = values(BARS, name)[1], values(traded(1000.0), name)[1]
    np.testing.assert_allclose(other, share, rtol=1e-9)


def test_a_line_never_moves_by_more_than_the_volume() -> None:
    steps = np.abs(np.diff(values(BARS, "ad_line")[0]))
    assert (steps <= BARS.volume[:, 1:] * (1 + 1e-9)).all()


def test_the_chaikin_oscillator_does_not_depend_on_the_level_of_its_line() -> None:
    recent = arrays({name: BARS.field(name)[:, 250:].copy() for name in FIELDS})
    apart = values(recent, "adosc")[0, :, 150:] - values(BARS, "adosc")[0, :, 400:]
    assert np.abs(apart).max() < 1e-6


def test_a_volume_z_of_one_outlier_passes_what_a_window_with_it_allows() -> None:
    cells = BARS.volume.copy()
    cells[:, 400] = 1e9
    assert (values(changed("volume", cells), "volume_z")[0, :, 400] > 100).all()


def test_a_day_without_volume_is_no_infinite_illiquidity() -> None:
    cells = BARS.volume.copy()
    cells[:, 300] = 0.0
    found = values(changed("volume", cells), "amihud")[0]
    assert np.isfinite(found[:, 21:]).all()
    whole = values(BARS, "amihud")[0]
    single = values(BARS, "amihud", window=1)[0, :, 300]
    np.testing.assert_allclose(found[:, 300], (whole[:, 300] * 21 - single) / 20)


def test_the_volume_weighted_price_lies_within_its_window() -> None:
    found = values(BARS, "vwap_rolling", window=5)[0, :, 4:]
    windows = np.lib.stride_tricks.sliding_window_view
    assert (found >= windows(BARS.low, 5, axis=1).min(axis=2)).all()
    assert (found <= windows(BARS.high, 5, axis=1).max(axis=2)).all()


def test_pivots_stand_in_order_and_know_only_the_bar_before() -> None:
    pp, r1, s1, r2, s2 = values(BARS, "pivot_floor")[..., 1:]
    for lower, upper in ((s2, s1), (s1, pp), (pp, r1), (r1, r2)):
        assert (lower <= upper).all()
    cells = BARS.close.copy()
    cells[:, -1] *= 1.001
    other = values(changed("close", cells), "pivot_floor")
    np.testing.assert_array_equal(other, values(BARS, "pivot_floor"))


def test_a_gap_is_known_at_the_open() -> None:
    fields = {name: BARS.field(name).copy() for name in FIELDS}
    for name in ("high", "low", "close", "volume"):
        fields[name][:, -1] *= 3.0
    np.testing.assert_array_equal(
        values(arrays(fields), "open_gap"), values(BARS, "open_gap")
    )


@pytest.mark.parametrize("name", ["nr7", "inside_bar", "donchian_breakout"])
def test_a_halted_stock_fires_nothing(name: str) -> None:
    fields = {field: BARS.field(field).copy() for field in FIELDS}
    for held in fields.values():
        held[:, 200:] = fields["close"][:, 199:200]
    assert (values(arrays(fields), name)[0, :, 230:] == 0).all()


def test_a_breakout_is_a_close_beyond_the_channel() -> None:
    way = values(BARS, "donchian_breakout")[0, :, 20:]
    top, bottom = values(BARS, "donchian")[..., 20:]
    close = BARS.close[:, 20:]
    np.testing.assert_array_equal(way, 1.0 * (close > top) - 1.0 * (close < bottom))


def test_on_a_new_high_no_day_has_passed() -> None:
    share = values(BARS, "high_52w", window=60)[0, :, 59:]
    since = values(BARS, "days_since_high", window=60)[0, :, 59:]
    np.testing.assert_array_equal(share == 1, since == 0)
    assert since.max() <= 59


def test_the_month_is_left_out_of_the_year() -> None:
    cells = BARS.close.copy()
    cells[:, -20:] *= 2.0
    np.testing.assert_array_equal(
        values(changed("close", cells), "mom_12_1")[..., -1],
        values(BARS, "momentum", window=252, skip=21)[..., -1],
    )


def test_more_of_the_largest_returns_have_a_lower_mean() -> None:
    one, five = (values(BARS, "max_ret", top=top)[0, :, 21:] for top in (1, 5))
    mean = values(BARS, "max_ret", window=20, top=20)[0, :, 21:]
    assert (one > five).all()
    steps = np.diff(BARS.close, axis=1) / BARS.close[:, :-1]
    windows = np.lib.stride_tricks.sliding_window_view(steps, 20, axis=1)
    np.testing.assert_allclose(mean, windows.mean(axis=2)[:, 1:], atol=1e-12)
