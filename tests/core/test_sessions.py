"""Exchange days and hours."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_core.errors import BadInput, NotASession, UnknownName
from sigma_core.sessions import exchange
from tests.definitions import examples

XNYS = exchange("XNYS")
DAYS = st.dates(date(1970, 1, 10), date(2069, 12, 20))


def rows(words):
    (found,) = [e for e in examples("sessions") if e.args["sessions"] == words]
    return found.rows


def hour(moment):
    return f"{moment:%H:%M}"


@pytest.mark.parametrize("row", rows("days"), ids=lambda row: row["day"])
def test_it_knows_days_and_hours(row):
    day = date.fromisoformat(row["day"])

    assert XNYS.is_session(day) is (row["session"] == "yes")
    assert XNYS.is_half_day(day) is (row["half"] == "yes")
    assert str(XNYS.previous(day)) == row["previous"]
    assert str(XNYS.next(day)) == row["next"]
    if row["session"] == "yes":
        assert hour(XNYS.open(day)) == row["open"]
        assert hour(XNYS.close(day)) == row["close"]


@pytest.mark.parametrize("row", rows("finished"), ids=lambda row: row["now (UTC)"])
def test_it_knows_the_last_finished_session(row):
    now = datetime.fromisoformat(row["now (UTC)"]).replace(tzinfo=UTC)

    assert str(XNYS.last_finished(now)) == row["last finished"]


@pytest.mark.parametrize("row", rows("counts"), ids=lambda row: row["from"])
def test_it_counts_the_sessions_between_two_days(row):
    found = XNYS.between(date.fromisoformat(row["from"]), date.fromisoformat(row["to"]))

    assert len(found) == int(row["sessions"])


def test_it_names_the_session_before_a_closed_day():
    with pytest.raises(NotASession, match="2024-11-27"):
        XNYS.require(date(2024, 11, 28))


def test_it_refuses_hours_of_a_closed_day():
    with pytest.raises(NotASession):
        XNYS.close(date(2024, 11, 28))


def test_it_refuses_a_moment_without_a_time_zone():
    with pytest.raises(BadInput, match="time zone"):
        XNYS.last_finished(datetime(2024, 11, 27))  # noqa: DTZ001  # that is the point


@pytest.mark.parametrize("day", [date(1969, 12, 31), date(2070, 1, 1)])
def test_it_refuses_days_outside_its_range(day):
    with pytest.raises(BadInput, match="from 1970-01-01 to 2069-12-31"):
        XNYS.is_session(day)


def test_it_names_the_calendars_it_knows():
    with pytest.raises(UnknownName, match="unknown calendar"):
        exchange("XNYZ")


def test_it_reaches_two_years_past_any_day_of_a_data_file():
    assert XNYS.days[0] < np.datetime64("1990-01-01") < np.datetime64("2060-01-01")
    assert XNYS.days[-1] > np.datetime64("2062-01-01")


def test_it_shares_arrays_that_nobody_can_change():
    with pytest.raises(ValueError, match="read-only"):
        XNYS.between(date(2024, 1, 1), date(2024, 2, 1))[0] = "2024-01-01"


def test_it_places_days_among_the_sessions():
    days = np.array(["2024-11-27", "2024-11-28", "2024-11-29"], "datetime64[D]")
    first, closed, second = XNYS.positions(days)

    assert (second - first, closed) == (1, -1)


def test_it_says_when_a_daily_bar_is_complete():
    days = np.array(["2024-11-28", "2024-11-29"], "datetime64[us]")

    assert XNYS.known_from(days).tolist() == [
        datetime(2024, 11, 29, 0, 0),  # noqa: DTZ001  # numpy's moments carry no zone
        datetime(2024, 11, 29, 18, 0),  # noqa: DTZ001
    ]


@given(DAYS)
def test_it_steps_forth_and_back_to_the_same_session(day):
    after = XNYS.next(day)

    assert after > day
    assert XNYS.previous(after) <= day
    assert XNYS.previous(after + timedelta(1)) == after
    assert len(XNYS.between(XNYS.previous(day), after)) == 2 + XNYS.is_session(day)
