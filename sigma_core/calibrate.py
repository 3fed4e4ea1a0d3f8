"""A grid of a scanner's parameters, each cell scored, decided and filled.

1. `cells`      the grid's cells, at most 200
2. `Sweep`      the model over one matrix: every condition is evaluated once for each
                value of the parameters it reads, the score once for each of its own
3. `sweep`      gates of a cell put together → one backtest → its metrics

Conditions are kept as bits in rank order (`backtest.passes`). A cell is the backtest
that the model would have with those parameters, to the last bit.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from sigma_core.backtest import Backtest, Prices, Signals, Terms
from sigma_core.backtest.engine import course_of
from sigma_core.backtest.inputs import ranking
from sigma_core.backtest.metrics import Metrics, metrics
from sigma_core.backtest.passes import (
    Passes,
    States,
    every,
    no,
    one,
    passes_of,
    ranked_in,
    states_of,
)
from sigma_core.backtest.ranks import Ranked
from sigma_core.errors import BadInput, Problem, UnknownName, shortened
from sigma_core.expressions import Context
from sigma_core.frames import Floats, Matrix
from sigma_core.signal_models.gates import Node
from sigma_core.signal_models.rules import Scanner
from sigma_core.specs.policies import Policy

MAX_CELLS = 200

Params = dict[str, float]
ValueT = TypeVar("ValueT", bound=np.generic)
_JOIN = {"all": every, "any": one, "none": no}


@dataclass(frozen=True)
class Cell:
    """One cell: the values of the grid's parameters, and what they brought."""

    params: Params
    signals: int
    metrics: Metrics
    #: net equity at each close
    equity: Floats = field(compare=False)


def cells(
    grid: Mapping[str, Sequence[float]], known: Mapping[str, float]
) -> list[Params]:
    """Every combination of a grid's values, the last parameter the fastest.

    Raises UnknownName for a parameter that the model does not have, BadInput for an
    empty or repeating list of values and for more than 200 cells.
    """
    for name, values in grid.items():
        if name not in known:
            where = f"grid.{shortened(name)}"
            raise UnknownName("parameter", name, known, where=where)
        _require_different(name, values)
    count = int(np.prod([len(values) for values in grid.values()], dtype=object))
    if not grid or count > MAX_CELLS:
        asked = count if grid else 0
        message = f"the grid has {asked:,} cells; 1 to {MAX_CELLS} can be."
        some = ", ".join(list(known)[:3])
        fewer = "Give fewer parameters or values."
        hint = fewer if grid else f"Name a parameter ({some}) with its values."
        raise _bad("cells", "grid", message, hint)
    products = itertools.product(*grid.values())
    return [dict(zip(grid, map(float, one), strict=True)) for one in products]


def _require_different(name: str, values: Sequence[float]) -> None:
    """BadInput for no value, and for one that comes again: the first of them is named,
    as there may be thousands."""
    if not values:
        hint = "Give at least one value, or leave the parameter out."
        raise _bad("values", f"grid.{name}", "there is no value in its list.", hint)
    value, count = Counter(values).most_common(1)[0]
    if count > 1:
        message = f"{value:g} is there {count:,} times."
        raise _bad("values", f"grid.{name}", message, "Give each value once.")


@dataclass(frozen=True)
class _Scored:
    """The score with some parameters: its ranks, and the members that have it."""

    key: tuple[float, ...]
    signals: Signals
    members: Passes


