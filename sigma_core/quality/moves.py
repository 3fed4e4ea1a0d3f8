"""D6: moves too large to be believed, and splits nobody recorded.

A move is a bar's close over the close of the ticker's bar before it, without the splits
that are recorded. Three things may be said of one that no other action explains:

- beyond +50 % or −50 %: warned of, the bar is used;
- beyond +300 % or −90 %: the bar is taken out;
- a *suspected split*: the ticker is blocked from that session on. All of this holds:
  the larger of the two closes over the smaller is within 3 % of n, n/2 or n/3 (n ≤ 20,
  the ratio at least 3/2), or the open over the close before is, or a split is recorded
  that the prices did not make; the open made the move (it is within 10 % of the close);
  the old level held before and the new one for the five bars after; and trading did not
  surge, as it does when the news is real.

The last three keep true crashes and jumps in: a company that loses half its value
opens anywhere, trades on, and trades many times its usual volume that day. Until five
bars have come the ticker is out; a bar at the old level frees it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sigma_core.frames import MAX_GAP, Bools, Floats, Ints
from sigma_core.quality.actions import Actions

LARGE = 0.50
RISE, FALL = 4.0, 0.10  # +300 %, −90 %: as ratios of closes
NEAR = 0.03
KEPT_BARS = 5
#: The open must have come within this of the close for a move to be a split's.
OPENED = 0.10
#: Shares and value traded both above so many times the median of the 20 bars before:
#: a real move. (Splits of 2015–2017: at most 3.8 times; real moves > 50 %: 22 and up.)
SURGE = 5.0
USUAL_BARS, USUAL_LEAST = 20, 5
SPLITS: Floats = np.unique(
    [n / d for d in (1, 2, 3) for n in range(2, 21) if n / d >= 1.5]
)
#: The smallest ratio that may be a split's.
LEAST = float(SPLITS[0]) * (1 - NEAR)


@dataclass(frozen=True)
class Line:
    """Bars in one line, ticker by ticker, in order of time; recorded splits are taken
    out of prices and volumes by `factor`, which is what they were multiplied by."""

    rows: Ints
    columns: Ints
    open: Floats
    close: Floats
    volume: Floats
    factor: Floats

    def same_ticker(self, at: Ints, away: int) -> Bools:
        """Whether the bar `away` places from each of `at` is of the same ticker."""
        other = at + away
        inside = (other >= 0) & (other < len(self.rows))
        same: Bools = inside & (self.rows[other * inside] == self.rows[at])
        return same


@dataclass(frozen=True)
class Moves:
    """Large moves of a line that no action explains.

    `at`, `before`: places of the bar that moved and of the one it is measured from.
    `spike`: beyond belief. `suspect`: a split, as far as its own close tells. `after`:
    how many of up to five bars after it have come. `back`: place of the first of them
    that is nearer the old level, −1 without one.
    """

    at: Ints
    before: Ints
    spike: Bools
    suspect: Bools
    after: Ints
    back: Ints


def large_moves(line: Line, actions: Actions) -> Moves:
    """The moves of a line of at least a third, each judged by the bars up to it, and a
    suspect by up to five after it."""
    at = _unexplained(line, line.close, actions)
    spike, before = _spikes(line, at)
    suspect = _suspected(line, at, before)
    return Moves(at, before, spike, suspect, *_told(line, at, before))


def opening_suspects(line: Line, actions: Actions) -> Ints:
    """Places of bars whose open alone looks like a split nobody recorded."""
    at = _unexplained(line, line.open, actions)
    old, new = line.close[at - 1], line.open[at]
    near = _near_split(new / old) | (line.factor[at] != line.factor[at - 1])
    suspects: Ints = at[near & _old_level(line, at, old, new)]
    return suspects


def _unexplained(line: Line, price: Floats, actions: Actions) -> Ints:
    """Places of bars whose price is a third or more off the close before, with no
    action to explain it."""
    ratio = price[1:] / line.close[:-1]
    at = 1 + np.flatnonzero((ratio > LEAST) | (ratio < 1 / LEAST))
    at = at[line.rows[at] == line.rows[at - 1]]
    at = at[line.columns[at] - line.columns[at - 1] <= MAX_GAP + 1]
    rows, columns = line.rows[at], line.columns
    unexplained: Ints = at[~actions.excused(rows, columns[at - 1], columns[at])]
    return unexplained


def _spikes(line: Line, at: Ints) -> tuple[Bools, Ints]:
    """Which moves are beyond belief, and the bar each move is measured from.

    After a bar that was taken out, the next is measured from whichever is nearer: that
    bar (the level stayed) or the last one kept (it came back).
    """
    spikes = np.zeros(len(at), dtype=bool)
    before = at - 1
    out: set[int] = set()
    for i, place in enumerate(at.tolist()):
        kept = place - 1
        while kept in out:
            kept -= 1
        came_back = line.close[place] / line.close[kept]
        step = line.close[place] / line.close[place - 1]
        if abs(np.log(came_back)) < abs(np.log(step)):
            before[i] = kept
            step = came_back
        if step > RISE or step < FALL:
            spikes[i] = True
            out.add(place)
    return spikes, before


def _suspected(line: Line, at: Ints, before: Ints) -> Bools:
    """Which moves look like a split that nobody recorded, or that was none."""
    old, new = line.close[before], line.close[at]
    near = _near_split(new / old) | _near_split(line.open[at] / old)
    near |= line.factor[at] != line.factor[before]
    near &= np.abs(line.open[at] / new - 1) <= OPENED
    near &= np.maximum(new / old, old / new) >= LEAST
    near &= _old_level(line, at, old, new)
    suspected: Bools = near & (~_surged(line, at) | (new / old > RISE))
    return suspected


def _near_split(ratio: Floats) -> Bools:
    larger = np.maximum(ratio, 1 / ratio)
    after = np.clip(np.searchsorted(SPLITS, larger), 1, len(SPLITS) - 1)
    off = np.minimum(
        np.abs(larger / SPLITS[after] - 1), np.abs(larger / SPLITS[after - 1] - 1)
    )
    near: Bools = off <= NEAR
    return near


def _old_level(line: Line, at: Ints, old: Floats, new: Floats) -> Bools:
    """Whether up to five closes before are nearer the old level."""
    middle, rose = np.sqrt(old * new), new > old
    held = np.ones(len(at), dtype=bool)
    for step in range(1, KEPT_BARS + 1):
        before = line.close[np.maximum(at - step, 0)]
        held &= ~line.same_ticker(at, -step) | ((before < middle) == rose)
    return held


def _told(line: Line, at: Ints, before: Ints) -> tuple[Ints, Ints]:
    """How many of five bars after have come, and the place of the first of them that is
    nearer the old level (−1 without one)."""
    old, new = line.close[before], line.close[at]
    middle, rose = np.sqrt(old * new), new > old
    after, back = np.zeros(len(at), np.int64), np.full(len(at), -1)
    for step in range(KEPT_BARS, 0, -1):
        there = line.same_ticker(at, step)
        place = np.minimum(at + step, len(line.close) - 1)
        wrong = there & ((line.close[place] > middle) != rose)
        after += there
        back = np.where(wrong, place, back)
    return after, back


def _surged(line: Line, at: Ints) -> Bools:
    """Whether far more shares, and more value, changed hands than on the days before.

    Both, because a split multiplies one of them: the shares, or, where the source did
    not restate them, the value.
    """
    back = at[:, None] - np.arange(1, USUAL_BARS + 1)
    inside = (back >= 0) & (line.rows[np.maximum(back, 0)] == line.rows[at][:, None])
    enough = inside.sum(axis=1) >= USUAL_LEAST
    surged: Bools = enough.copy()
    for traded in (line.volume, line.volume * line.close):
        usual = np.where(inside, traded[np.maximum(back, 0)], np.nan)[enough]
        surged[enough] &= traded[at][enough] > SURGE * np.nanmedian(usual, axis=1)
    return surged
