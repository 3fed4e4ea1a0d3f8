"""A matrix as rows, the shape in which trees are trained.

Sorted by (time, ticker), columns in the set's order, float64, each value rounded as it
is stored (to float32, so that a scan reads what was trained on) and in the units of its
own session. A row is a member of the universe whose every column has a value:
one without is neither trained on nor predicted (docs/definitions/gbm.md).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sigma_core.frames import FIELDS, Bools, Floats, Ints, Matrix


@dataclass(frozen=True)
class Rows:
    """`values[row, column]`; row i is of `ticker[i]` (its place) at `time[i]`.

    The rows of the times a to b − 1 are `begin[a]` to `begin[b] − 1`.
    """

    columns: tuple[str, ...]
    values: Floats
    ticker: Ints
    time: Ints
    begin: Ints

    def of(self, times: range) -> range:
        """The rows of some times."""
        return range(int(self.begin[times.start]), int(self.begin[times.stop]))

    def gather(self, wide: Floats) -> Floats:
        """The cells of `[ticker, time]`, one a row."""
        cells: Floats = wide[self.ticker, self.time]
        return cells

    def spread(self, values: Floats, rows: range, shape: tuple[int, int]) -> Floats:
        """The values of some rows as `[ticker, time]`, NaN elsewhere."""
        wide = np.full(shape, np.nan)
        wide[self.ticker[rows.start : rows.stop], self.time[rows.start : rows.stop]] = (
            values
        )
        return wide


def feature_names(matrix: Matrix) -> tuple[str, ...]:
    """The columns that trees read: all but the bars' own fields, in the set's order."""
    return tuple(name for name in matrix.columns if name not in FIELDS)


def rows_of(matrix: Matrix) -> Rows:
    """All rows of a matrix that can be trained on or predicted."""
    names = feature_names(matrix)
    known = known_cells(matrix, names)
    time, ticker = np.nonzero(known.T)
    values = np.empty((len(time), len(names)))
    for at, name in enumerate(names):
        values[:, at] = matrix.columns[name][ticker, time].astype(np.float32)
        if matrix.factor is not None and matrix.degree[name]:
            values[:, at] /= matrix.factor[ticker, time] ** matrix.degree[name]
    begin = np.searchsorted(time, np.arange(matrix.axis.shape[1] + 1))
    return Rows(names, values, ticker, time, begin)


def as_kept(matrix: Matrix) -> Matrix:
    """The features as a stored matrix has them, in float32: what the trees learned
    from, so that a value between the two does not fall on the other side of a split."""
    columns = {name: values.astype("f4") for name, values in matrix.columns.items()}
    return replace(matrix, columns=columns)


def known_cells(matrix: Matrix, names: tuple[str, ...]) -> Bools:
    """Members with a value in every column, `[ticker, time]`."""
    known = matrix.members.copy()
    for name in names:
        known &= np.isfinite(matrix.columns[name])
    return known
