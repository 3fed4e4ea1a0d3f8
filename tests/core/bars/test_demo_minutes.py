"""5-minute bars of the demo market: they add up to its days, whoever asks and when."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from sigma_core.bars.demo import demo_market, demo_minutes
from sigma_core.bars.demo.minutes import Within, draw_within, within_day
from sigma_core.frames import FIELDS
from tests.definitions import examples, number, tolerance

#: a half day (the 24th) among the days
SINCE, UNTIL = date(2024, 12, 20), date(2024, 12, 26)
(BY_HAND,) = examples("minutes")


@pytest.fixture(scope="module")
def bars() -> pd.DataFrame:
    return demo_minutes(seed=7, since=SINCE, until=UNTIL, tickers=60)


def test_a_day_of_four_bars_is_as_by_hand() -> None:
    rows = BY_HAND.rows
    day = {name: np.array([float(BY_HAND.args[name])]) for name in FIELDS}
    draws = [
        np.array([[number(row[z]) for row in rows]]) for z in ("z", "z′", "z″", "z‴")
    ]
    found = within_day(day, Within(*draws), len(rows))
    for name in FIELDS:
        for at, row in enumerate(rows):
            wanted, error = number(row[name]), tolerance(row[name])
            assert found[name][0, at] == pytest.approx(wanted, abs=error), (name, at)


def test_they_add_up_to_the_daily_bars(bars) -> None:
    market = demo_market(seed=7, until=UNTIL, tickers=60)
    daily = market.bars[market.bars["ts"] >= pd.Timestamp(SINCE, tz="UTC")]
    bad = {(p.ticker, p.day) for p in market.planted if p.rule}
    summed = bars.groupby(["ticker", bars["ts"].dt.date]).agg(
        {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    )
    compared = 0
    for bar in daily.itertuples():
        key = bar.ticker, bar.ts.date()
        if key in bad:
            continue
        assert tuple(summed.loc[key]) == tuple(getattr(bar, n) for n in FIELDS), key
        compared += 1
    assert compared > 200


def test_every_bar_is_whole(bars) -> None:
    assert (bars["high"] >= bars[["open", "close"]].max(axis=1)).all()
    assert (bars["low"] <= bars[["open", "close"]].min(axis=1)).all()
    assert (bars["low"] > 0).all()
    assert (bars["volume"] >= 0).all()


def test_a_half_day_has_forty_two(bars) -> None:
    mine = bars[bars["ticker"] == bars["ticker"].iloc[0]]
    counts = mine.groupby(mine["ts"].dt.date).size().to_dict()
    assert counts == {
        date(2024, 12, 20): 78, date(2024, 12, 23): 78,
        date(2024, 12, 24): 42, date(2024, 12, 26): 78,
    }  # fmt: skip


def test_any_session_and_any_bar_of_it_come_alone(bars) -> None:
    noon = datetime(2024, 12, 23, 17, 2, tzinfo=UTC)
    day = date(2024, 12, 23)
    some = demo_minutes(seed=7, since=day, until=day, now=noon, tickers=60)
    assert some["ts"].max() == pd.Timestamp("2024-12-23 16:55", tz="UTC")
    same = bars[bars["ts"].isin(some["ts"].unique())].reset_index(drop=True)
    pd.testing.assert_frame_equal(some, same)


def test_more_companies_leave_the_draws_of_the_first_ones() -> None:
    day = np.datetime64("2024-12-20")
    few, many = (draw_within(7, day, count) for count in (60, 80))
    np.testing.assert_array_equal(few.path, many.path[:60])
    np.testing.assert_array_equal(few.volume, many.volume[:60])
