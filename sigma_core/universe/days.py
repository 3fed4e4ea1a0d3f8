"""One session's list as it is kept, and what changed between two of them.

A `Day` holds plain values alone: the members, and for each ticker that is out the first
step it failed with the value it failed by. So two days are compared without any bars,
however long ago they were, and every entrant and leaver has the step that changed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sigma_core.specs import fingerprint
from sigma_core.universe.members import CODES, Universe

#: value a ticker failed by (a number), why it is blocked (text), or nothing
Value = float | str | None
#: a ticker that is in neither list had no bar yet
UNKNOWN = "not_listed"
_DIGITS = 6


@dataclass(frozen=True)
class DayStep:
    """One filter of a day: what it asks, its limit if any, how many survive."""

    name: str
    label: str
    survivors: int
    limit: float | None = None


@dataclass(frozen=True)
class Day:
    """Members A to Z; `out[step][ticker]` for those with bars who are none."""

    steps: tuple[DayStep, ...]
    members: tuple[str, ...]
    out: Mapping[str, Mapping[str, Value]]

    @property
    def sha(self) -> str:
        """The name of the list: equal shas, equal members."""
        return fingerprint.sha_of(list(self.members))

    def why_out(self, ticker: str) -> tuple[str, Value]:
        """The step a ticker that is no member failed, and by what."""
        for step, tickers in self.out.items():
            if ticker in tickers:
                return step, tickers[ticker]
        return UNKNOWN, None


@dataclass(frozen=True)
class Change:
    """One entrant or leaver, and the step it failed on the day it was out."""

    ticker: str
    step: str
    label: str
    value: Value = None
    limit: float | None = None


@dataclass(frozen=True)
class Changes:
    """Who came and who went from one list to another, A to Z."""

    entered: tuple[Change, ...]
    left: tuple[Change, ...]

    def by_step(self) -> dict[str, tuple[int, int]]:
        """Step → how many it let in and how many it put out."""
        counts: dict[str, tuple[int, int]] = {}
        for place, some in enumerate((self.entered, self.left)):
            for one in some:
                found = list(counts.get(one.step, (0, 0)))
                found[place] += 1
                counts[one.step] = (found[0], found[1])
        return counts


def day_of(universe: Universe, tickers: Sequence[str]) -> Day:
    """The last session of a universe, as it is kept; `tickers` are those of its axis.

    Values are kept to six digits. Tickers without any bar yet are left out: on the day
    nobody knew them, and a later listing must not change an earlier day.
    """
    member = universe.members[:, -1]
    out: dict[str, dict[str, Value]] = {}
    limits: dict[str, float] = {}
    known = CODES.index(f"universe.{UNKNOWN}")
    for row in np.flatnonzero(universe.reason > known).tolist():
        step = CODES[universe.reason[row]].partition(".")[2]
        limits[step] = float(universe.limit[row])
        out.setdefault(step, {})[tickers[row]] = _value(universe, row)
    steps = tuple(
        DayStep(step.name, step.label, step.survivors, _finite(limits.get(step.name)))
        for step in universe.steps
    )
    chosen = tuple(tickers[row] for row in np.flatnonzero(member).tolist())
    return Day(steps, chosen, out)


def changes(before: Day, after: Day) -> Changes:
    """Entrants with the step that kept them out before, leavers with that of now."""
    came = sorted(set(after.members) - set(before.members))
    went = sorted(set(before.members) - set(after.members))
    return Changes(
        tuple(_change(ticker, before) for ticker in came),
        tuple(_change(ticker, after) for ticker in went),
    )


def _change(ticker: str, day: Day) -> Change:
    name, value = day.why_out(ticker)
    found = next((step for step in day.steps if step.name == name), None)
    label, limit = (found.label, found.limit) if found else (name, None)
    return Change(ticker, name, label, value, limit)


def _value(universe: Universe, row: int) -> Value:
    if row in universe.notes:
        return universe.notes[row].removeprefix("blocked: ")
    return _finite(float(universe.value[row]))


def _finite(number: float | None) -> float | None:
    if number is None or not math.isfinite(number):
        return None
    return float(f"{number:.{_DIGITS}g}")
