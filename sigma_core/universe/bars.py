"""A universe is judged once a session; here it stands on the axis of finer bars."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sigma_core.frames import Axis, Bools
from sigma_core.specs.naming import SPOKEN
from sigma_core.universe.members import CODES, Step, Universe

_NOT_LISTED = CODES.index("universe.not_listed")
_DATA = CODES.index("universe.data")


def on_bars(
    judged: Universe, days: Axis, bars: Axis, cadence: str, blocked: Bools
) -> Universe:
    """The members of each session at each of its bars, `[ticker of bars, bar]`.

    `days` is the axis of `judged`, `bars` ends with bars of its last session; tickers
    are found by name. One that has no daily bars was never judged, so it is no member,
    nor is one that is `blocked` at a bar, in the same shape; a last step counts the
    members that have bars of this cadence at all.
    """
    rows = np.array([_row(days, ticker) for ticker in bars.tickers], np.int64)
    known = rows >= 0
    at = np.searchsorted(days.times, bars.days)
    held = days.times[np.minimum(at, len(days.times) - 1)] == bars.days
    at = np.where(held, at, 0)
    members = judged.members[rows[:, None], at] & held & known[:, None] & ~blocked
    places = dict(
        zip(rows[known].tolist(), np.flatnonzero(known).tolist(), strict=True)
    )
    notes = {places[row]: note for row, note in judged.notes.items() if row in places}
    label = f"with {SPOKEN[cadence]} bars"
    reason = np.where(known, judged.reason[rows], _NOT_LISTED)
    return replace(
        judged,
        members=members,
        steps=(*judged.steps, Step("cadence", label, int(members[:, -1:].sum()))),
        reason=np.where(blocked[:, -1] & (reason == 0), _DATA, reason),
        value=np.where(known, judged.value[rows], np.nan),
        limit=np.where(known, judged.limit[rows], np.nan),
        notes=notes,
    )


def _row(axis: Axis, ticker: str) -> int:
    return axis.row(ticker) if ticker in axis else -1
