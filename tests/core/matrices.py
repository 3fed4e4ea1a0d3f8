"""Small matrices typed by hand, for tests of what reads a matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sigma_core.expressions import FIELD_DEGREES
from sigma_core.frames import Axis, Matrix

Rows = Sequence[Sequence[float]]


def matrix(
    columns: Mapping[str, Rows],
    *,
    tickers: Sequence[str] = (),
    members: Sequence[bool] = (),
    factor: Rows | None = None,
) -> Matrix:
    """A matrix of `columns[name][ticker][time]`; close is 1 where it is not given."""
    arrays = {name: np.array(rows, float) for name, rows in columns.items()}
    rows, times = next(iter(arrays.values())).shape
    arrays.setdefault("close", np.ones((rows, times)))
    names = tickers or [f"T{row:03}" for row in range(rows)]
    sessions = np.arange("2024-01-01", times, dtype="datetime64[D]")
    inside = np.ones((rows, times), bool)
    if len(members):
        inside &= np.array(members)[:, None]
    return Matrix(
        axis=Axis(tuple(names), sessions),
        columns=arrays,
        degree={name: FIELD_DEGREES.get(name, 0) for name in arrays},
        members=inside,
        factor=None if factor is None else np.array(factor, float),
    )


def session(columns: Mapping[str, Sequence[float]], **more: object) -> Matrix:
    """A matrix of one session, `columns[name][ticker]`."""
    return matrix({name: [[x] for x in xs] for name, xs in columns.items()}, **more)


def ids(labels: Sequence[str]) -> np.ndarray:
    """A number for each label; an empty one gets a number of its own."""
    known = sorted({label for label in labels if label})
    return np.array(
        [known.index(one) if one else len(known) + at for at, one in enumerate(labels)]
    )
