"""Traps of what is measured against a market, a calendar or a session."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sigma_core.frames import Axis, BarArrays, Floats
from sigma_core.indicators import kernels, resolve
from sigma_core.indicators.across import over_members
from tests.market import arrays, five_minutes, part, random_market, with_cell

BARS = random_market(seed=31, tickers=3, sessions=500)
MINUTES = replace(BARS, axis=Axis(BARS.axis.tickers, five_minutes(500)))
#: where the second and later sessions begin
OPENS = np.flatnonzero(np.diff(MINUTES.axis.times) > np.timedelta64(5, "m")) + 1
MARKET = ("beta", "ivol", "mom_resid", "rel_strength")
SHORT = {"mom_resid": {"window": 60, "span": 40, "skip": 5}}


def values(bars: BarArrays, name: str, **params: float) -> Floats:
    given = params or SHORT.get(name, {"window": 20} if name in MARKET else {})
    last = bars.axis.shape[1] - 1
    return kernels.compute(bars, [resolve(name, given)], first=0, last=last)


def against(close: Floats, market: Floats) -> BarArrays:
    """One ticker's closes and its benchmark's."""
    return arrays({"close": close}, market=market)


def with_market(bars: BarArrays, at: int, value: float) -> BarArrays:
    close = bars.benchmark.close.copy()
    close[at] = value
    return replace(bars, benchmark=replace(bars.benchmark, close=close))


def test_a_benchmark_against_itself() -> None:
    bars = against(BARS.close[0], BARS.close[0])
    assert set(values(bars, "beta")[0, 0, 20:]) == {1.0}
    assert set(values(bars, "ivol")[0, 0, 20:]) == {0.0}
    assert np.isnan(values(bars, "mom_resid")).all()
    assert set(values(bars, "rel_strength")[0, 0, 20:]) == {0.0}


def test_beta_is_linear_in_the_return() -> None:
    market = BARS.benchmark.close
    steps = 1 + 2 * (market[1:] / market[:-1] - 1)
    doubled = np.concatenate([[10.0], 10 * np.cumprod(steps)])
    found = values(against(doubled, market), "beta")[0, 0, 20:]
    np.testing.assert_allclose(found, 2.0, rtol=1e-9)
    assert (values(against(doubled, market), "ivol")[0, 0, 20:] < 1e-9).all()
    assert np.isnan(values(against(doubled, market), "mom_resid")).all()


def test_residuals_do_not_change_with_a_multiple_of_the_market() -> None:
    own, market = (x[1:] / x[:-1] - 1 for x in (BARS.close[0], BARS.benchmark.close))
    tilted = np.concatenate([[10.0], 10 * np.cumprod(1 + own + 0.7 * market)])
    for name in ("mom_resid", "ivol"):
        found = values(against(tilted, BARS.benchmark.close), name)[0, 0]
        np.testing.assert_allclose(found, values(BARS, name)[0, 0], rtol=1e-8)


def test_it_never_says_more_than_all_of_the_volatility() -> None:
    own = BARS.close[:, 1:] / BARS.close[:, :-1] - 1
    windows = np.lib.stride_tricks.sliding_window_view(own, 20, axis=1)
    assert (values(BARS, "ivol")[0, :, 20:] <= windows.std(axis=2) + 1e-12).all()


@pytest.mark.parametrize("name", MARKET)
def test_a_bar_the_benchmark_lacks_is_missed_only_where_it_is_read(name: str) -> None:
    plain, holed = values(BARS, name)[0], values(with_market(BARS, 200, np.nan), name)
    warmup = resolve(name, SHORT.get(name, {"window": 20})).card.warmup
    reach = warmup(SHORT.get(name, {"window": 20}))
    missed = np.isnan(holed[0]) & ~np.isnan(plain)
    read = [200, 220] if name == "rel_strength" else range(200, 200 + reach)
    np.testing.assert_array_equal(np.flatnonzero(missed.all(axis=0)), list(read))
    np.testing.assert_array_equal(holed[0][~missed], plain[~missed])


@pytest.mark.parametrize("name", MARKET)
def test_a_bad_tick_of_the_benchmark_leaves_no_trace(name: str) -> None:
    spoiled = values(with_market(BARS, 200, 1e9), name)[0]
    reach = resolve(name, SHORT.get(name, {"window": 20}))
    after = 200 + reach.card.warmup(reach.params)
    plain = values(BARS, name)[0]
    np.testing.assert_array_equal(spoiled[:, after:], plain[:, after:])
    assert (spoiled[:, 200] != plain[:, 200]).all()


@pytest.mark.parametrize("name", MARKET)
def test_without_a_benchmark_there_is_no_value(name: str) -> None:
    assert np.isnan(values(replace(BARS, benchmark=None), name)).all()


def test_breadth_counts_members_and_tells_everyone() -> None:
    parts = np.array([[1.0, 1.0, np.nan], [0.0, 1.0, np.nan], [1.0, 0.0, 1.0]])
    members = np.array([[1, 1, 1], [1, 1, 1], [0, 0, 0]], np.bool_)
    held = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], np.bool_)
    found = over_members(parts, members, held)
    nan = np.nan
    wanted = [[0.5, 1.0, nan], [0.5, nan, nan], [0.5, 1.0, nan]]
    np.testing.assert_array_equal(found, wanted)


def test_a_session_begins_anew_whatever_came_before() -> None:
    """A bad tick is gone with its session; the next begins at the exchange's open."""
    spoiled = with_cell(MINUTES, 0, OPENS[0] + 3, 1e9)
    for name in ("vwap_session", "close_vs_vwap", "first_minutes_range"):
        plain, found = values(MINUTES, name)[:, 0], values(spoiled, name)[:, 0]
        np.testing.assert_array_equal(found[:, OPENS[1] :], plain[:, OPENS[1] :])
        last = OPENS[1] - 1  # but stays to the end of its own
        assert (found[:, last] != plain[:, last]).all()


