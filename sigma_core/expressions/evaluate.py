"""A checked tree over a matrix → values `[ticker, time]`.

- Conditions are 1.0 true, 0.0 false, NaN unknown. `and` is false if one side is, `or`
  true if one side is, whatever the other; else unknown stays unknown.
- A number that is not finite (0/0, 1/0, log 0) is NaN.
- At t everything is in t's own units: a column is divided by the split factor of t to
  the power of its degree, a lagged one too, so `close > prev(close, 1)` means the same
  on the day of a split.
- A lag counts the ticker's own bars, and is pushed down to the columns. A function
  across tickers inside a lag is computed on its own session first, then lagged. Where
  more than `MAX_GAP` sessions lie between two bars, nothing is read across.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np

from sigma_core.errors import MissingData, Problem
from sigma_core.expressions import cross_section
from sigma_core.expressions.tree import (
    Arithmetic,
    Call,
    Comparison,
    Logic,
    Name,
    Negative,
    Node,
    Not,
    Number,
)
from sigma_core.frames import Bools, Floats, Ints, Matrix


class Context:
    """A matrix as expressions read it; keeps each column it has rescaled once.

    `sector[ticker]` is an id for each ticker of the axis, its own for one without a
    sector; only needed by `by=sector`.
    """

    def __init__(self, matrix: Matrix, *, sector: Ints | None = None) -> None:
        self.matrix = matrix
        self.sector = sector
        self._columns: dict[str, Floats] = {}

    def column(self, name: str, lag: int) -> Floats:
        """A column as it was `lag` own bars before each t, in t's units.

        Only unlagged columns are kept: a long window over a long history would fill
        the memory.
        """
        degree = self.matrix.degree[name]
        stored = self.matrix.columns[name]
        if lag:
            return self._in_own_units(self.lagged(stored, lag), degree)
        if name not in self._columns:
            values = np.asarray(stored, np.float64)
            self._columns[name] = self._in_own_units(values, degree)
        return self._columns[name]

    def lagged(self, values: Floats, lag: int) -> Floats:
        """Values moved `lag` own bars later; NaN where there are not as many before."""
        if lag == 0:
            return values
        bars, stretch = self._own_bars
        own = values[bars]
        moved = np.full(own.shape, np.nan)
        same = stretch[lag:] == stretch[:-lag]
        moved[lag:][same] = own[:-lag][same]
        result = np.full(values.shape, np.nan)
        result[bars] = moved
        return result

    def rescaled(self, values: Floats, lag: int, degree: int) -> Floats:
        """Values in their own session's units, lagged, in the units of t."""
        factor = self.matrix.factor
        if factor is None or degree == 0:
            return self.lagged(values, lag)
        return self._in_own_units(self.lagged(values * factor**degree, lag), degree)

    def across(self, function: str, values: Floats, by: str) -> Floats:
        """A cross-sectional function over the members that have the value."""
        members = self.matrix.members
        return cross_section.apply(
            cross_section.FUNCTIONS[function],
            np.broadcast_to(values, members.shape),
            members,
            self._groups(by),
        )

    def _in_own_units(self, values: Floats, degree: int) -> Floats:
        if self.matrix.factor is None or degree == 0:
            return values
        return values / self.matrix.factor**degree

    def _groups(self, by: str) -> Ints:
        if not by:
            return np.zeros(len(self.matrix.axis.tickers), np.int64)
        if self.sector is None:
            message = "`by=sector` is used, but no sectors are recorded."
            hint = "Ingest reference data with a sector column."
            raise MissingData(Problem("data.no_sectors", "sector", message, hint))
        return self.sector

    @cached_property
    def _own_bars(self) -> tuple[Bools, Ints]:
        """Where there are bars, and the stretch of each of them, ticker by ticker.

        A stretch ends with its ticker or before a gap of more than `MAX_GAP` sessions.
        """
        bars = ~np.isnan(self.matrix.columns["close"])
        row, column = np.nonzero(bars)
        breaks = np.zeros(len(row), np.int64)
        most = self.matrix.axis.max_gap + 1
        breaks[1:] = (np.diff(row) != 0) | (np.diff(column) > most)
        return bars, np.cumsum(breaks)


