"""D6 on a grid: what is found today, and who was out as of each bar.

What is found rests on the bars that count today. Whether a ticker was out at a column
rests on those that counted then: a bar that a later one proves wrong (D7, D9) counted
up to that one. So each stretch between two such proofs is judged by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sigma_core.frames import MAX_GAP, Axis, Bools, Floats, Ints
from sigma_core.quality.actions import Actions
from sigma_core.quality.marks import Action, Finds
from sigma_core.quality.moves import (
    KEPT_BARS,
    LARGE,
    LEAST,
    Line,
    Moves,
    large_moves,
    opening_suspects,
)
from sigma_core.quality.spikes import mark_spikes


@dataclass(frozen=True)
class Grid:
    """Bars `[ticker, time]`; `sound`: those that can be bars at all. `factor`: what
    recorded splits multiply a price by, None where there is none."""

    fields: Mapping[str, Floats]
    sound: Bools
    factor: Floats | None
    actions: Actions

    def line(self, counting: Bools) -> Line:
        """The bars at some cells, recorded splits taken out."""
        rows, columns = np.nonzero(counting)
        return self._line(rows, columns)

    def line_of(self, row: int, counting: Bools) -> Line:
        """The same of one ticker's `[time]`."""
        (columns,) = np.nonzero(counting)
        return self._line(np.full(len(columns), row), columns)

    def _line(self, rows: Ints, columns: Ints) -> Line:
        cells = rows, columns
        factor = np.ones(len(rows)) if self.factor is None else self.factor[cells]
        open_, close = (self.fields[name][cells] * factor for name in ("open", "close"))
        volume = self.fields["volume"][cells] / factor
        return Line(rows, columns, open_, close, volume, factor)

    def close(self, row: int) -> Floats:
        """A ticker's closes, recorded splits taken out; NaN where no bar can be."""
        close = np.where(self.sound[row], self.fields["close"][row], np.nan)
        return close if self.factor is None else close * self.factor[row]


def mark_moves(grid: Grid, bad: Bools, finds: Finds) -> tuple[Bools, Bools]:
    """D6: where tickers are out, and the bars taken out, both `[ticker, time]`.

    `bad`: bars that rules before have taken out; `finds` knows which of them only later
    bars tell.
    """
    line = grid.line(grid.sound & ~bad)
    moves = large_moves(line, grid.actions)
    _note(line, moves, grid.actions, finds)
    spikes = np.zeros(bad.shape, dtype=bool)
    at = moves.at[moves.spike]
    spikes[line.rows[at], line.columns[at]] = True
    out = np.zeros(bad.shape, dtype=bool)
    _fill(out, line, moves, 0, bad.shape[1])
    for row in np.unique(finds.late("D7", "D9")[0]).tolist():
        out[row] = False
        if not _calm(grid.close(row)):
            _fill_as_known(out, grid, row, finds)
    return out, spikes


def opened_as_splits(grid: Grid) -> tuple[Ints, Ints]:
    """D6: rows and columns of bars whose open alone makes them suspects."""
    line = grid.line(grid.sound)
    at = opening_suspects(line, grid.actions)
    return line.rows[at], line.columns[at]


def _fill_as_known(out: Bools, grid: Grid, row: int, finds: Finds) -> None:
    """Where one ticker is out, by the bars that counted at each column."""
    rows, foreign, told = finds.late("D9")
    foreign, told = foreign[rows == row], told[rows == row]
    for begin, end in _between(told, 0, out.shape[1]):
        counting = grid.sound[row].copy()
        counting[foreign[told <= begin]] = False
        spikes, known = _spikes_of(grid, row, counting, end, finds.axis)
        for start, stop in _between(known, begin, end):
            usable = counting.copy()
            usable[spikes[known <= start]] = False
            line = grid.line_of(row, usable[:stop])
            _fill(out, line, large_moves(line, grid.actions), start, stop)


def _between(known: Ints, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """The stretches of columns from `start` to `stop` within which nothing new is
    known."""
    inside = np.unique(known[(known > start) & (known < stop)])
    yield from pairwise([start, *inside.tolist(), stop])


def _spikes_of(
    grid: Grid, row: int, counting: Bools, end: int, axis: Axis
) -> tuple[Ints, Ints]:
    """D7 of one ticker's bars up to a column: which, and the column that tells."""
    fields = {name: values[[row], :end] for name, values in grid.fields.items()}
    alone = Finds(Axis((axis.tickers[row],), axis.times[:end], axis.per_session))
    mark_spikes(fields, counting[None, :end], grid.actions.of_row(row), alone)
    _, column, known = alone.late("D7")
    return column, known


def _fill(out: Bools, line: Line, moves: Moves, start: int, stop: int) -> None:
    """Suspects are out from their bar to the one that is back at the old level; filled
    in from column `start` up to, not with, `stop`."""
    at, back = moves.at[moves.suspect], moves.back[moves.suspect]
    free = np.where(back < 0, stop, line.columns[back])
    first = np.maximum(line.columns[at], start)
    for row, begin, end in zip(line.rows[at], first, free, strict=True):
        out[row, begin:end] = True


def _calm(close: Floats) -> bool:
    """Whether no two closes near enough for a move differ by a split's ratio."""
    for lag in range(1, MAX_GAP + 2):
        ratio = close[lag:] / close[:-lag]
        if ((ratio > LEAST) | (ratio < 1 / LEAST)).any():
            return False
    return True


def _note(line: Line, moves: Moves, actions: Actions, finds: Finds) -> None:
    """Write down what was found, and of a suspect what the bars after it say."""
    large = np.abs(line.close[moves.at] / line.close[moves.before] - 1) > LARGE
    back = moves.suspect & (moves.back >= 0)
    waits = moves.suspect & (moves.back < 0) & (moves.after < KEPT_BARS)
    kept = moves.suspect & (moves.back < 0) & (moves.after == KEPT_BARS)
    plain = large & ~moves.suspect
    kinds: tuple[tuple[Action, Bools, Ints, str], ...] = (
        ("quarantine", moves.spike, moves.at, "."),
        ("warn", plain & ~moves.spike, moves.at, "."),
        ("warn", back & ~moves.spike, moves.back, ": no split, the old level is back."),
        ("block", waits, moves.at, ": a suspected split; five bars will tell."),
        ("block", kept, moves.at + KEPT_BARS, ", the level kept: a split?"),
    )
    for action, chosen, told, end in kinds:
        at, before = moves.at[chosen], moves.before[chosen]
        words = [said + end for said in _words(line, at, before, actions)]
        cells = line.rows[at], line.columns[at]
        finds.add("D6", action, cells, line.columns[told[chosen]], words)


def _words(line: Line, at: Ints, before: Ints, actions: Actions) -> list[str]:
    """What the prices did, and what is recorded."""
    columns = line.columns
    recorded = actions.splits(line.rows[at], columns[before], columns[at])
    found = []
    for new, old, split in zip(at, before, recorded, strict=True):
        close, was = (line.close[place] / line.factor[place] for place in (new, old))
        ratio, factor = close / was, line.factor[new] / line.factor[old]
        said = f"close {close:g} after {was:g} ({ratio - 1:+.0%}), "
        if factor != 1:
            said += f"with the recorded split of {factor:g} {ratio * factor - 1:+.0%}"
        elif split:
            said += "a split is recorded that these prices are adjusted for already"
        else:
            said += "no action recorded"
        found.append(said)
    return found
