"""Prices and signals from bars, actions and scores, in the units of each day."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sigma_core.backtest import Terms, backtest, prices_of, signals_of, simulate
from sigma_core.errors import BadInput
from sigma_core.frames import BarArrays
from sigma_core.market import with_delistings
from sigma_core.signal_models.base import Scores
from tests.core.backtest.books import policy
from tests.core.matrices import matrix
from tests.definitions import Example, examples, number
from tests.market import arrays, random_market

CLOSE = np.array([[100.0, 102, 104, 106], [10, 10, 10, np.nan]])


def actions(**columns: object) -> pd.DataFrame:
    table = {"ticker": [], "ex_date": [], "kind": [], "cash": []} | columns
    return pd.DataFrame(table).assign(ex_date=lambda t: pd.to_datetime(t["ex_date"]))


def test_prices_are_those_printed_and_a_split_changes_the_shares() -> None:
    bars = replace(
        arrays({"close": CLOSE}), factor=np.array([[1, 2, 2, 2], [1, 1, 1, 1.0]])
    )
    found = prices_of(bars, policy())
    np.testing.assert_array_equal(found.close[:, 0], [100, 51, 52, 53])
    np.testing.assert_array_equal(found.split[:, 0], [1, 2, 1, 1])
    later = prices_of(bars, policy(), first=1)
    assert later.split.shape == (0, 0), "a split before the window changes nothing"


def test_dividends_come_from_the_actions() -> None:
    bars = arrays({"close": CLOSE})
    table = actions(
        ticker=["T0000", "T0000"],
        ex_date=[bars.axis.times[2], np.datetime64("2019-12-31")],
        kind=["dividend", "dividend"],
        cash=[0.5, 9.0],
    )
    found = prices_of(bars, policy(), actions=table)
    np.testing.assert_array_equal(found.dividend[:, 0], [0, 0, 0.5, 0])
    assert prices_of(bars, policy()).dividend.shape == (0, 0)


@pytest.mark.parametrize("first", [0, 1])
def test_tickers_end_as_in_the_worked_example(first: int) -> None:
    (example,) = examples("delisted")
    held = range(1, int(example.args["sessions"]) + 1)
    last = [int(row["last_bar"]) for row in example.rows]
    close = np.array([[day if day <= end else np.nan for day in held] for end in last])
    bars = arrays({"close": close})
    found = prices_of(bars, policy(), first=first, reference=merged(example, bars))
    kept = bars.close.copy()
    for at, row in enumerate(example.rows):
        wanted = len(held) if np.isnan(number(row["ends"])) else number(row["ends"]) - 1
        assert found.ended[at] == wanted - first, row
        for prices in (found.open, found.close):
            used = np.flatnonzero(~np.isnan(prices[:, at]))[-1]
            assert used + first + 1 == number(row["last_used"]), row
    np.testing.assert_array_equal(bars.close, kept)


def merged(example: Example, bars: BarArrays) -> pd.DataFrame:
    """Reference data with the recorded delistings of an example's rows."""
    days = np.append(bars.axis.times, bars.axis.times[-1] + np.arange(1, 4))
    tables = []
    for name in ("reference", "recorded"):
        dates = [number(row[name]) for row in example.rows]
        known = [None if np.isnan(day) else days[int(day) - 1] for day in dates]
        dated = pd.Series(pd.to_datetime(pd.Series(known)))
        tables.append(pd.DataFrame({"ticker": bars.axis.tickers, "delisted": dated}))
    recorded = tables[1].dropna().rename(columns={"delisted": "ex_date"})
    return with_delistings(tables[0], recorded.assign(kind="delisting"))


def test_average_volume_and_atr_are_in_the_units_of_the_day() -> None:
    bars = random_market(3, tickers=2, sessions=60)
    factor = np.ones(bars.axis.shape)
    factor[0, 40:] = 2.0
    split = replace(bars, factor=factor)
    terms, rules = Terms(participation=0.1), policy(brackets=True)
    found = prices_of(split, rules, terms=terms)
    whole = prices_of(bars, rules, terms=terms)
    raw = bars.volume[0, 40:] * 2
    assert found.volume_mean[59, 0] == pytest.approx(raw.mean())
    np.testing.assert_allclose(found.atr[:, 0], whole.atr[:, 0] / factor[0], rtol=1e-12)


def scored(times: int) -> tuple[Scores, object]:
    data = matrix({"close": [[10.0] * times] * 2, "x": [[3.0] * times] * 2})
    total = np.array([[70.0] * times, [80.0] * times])
    return Scores(data.axis, total, {}, {}, (), (), data.members, data.members), data


def test_signals_rank_each_session() -> None:
    scores, data = scored(3)
    now = np.datetime64("2024-01-01T21:00", "m") + np.arange(3) * 1440
    found = signals_of(scores, data, policy(), now=now, first_session=7)
    assert found.order.tolist() == [[1, 0]] * 3
    assert found.session.tolist() == [7, 8, 9]
    with pytest.raises(BadInput, match="2 decision times for 3 days"):
        signals_of(scores, data, policy(), now=now[:2])


def test_a_split_leaves_the_return_as_it_is() -> None:
    bars = random_market(4, tickers=2, sessions=3)
    split = replace(bars, factor=np.array([[1, 1, 4.0], [1, 1, 1]]))
    scores, data = scored(3)
    now = np.datetime64("2024-01-01T21:00", "m") + np.arange(3) * 1440
    said = signals_of(scores, data, policy(), now=now)
    keys = {"capital": 100_000.0, "top_n": 2}
    one, other = (
        backtest(prices_of(b, policy()), said, policy(**keys)) for b in (bars, split)
    )
    np.testing.assert_allclose(one.equity, other.equity, rtol=1e-12)


def test_weights_that_make_no_sense_are_refused() -> None:
    bars = arrays({"close": CLOSE})
    given = {"opens": bars.open, "closes": bars.close}
    with pytest.raises(BadInput, match="below zero"):
        simulate(bars.axis, np.full(CLOSE.shape, -0.1), **given)
    with pytest.raises(BadInput, match="not \\(2, 4\\)"):
        simulate(bars.axis, np.zeros((2, 3)), **given)
    with pytest.raises(BadInput, match="infinite"):
        simulate(bars.axis, np.full(CLOSE.shape, np.inf), **given)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("capital", 0.0),
        ("capital", float("nan")),
        ("slippage_bps", -1.0),
        ("commission_bps", 10_001.0),
    ],
)
def test_terms_that_no_book_has_are_refused(name: str, value: float) -> None:
    bars = arrays({"close": CLOSE})
    with pytest.raises(BadInput, match=name) as caught:
        simulate(
            bars.axis, np.zeros(CLOSE.shape), opens=bars.open, closes=bars.close,
            **{name: value},
        )  # fmt: skip
    assert caught.value.problems[0].where == name
