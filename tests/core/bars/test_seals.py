"""Seals name the bars up to a session, whatever comes later."""

import numpy as np

from sigma_core.bars.grid import find_spans
from sigma_core.bars.seals import seals
from sigma_core.frames import Axis, BarArrays

DAYS = np.array(["2024-01-02", "2024-01-03", "2024-01-04"], "datetime64[D]")


def arrays(closes, tickers=("AAA", "BBB")):
    closes = np.array(closes, float)
    axis = Axis(tickers, DAYS[: closes.shape[1]])
    spans = find_spans(~np.isnan(closes))
    return BarArrays(axis, closes, closes, closes, closes, closes, spans)


def test_it_does_not_change_when_a_later_bar_comes():
    short, long = arrays([[1, 2], [3, 4]]), arrays([[1, 2, 9], [3, 4, 9]])
    assert (seals(short) == seals(long)[:2]).all()


def test_it_does_not_change_when_a_ticker_is_listed_later():
    late = arrays([[1, 2, 9], [np.nan, np.nan, 5], [3, 4, 9]], ("AAA", "ABC", "BBB"))
    assert (seals(arrays([[1, 2], [3, 4]])) == seals(late)[:2]).all()


def test_it_changes_from_the_session_of_a_revised_bar_on():
    before, after = (
        seals(arrays([[1, 2, 3]] * 2)),
        seals(arrays([[1, 2, 3], [1, 5, 3]])),
    )
    assert (before == after).all(axis=1).tolist() == [True, False, False]


def test_it_changes_with_a_ticker_of_another_name():
    assert (
        seals(arrays([[1], [2]])) != seals(arrays([[1], [2]], ("AAA", "BBC")))
    ).any()
