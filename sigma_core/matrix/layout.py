"""An indicator set, checked and laid out: what is computed and which columns come out.

Each entry becomes the call of an indicator or an expression over the columns above it.
An entry of a coarser cadence than the set is read for (`cadence: daily` in a set of
5-minute bars) is computed on those bars and joined; its columns end in `_daily`.
What is wrong is gathered, so that the reader of a set sees all of it at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sigma_core import expressions
from sigma_core.errors import Problem, SigmaError, SpecError
from sigma_core.expressions import Compiled
from sigma_core.frames import FIELDS, MARKET, BarArrays
from sigma_core.indicators.registry import (
    SHARED,
    Call,
    ColumnSpec,
    phrases,
    resolve,
)
from sigma_core.matrix.reach import first_needed
from sigma_core.specs.naming import CADENCES
from sigma_core.specs.schema import IndicatorSet, IndicatorSpec
from sigma_core.specs.yaml_events import Place

#: what one bar of a cadence is called in a sentence: "the 20-day average"
UNITS = {"daily": "day", "hourly": "hour", "15m": "quarter-hour"}


@dataclass(frozen=True)
class Derived:
    """A column in the expression language; `reach`: own bars it looks back, in all."""

    column: ColumnSpec
    expression: Compiled
    reach: int


@dataclass(frozen=True)
class Plan:
    """An indicator set, checked: what is computed, and the columns that come out.

    `calls` read bars of `cadence`, `joined[other]` those of coarser ones.
    """

    calls: tuple[Call, ...]
    derived: tuple[Derived, ...]
    columns: tuple[ColumnSpec, ...]
    cadence: str = "daily"
    joined: Mapping[str, tuple[Call, ...]] = field(default_factory=dict)

    @property
    def all_calls(self) -> tuple[Call, ...]:
        """Those of every cadence."""
        return (
            *self.calls,
            *(call for calls in self.joined.values() for call in calls),
        )

    def begin(self, bars: BarArrays, first: int, last: int) -> int:
        """The column from which expressions need columns, to have the values of the
        columns `first` to `last`."""
        reach = max((one.reach for one in self.derived), default=0)
        return first_needed(bars, reach, first, last)

    def members_begin(self, bars: BarArrays, first: int, last: int) -> int:
        """The same for members: `first` unless a lagged expression looks at other
        tickers."""
        across = any(one.expression.cross_sectional for one in self.derived)
        across |= any(call.card.across for call in self.calls)
        return self.begin(bars, first, last) if across else first

    @property
    def compared(self) -> tuple[str, ...]:
        """The cadences of bars that are measured against the benchmark."""
        calls = {self.cadence: self.calls, **self.joined}
        return tuple(
            cadence
            for cadence, some in calls.items()
            if any(MARKET in call.card.inputs for call in some)
        )

    def phrases(self) -> dict[str, str]:
        """Column → what to call it in a sentence."""
        found = phrases(self.calls, unit=UNITS["daily"] if self._daily else "bar")
        for cadence, calls in self.joined.items():
            found |= phrases(calls, unit=UNITS[cadence])
        return found

    @property
    def _daily(self) -> bool:
        return self.cadence == "daily"


def plan(
    iset: IndicatorSet,
    *,
    where: str = "",
    cadence: str = "daily",
    at: Callable[[Place], str] | None = None,
) -> Plan:
    """Check a set and lay out its columns, in the order of its entries.

    `cadence` is that of the bars it is read for, `where` names the set's file in
    problems, and `at` the line of a place in it, where lines are known. Raises
    SpecError with every problem of the set; what no provider can give comes first.
    """
    draft = _Draft(where or f"indicator_sets/{iset.name}.yaml", cadence, at)
    for position, entry in enumerate(iset.indicators):
        draft.take(entry, position)
    problems = draft.missing + draft.problems
    if problems:
        raise SpecError(problems)
    return Plan(
        tuple(draft.calls),
        tuple(draft.derived),
        tuple(draft.columns),
        cadence,
        {other: tuple(calls) for other, calls in draft.joined.items()},
    )


def problems(
    iset: IndicatorSet,
    *,
    where: str = "",
    cadence: str = "daily",
    at: Callable[[Place], str] | None = None,
) -> list[Problem]:
    """All that is wrong with a set, as a list; empty if it can be built."""
    try:
        plan(iset, where=where, cadence=cadence, at=at)
    except SpecError as error:
        return error.problems
    return []


class _Draft:
    """A plan in the making: gathers calls, columns and problems entry by entry."""

    def __init__(
        self, where: str, cadence: str, at: Callable[[Place], str] | None
    ) -> None:
        self.where = where
        self.at = at or (lambda place: where)
        self.cadence = cadence
        self.calls: list[Call] = []
        self.joined: dict[str, list[Call]] = {}
        self.derived: list[Derived] = []
        self.columns: list[ColumnSpec] = []
        self.missing: list[Problem] = []
        self.problems: list[Problem] = []
        self._owner = dict.fromkeys(FIELDS, "the bars")

    def take(self, entry: IndicatorSpec, position: int) -> None:
        """Take one entry in, or note what is wrong with it, and on which line."""
        place: Place = ("indicators", position)
        known = len(self.problems)
        self._add(entry, f"{self.at(place)}: indicators[{position}]")
        for number, problem in enumerate(self.problems[known:], start=known):
            for key in entry.params:
                if _is_about(problem, key):
                    there = problem.where.removeprefix(self.at(place))
                    line = self.at((*place, key))
                    self.problems[number] = replace(problem, where=line + there)

    def _add(self, entry: IndicatorSpec, where: str) -> None:
        if problem := self._wrong_cadence(entry, where):
            self.problems.append(problem)
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
        known = (*FIELDS, *SHARED)
        lacking = [name for name in call.card.inputs if name not in known]
        if lacking or call.card.provider == "options":
            self.missing.append(_no_input(call, lacking, where))
            return
        other = entry.cadence or self.cadence
        if call.card.across and other != self.cadence:
            self.problems.append(_joined_across(call, other, where))
            return
        if other == self.cadence:
            self.calls.append(call)
        else:
            call = call if entry.alias else _suffixed(call, other)
            self.joined.setdefault(other, []).append(call)
        for column in call.columns:
            self._name(column, where)

    def _wrong_cadence(self, entry: IndicatorSpec, where: str) -> Problem | None:
        """What is wrong with the cadence of an entry in this set."""
        other = entry.cadence or self.cadence
        if CADENCES.index(other) < CADENCES.index(self.cadence):
            return _finer_cadence(other, self.cadence, where)
        if entry.expr is not None and other != self.cadence:
            return _joined_expression(other, where)
        return None

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
        self._owner[column.name] = where.rpartition(": ")[2]
        self.columns.append(column)


def _is_about(problem: Problem, key: str) -> bool:
    """Whether a problem of an entry is one of this parameter."""
    named = problem.code == "unknown.parameter" and repr(key) in problem.message
    return named or problem.where.endswith(f".{key}")


def _suffixed(call: Call, cadence: str) -> Call:
    """The call with its columns named after their cadence: `ema_20_daily`."""
    named = (replace(one, name=f"{one.name}_{cadence}") for one in call.columns)
    return replace(call, columns=tuple(named))


def _finer_cadence(other: str, cadence: str, where: str) -> Problem:
    return Problem(
        code="matrix.cadence",
        where=where,
        message=f"{other!r} bars can't be read into a set of {cadence} bars.",
        hint=f"Leave out 'cadence', or write {cadence!r} or a coarser one.",
    )


def _joined_across(call: Call, other: str, where: str) -> Problem:
    return Problem(
        code="matrix.cadence",
        where=where,
        message=f"{call.card.name} counts the universe's members on the set's own "
        f"bars; it can't be read from {other} ones.",
        hint="Leave out 'cadence'.",
    )


def _joined_expression(other: str, where: str) -> Problem:
    return Problem(
        code="matrix.cadence",
        where=where,
        message=f"an expression can't be computed on {other!r} bars.",
        hint="Take the columns it needs with that 'cadence', and leave it out here.",
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
