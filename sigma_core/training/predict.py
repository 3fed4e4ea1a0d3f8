"""A stored model on the last session of a matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import numpy as np

from sigma_core.boosting.artifact import Model
from sigma_core.boosting.process import Limits, Trees
from sigma_core.boosting.ranges import far_outside
from sigma_core.boosting.rows import Rows, rows_of
from sigma_core.errors import UnknownName
from sigma_core.frames import Floats, Matrix
from sigma_core.training.trained import Contribution, Predicted
from sigma_core.window import last_columns

#: contributions kept of a signal
TOP = 5


def predict(
    model: Model,
    matrix: Matrix,
    limits: Limits,
    *,
    explain: Sequence[str] = (),
    top: int = TOP,
) -> Predicted:
    """What a model says of a matrix's last session.

    `explain` names the tickers whose contributions are wanted; one without a
    prediction has none. Raises BadInput as `Model.require_usable` does, UnknownName
    for a ticker that the matrix lacks, DamagedData `model.damaged` where the text is
    not the card's, SigmaError as `train` does for the child.
    """
    rows = rows_of(last_columns(matrix, 1))
    session: date = matrix.axis.days[-1].item()
    model.require_whole()
    model.require_usable(rows.columns, session)
    asked = _asked(rows, matrix.axis.tickers, explain)
    values = np.full(len(matrix.axis.tickers), np.nan)
    moved = np.zeros((0, len(rows.columns) + 1))
    if len(rows.values):
        with Trees(rows.values, rows.columns, limits) as trees:
            said, moved = trees.predict(model.text, asked)
        values[rows.ticker] = said
    names = matrix.axis.tickers
    return Predicted(
        session=session,
        values=values,
        base=float(moved[0, -1]) if len(moved) else math.nan,
        contributions={
            names[rows.ticker[row]]: _largest(rows, row, why, top)
            for row, why in zip(asked, moved, strict=True)
        },
        far_outside=_far(model, rows, names),
    )


def _asked(rows: Rows, tickers: Sequence[str], explain: Sequence[str]) -> list[int]:
    """The rows of those who are to be explained and have one."""
    places = {ticker: place for place, ticker in enumerate(tickers)}
    for ticker in explain:
        if ticker not in places:
            raise UnknownName("ticker", ticker, tickers, where="explain")
    row_of = {int(place): row for row, place in enumerate(rows.ticker)}
    wanted = [row_of.get(places[ticker]) for ticker in explain]
    return [row for row in wanted if row is not None]


def _largest(rows: Rows, row: int, why: Floats, top: int) -> tuple[Contribution, ...]:
    """The contributions that moved a prediction most, either way."""
    order = np.argsort(-np.abs(why[:-1]), kind="stable")[:top]
    return tuple(
        Contribution(rows.columns[at], float(rows.values[row, at]), float(why[at]))
        for at in order
    )


def _far(
    model: Model, rows: Rows, tickers: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Who has which columns far outside of training; nobody without ranges."""
    if not model.card.ranges:
        return {}
    cells = far_outside(rows.values, rows.columns, model.card.ranges)
    return {
        tickers[rows.ticker[row]]: tuple(
            name for name, far in zip(rows.columns, cells[row], strict=True) if far
        )
        for row in np.flatnonzero(cells.any(axis=1))
    }
