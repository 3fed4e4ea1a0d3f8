"""How far ahead a column reads is seen from which cells move with one bar."""

from __future__ import annotations

import numpy as np

from sigma_core.proofs import cause
from sigma_core.proofs.compare import Difference, same_bits


def difference(expected: np.ndarray, found: np.ndarray) -> Difference:
    cells = ~same_bits(expected, found)
    return Difference(0, cells, expected, found)


VALUES = np.arange(40.0).reshape(2, 20)
SOME = difference(VALUES, np.where(np.arange(20) < 18, VALUES, np.nan))


def test_one_bar_ahead_is_a_shift():
    found = cause._by_reach(SOME, {1: 1.0, 2: 0.0, 10: 0.0})
    assert "shift(-1)" in found.words
    assert "label" not in found.words


def test_several_bars_ahead_at_once_may_be_a_label():
    assert "shift(-5)" in cause._by_reach(SOME, {4: 0.0, 5: 1.0, 30: 0.0}).words


def test_all_bars_up_to_one_are_a_centred_window():
    ahead = {1: 1.0, 2: 1.0, 3: 1.0} | dict.fromkeys(range(4, 40), 0.0)
    assert "centred window" in cause._by_reach(SOME, ahead).words


def test_some_bars_up_to_one_are_an_event_dated_too_early():
    ahead = {1: 0.2, 2: 0.1, 3: 0.3} | dict.fromkeys(range(4, 40), 0.0)
    assert "swing" in cause._by_reach(SOME, ahead).words


def test_all_of_the_past_in_a_line_is_scaling():
    ahead = dict.fromkeys(range(1, 40), 1.0)
    scaled = difference(VALUES, VALUES * 2 + 1)
    assert cause._by_reach(scaled, ahead) == cause.SCALING
    bent = difference(VALUES, VALUES**2 + 1)
    assert cause._by_reach(bent, ahead) == cause.FITTED


def test_only_the_extremes_are_clipping():
    ahead = dict.fromkeys(range(1, 40), 0.1)
    clipped = difference(VALUES, np.minimum(VALUES, 37))
    assert cause._by_reach(clipped, ahead) == cause.CLIPPING


def test_values_where_there_were_none_are_filled():
    assert cause._by_reach(SOME, dict.fromkeys(range(1, 40), 0.0)) == cause.FILL


def test_one_factor_throughout_is_back_adjustment():
    halved = difference(VALUES + 1, (VALUES + 1) / 2)
    found = cause._by_reach(halved, dict.fromkeys(range(1, 40), 0.0))
    assert "split" in found.words
