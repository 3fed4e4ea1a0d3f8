"""D8: bars that repeat, and bars that were filled in."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sigma_core.frames import FIELDS, Bools, Floats, Ints
from sigma_core.quality.marks import Finds
from sigma_core.quality.runs import Run

REPEATS = 5


def mark_stale(
    fields: Mapping[str, Floats], usable: Bools, finds: Finds, *, daily: bool = True
) -> None:
    """D8: warns of stretches of equal bars; of daily bars also of flat ones.

    Within a day a quiet ticker often trades at one price for minutes, so flat bars
    mean nothing there.
    """
    run = Run.of(fields, usable)
    if not len(run):
        return
    equal = np.ones(len(run), np.bool_)
    for name in FIELDS:
        values = run[name]
        equal &= values == np.roll(values, 1)
    equal &= run.nth > 0
    at = _nth_in_a_row(run, equal, REPEATS - 1)
    _warn(run, at, f"the same five numbers for {REPEATS} bars.", finds)
    if not daily:
        return
    flat = (run["open"] == run["high"]) & (run["low"] == run["close"])
    flat &= run["high"] == run["low"]
    traded = run["volume"] > 0
    at = _nth_in_a_row(run, flat & traded, REPEATS)
    _warn(run, at, f"open, high, low and close equal for {REPEATS} bars.", finds)
    filled = np.flatnonzero(flat & ~traded)
    filled = filled[run.usual_volume(filled) > 0]
    _warn(run, filled, "one price and no volume: filled in, not traded.", finds)


def _nth_in_a_row(run: Run, held: Bools, n: int) -> Ints:
    """Where a stretch of bars of one ticker has reached its n-th bar."""
    number = np.arange(1, len(run) + 1)
    breaks = np.where(held, 0, number)
    breaks[run.first] = np.maximum(breaks[run.first], run.first)
    length = number - np.maximum.accumulate(breaks)
    reached: Ints = np.flatnonzero(held & (length == n))
    return reached


def _warn(run: Run, at: Ints, message: str, finds: Finds) -> None:
    columns = run.columns[at]
    finds.add("D8", "warn", (run.rows[at], columns), columns, [message] * len(at))
