"""Bars of 15 minutes, hours and days, put together from 5-minute bars."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from sigma_core.bars.grid import times_between
from sigma_core.errors import MissingData
from sigma_core.frames import FIELDS
from sigma_core.sessions import exchange
from tests.definitions import examples, number

NOW = datetime(2025, 7, 4, tzinfo=UTC)
(EXAMPLE,) = examples("cadence")
DAY = np.datetime64("2025-07-03")


@pytest.fixture
def filled(dataset):
    """The half day of the worked example, in 5-minute bars."""
    cells = [cell for row in EXAMPLE.rows for cell in row["5-minute closes"].split()]
    close = np.array([number(cell) for cell in cells])
    times = times_between(exchange(), "5m", DAY, DAY)
    bars = pd.DataFrame(
        {"ticker": "AAA", "ts": pd.to_datetime(times, utc=True)}
        | {"open": close - 1, "high": close + 2, "low": close - 3, "close": close}
        | {"volume": 10.0}
    ).dropna()
    bars["ticker"] = bars["ticker"].astype("str")
    store = dataset.bars("5m")
    store.append(bars, source="test", adjustment="raw", ingested_at=NOW)
    return dataset


def test_hourly_bars_are_counted_from_the_open(filled) -> None:
    bars = filled.bars("hourly").arrays()
    starts = pd.to_datetime(bars.axis.times, utc=True).tz_convert("America/New_York")
    assert starts.strftime("%H:%M").tolist() == [row["starts"] for row in EXAMPLE.rows]
    for name in FIELDS:
        wanted = [number(row[name]) for row in EXAMPLE.rows]
        np.testing.assert_array_equal(bars.field(name)[0], wanted)


def test_quarters_of_an_hour_fill_a_half_day(filled) -> None:
    bars = filled.bars("15m").arrays()
    assert bars.axis.shape == (1, 14)
    # 10:30 113 114 –
    assert bars.close[0, 4] == 114
    assert bars.volume[0, 4] == 20


def test_days_are_made_only_where_asked_for(filled) -> None:
    bars = filled.daily_from_minutes()
    assert bars.axis.times.tolist() == [DAY.item()]
    assert [bars.field(name)[0, 0] for name in FIELDS] == [100, 126, 87, 95, 290]
    with pytest.raises(MissingData):
        filled.bars("daily").arrays()


def test_bars_of_their_own_come_first(filled) -> None:
    times = times_between(exchange(), "hourly", DAY, DAY)
    own = pd.DataFrame(
        {"ticker": "AAA", "ts": pd.to_datetime(times, utc=True)}
        | dict.fromkeys(("open", "high", "low", "close"), 7.0)
        | {"volume": 1.0}
    ).astype({"ticker": "str"})
    store = filled.bars("hourly")
    store.append(own, source="test", adjustment="raw", ingested_at=NOW)
    assert filled.bars("hourly").arrays().close[0].tolist() == [7.0] * 4


def test_equal_bars_have_equal_names(filled) -> None:
    one, other = (filled.bars("hourly").arrays() for _ in range(2))
    assert one.sha == other.sha
    assert one.sha != filled.bars("15m").arrays().sha
    assert one.sha_until(0) == other.sha_until(0)
