"""What the exchange calendar says of each bar, known before the bar is there.

    weekday      0 Monday … 4 Friday, of the exchange's own date
    month_day    trading day of the month, 1 for its first session
    month_left   sessions of the month still to come, 0 on its last
    expiry_left  sessions to the monthly option expiry, 0 on that day
    half_day     1 on a session that closes early
    minute       minutes from the session's open to the bar's start, 0 for a daily bar
    minutes      length of the session
    session      a number that grows by one with each session

Everything comes from the calendar, nothing from the bars that happen to be there: the
last session of a month is known on its first. `docs/definitions/clock.md`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from sigma_core.frames import CLOCK, Floats, Ints, Times
from sigma_core.sessions import Sessions, exchange

_MINUTE = np.timedelta64(1, "m")
#: the first Friday on or after the 15th is a month's third
_FRIDAY, _THIRD = 4, 14


def clock(times: Times, calendar: str = "XNYS") -> Floats:
    """`[len(CLOCK), time]`, float64: the rows above for each time of an axis.

    `times` are days, or starts of bars in UTC. NaN in all rows of a time that lies in
    no session. Raises UnknownName for a calendar that is not there.
    """
    sessions = exchange(calendar)
    days = times.dtype == np.dtype("datetime64[D]")
    at = sessions.positions(times) if days else _within(sessions, times)
    found = _by_session(calendar)[:, at]
    if not days:
        found[CLOCK.index("minute")] = (times - sessions.opens[at]) / _MINUTE
    found[:, at < 0] = np.nan
    return found


def _within(sessions: Sessions, times: Times) -> Ints:
    """The place of the session in which each moment lies, −1 for none.

    By the session's own hours in UTC: neither daylight saving nor a UTC date matters.
    """
    at = np.searchsorted(sessions.opens, times, side="right") - 1
    return np.where(times < sessions.closes[at], at, -1)


@lru_cache(maxsize=8)
def _by_session(calendar: str) -> Floats:
    """The rows of every session of a calendar, `minute` 0."""
    sessions = exchange(calendar)
    days = sessions.days
    at = np.arange(len(days))
    month = days.astype("datetime64[M]")
    rows = {
        "weekday": _weekday(days),
        "month_day": at - np.searchsorted(month, month, side="left") + 1,
        "month_left": np.searchsorted(month, month, side="right") - 1 - at,
        "expiry_left": _expiry_left(days),
        "half_day": sessions.half,
        "minute": np.zeros(len(days)),
        "minutes": (sessions.closes - sessions.opens) / _MINUTE,
        "session": at,
    }
    found = np.stack([np.asarray(rows[name], np.float64) for name in CLOCK])
    found.flags.writeable = False  # shared by the whole process
    return found


def _weekday(days: Times) -> Ints:
    """0 for a Monday; the first of January 1970 was a Thursday."""
    return (days.astype(np.int64) + 3) % 7


def _expiry_left(days: Times) -> Floats:
    """Sessions to the third Friday of a month, to the one before where it is closed.

    NaN after the last expiry of the calendar.
    """
    months = np.arange(
        days[0].astype("datetime64[M]"), days[-1].astype("datetime64[M]") + 1
    )
    fifteenth = months.astype("datetime64[D]") + _THIRD
    fridays = fifteenth + (_FRIDAY - _weekday(fifteenth)) % 7
    expiries = np.searchsorted(days, fridays, side="right") - 1
    at = np.arange(len(days))
    coming = np.searchsorted(expiries, at)
    left = expiries[np.minimum(coming, len(expiries) - 1)] - at
    return np.where(coming < len(expiries), left, np.nan)