class Sweep:
    """A scanner over one matrix, ready to be asked with other parameters.

    `make` gives the scanner for parameters; `signals` are those of the model's own,
    over the last sessions of the matrix: those before are for rules that look back.
    """

    def __init__(
        self, make: Callable[[Params], Scanner], params: Params, matrix: Matrix,
        signals: Signals,
    ) -> None:  # fmt: skip
        self.make = make
        self.params = params
        self.matrix = matrix
        self.signals = signals
        self._states: dict[tuple[object, ...], States] = {}
        self._passes: dict[tuple[object, ...], Passes] = {}
        self._scores: dict[tuple[float, ...], _Scored] = {}

    def of(self, cell: Params) -> Signals:
        """The signals of the model with these parameters."""
        signals, ranked = self.ranked(cell)
        eligible = np.zeros(signals.score.shape, np.bool_)
        times = np.repeat(np.arange(len(eligible)), np.diff(ranked.first))
        eligible[times, ranked.rows] = True
        return signals.among(eligible)

    def ranked(self, cell: Params) -> tuple[Signals, Ranked]:
        """The same with the candidates as a list, whatever the signals' `eligible`."""
        scanner = self.make({**self.params, **cell})
        scored = self._scored(scanner)
        gates = [self._passed(gate, scanner, scored) for gate in scanner.top]
        passed = every([scored.members, *gates]).passed
        return scored.signals, ranked_in(passed, scored.signals.order)

    def _scored(self, scanner: Scanner) -> _Scored:
        """The score and its ranks, once for each set of values that it reads."""
        params = scanner.config.params
        used = {name for part in scanner.parts.values() for name in part.names}
        key = tuple(float(params[name]) for name in sorted(used & set(params)))
        if key not in self._scores:
            score = self._held(scanner.total(self.matrix))
            signals = self._signals(np.ascontiguousarray(score.T))
            members = self._held(self.matrix.members).astype(np.int8)
            passes = passes_of(members, signals.order, signals.ordered)
            self._scores[key] = _Scored(key, signals, passes)
        return self._scores[key]

    def _held(self, values: npt.NDArray[ValueT]) -> npt.NDArray[ValueT]:
        """Of values `[ticker, time]` of the matrix the sessions of the signals."""
        return values[:, -len(self.signals.score) :]

    def _signals(self, score: Floats) -> Signals:
        """Signals of a score; the model's own where it is the same."""
        own = self.signals
        if np.array_equal(score, own.score, equal_nan=True):
            return own
        order, ordered = ranking(score)
        momentum = score if own.momentum is own.score else own.momentum
        return replace(
            own, score=score, order=order, ordered=ordered, momentum=momentum
        )

    def _passed(self, gate: Node, scanner: Scanner, scored: _Scored) -> Passes:
        """What passes and what fails a gate or a group, in the ranks of the score."""
        if gate.compiled is None:
            members = [self._passed(one, scanner, scored) for one in gate.members]
            return _JOIN[gate.shape](members)
        params = scanner.config.params
        used = sorted(gate.compiled.names & set(params))
        key = (gate.compiled.text, *(float(params[name]) for name in used))
        if (scored.key, key) not in self._passes:
            if key not in self._states:
                context = Context(self.matrix, sector=scanner.sector)
                held = self._held(gate.compiled.evaluate(context))
                self._states[key] = states_of(held)
            states, signals = self._states[key], scored.signals
            found = passes_of(states, signals.order, signals.ordered)
            self._passes[scored.key, key] = found
        return self._passes[scored.key, key]


def sweep(
    ready: Sweep,
    grid: Mapping[str, Sequence[float]],
    prices: Prices,
    policy: Policy,
    *,
    terms: Terms | None = None,
    threads: int = 2,
) -> Iterator[Cell]:
    """The grid's cells in order, each as soon as it and those before are done.

    Raises what `cells` raises, before anything is computed, and BadInput if prices and
    signals are of other shapes.
    """
    wanted = cells(grid, ready.params)
    course = course_of(prices, policy, terms or Terms())
    course.require_shape(ready.signals)
    ready.ranked(wanted[0])  # what all share, in one thread

    def evaluate(cell: Params) -> Cell:
        signals, ranked = ready.ranked(cell)
        result = course.run(signals, ranked, refusals=False, orders=False)
        return cell_of(cell, ranked, result)

    with ThreadPoolExecutor(threads, thread_name_prefix="sweep") as pool:
        yield from pool.map(evaluate, wanted)


def cell_of(cell: Params, ranked: Ranked, result: Backtest) -> Cell:
    """What is kept of one cell: candidates over all sessions, and the metrics."""
    return Cell(cell, len(ranked.rows), metrics(result), result.equity)


def _bad(code: str, where: str, message: str, hint: str) -> BadInput:
    return BadInput(Problem(f"calibrate.{code}", where, message, hint))
