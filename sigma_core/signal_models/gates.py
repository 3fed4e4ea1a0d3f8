"""The tree of gates: conditions and groups (`all`, `any`, `none`), three-valued.

A group is called after its members unless it has a name: `donchian_or_bos`. Unknown
follows the rules of the expression language: an `any` passes if one member does, an
`all` fails if one fails, a `none` passes only if every member is known to be false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sigma_core.errors import ExpressionError, Problem
from sigma_core.expressions import Compiled, Context, both, either
from sigma_core.frames import Floats
from sigma_core.signal_models.base import GateResult, TriState
from sigma_core.specs.schema import Gate, Gates
from sigma_core.specs.yaml_events import Place

#: Compiles a condition: its name, its text, and where that stands in the file.
Compile = Callable[[str, str, Place], Compiled]
#: the keys of a group, by its shape, in the order they are read
SHAPES = {"all": "all_of", "any": "any_of", "none": "none_of"}
_JOIN = {"all": "_and_", "any": "_or_", "none": "_nor_"}


@dataclass(frozen=True)
class Node:
    """A condition (`compiled`) or a group (`shape` and `members`)."""

    name: str
    shape: str
    members: tuple[Node, ...] = ()
    compiled: Compiled | None = None
    own_words: str = ""

    def leaves(self) -> Iterator[Node]:
        """The conditions in it, in order."""
        if self.compiled is not None:
            yield self
        for member in self.members:
            yield from member.leaves()

    def passed(self, context: Context) -> Floats:
        """1.0 passed, 0.0 failed, NaN unknown."""
        if self.compiled is not None:
            return self.compiled.evaluate(context)
        found = [member.passed(context) for member in self.members]
        if self.shape == "all":
            return both(*found)
        return either(*found) if self.shape == "any" else 1.0 - either(*found)

    def shortfall(self, context: Context) -> Floats:
        """How far from passing, as a share of the limit; see `GateResult`."""
        if self.compiled is not None:
            return self.compiled.shortfall(context)
        if self.shape == "none":
            return np.where(self.passed(context) == 1, 0.0, np.nan)
        join = np.maximum if self.shape == "all" else np.fmin
        short: Floats = join.reduce([one.shortfall(context) for one in self.members])
        return short

    def words(self, phrases: Mapping[str, str]) -> str:
        """The gate in plain words."""
        if self.compiled is not None:
            return self.own_words or self.compiled.words(phrases)
        said = [member.words(phrases) for member in self.members]
        if self.shape == "none":
            return (
                "neither " + ", nor ".join(said) if len(said) > 1 else f"not {said[0]}"
            )
        return (", or " if self.shape == "any" else ", and ").join(said)

    def result(
        self, context: Context, group: str, phrases: Mapping[str, str]
    ) -> GateResult:
        """The gate evaluated over a matrix."""
        shape = context.matrix.members.shape
        value = limit = np.full(shape, np.nan)
        sign = ""
        if self.compiled is not None and self.compiled.comparison is not None:
            sign = self.compiled.comparison[1]
            value, limit = self.compiled.sides(context)
        return GateResult(
            name=self.name,
            group=group,
            words=self.words(phrases),
            sign=sign,
            passed=_tri_state(self.passed(context)),
            value=value,
            limit=limit,
            shortfall=self.shortfall(context),
        )


def build(gates: Gates, compile_gate: Compile) -> tuple[Node, ...]:
    """The top-level gates: all must pass.

    Raises ExpressionError with the problems of all conditions at once.
    """
    problems: list[Problem] = []
    build = _Builder(compile_gate, problems)
    top = list(build.members(gates.all_of, ("gates", "all")))
    if gates.any_of:
        top.append(build.group("", "any", gates.any_of, ("gates",)))
    if gates.none_of:
        top.append(build.group("", "none", gates.none_of, ("gates",)))
    if problems:
        raise ExpressionError(problems)
    return tuple(top)


def named(gates: Gates) -> Iterator[tuple[str, Place]]:
    """The given names of all conditions and groups, with where each stands."""
    for shape, key in SHAPES.items():
        yield from _named(getattr(gates, key), ("gates", shape))


def _named(gates: tuple[Gate, ...], place: Place) -> Iterator[tuple[str, Place]]:
    for at, gate in enumerate(gates):
        here = (*place, at)
        if gate.name:
            yield gate.name, (*here, "name")
        for shape, key in SHAPES.items():
            yield from _named(getattr(gate, key) or (), (*here, shape))


@dataclass(frozen=True)
class _Builder:
    """Compiles gates, gathering what is wrong with each."""

    compile: Compile
    problems: list[Problem]

    def node(self, gate: Gate, place: Place) -> Node:
        for shape, key in SHAPES.items():
            members = getattr(gate, key)
            if members is not None:
                return self.group(gate.name or "", shape, members, place)
        name, compiled = gate.name or "", None
        try:
            compiled = self.compile(name, gate.when or "", (*place, "when"))
        except ExpressionError as error:
            self.problems.extend(error.problems)
        return Node(name, "when", compiled=compiled, own_words=gate.words or "")

    def members(self, gates: tuple[Gate, ...], place: Place) -> tuple[Node, ...]:
        return tuple(self.node(gate, (*place, at)) for at, gate in enumerate(gates))

    def group(
        self, name: str, shape: str, gates: tuple[Gate, ...], place: Place
    ) -> Node:
        members = self.members(gates, (*place, shape))
        joined = _JOIN[shape].join(member.name for member in members)
        if shape == "none" and len(members) == 1:
            joined = f"not_{joined}"
        return Node(name or joined, shape, members)


def _tri_state(passed: Floats) -> TriState:
    return np.where(np.isnan(passed), -1, passed).astype(np.int8)
