"""The calendar's inputs: docs/definitions/clock.md, and exchange_calendars itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sigma_core.clock import clock
from sigma_core.errors import UnknownName
from sigma_core.frames import CLOCK
from sigma_core.indicators.registry import SHARED, InMarket, OneTicker
from tests.definitions import Example, examples, number, time
from tests.market import library_schedule

HOURS = library_schedule("1999-01-01", "2026-12-31")
DAYS = HOURS.index[HOURS.index.year < 2026]
ROWS = dict(zip(CLOCK, clock(DAYS.to_numpy().astype("datetime64[D]")), strict=True))


@pytest.mark.parametrize("example", examples("clock"), ids=str)
def test_it_says_what_the_calendar_says(example: Example) -> None:
    times = np.array([time(row["time"]) for row in example.rows])
    found = dict(zip(CLOCK, clock(times, example.args["clock"]), strict=True))
    for name in example.header[1:]:
        wanted = [number(row[name]) for row in example.rows]
        np.testing.assert_array_equal(found[name], wanted, name)


def test_weekdays_and_half_days_are_those_of_the_exchange() -> None:
    np.testing.assert_array_equal(ROWS["weekday"], DAYS.day_of_week)
    early = (HOURS["close"] - HOURS["open"] < pd.Timedelta(hours=6.5)).loc[DAYS]
    np.testing.assert_array_equal(ROWS["half_day"], early)
    assert 50 < early.sum() < 90


def test_trading_days_count_from_both_ends_of_a_month() -> None:
    days = pd.Series(1, index=DAYS)
    month = days.groupby([DAYS.year, DAYS.month])
    np.testing.assert_array_equal(ROWS["month_day"], month.cumsum())
    np.testing.assert_array_equal(
        ROWS["month_left"], month.transform("sum") - month.cumsum()
    )


def test_sessions_to_the_expiry_count_down_to_the_third_friday_or_the_day_before() -> (
    None
):
    expiries = pd.date_range("1999-01-01", "2026-12-31", freq="WOM-3FRI")
    held = HOURS.index.searchsorted(expiries, side="right") - 1
    at = HOURS.index.get_indexer(DAYS)
    wanted = held[np.searchsorted(held, at)] - at
    np.testing.assert_array_equal(ROWS["expiry_left"], wanted)
    holidays = ~expiries.isin(HOURS.index)
    assert holidays.sum() >= 4  # Good Fridays and Juneteenth


def test_minutes_are_those_of_the_session_on_both_sides_of_a_clock_change() -> None:
    opening, closing = HOURS.loc["2024-03-11", ["open", "close"]]
    assert str(opening) == "2024-03-11 13:30:00+00:00"
    minutes = pd.date_range(opening, closing, freq="5min", inclusive="left")
    times = minutes.tz_localize(None).to_numpy().astype("datetime64[us]")
    found = dict(zip(CLOCK, clock(times), strict=True))
    np.testing.assert_array_equal(found["minute"], np.arange(0, 390, 5))
    assert len(np.unique(found["session"])) == 1


def test_a_date_in_utc_is_not_the_exchanges() -> None:
    """Sydney's Monday begins at 23:00 UTC of Sunday in March."""
    moment = np.array(["2024-03-10T23:30"], "datetime64[us]")
    found = dict(zip(CLOCK, clock(moment, "XASX")[:, 0], strict=True))
    assert (found["weekday"], found["minute"]) == (0, 30)


def test_rows_of_later_bars_change_no_earlier_one() -> None:
    days = DAYS.to_numpy().astype("datetime64[D]")
    np.testing.assert_array_equal(clock(days[:100]), clock(days)[:, :100])


def test_an_unknown_calendar_is_refused() -> None:
    with pytest.raises(UnknownName, match="XNSY"):
        clock(np.array(["2024-03-11"], "datetime64[D]"), "XNSY")


def test_a_core_finds_each_shared_input_under_its_name() -> None:
    assert InMarket._fields == (*OneTicker._fields, *SHARED)
