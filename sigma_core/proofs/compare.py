"""Two tables of values against each other, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sigma_core.frames import Bools, Floats


@dataclass(frozen=True)
class Difference:
    """Where one column differs: `cells[ticker, session]`, and the two tables."""

    column: int
    cells: Bools
    expected: Floats
    found: Floats

    @property
    def first(self) -> tuple[int, int]:
        """(ticker, session) of the first differing row: earliest, then A to Z."""
        session, ticker = np.argwhere(self.cells.T)[0]
        return int(ticker), int(session)

    @property
    def count(self) -> int:
        """How many cells differ."""
        return int(self.cells.sum())


def same_bits(one: Floats, other: Floats) -> Bools:
    """Where two tables agree to the last bit; a NaN is a NaN, whatever its bits."""
    bits = _bits(one) == _bits(other)
    agree: Bools = bits | (np.isnan(one) & np.isnan(other))
    return agree


def close(one: Floats, other: Floats, tolerance: float) -> Bools:
    """Where two tables agree to a relative and absolute tolerance."""
    agree: Bools = np.isclose(
        one, other, rtol=tolerance, atol=tolerance, equal_nan=True
    )
    return agree


def differences(
    expected: Floats, found: Floats, agree: Bools, among: Bools | None = None
) -> list[Difference]:
    """The columns in which any cell disagrees; `among` are the cells that count."""
    wrong = ~agree if among is None else ~agree & among
    return [
        Difference(column, wrong[column], expected[column], found[column])
        for column in np.flatnonzero(wrong.any(axis=(1, 2))).tolist()
    ]


def _bits(values: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.ascontiguousarray(values, np.float64).view(np.int64)
