"""D6: moves too large to be believed, and splits nobody recorded.

A move is a bar's close over the close of the ticker's bar before it. Three things may
be said of one that no recorded action explains:

- beyond +50 % or −50 %: warned of, the bar is used;
- beyond +300 % or −90 %: the bar is taken out;
- a *suspected split*: the ticker is blocked from that session on. All of this holds:
  the larger of the two closes over the smaller is within 3 % of n, n/2 or n/3 (n ≤ 20,
  the ratio at least 3/2), or the open over the close before is; the open made the
  move (it is within 10 % of the close); the old level held before and the new one for
  the five bars after; and trading did not surge, as it does when the news is real.

The last three keep true crashes and jumps in: a company that loses half its value
opens anywhere, trades on, and trades many times its usual volume that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sigma_core.frames import MAX_GAP, Bools, Floats, Ints
from sigma_core.quality.actions import Actions
from sigma_core.quality.marks import Action, Finds

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


@dataclass(frozen=True)
class _Run:
    """All usable bars in one line, ticker by ticker, in order of time."""

    rows: Ints
    columns: Ints
    open: Floats
    close: Floats
    volume: Floats

    def same_ticker(self, at: Ints, away: int) -> Bools:
        """Whether the bar `away` places from each of `at` is of the same ticker."""
        other = at + away
        inside = (other >= 0) & (other < len(self.rows))
        same: Bools = inside & (self.rows[other * inside] == self.rows[at])
        return same


def mark_moves(
    fields: Mapping[str, Floats], usable: Bools, actions: Actions, finds: Finds
) -> tuple[Ints, Bools]:
    """D6: column from which each ticker is blocked, and the bars taken out."""
    rows, columns = np.nonzero(usable)
    run = _Run(
        rows, columns, *(fields[name][usable] for name in ("open", "close", "volume"))
    )
    at = _unexplained(run, actions)
    before = at - 1
    spikes, before = _spikes(run, at)
    ratio = run.close[at] / run.close[before]
    split = _suspected(run, at, before)
    large = np.abs(ratio - 1) > LARGE
    _note(run, at, before, spikes, split, large, finds)
    blocked_from = np.full(len(usable), usable.shape[1], dtype=np.int64)
    np.minimum.at(blocked_from, rows[at[split]], columns[at[split]])
    bad = np.zeros(usable.shape, dtype=bool)
    bad[rows[at[spikes]], columns[at[spikes]]] = True
    return blocked_from, bad


def _unexplained(run: _Run, actions: Actions) -> Ints:
    """Places of bars that moved by a third or more with no action to explain it."""
    close = run.close
    ratio = close[1:] / close[:-1]
    least = SPLITS[0] * (1 - NEAR)
    at = 1 + np.flatnonzero((ratio > least) | (ratio < 1 / least))
    at = at[run.rows[at] == run.rows[at - 1]]
    at = at[run.columns[at] - run.columns[at - 1] <= MAX_GAP + 1]
    explained = actions.between(run.rows[at], run.columns[at - 1], run.columns[at])
    unexplained: Ints = at[~explained]
    return unexplained


def _spikes(run: _Run, at: Ints) -> tuple[Bools, Ints]:
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
        came_back = run.close[place] / run.close[kept]
        step = run.close[place] / run.close[place - 1]
        if abs(np.log(came_back)) < abs(np.log(step)):
            before[i] = kept
            step = came_back
        if step > RISE or step < FALL:
            spikes[i] = True
            out.add(place)
    return spikes, before


def _suspected(run: _Run, at: Ints, before: Ints) -> Bools:
    """Which moves look like a split that nobody recorded."""
    old, new = run.close[before], run.close[at]
    overnight = run.open[at] / old
    near = _near_split(new / old) | _near_split(overnight)
    near &= np.abs(run.open[at] / new - 1) <= OPENED
    near &= np.maximum(new / old, old / new) >= SPLITS[0] * (1 - NEAR)
    near &= _kept(run, at, old, new)
    suspected: Bools = near & (~_surged(run, at) | (new / old > RISE))
    return suspected


def _near_split(ratio: Floats) -> Bools:
    larger = np.maximum(ratio, 1 / ratio)
    after = np.clip(np.searchsorted(SPLITS, larger), 1, len(SPLITS) - 1)
    off = np.minimum(
        np.abs(larger / SPLITS[after] - 1), np.abs(larger / SPLITS[after - 1] - 1)
    )
    near: Bools = off <= NEAR
    return near


def _kept(run: _Run, at: Ints, old: Floats, new: Floats) -> Bools:
    """Five bars after are nearer the new level, up to five before nearer the old."""
    middle = np.sqrt(old * new)
    rose = new > old
    kept = np.ones(len(at), dtype=bool)
    last = len(run.close) - 1
    for step in range(1, KEPT_BARS + 1):
        after = run.close[np.minimum(at + step, last)]
        kept &= run.same_ticker(at, step) & ((after > middle) == rose)
        before = run.close[np.maximum(at - step, 0)]
        kept &= ~run.same_ticker(at, -step) | ((before < middle) == rose)
    return kept


def _surged(run: _Run, at: Ints) -> Bools:
    """Whether far more shares, and more value, changed hands than on the days before.

    Both, because a split multiplies one of them: the shares, or, where the source did
    not restate them, the value.
    """
    back = at[:, None] - np.arange(1, USUAL_BARS + 1)
    inside = (back >= 0) & (run.rows[np.maximum(back, 0)] == run.rows[at][:, None])
    enough = inside.sum(axis=1) >= USUAL_LEAST
    surged: Bools = enough.copy()
    for traded in (run.volume, run.volume * run.close):
        usual = np.where(inside, traded[np.maximum(back, 0)], np.nan)[enough]
        surged[enough] &= traded[at][enough] > SURGE * np.nanmedian(usual, axis=1)
    return surged


def _note(
    run: _Run,
    at: Ints,
    before: Ints,
    spikes: Bools,
    split: Bools,
    large: Bools,
    finds: Finds,
) -> None:
    """Write down what was found; only a split needs the five bars after it."""
    kinds: tuple[tuple[Action, Bools, str], ...] = (
        ("quarantine", spikes, "."),
        ("warn", large & ~spikes & ~split, "."),
        ("block", split, ", the level kept: a split?"),
    )
    for action, chosen, end in kinds:
        bars, pairs = at[chosen], zip(before[chosen], at[chosen], strict=True)
        moves = [(run.close[a], run.close[b]) for a, b in pairs]
        messages = [
            f"close {new:g} after {old:g} ({new / old - 1:+.0%}), no action recorded"
            + end
            for old, new in moves
        ]
        columns = run.columns[bars]
        known = run.columns[bars + KEPT_BARS] if action == "block" else columns
        finds.add("D6", action, (run.rows[bars], columns), known, messages)
