"""A grid of a scanner's parameters, each cell scored, decided and filled.

1. `cells`      the grid's cells, at most 200
2. `Sweep`      the model over one matrix: every condition is evaluated once for each
                value of the parameters it reads, the score once for each of its own
3. `sweep`      gates of a cell put together → `backtest` → its metrics

Conditions are kept as one byte a ticker and session. A cell is the backtest that the
model would have with those parameters, to the last bit.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from sigma_core.backtest import Backtest, Prices, Signals, Terms, backtest
from sigma_core.backtest.inputs import ranking
from sigma_core.backtest.metrics import Metrics, metrics
from sigma_core.errors import BadInput, Problem, UnknownName
from sigma_core.expressions import Context
from sigma_core.frames import Bools, Floats, Matrix
from sigma_core.signal_models.gates import Node
from sigma_core.signal_models.rules import Scanner
from sigma_core.specs.policies import Policy

MAX_CELLS = 200

Params = dict[str, float]
States = npt.NDArray[np.int8]
ValueT = TypeVar("ValueT", bound=np.generic)
_PASSED, _FAILED, _UNKNOWN = 1, 0, -1


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
            raise UnknownName("parameter", name, known, where=f"grid.{name}")
        if not values or len(set(values)) < len(values):
            message = f"{list(values)} is empty or names a value twice."
            raise _bad("values", f"grid.{name}", message, "Give different values.")
    count = int(np.prod([len(values) for values in grid.values()], dtype=object))
    if not grid or count > MAX_CELLS:
        message = f"the grid has {count if grid else 0} cells; 1 to {MAX_CELLS} can be."
        raise _bad("cells", "grid", message, "Give fewer parameters or values.")
    products = itertools.product(*grid.values())
    return [dict(zip(grid, map(float, one), strict=True)) for one in products]


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
        self._conditions: dict[tuple[object, ...], States] = {}
        self._scores: dict[tuple[float, ...], Signals] = {}
        self._members = self._by_day(matrix.members)

    def of(self, cell: Params) -> Signals:
        """The signals of the model with these parameters."""
        scanner = self.make({**self.params, **cell})
        scored = self._scored(scanner)
        eligible = scored.eligible.copy()
        for gate in scanner.top:
            eligible &= self._state(gate, scanner) == _PASSED
        return scored.among(eligible)

    def _scored(self, scanner: Scanner) -> Signals:
        """The score and its ranks, once for each set of values that it reads; every
        member with a score is eligible yet."""
        params = scanner.config.params
        used = {name for part in scanner.parts.values() for name in part.names}
        key = tuple(float(params[name]) for name in sorted(used & set(params)))
        if key not in self._scores:
            score = self._by_day(scanner.total(self.matrix))
            order, ordered = ranking(score)
            own = self.signals.momentum is self.signals.score
            self._scores[key] = replace(
                self.signals,
                score=score,
                eligible=self._members & ~np.isnan(score),
                order=order,
                ordered=ordered,
                momentum=score if own else self.signals.momentum,
            )
        return self._scores[key]

    def _by_day(self, values: npt.NDArray[ValueT]) -> npt.NDArray[ValueT]:
        """`[ticker, time]` of the matrix → `[time, ticker]` of the signals."""
        return np.ascontiguousarray(values[:, -len(self.signals.score) :].T)

    def _state(self, gate: Node, scanner: Scanner) -> States:
        """Passed, failed or unknown, `[time, ticker]`, of a gate or a group."""
        if gate.compiled is not None:
            params = scanner.config.params
            used = sorted(gate.compiled.names & set(params))
            key = (gate.compiled.text, *(float(params[name]) for name in used))
            if key not in self._conditions:
                context = Context(self.matrix, sector=scanner.sector)
                held = self._by_day(gate.compiled.evaluate(context))
                state = np.where(np.isnan(held), _UNKNOWN, held).astype(np.int8)
                self._conditions[key] = state
            return self._conditions[key]
        members = [self._state(one, scanner) for one in gate.members]
        if gate.shape == "all":
            return _all(members)
        found = _any(members)
        return found if gate.shape == "any" else np.where(found < 0, found, 1 - found)


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

    Raises what `cells` raises, before anything is computed.
    """
    wanted = cells(grid, ready.params)
    first = [ready.of(cell) for cell in wanted[:1]]  # what all share, in one thread

    def evaluate(cell: Params, signals: Signals | None) -> Cell:
        signals = ready.of(cell) if signals is None else signals
        result = backtest(prices, signals, policy, terms=terms, keep_refusals=False)
        return cell_of(cell, signals.eligible, result)

    known = [*first, *[None] * (len(wanted) - 1)]
    with ThreadPoolExecutor(threads, thread_name_prefix="sweep") as pool:
        yield from pool.map(evaluate, wanted, known)


def cell_of(cell: Params, eligible: Bools, result: Backtest) -> Cell:
    """What is kept of one cell: candidates over all sessions, and the metrics."""
    count = int(np.count_nonzero(eligible))
    return Cell(cell, count, metrics(result), result.equity)


def _all(members: Sequence[States]) -> States:
    """Three-valued `and`: failed if one fails, else unknown if one is unknown."""
    found = members[0]
    for other in members[1:]:
        failed = (found == _FAILED) | (other == _FAILED)
        found = np.where(failed, _FAILED, np.minimum(found, other)).astype(np.int8)
    return found


def _any(members: Sequence[States]) -> States:
    """Three-valued `or`: passed if one passes, else unknown if one is unknown."""
    found = members[0]
    for other in members[1:]:
        passed = (found == _PASSED) | (other == _PASSED)
        found = np.where(passed, _PASSED, np.minimum(found, other)).astype(np.int8)
    return found


def _bad(code: str, where: str, message: str, hint: str) -> BadInput:
    return BadInput(Problem(f"calibrate.{code}", where, message, hint))
