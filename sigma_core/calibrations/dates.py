"""Which sessions are trained on, and which are held out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from sigma_core.errors import BadInput, Problem
from sigma_core.frames import Times

#: the fewest sessions of each part: a month
MIN_SESSIONS = 20
#: of the sessions, the part that is held out unless dates are given
_HELD_OUT = 3


@dataclass(frozen=True)
class Dates:
    """Dates as they were asked for; None: as the others leave it.

    The training begins with the first session on which every column can be warm, what
    is held out ends with the last one held; between them the last third is held out.
    """

    train_start: date | None = None
    train_end: date | None = None
    held_out_start: date | None = None
    held_out_end: date | None = None

    def check(self) -> None:
        """Raise BadInput `calibrate.dates` where two of them are out of order."""
        named = ("train_start", "train_end", "held_out_start", "held_out_end")
        given = [(one, getattr(self, one)) for one in named if getattr(self, one)]
        for (first, before), (second, after) in pairwise(given):
            # one part may be of one session; the parts have none in common
            same_part = first.split("_")[0] == second.split("_")[0]
            if before < after or (same_part and before == after):
                continue
            message = f"{second} {after} does not come after {first} {before}."
            hint = "Training dates come first; held-out dates begin after their end."
            raise BadInput(Problem("calibrate.dates", second, message, hint))


@dataclass(frozen=True)
class Window:
    """A stretch of columns, both ends in it."""

    first: int
    last: int

    @property
    def sessions(self) -> int:
        """How many there are."""
        return self.last - self.first + 1


def windows(days: Times, first: int, last: int, asked: Dates) -> tuple[Window, Window]:
    """Columns trained on and columns held out, of `first` to `last` of an axis of days.

    Raises BadInput `calibrate.sessions` where either has fewer than 20 sessions.
    """
    count = last - first + 1
    end = last - count // _HELD_OUT
    if asked.train_end is not None:
        end = int(np.searchsorted(days, np.datetime64(asked.train_end), "right")) - 1
    begin = end + 1
    if asked.held_out_start is not None:
        begin = int(np.searchsorted(days, np.datetime64(asked.held_out_start)))
        end = begin - 1 if asked.train_end is None else end
    found = Window(first, end), Window(begin, last)
    for window, name, where in zip(
        found, ("training", "held-out"), ("train_end", "held_out_start"), strict=True
    ):
        if window.sessions < MIN_SESSIONS:
            raise _short(window, name, where, days)
    return found


def _short(window: Window, name: str, where: str, days: Times) -> BadInput:
    message = (
        f"the {name} dates have {max(window.sessions, 0)} sessions; the fewest are "
        f"{MIN_SESSIONS}."
    )
    hint = f"Bars are held from {days[0]} to {days[-1]}; give other dates."
    return BadInput(Problem("calibrate.sessions", where, message, hint))
