"""All usable bars of a grid in one line, ticker by ticker: what rules of moves read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sigma_core.frames import FIELDS, Bools, Floats, Ints

#: Robust sigma: so many bars before, this many at least.
SIGMA_BARS, SIGMA_LEAST = 60, 20
#: A median of absolute values times this is sigma where values are normal.
NORMAL = 1.4826
USUAL_BARS = 20


@dataclass(frozen=True)
class Run:
    """Usable bars in order of (ticker, time); all arrays are of one length."""

    rows: Ints
    columns: Ints
    fields: Mapping[str, Floats]

    @classmethod
    def of(cls, fields: Mapping[str, Floats], usable: Bools) -> Run:
        """The bars at the usable cells."""
        rows, columns = np.nonzero(usable)
        return cls(rows, columns, {name: fields[name][usable] for name in FIELDS})

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> Floats:
        return self.fields[name]

    @cached_property
    def moves(self) -> Floats:
        """ln(close / close before); NaN at each ticker's first bar."""
        moves = np.full(len(self), np.nan)
        close = self["close"]
        moves[1:] = np.log(close[1:] / close[:-1])
        moves[self.first] = np.nan
        return moves

    @cached_property
    def first(self) -> Ints:
        """Place of each ticker's first bar."""
        return np.flatnonzero(np.diff(self.rows, prepend=-1))

    @cached_property
    def nth(self) -> Ints:
        """How many bars of its ticker stand before each bar."""
        starts = np.zeros(len(self), np.int64)
        starts[self.first] = self.first
        number: Ints = np.arange(len(self)) - np.maximum.accumulate(starts)
        return number

    def sigma(self, at: Ints) -> Floats:
        """Robust sigma of the moves before each place; NaN with fewer than 20."""
        sigma = np.full(len(at), np.nan)
        for n, place in enumerate(at.tolist()):
            held = min(int(self.nth[place]) - 1, SIGMA_BARS)
            if held >= SIGMA_LEAST - 1:
                before = self.moves[place - held : place]
                sigma[n] = NORMAL * np.median(np.abs(before))
        return sigma

    def usual_volume(self, at: Ints) -> Floats:
        """Median volume of up to 20 bars before each place; NaN at a first bar."""
        usual = np.full(len(at), np.nan)
        for n, place in enumerate(at.tolist()):
            held = min(int(self.nth[place]), USUAL_BARS)
            if held:
                usual[n] = np.median(self["volume"][place - held : place])
        return usual