class Evaluator:
    """Evaluates trees in one context with one set of parameters.

    `lag_of` and `degree_of` answer what the check found: the bars of a lag's second
    argument and the unit of a node.
    """

    def __init__(
        self,
        context: Context,
        params: Mapping[str, float],
        *,
        lag_of: Callable[[Node], int],
        degree_of: Callable[[Node], int],
    ) -> None:
        self.context = context
        self.params = params
        self.lag_of = lag_of
        self.degree_of = degree_of
        self._across: dict[Call, Floats] = {}

    def value(self, node: Node, lag: int = 0) -> Floats:
        """The node as it was `lag` own bars before, in the units of t."""
        match node:
            case Number():
                return np.float64(node.value)  # type: ignore[return-value] # 0-d
            case Name():
                return self._name(node.name, lag)
            case Negative():
                return -self.value(node.operand, lag)
            case Arithmetic():
                return _calculate(
                    node.sign, self.value(node.left, lag), self.value(node.right, lag)
                )
            case Comparison():
                return self._comparison(node, lag)
            case Not():
                return 1.0 - self.value(node.operand, lag)
            case Logic():
                join = both if node.word == "and" else either
                return join(*(self.value(one, lag) for one in node.operands))
            case Call():
                return self._call(node, lag)

    def _name(self, name: str, lag: int) -> Floats:
        if name in self.params:
            return np.float64(self.params[name])  # type: ignore[return-value] # 0-d
        return self.context.column(name, lag)

    def _comparison(self, node: Comparison, lag: int) -> Floats:
        values = [self.value(one, lag) for one in node.operands]
        links = zip(node.signs, values[:-1], values[1:], strict=True)
        return both(*(compare(sign, left, right) for sign, left, right in links))

    def _call(self, node: Call, lag: int) -> Floats:
        if node.function in cross_section.FUNCTIONS:
            return self._cross_section(node, lag)
        if node.function == "prev":
            return self.value(node.arguments[0], lag + self.lag_of(node.arguments[1]))
        if node.function == "any_in_last":
            window = range(lag, lag + self.lag_of(node.arguments[1]))
            return either(*(self.value(node.arguments[0], back) for back in window))
        if node.function in ("crosses_above", "crosses_below"):
            return self._crossing(node, lag)
        return _FUNCTIONS[node.function](*(self.value(x, lag) for x in node.arguments))

    def _cross_section(self, node: Call, lag: int) -> Floats:
        """Computed on each session by itself, once, then lagged."""
        if node not in self._across:
            values = self.value(node.arguments[0])
            self._across[node] = self.context.across(node.function, values, node.by)
        degree = self.degree_of(node) if lag else 0
        return self.context.rescaled(self._across[node], lag, degree)

    def _crossing(self, node: Call, lag: int) -> Floats:
        """On the far side now, and not yet on the bar before."""
        now = ">" if node.function == "crosses_above" else "<"
        before = "<=" if now == ">" else ">="
        left, right = node.arguments
        return both(
            compare(now, self.value(left, lag), self.value(right, lag)),
            compare(before, self.value(left, lag + 1), self.value(right, lag + 1)),
        )


def compare(sign: str, left: Floats, right: Floats) -> Floats:
    """1.0 or 0.0, NaN where a side is NaN."""
    holds = np.asarray(_COMPARE[sign](left, right), np.float64)
    np.copyto(holds, np.nan, where=np.isnan(left) | np.isnan(right))
    return holds


def both(*conditions: Floats) -> Floats:
    """Three-valued `and`: false if one is false, else unknown if one is unknown."""
    found = conditions[0]
    for other in conditions[1:]:
        found = np.where((found == 0) | (other == 0), 0.0, found * other)
    return found


def either(*conditions: Floats) -> Floats:
    """Three-valued `or`: true if one is true, else unknown if one is unknown."""
    found = conditions[0]
    for other in conditions[1:]:
        found = np.where((found == 1) | (other == 1), 1.0, found + other)
    return found


def _calculate(sign: str, left: Floats, right: Floats) -> Floats:
    return _finite(_ARITHMETIC[sign](left, right))


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)


def _clip(x: Floats, low: Floats, high: Floats) -> Floats:
    return np.minimum(np.maximum(x, low), high)


def _where(condition: Floats, yes: Floats, no: Floats) -> Floats:
    """NaN where the condition is unknown."""
    return np.where(condition == 1, yes, np.where(condition == 0, no, np.nan))


def _lowest(*values: Floats) -> Floats:
    found = values[0]
    for value in values[1:]:
        found = np.minimum(found, value)
    return found


def _highest(*values: Floats) -> Floats:
    found = values[0]
    for value in values[1:]:
        found = np.maximum(found, value)
    return found


_COMPARE: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
_ARITHMETIC: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}
_FUNCTIONS: Mapping[str, Callable[..., Floats]] = {
    "abs": np.abs,
    "min": _lowest,
    "max": _highest,
    "clip": _clip,
    "clip01": lambda x: _clip(x, np.float64(0), np.float64(1)),  # type: ignore[arg-type]
    "log": lambda x: _finite(np.log(x)),
    "sqrt": lambda x: _finite(np.sqrt(x)),
    "where": _where,
}
