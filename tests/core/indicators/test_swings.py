"""Swings are dated when known, and each level breaks once."""

from __future__ import annotations

import numpy as np
import pytest

from sigma_core.frames import BarArrays, Floats
from sigma_core.indicators import kernels, resolve
from tests.market import arrays, random_market

BARS = random_market(seed=31, tickers=4, sessions=600)


def values(bars: BarArrays, name: str, **params: float) -> Floats:
    last = bars.axis.shape[1] - 1
    return kernels.compute(bars, [resolve(name, params)], first=0, last=last)


def peak(at: int = 20, size: int = 40) -> BarArrays:
    """A price with one swing high."""
    close = 50.0 - np.abs(np.arange(float(size)) - at)
    return arrays({"high": close + 1, "low": close - 1, "close": close})


@pytest.mark.parametrize(("left", "right"), [(3, 3), (2, 5), (5, 1), (1, 8)])
def test_a_swing_is_known_as_many_bars_later_as_must_follow(
    left: int, right: int
) -> None:
    high, low = values(peak(), "swing_points", left=left, right=right)[:, 0]
    assert np.flatnonzero(~np.isnan(high))[0] == 20 + right
    assert (high[20 + right :] == 51.0).all()
    assert np.isnan(low).all()


def test_equal_highs_are_no_swing() -> None:
    top = np.array([1.0, 2, 5, 3, 5, 2, 1, 1])
    twin = arrays({"high": top, "low": top - 1, "close": top})
    assert np.isnan(values(twin, "swing_points", left=2, right=2)[0]).all()


def test_a_level_fires_once_and_only_by_a_close() -> None:
    close = np.array([1.0, 2, 5, 3, 2, 4, 5.5, 4, 6.5, 4, 7, 3])
    high = close + 1.0
    bars = arrays({"high": high, "low": close - 1, "close": close})
    way = values(bars, "structure_break", left=2, right=2)[0, 0]
    # The high of 6 is known on row 5; row 7's wick of 6.5 and close of 5.5 do not pass
    # it as a close, row 9's 6.5 does, row 11's 7 finds it broken.
    assert list(np.flatnonzero(way == 1)) == [8]


def test_breaks_never_outnumber_the_swings_known() -> None:
    way = values(BARS, "structure_break")[0]
    levels = values(BARS, "swing_points")
    for row in range(4):
        for level, sign in zip(levels[:, row], (1, -1), strict=True):
            fresh = (np.diff(level, prepend=np.nan) != 0) & ~np.isnan(level)
            known = np.cumsum(fresh)
            assert (np.cumsum(way[row] == sign) <= known).all()
    assert (way == 1).sum() > 20
    assert (way == -1).sum() > 20


def test_a_change_of_character_is_a_break_and_takes_turns() -> None:
    way, turn = values(BARS, "structure_break")[0], values(BARS, "choch")[0]
    for breaks, turns in zip(way, turn, strict=True):
        at = np.flatnonzero(np.abs(turns) == 1)
        np.testing.assert_array_equal(turns[at], breaks[at])
        np.testing.assert_array_equal(turns[at][1:], -turns[at][:-1])
        first = np.flatnonzero(np.abs(breaks) == 1)[0]
        assert turns[first] == 0
        assert 5 < len(at) < (np.abs(breaks) == 1).sum()
