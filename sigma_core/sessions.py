"""Exchange days and hours: which days were sessions, when each opened and closed.

`exchange("XNYS")` gives the sessions of one exchange, read once per process from
`exchange_calendars` (0.15 s, however long the range) and kept as plain arrays, so that
asking costs a binary search. By itself `exchange_calendars` would end a year from
today; here the range is fixed, 1970 to 2069, so that no answer depends on the day it
is asked for and any date of a data file lies well inside.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from threading import Lock
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np

from sigma_core.errors import BadInput, NotASession, Problem, UnknownName
from sigma_core.frames import Bools, Ints, Times

Day = date | np.datetime64

FIRST_DAY = date(1970, 1, 1)
LAST_DAY = date(2069, 12, 31)
_LOADING = Lock()


@dataclass(frozen=True, eq=False)
class Sessions:
    """The sessions of one exchange, ascending, with their hours in UTC.

    `days` is `datetime64[D]`; `opens` and `closes` are `datetime64[us]` in UTC, one per
    day; `half` marks days that closed early. A day outside the range is `BadInput`.
    """

    name: str
    #: Version of exchange_calendars, for the fingerprint of a run.
    version: str
    days: Times
    opens: Times
    closes: Times
    half: Bools
    #: the exchange's own time zone
    zone: ZoneInfo

    def between(self, start: Day, end: Day) -> Times:
        """The sessions from `start` to `end`, both included, maybe none."""
        first = np.searchsorted(self.days, self._day(start), side="left")
        stop = np.searchsorted(self.days, self._day(end), side="right")
        return self.days[first:stop]

    def is_session(self, day: Day) -> bool:
        """Whether the exchange traded on that day."""
        return self._position(day) is not None

    def previous(self, day: Day) -> date:
        """The last session strictly before `day`, which need not be one itself."""
        at = int(np.searchsorted(self.days, self._day(day), side="left")) - 1
        if at < 0:
            raise self._out_of_range(day)
        return _as_date(self.days[at])

    def next(self, day: Day) -> date:
        """The first session strictly after `day`, which need not be one itself."""
        at = int(np.searchsorted(self.days, self._day(day), side="right"))
        if at == len(self.days):
            raise self._out_of_range(day)
        return _as_date(self.days[at])

    def require(self, day: Day) -> date:
        """`day` as a date; NotASession, naming those beside it, if it is no session."""
        if self.is_session(day):
            return _as_date(self._day(day))
        raise NotASession(
            Problem(
                "sessions.closed",
                str(self._day(day)),
                f"{self.name} was closed on {self._day(day)}.",
                hint=f"Sessions beside it: {self.previous(day)} and {self.next(day)}.",
            )
        )

    def open(self, day: Day) -> datetime:
        """When that session opened, UTC."""
        return self._moment(self.opens, day)

    def close(self, day: Day) -> datetime:
        """When that session closed, UTC; on a half day its own early close."""
        return self._moment(self.closes, day)

    def is_half_day(self, day: Day) -> bool:
        """Whether that session closed early."""
        at = self._position(day)
        return at is not None and bool(self.half[at])

    def last_finished(self, now: datetime) -> date:
        """The last session that had closed at `now` (aware), by its own close."""
        moment = np.datetime64(_utc(now).replace(tzinfo=None), "us")
        at = int(np.searchsorted(self.closes, moment, side="right")) - 1
        if at < 0 or moment >= np.datetime64(LAST_DAY, "us"):
            raise self._out_of_range(_utc(now).date())
        return _as_date(self.days[at])

    def positions(self, days: Times) -> Ints:
        """Place of each day among the sessions, −1 where the exchange was closed."""
        wanted = days.astype("datetime64[D]")
        at = np.searchsorted(self.days, wanted)
        found = self.days[np.minimum(at, len(self.days) - 1)] == wanted
        return np.where(found, at, -1)

    def known_from(self, days: Times) -> Times:
        """When the daily bar of each day was complete, UTC `datetime64[us]`.

        The session's close; for a day on which the exchange was closed (a bar that
        should not be there) the end of that day.
        """
        at = self.positions(days)
        next_midnight = (days.astype("datetime64[D]") + 1).astype("datetime64[us]")
        return np.where(at < 0, next_midnight, self.closes[at])

    def _day(self, day: Day) -> np.datetime64:
        wanted: np.datetime64 = np.datetime64(day).astype("datetime64[D]")
        if not np.datetime64(FIRST_DAY) <= wanted <= np.datetime64(LAST_DAY):
            raise self._out_of_range(day)
        return wanted

    def _position(self, day: Day) -> int | None:
        wanted = self._day(day)
        at = int(np.searchsorted(self.days, wanted))
        found = at < len(self.days) and self.days[at] == wanted
        return at if found else None

    def _moment(self, moments: Times, day: Day) -> datetime:
        at = int(np.searchsorted(self.days, np.datetime64(self.require(day), "D")))
        moment = cast(datetime, moments[at].item())
        return moment.replace(tzinfo=UTC)

    def _out_of_range(self, day: Day) -> BadInput:
        return BadInput(
            Problem(
                "sessions.range",
                str(day),
                f"the calendar {self.name} is known from {FIRST_DAY} to {LAST_DAY}.",
                hint="Give a date inside this range.",
            )
        )


def exchange(name: str = "XNYS") -> Sessions:
    """The sessions of an exchange by its ISO code, cached for the process."""
    with _LOADING:  # what is muted while loading is muted for all threads
        return _loaded(name)


@lru_cache(maxsize=8)
def _loaded(name: str) -> Sessions:
    # Imported here: the library takes 0.1 s and brings ninety calendars with it.
    import exchange_calendars

    known = exchange_calendars.get_calendar_names(include_aliases=False)
    if name not in known:
        raise UnknownName("calendar", name, known)
    with warnings.catch_warnings():
        # It reads zoned columns by `Series.values`, which pandas 3.1 deprecates; the
        # values it gets are the right ones.
        warnings.simplefilter("ignore", DeprecationWarning)
        calendar = exchange_calendars.get_calendar(name, start=FIRST_DAY, end=LAST_DAY)
    days = calendar.sessions.to_numpy().astype("datetime64[D]")
    # tz_localize(None) keeps the UTC wall time; [us] because pandas 3 stamps bars so.
    opens = calendar.opens.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    closes = calendar.closes.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    early = calendar.early_closes.to_numpy().astype("datetime64[D]")
    half = np.isin(days, early)
    for array in (days, opens, closes, half):
        array.flags.writeable = False  # shared by the whole process
    version = exchange_calendars.__version__
    zone = ZoneInfo(str(calendar.tz))
    return Sessions(name, version, days, opens, closes, half, zone)


def _as_date(day: np.datetime64) -> date:
    return cast(date, day.astype("datetime64[D]").item())


def _utc(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise BadInput(
            Problem("sessions.naive", str(now), "a moment needs its time zone.")
        )
    return now.astimezone(UTC)
