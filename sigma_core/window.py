"""The bars that are looked at: their start, their facts, their matrix."""

from __future__ import annotations

from datetime import date

import numpy as np

from sigma_core.coverage import History, history, with_coarser
from sigma_core.errors import BadInput, MissingData, Problem
from sigma_core.frames import BarArrays, Matrix
from sigma_core.market import Market
from sigma_core.matrix import Join, Plan


def column_of(market: Market, start: date) -> int:
    """The column with which a session up to the market's own begins.

    Raises NotASession for a closed day, BadInput `window.order` for one after the end,
    MissingData for one before the first bar.
    """
    market.dataset.sessions.require(start)
    times, day = market.bars.axis.days, np.datetime64(start)
    if day > times[market.column]:
        message = f"the start {start} lies after the end {market.session}."
        raise BadInput(Problem("window.order", "start", message, "Swap the two."))
    if day < times[0]:
        message = f"dataset {market.dataset.name!r} begins on {times[0]}."
        hint = f"Start on {times[0]} or later, or ingest earlier bars."
        raise MissingData(Problem("bars.no_session", f"start {start}", message, hint))
    return int(np.searchsorted(times, day))


def facts(market: Market, plan: Plan, first: int) -> History:
    """What the bars say of the columns from `first` to the market's own."""
    known = _facts(market, market.cadence, market.bars, first, market.column)
    for cadence, calls in plan.joined.items():
        join = Join(market.bars, market.finished(cadence), first, market.column)
        past = None
        if len(join.used):
            ends = int(join.used[0]), int(join.used[-1])
            past = _facts(market, cadence, join.other.bars, *ends)
        names = [column.name for call in calls for column in call.columns]
        known = with_coarser(known, cadence, join, past, names)
    return known


def _facts(
    market: Market, cadence: str, bars: BarArrays, first: int, last: int
) -> History:
    return history(
        bars,
        market.dataset.sessions,
        first=first,
        last=last,
        marks=market.problems(cadence),
        reference=market.reference,
    )


def last_columns(wide: Matrix, count: int) -> Matrix:
    """The last columns in time of a matrix, as views."""
    width = wide.axis.shape[1]
    return columns_between(wide, width - count, width)


def columns_between(wide: Matrix, begin: int, stop: int) -> Matrix:
    """The columns in time from `begin` up to, not including, `stop`, as views."""
    cut = slice(begin, stop)
    return Matrix(
        axis=wide.axis.cut(cut),
        columns={name: values[:, cut] for name, values in wide.columns.items()},
        degree=wide.degree,
        members=wide.members[:, cut],
        factor=None if wide.factor is None else wide.factor[:, cut],
    )
