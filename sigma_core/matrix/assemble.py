"""The columns of a set on the bars asked for.

1. indicators, over each ticker's own bars, from its first bar on; what stands for the
   whole market is put together from the members' parts
2. those of coarser cadences, joined (`join`)
3. expressions, over as many bars before the first as their lags reach
4. cut to the bars asked for
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sigma_core.bars.moments import Finished
from sigma_core.errors import BadInput, Problem
from sigma_core.executor import IN_PROCESS, Executor
from sigma_core.expressions import FIELD_DEGREES, Context
from sigma_core.frames import FIELDS, BarArrays, Bools, Floats, Matrix
from sigma_core.indicators.across import over_members
from sigma_core.matrix.join import Join, columns
from sigma_core.matrix.layout import Derived, Plan, plan
from sigma_core.specs.schema import IndicatorSet


def build(
    bars: BarArrays,
    iset: IndicatorSet | Plan,
    members: Bools,
    *,
    first: int,
    last: int,
    finished: Callable[[str], Finished] | None = None,
    executor: Executor = IN_PROCESS,
    dtype: npt.DTypeLike = np.float64,
) -> Matrix:
    """The matrix of a set on the columns `first` to `last` of the bars, inclusive.

    Warm-up is automatic: every ticker is computed from its first bar on. `members`
    is `[ticker, time]` and ends with `last`; it begins with `first`, or with
    `Plan.members_begin` where an expression needs that. `finished` gives the bars of a
    coarser cadence; only a set with columns of one needs it (`Market.finished`).
    Everything is computed in float64; with `dtype` float32 the values are rounded, once
    and at the end. `executor` says who computes the indicators. The matrix has no `sha`
    yet: `content_sha` names what is computed, `store` what is kept.
    Raises SpecError (the set) or BadInput (`matrix.members`).
    """
    steps = iset if isinstance(iset, Plan) else plan(iset)
    begin = steps.begin(bars, first, last)
    wanted = last - steps.members_begin(bars, first, last) + 1
    if members.shape[0] != len(bars.axis.tickers) or members.shape[1] < wanted:
        raise BadInput(_wrong_members(members, bars, wanted))
    everyone = np.zeros((len(bars.axis.tickers), last - begin + 1), np.bool_)
    known = min(members.shape[1], everyone.shape[1])
    everyone[:, -known:] = members[:, -known:]
    exact = np.float64 if steps.derived else dtype  # expressions read exact columns
    values = executor.compute(bars, steps.calls, first=begin, last=last, dtype=exact)
    wide = _with_indicators(bars, steps, everyone, slice(begin, last + 1), values)
    for cadence, calls in steps.joined.items():
        if finished is None:
            raise ValueError(f"{cadence} columns need the bars of that cadence")
        join = Join(bars, finished(cadence), begin, last)
        found = columns(join, calls, executor=executor)
        wide = replace(wide, columns={**wide.columns, **found})
    return _whole(wide, steps, first - begin, dtype)


def of_values(
    bars: BarArrays,
    steps: Plan,
    members: Bools,
    values: Floats,
    joined: Mapping[str, Floats],
) -> Matrix:
    """The matrix on all columns of `bars`, from what the kernels would give of the
    plan's calls, `[column, ticker, time]`, and the columns of coarser cadences: both
    known already (`state`).

    Not for expressions that look back: they read columns before the first.
    """
    wide = _with_indicators(bars, steps, members, slice(None), values)
    columns = {**wide.columns, **joined}
    return _whole(replace(wide, columns=columns), steps, 0, np.float64)


def _whole(wide: Matrix, steps: Plan, first: int, dtype: npt.DTypeLike) -> Matrix:
    """With the expressions, cut."""
    for one in steps.derived:
        wide = _with_column(wide, one)
    return _cut(wide, steps, first, dtype)


def _degrees(steps: Plan) -> dict[str, int]:
    return {**FIELD_DEGREES, **{one.name: one.degree for one in steps.columns}}


def _with_indicators(
    bars: BarArrays, steps: Plan, members: Bools, window: slice, values: Floats
) -> Matrix:
    """Bar fields and indicators."""
    found = {name: bars.field(name)[:, window] for name in FIELDS}
    found |= _across(steps, values, members, ~np.isnan(found["close"]))
    return Matrix(
        axis=bars.axis.cut(window),
        columns=found,
        degree=_degrees(steps),
        members=members,
        factor=None if bars.factor is None else bars.factor[:, window],
    )


def _across(
    steps: Plan, values: Floats, members: Bools, held: Bools
) -> dict[str, Floats]:
    """The kernels' columns by name, those of whole markets put together."""
    given = [(one, call.card.across) for call in steps.calls for one in call.columns]
    return {
        column.name: over_members(parts, members, held) if across else parts
        for (column, across), parts in zip(given, values, strict=True)
    }


def _with_column(matrix: Matrix, one: Derived) -> Matrix:
    """One expression more. It is computed in each session's own units, and kept, like
    every column, in forward-adjusted ones.
    """
    values = one.expression.evaluate(Context(matrix))
    if matrix.factor is not None and one.column.degree:
        values = values * matrix.factor**one.column.degree
    return replace(matrix, columns={**matrix.columns, one.column.name: values})


def _cut(matrix: Matrix, steps: Plan, first: int, dtype: npt.DTypeLike) -> Matrix:
    """The sessions from `first` on; columns in the order of the set."""
    columns = {name: values[:, first:] for name, values in matrix.columns.items()}
    order = [*FIELDS, *(column.name for column in steps.columns)]
    factor = matrix.factor
    return Matrix(
        axis=matrix.axis.cut(slice(first, None)),
        columns={n: np.ascontiguousarray(columns[n], dtype) for n in order},
        degree={name: matrix.degree[name] for name in order},
        members=np.ascontiguousarray(matrix.members[:, first:]),
        factor=None if factor is None else np.ascontiguousarray(factor[:, first:]),
    )


def _wrong_members(members: Bools, bars: BarArrays, wanted: int) -> Problem:
    return Problem(
        code="matrix.members",
        where="members",
        message=f"members are {members.shape}, the bars have "
        f"{len(bars.axis.tickers)} tickers and {wanted} times are needed.",
        hint="Ask the universe from the column that Plan.members_begin tells.",
    )