def test_the_price_of_a_session_lies_within_its_range() -> None:
    days = MINUTES.axis.times.astype("datetime64[D]")
    found = values(MINUTES, "vwap_session")[0]
    for day in np.unique(days):
        mine = days == day
        low = np.minimum.accumulate(MINUTES.low[:, mine], axis=1)
        high = np.maximum.accumulate(MINUTES.high[:, mine], axis=1)
        assert (low - 1e-9 <= found[:, mine]).all()
        assert (found[:, mine] <= high + 1e-9).all()


def test_of_a_daily_bar_the_price_is_the_typical_one() -> None:
    typical = (BARS.high + BARS.low + BARS.close) / 3
    np.testing.assert_allclose(values(BARS, "vwap_session")[0], typical, rtol=1e-14)
    assert np.isnan(values(BARS, "first_minutes_range")).all()
    assert (values(BARS, "session_minute") == 0).all()


def test_the_opening_range_is_not_told_before_it_is_over() -> None:
    later = {name: MINUTES.field(name).copy() for name in ("high", "low")}
    opens = np.append(0, OPENS)
    for at in opens:
        later["high"][:, at + 6 : at + 78] *= 2
    found = values(replace(MINUTES, **later), "first_minutes_range")
    np.testing.assert_array_equal(found, values(MINUTES, "first_minutes_range"))
    assert np.isnan(found[:, :, opens[:-1]]).all()


def test_a_month_that_the_data_leave_off_has_the_same_last_session() -> None:
    """Its last trading day is the calendar's, not that of the rows."""
    whole = values(BARS, "calendar_flags")[:, 0]
    for size in (18, 19, 20, 21, 22, 23):
        cut = values(part(BARS, slice(size)), "calendar_flags")[:, 0]
        np.testing.assert_array_equal(cut, whole[:, :size])
    thinned = part(BARS, np.arange(500) % 3 == 0)
    found = values(thinned, "calendar_flags")[:, 0]
    np.testing.assert_array_equal(found, whole[:, np.arange(500) % 3 == 0])
