"""D11: is the newest session whole, and is it the newest there is?"""

from __future__ import annotations

from datetime import date

import numpy as np

from sigma_core.errors import Problem
from sigma_core.frames import Bools, Times

USUAL_SESSIONS, USUAL_LEAST = 20, 5
WARN, STALE = 0.95, 0.80


def check_fresh(
    usable: Bools, sessions: Times, *, last_finished: date | None = None
) -> list[Problem]:
    """D11 on `[ticker, session]`: nothing, a warning, or an error (a stale run).

    `last_finished` is the exchange's last finished session; None leaves age out.
    """
    counts = usable.sum(axis=0)
    (held,) = np.nonzero(counts)
    if not len(held):
        return []
    last = int(held[-1])
    day: date = sessions[last].astype("datetime64[D]").item()
    problems = []
    if last_finished is not None and day < last_finished:
        message = f"the last bar is of {day}; {last_finished} has finished since."
        problems.append(_stale(str(day), message))
    before = counts[max(0, last - USUAL_SESSIONS) : last]
    if len(before) < USUAL_LEAST:
        return problems
    usual = float(np.median(before))
    share = counts[last] / usual if usual else 1.0
    if share < WARN:
        message = (
            f"{counts[last]} tickers have a bar, {usual:g} is usual ({share:.1%})."
        )
        hint = "Did the source deliver all of them?"
        problems.append(
            _stale(str(day), message)
            if share < STALE
            else Problem("quality.D11", str(day), message, hint, "warning")
        )
    return problems


def _stale(where: str, message: str) -> Problem:
    hint = "Ingest the newest bars; nightly and live don't run on these."
    return Problem("quality.D11", where, message, hint)
