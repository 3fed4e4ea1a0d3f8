"""D10: an adjusted series against raw prices and recorded actions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sigma_core.bars.adjusted import action_ratios
from sigma_core.frames import Axis, Bools, Floats, Ints
from sigma_core.quality.marks import Finds

LEVEL_BARS = 5
#: A change of the factor beyond this needs an action; one close beyond that is wrong.
LEVEL_OFF, CLOSE_OFF = 0.002, 0.005
#: Sources date an action up to so many sessions apart.
NEXT_TO = 1
#: Where a ticker has no recorded dividend, a change of a `total` series between these
#: may be one.
DIVIDEND_STEP = (0.67, 1.4)


def check_adjusted(
    axis: Axis,
    raw: Floats,
    adjusted: Floats,
    actions: pd.DataFrame,
    *,
    kind: str,
) -> pd.DataFrame:
    """D10 finds (`MARK_COLUMNS`) on two closes `[ticker, time]` of one axis.

    Blocks where the factor between them changes without an action of that size, and
    where an action left no trace; warns of single closes that fit neither level, and
    once of a `total` series' changes of a dividend's size if no dividend of the ticker
    is recorded.
    """
    finds = Finds(axis)
    ratios = action_ratios(axis, raw, actions, kind=kind)
    paid = set(actions.loc[~actions["kind"].isin(_NO_PAYMENT), "ticker"])
    for row in range(axis.shape[0]):
        both = np.flatnonzero(~np.isnan(raw[row]) & ~np.isnan(adjusted[row]))
        if len(both) < 2:
            continue
        factor = adjusted[row, both] / raw[row, both]
        explained = _steps_between(ratios[row], both)
        unpaid = kind == "total" and axis.tickers[row] not in paid
        _judge(row, both, factor, explained, finds, unpaid=unpaid)
    return finds.table()


_NO_PAYMENT = ("split", "rescaled", "disputed", "acknowledged", "delisting")


def _steps_between(ratios: Floats, both: Ints) -> Floats:
    """By what actions change the factor from each common session to the next one."""
    steps = np.cumsum(-np.log(ratios))[both]
    between: Floats = np.diff(steps, prepend=steps[0])
    return between


def _judge(
    row: int,
    both: Ints,
    factor: Floats,
    explained: Floats,
    finds: Finds,
    *,
    unpaid: bool,
) -> None:
    # factors without what is explained: a flat line if all is well
    level = np.log(factor) - np.cumsum(explained)
    places = _changes(level)
    kept = [n for n in places.tolist() if not _dated_apart(level, n)]
    if unpaid:
        kept = _without_dividends(row, both, factor, kept, finds)
    words = [
        f"the factor to the raw price goes from {factor[n - 1]:.4g} to {factor[n]:.4g},"
        " which no recorded action explains."
        if explained[n] == 0
        else f"an action of factor {np.exp(explained[n]):.4g} is recorded; the factor"
        f" goes from {factor[n - 1]:.4g} to {factor[n]:.4g}."
        for n in kept
    ]
    at = both[np.array(kept, np.int64)]
    rows = np.full(len(at), row)
    finds.add("D10", "block", (rows, at), at, words)
    (odd,) = np.nonzero(_alone(level))
    words = [f"factor {factor[n]:.4g} to the raw price, unlike its days." for n in odd]
    finds.add("D10", "warn", (np.full(len(odd), row), both[odd]), both[odd], words)


def _without_dividends(
    row: int, both: Ints, factor: Floats, places: list[int], finds: Finds
) -> list[int]:
    """The changes too large for a dividend; the others are one warning."""
    steps = {n: float(factor[n] / factor[n - 1]) for n in places}
    low, high = DIVIDEND_STEP
    small = [n for n in places if low < steps[n] < high]
    if small:
        most = max(abs(steps[n] - 1) for n in small)
        times = f"{len(small)} times" if len(small) > 1 else "once"
        words = (
            f"the factor to the raw price changes {times}, by up to {most:.1%}, as"
            " dividends would; none is recorded, so this can't be checked."
        )
        at = both[small[:1]]
        finds.add("D10", "warn", (np.full(1, row), at), at, [words])
    return [n for n in places if n not in small]


def _changes(level: Floats) -> Ints:
    """First places of a new level: medians of five before and after differ."""
    before = _medians(level[::-1])[::-1]
    after = _medians(level)
    step = np.zeros(len(level))
    step[1:] = after[1:] - before[:-1]
    changed = np.abs(step) > LEVEL_OFF
    # the first at the new level: nearer what comes than what was
    near_old = np.zeros(len(level), bool)
    near_old[1:] = np.abs(level[:-1] - before[:-1]) < np.abs(level[:-1] - after[1:])
    near_new = np.zeros(len(level), bool)
    near_new[1:] = np.abs(level[1:] - after[1:]) < np.abs(level[1:] - before[:-1])
    moved = np.abs(np.diff(level, prepend=level[0])) > LEVEL_OFF / 2
    found: Ints = np.flatnonzero(changed & near_old & near_new & moved)
    return found


def _medians(level: Floats) -> Floats:
    """Median of each value and up to four after it."""
    padded = np.append(level, np.full(LEVEL_BARS - 1, np.nan))
    windows = np.lib.stride_tricks.sliding_window_view(padded, LEVEL_BARS)
    medians: Floats = np.nanmedian(windows, axis=1)
    return medians


def _dated_apart(level: Floats, n: int) -> bool:
    """Whether the level is back a session later or was there a session before."""
    lone = range(max(1, n - NEXT_TO), min(len(level) - 1, n + NEXT_TO) + 1)
    return any(
        k != n and abs(level[max(k, n)] - level[min(k, n) - 1]) <= LEVEL_OFF
        for k in lone
    )


def _alone(level: Floats) -> Bools:
    """Values off both their neighbours' level, which is one."""
    alone = np.zeros(len(level), bool)
    if len(level) < 3:
        return alone
    here, old, new = level[1:-1], level[:-2], level[2:]
    alone[1:-1] = (np.abs(here - old) > CLOSE_OFF) & (np.abs(here - new) > CLOSE_OFF)
    alone[1:-1] &= np.abs(old - new) <= CLOSE_OFF
    return alone
