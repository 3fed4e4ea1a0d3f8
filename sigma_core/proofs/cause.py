"""Why a column changed: read off the way in which it changed.

One bar is moved, and the earlier cells that move with it tell how far ahead the column
reads: exactly k bars (a shift), up to k bars (a centred window, or an event dated where
it happened and not when it was known), or the whole sample (scaling, clipping, a fit).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sigma_core.frames import Bools, Floats
from sigma_core.proofs.bench import Stage
from sigma_core.proofs.compare import Difference, same_bits
from sigma_core.proofs.past import Broken
from sigma_core.proofs.subjects import Column, Subject
from sigma_core.proofs.worlds import times_each

PUSH = 1.5
#: where bars are moved, as shares of all sessions
PLACES = (0.55, 0.7, 0.85)
#: a column that reads further ahead than this share of the past reads all of it
FAR, DENSE = 0.6, 0.8
_ROUNDING = 1e-9


class Cause(NamedTuple):
    """A sentence that says why, and one that says what to do."""

    words: str
    repair: str


LATER = {
    "split": Cause(
        "Earlier prices are adjusted with a split that comes later (back-adjustment).",
        "Use forward-adjusted prices, or divide by the factor of the session itself.",
    ),
    "listed": Cause(
        "Which tickers there are is taken from the whole sample.",
        "Ask on each session for the tickers that had a bar by then.",
    ),
    "revised": Cause(
        "The latest revision is read, not the one that was known then.",
        "Read bars with `known_by`; never the newest row of a session.",
    ),
}
OTHERS = Cause(
    "The value reads the bars of other tickers, and is not declared cross-sectional.",
    "Compute each ticker from its own bars; compare tickers in the rules (rank, "
    "zscore).",
)
FILL = Cause(
    "Missing values are filled backwards: the first value stands where there was none "
    "(bfill).",
    "Leave NaN until the window is full.",
)
SCALING = Cause(
    "The value is scaled with the mean, spread or range of the whole sample.",
    "Scale over a trailing window, or across the tickers of one session.",
)
CLIPPING = Cause(
    "Extreme values are clipped at limits taken from the whole sample (winsorising).",
    "Take the limits from a trailing window, or across the tickers of one session.",
)
FITTED = Cause(
    "A number fitted on the whole sample goes into its earlier sessions.",
    "Fit on the sessions before, and transform the ones after.",
)
UNIVERSE = Cause(
    "Who belongs to the universe is decided with bars of the session itself or later.",
    "Judge the universe of session t on bars up to t−1.",
)
UNFINISHED = Cause(
    "A coarser bar is read before it was over: a day under way, an hour to come.",
    "Join the last coarser bar that ended before the finer one began.",
)
SHORTENED = Cause(
    "The windowed path does not start where the full build starts.",
    "Compute each ticker from the first bar of its span, or from a saved state.",
)
STEPPED = Cause(
    "The indicator's step does not give what its core gives.",
    "Mend the step: same additions in the same order, a new start after a long gap; or "
    "leave it out, and the column is computed whole.",
)
UNSTABLE = Cause(
    "`stable` is shorter than the memory of the formula.",
    "Raise `stable` until the values agree to 1e-6, or declare it anchored (None).",
)
EARLY = Cause(
    "A value stands before the card's warm-up is over.",
    "Blank the first bars, or mend `warmup` on the card.",
)
RUNNING = Cause(
    "A running sum carries on bars that have left the window.",
    "Add up each window afresh, or as distances to a bar of the window.",
)


@dataclass(frozen=True)
class Impulses:
    """Which cells moved when one bar moved: (session of the bar, `[column, …]`)."""

    base: Floats
    moved: tuple[tuple[int, Bools], ...]

    def ahead(self, column: int) -> dict[int, float]:
        """Bars ahead → share of the tickers whose value that far back moved."""
        shares: dict[int, list[float]] = {}
        for place, cells in self.moved:
            known = ~np.isnan(self.base[column, :, :place])
            share = (cells[column, :, :place] & known).sum(axis=0) / np.maximum(
                known.sum(axis=0), 1
            )
            for session in np.flatnonzero(known.any(axis=0)).tolist():
                shares.setdefault(place - session, []).append(float(share[session]))
        return {k: float(np.mean(found)) for k, found in shares.items()}


def impulses(subject: Subject, stage: Stage, base: Floats) -> Impulses:
    """Move single bars of all tickers, one at a time."""
    shape = stage.world.bars.axis.shape
    moved = []
    for share in PLACES:
        place = int(share * shape[1])
        factors = np.ones(shape)
        factors[:, place] = PUSH
        found = subject.values(
            times_each(stage.world, factors), first=0, last=shape[1] - 1
        )
        moved.append((place, ~same_bits(base, found)))
    return Impulses(base, tuple(moved))


def cause_of(broken: Broken, column: Column, pushes: Impulses) -> Cause:
    """The likely cause of a difference in proof 1, 2 or 5."""
    trial, difference = broken.trial, broken.difference
    if trial.others:
        return OTHERS
    if trial.proof == "later":
        word = next(word for word in LATER if word in trial.words)
        return LATER[word]
    if column.name == "universe":
        return UNIVERSE
    if column.joined:
        return UNFINISHED
    return _by_reach(difference, pushes.ahead(difference.column))


def _by_reach(difference: Difference, ahead: dict[int, float]) -> Cause:
    touched = {k: share for k, share in ahead.items() if share > 0}
    if not touched:
        if _filled(difference):
            return FILL
        return LATER["split"] if _one_ratio(difference) else FITTED
    reach = max(touched)
    if reach >= FAR * max(ahead):
        return _whole_sample(difference)
    if len(touched) == 1:
        return _shift(reach)
    dense = float(np.mean([ahead.get(k, 0.0) for k in range(1, reach + 1)])) >= DENSE
    if dense:
        return Cause(
            f"A centred window: the value reads up to {reach} bars ahead.",
            "Let the window end with the bar itself.",
        )
    return Cause(
        f"An event is dated when it happened, up to {reach} bars before it was known "
        "(a centred swing).",
        "Date it when it is known: a swing with R bars to its right, R bars later.",
    )


def _shift(reach: int) -> Cause:
    label = "" if reach == 1 else " It may be a label among the features."
    return Cause(
        f"The value is taken from {reach} bar{'s' * (reach > 1)} ahead: "
        f"shift(-{reach}).{label}",
        f"Shift the other way (shift({reach})), or take the column out.",
    )


def _filled(difference: Difference) -> bool:
    """Whether one value stands over and over, or where a shorter history has none."""
    one, other, cells = difference.expected, difference.found, difference.cells
    if (np.isnan(one) != np.isnan(other))[cells].all():
        return True
    rows = np.flatnonzero(cells.any(axis=1)).tolist()
    return all(np.ptp(one[row][cells[row]]) == 0 for row in rows)


def _one_ratio(difference: Difference) -> bool:
    """Whether each ticker's values differ by one factor throughout."""
    cells = difference.cells
    with np.errstate(all="ignore"):
        ratio = difference.expected / difference.found
        rows = np.flatnonzero(cells.any(axis=1)).tolist()
        # against 0 there is no factor: inf − inf, which is below nothing
        return all(np.ptp(ratio[row][cells[row]]) < _ROUNDING for row in rows)


def _whole_sample(difference: Difference) -> Cause:
    """Clipping touches only the extremes, scaling all values alike."""
    one, other = difference.expected, difference.found
    both = ~np.isnan(one) & ~np.isnan(other)
    share = difference.cells[both].mean() if both.any() else 1.0
    if share < 0.5:
        return CLIPPING
    return SCALING if _affine(one, other, both) else FITTED


def _affine(one: Floats, other: Floats, both: Bools) -> bool:
    """Whether each ticker's values are a straight line of the others."""
    fits = []
    for row in range(len(one)):
        x, y = one[row][both[row]], other[row][both[row]]
        if len(x) < 10 or np.ptp(x) == 0:
            continue
        slope, level = np.polyfit(x, y, 1)
        fits.append(np.abs(slope * x + level - y).max() <= 1e-6 * max(1, np.ptp(y)))
    return bool(fits) and float(np.mean(fits)) > 0.5
