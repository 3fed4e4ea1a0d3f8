"""The sessions that are looked at: their start, their facts, their matrix."""

from __future__ import annotations

from datetime import date

import numpy as np

from sigma_core.coverage import History, history
from sigma_core.errors import BadInput, MissingData, Problem
from sigma_core.frames import Axis, Matrix
from sigma_core.market import Market


def column_of(market: Market, start: date) -> int:
    """The column of a session up to the market's own.

    Raises NotASession for a closed day, BadInput `window.order` for one after the end,
    MissingData for one before the first bar.
    """
    market.dataset.sessions.require(start)
    times, day = market.bars.axis.times, np.datetime64(start)
    if day > times[market.column]:
        message = f"the start {start} lies after the end {market.session}."
        raise BadInput(Problem("window.order", "start", message, "Swap the two."))
    if day < times[0]:
        message = f"dataset {market.dataset.name!r} begins on {times[0]}."
        hint = f"Start on {times[0]} or later, or ingest earlier bars."
        raise MissingData(Problem("bars.no_session", f"start {start}", message, hint))
    return int(np.searchsorted(times, day))


def facts(market: Market, first: int) -> History:
    """What the bars say of the columns from `first` to the market's session."""
    return history(
        market.bars,
        market.dataset.sessions,
        first=first,
        last=market.column,
        marks=market.dataset.bars("daily").problems(known_by=market.known_by),
        reference=market.reference,
    )


def last_sessions(wide: Matrix, count: int) -> Matrix:
    """The last sessions of a matrix, as views."""
    cut = wide.axis.shape[1] - count
    return Matrix(
        axis=Axis(wide.axis.tickers, wide.axis.times[cut:]),
        columns={name: values[:, cut:] for name, values in wide.columns.items()},
        degree=wide.degree,
        members=wide.members[:, cut:],
        factor=None if wide.factor is None else wide.factor[:, cut:],
    )
