"""When bars are over, and which bar a moment means: `docs/definitions/cadences.md`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import numpy as np

from sigma_core.bars.grid import times_between
from sigma_core.bars.rows import CADENCES, moment
from sigma_core.errors import BadInput, Problem
from sigma_core.frames import BarArrays, Times
from sigma_core.sessions import Sessions


@dataclass(frozen=True)
class Finished:
    """Bars of a coarser cadence, and when each column was over: UTC, ascending."""

    bars: BarArrays
    ends: Times


def ends(times: Times, sessions: Sessions, cadence: str) -> Times:
    """When the bar of each time was over, UTC `datetime64[us]`.

    Daily: the session's close. Finer: a bar's length after its start, but never after
    its session's close: the last hour of a session is short.
    """
    minutes = CADENCES[cadence]
    if minutes is None:
        return sessions.known_from(times)
    whole = times.astype("datetime64[us]") + np.timedelta64(minutes, "m")
    at = sessions.positions(times)
    close = sessions.closes[at]
    inside = (at >= 0) & (times < close)
    return np.where(inside, np.minimum(whole, close), whole)


def last_closed(now: datetime, sessions: Sessions, cadence: str) -> np.datetime64:
    """The time (start, or session of a daily bar) of the bar that closed last."""
    times, closes = _bars_until(moment(now), sessions, cadence)
    place = int(np.searchsorted(closes, moment(now), side="right")) - 1
    return cast(np.datetime64, times[place])


def bar_ending(
    at: datetime, sessions: Sessions, cadence: str, now: datetime
) -> np.datetime64:
    """The time (start, or session of a daily bar) of the bar that closes at a moment.

    BadInput `as_of.moment`, naming the bar that closed last before it, for a moment
    at which none closes, and for one that is still to come at `now`.
    """
    wanted, known = moment(at), moment(now)
    times, closes = _bars_until(min(wanted, known), sessions, cadence)
    place = int(np.searchsorted(closes, min(wanted, known), side="right")) - 1
    if wanted <= known and closes[place] == wanted:
        return cast(np.datetime64, times[place])
    future = wanted > known
    what = "lies in the future" if future else f"is not the end of a {cadence} bar"
    before = cast(datetime, closes[place].item()).replace(tzinfo=UTC)
    local = before.astimezone(sessions.zone)
    raise BadInput(
        Problem(
            "as_of.future" if future else "as_of.moment",
            f"as_of {at.isoformat()}",
            f"{sessions.name}: that moment {what}.",
            f"The bar before closed at {local.isoformat(timespec='minutes')}.",
        )
    )


def _bars_until(
    at: np.datetime64, sessions: Sessions, cadence: str
) -> tuple[Times, Times]:
    """Times and ends of the bars of the session under way at a moment, and of the one
    before; at least one of them has closed."""
    # within the calendar's range, or the calendar's own words
    sessions.last_finished(cast(datetime, at.item()).replace(tzinfo=UTC))
    last = int(np.searchsorted(sessions.opens, at, side="right")) - 1
    days = sessions.days[max(last - 1, 0)], sessions.days[last]
    times = times_between(sessions, cadence, *days)
    return times, ends(times, sessions, cadence)
