"""Labels: ranks among the members, splits, and what has no label."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sigma_core.errors import BadInput
from sigma_core.labels import labels
from sigma_core.specs.schema import Label
from tests.market import arrays


def test_a_rank_is_among_the_members_who_have_a_return() -> None:
    closes = [[10.0, 11.0], [10.0, 13.0], [10.0, 12.0], [10.0, 99.0], [10.0, np.nan]]
    bars = arrays({"close": np.array(closes), "open": np.full((5, 2), 10.0)})
    members = np.array([[True], [True], [True], [False], [True]])
    spec = Label(kind="fwd_rank", horizon=1)
    found = labels(spec, bars, members, first=0, last=0)
    np.testing.assert_array_equal(
        found.values[:, 0], np.array([-0.5, 0.5, 0.0, np.nan, np.nan])
    )
    assert (found.name, found.start, found.end) == ("fwd_rank_1d", 1, 1)


def test_equal_returns_share_a_rank() -> None:
    bars = arrays({"close": np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 3.0]])})
    spec = Label(kind="fwd_rank", horizon=1, at="close")
    found = labels(spec, bars, np.ones((3, 1), np.bool_), first=0, last=0)
    assert found.values[:, 0].tolist() == [-0.25, -0.25, 0.5]


def test_a_split_makes_no_return() -> None:
    # printed 100 and, after a split of two for one, 50: forward adjusted 100 and 100
    bars = arrays({"close": np.array([[100.0, 100.0]])})
    bars = replace(bars, factor=np.array([[1.0, 2.0]]))
    spec = Label(kind="fwd_ret", horizon=1, at="close")
    found = labels(spec, bars, np.ones((1, 2), np.bool_), first=0, last=1)
    np.testing.assert_array_equal(found.values, [[0.0, np.nan]])


def test_a_horizon_beyond_the_bars_gives_no_label() -> None:
    bars = arrays({"close": np.ones((1, 3))})
    spec = Label(kind="fwd_ret", horizon=10)
    found = labels(spec, bars, np.ones((1, 3), np.bool_), first=0, last=2)
    assert np.isnan(found.values).all()


def test_none_is_none_and_a_horizon_is_asked_for() -> None:
    bars, members = arrays({"close": np.ones((1, 3))}), np.ones((1, 3), np.bool_)
    assert labels(Label(kind="none"), bars, members, first=0, last=2) is None
    with pytest.raises(BadInput, match="horizon"):
        labels(Label(kind="fwd_ret"), bars, members, first=0, last=2)
