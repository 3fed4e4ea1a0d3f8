"""What the exchange calendar says, as columns.

session_minute · calendar_flags
"""

from __future__ import annotations

from math import nan

from sigma_core.frames import Floats
from sigma_core.indicators.registry import InMarket, Output, indicator

#: turn of the month: its last session and its first three; part of the definition
_LAST, _FIRST = 1, 3


@indicator(
    name="session_minute",
    group="calendar",
    title="Share of the session gone",
    inputs=("minute", "minutes"),
    outputs=(
        Output(
            "share",
            "session_minute",
            "share of the session before the bar's start",
            low=0,
            high=1,
            words="the share of the session gone",
        ),
    ),
    warmup=lambda _: 1,
    stable=lambda _: 1,
    source="classic",
    formula="minutes from the open to the bar's start / minutes of the session",
    intraday=True,
)
def session_minute(bars: InMarket, p: Floats, out: Floats) -> None:
    """How far into its session a bar begins: 0 for the first, 385/390 for the last five
    minutes of a whole day, by the session's own hours (half days, daylight saving). For
    intraday bars; a daily bar is 0. NaN where the exchange was closed.
    """
    for t in range(len(bars.close)):
        out[0, t] = bars.minute[t] / bars.minutes[t]


@indicator(
    name="calendar_flags",
    group="calendar",
    title="Calendar flags",
    inputs=("weekday", "month_day", "month_left", "expiry_left", "half_day"),
    outputs=(
        Output(
            "dow",
            "dow",
            "0 Monday … 4 Friday",
            low=0,
            high=4,
            words="the day of the week",
        ),
        Output(
            "turn_of_month",
            "turn_of_month",
            "1 on the last and the first three sessions of a month, else 0",
            low=0,
            high=1,
            words="the turn of the month",
        ),
        Output(
            "days_to_opex",
            "days_to_opex",
            "sessions to the monthly option expiry, 0 on it",
            low=0,
            words="the sessions to the monthly option expiry",
        ),
        Output(
            "half_day",
            "half_day",
            "1 on a session that closes early, else 0",
            low=0,
            high=1,
            words="the half-day flag",
        ),
    ),
    warmup=lambda _: 1,
    stable=lambda _: 1,
    source="weekday: French 1980; turn of the month: Lakonishok & Smidt 1988",
    formula="of the exchange's own date, by its calendar",
)
def calendar_flags(bars: InMarket, p: Floats, out: Floats) -> None:
    """Weekday, turn of the month, sessions to the option expiry (third Friday, the
    session before if that is a holiday) and half day, known ahead from the calendar.
    NaN where the exchange was closed.
    """
    for t in range(len(bars.close)):
        day, left = bars.month_day[t], bars.month_left[t]
        turn = 1.0 if left < _LAST or day <= _FIRST else 0.0
        out[0, t] = bars.weekday[t]
        out[1, t] = turn if day == day else nan
        out[2, t] = bars.expiry_left[t]
        out[3, t] = bars.half_day[t]
