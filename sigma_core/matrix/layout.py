"""An indicator set, checked and laid out: what is computed and which columns come out.

Each entry becomes the call of an indicator or an expression over the columns above it.
What is wrong is gathered, so that the reader of a set sees all of it at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sigma_core import expressions
from sigma_core.errors import Problem, SigmaError, SpecError
from sigma_core.expressions import Compiled
from sigma_core.frames import FIELDS, MAX_GAP
from sigma_core.indicators.registry import Call, ColumnSpec, resolve
from sigma_core.specs.schema import IndicatorSet, IndicatorSpec


@dataclass(frozen=True)
class Derived:
    """A column in the expression language; `reach`: own bars it looks back, in all."""

    column: ColumnSpec
    expression: Compiled
    reach: int


@dataclass(frozen=True)
class Plan:
    """An indicator set, checked: what is computed, and the columns that come out."""

    calls: tuple[Call, ...]
    derived: tuple[Derived, ...]
    columns: tuple[ColumnSpec, ...]

    @property
    def history(self) -> int:
        """Sessions before the first for which expressions need columns.

        One bar back may be `MAX_GAP` missing sessions further back.
        """
        return max((one.reach for one in self.derived), default=0) * (MAX_GAP + 1)

    @property
    def members_history(self) -> int:
        """The same for members: 0 unless a lagged expression looks at other tickers."""
        across = any(one.expression.cross_sectional for one in self.derived)
        return self.history if across else 0


def plan(iset: IndicatorSet, *, where: str = "") -> Plan:
    """Check a set and lay out its columns, in the order of its entries.

    `where` names the set's file in problems. Raises SpecError with every problem of
    the set; what no provider can give comes first.
    """
    draft = _Draft(where or f"indicator_sets/{iset.name}.yaml")
    for at, entry in enumerate(iset.indicators):
        draft.add(entry, f"{draft.where}: indicators[{at}]")
    problems = draft.missing + draft.problems
    if problems:
        raise SpecError(problems)
    return Plan(tuple(draft.calls), tuple(draft.derived), tuple(draft.columns))


def problems(iset: IndicatorSet, *, where: str = "") -> list[Problem]:
    """All that is wrong with a set, as a list; empty if it can be built."""
    try:
        plan(iset, where=where)
    except SpecError as error:
        return error.problems
    return []


class _Draft:
    """A plan in the making: gathers calls, columns and problems entry by entry."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.calls: list[Call] = []
        self.derived: list[Derived] = []
        self.columns: list[ColumnSpec] = []
        self.missing: list[Problem] = []
        self.problems: list[Problem] = []
        self._owner = dict.fromkeys(FIELDS, "the bars")

    def add(self, entry: IndicatorSpec, where: str) -> None:
        """Take one entry in, or note what is wrong with it."""
        if entry.cadence not in (None, "daily"):
            self.problems.append(_other_cadence(entry, where))
            return
        try:
            if entry.expr is not None:
                self._add_expression(entry, where)
            else:
                self._add_call(entry, where)
        except SigmaError as error:
            self.problems += error.problems

    def _add_call(self, entry: IndicatorSpec, where: str) -> None:
        params: Mapping[str, Any] = entry.params  # resolve() refuses what is no number
        call = resolve(str(entry.name), params, entry.alias, where=where)
        lacking = [name for name in call.card.inputs if name not in FIELDS]
        if lacking or call.card.provider != "bars":
            self.missing.append(_no_input(call, lacking, where))
            return
        self.calls.append(call)
        for column in call.columns:
            self._name(column, where)

    def _add_expression(self, entry: IndicatorSpec, where: str) -> None:
        names = {column.name: column.degree for column in self.columns}
        compiled = expressions.compile(str(entry.expr), names=names, where=where)
        column = ColumnSpec(str(entry.alias), compiled.degree or 0)
        reaches = {one.column.name: one.reach for one in self.derived}
        before = max((reaches.get(name, 0) for name in compiled.needs), default=0)
        self.derived.append(Derived(column, compiled, compiled.lookback + before))
        self._name(column, where)

    def _name(self, column: ColumnSpec, where: str) -> None:
        if column.name in self._owner:
            self.problems.append(_twice(column.name, self._owner[column.name], where))
            return
        self._owner[column.name] = where.removeprefix(f"{self.where}: ")
        self.columns.append(column)


def _other_cadence(entry: IndicatorSpec, where: str) -> Problem:
    return Problem(
        code="matrix.cadence",
        where=where,
        message=f"{entry.cadence!r} bars can't be read into a set of daily bars.",
        hint="Leave out 'cadence', or write 'daily'.",
    )


def _no_input(call: Call, lacking: list[str], where: str) -> Problem:
    needs = ", ".join(lacking) or f"the provider {call.card.provider!r}"
    return Problem(
        code="matrix.input_missing",
        where=where,
        message=f"{call.card.name} needs {needs}, which bars do not have.",
        hint=f"Take {call.card.name} out of the set, or connect its provider.",
    )


def _twice(name: str, owner: str, where: str) -> Problem:
    return Problem(
        code="matrix.column_twice",
        where=where,
        message=f"the column {name!r} is already given by {owner}.",
        hint="Rename one of the two with 'as', or drop it.",
    )
