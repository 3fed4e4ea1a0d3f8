"""Promises of cores that take several calls at once: each value is what it is alone."""

from __future__ import annotations

import numpy as np
import pytest

from sigma_core.indicators import cards, kernels, resolve
from sigma_core.indicators.registry import Call
from tests.market import random_market, without

WINDOWS = (60, 5, 30, 10, 20)
SEVERAL = [name for name, card in cards().items() if card.several]


def values(calls: list[Call]) -> np.ndarray:
    bars = without(random_market(3), [(1, slice(100, 103)), (2, 250)])
    return kernels.compute(bars, calls, first=0, last=bars.axis.shape[1] - 1)


def test_there_are_some() -> None:
    assert set(SEVERAL) >= {"price_extremes", "price_volume_corr", "wvma"}


@pytest.mark.parametrize("name", SEVERAL)
def test_calls_at_once_give_the_bits_of_each_alone(name: str) -> None:
    calls = [resolve(name, {"window": n}) for n in WINDOWS]
    alone = np.concatenate([values([call]) for call in calls])
    assert np.isfinite(alone).any(axis=(1, 2)).all()
    np.testing.assert_array_equal(values(calls), alone)


def test_columns_stand_in_the_order_of_the_calls() -> None:
    mixed = [
        resolve(name, {"window": n})
        for n in (20, 10)
        for name in ("wvma", "rolling_std", "price_volume_corr")
    ]
    alone = np.concatenate([values([call]) for call in mixed])
    np.testing.assert_array_equal(values(mixed), alone)
