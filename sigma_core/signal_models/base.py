"""The contract of every signal model, rules and machine learning alike.

`fit(matrix, labels)` learns and returns self (a scanner learns nothing);
`transform(matrix)` gives `Scores`. Nobody downstream asks which kind it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from sigma_core.frames import Axis, Bools, Floats, Matrix, Wide

#: 1 passed, 0 failed, -1 unknown (a value is missing).
TriState = npt.NDArray[np.int8]


@dataclass(frozen=True)
class GateResult:
    """One gate on `[ticker, time]`.

    `group` is the top-level gate it belongs to (its own name if it is one). `value`
    and `limit` are the two sides of a plain comparison `value sign limit`, NaN for any
    other condition, whose `sign` is then empty. `shortfall` is how far a failed gate
    is from passing as a share of its limit: 0 where it passes, NaN where that has no
    meaning.
    """

    name: str
    group: str
    words: str
    sign: str
    passed: TriState
    value: Floats
    limit: Floats
    shortfall: Floats


@dataclass(frozen=True)
class Scores:
    """What a model says about every ticker of an axis on each of its sessions.

    `score_total` is 0..100, NaN where a part is missing; `parts` are its parts, each
    clipped to [0, 1], with their weight in `weights` (which sum to 100). `gates` are
    the single conditions in the file's order, `top` the gates that must all pass.
    `eligible`: in the universe, every part known, every top gate passed. `prediction`
    is what a trained model said before it became a score, in its label's unit.
    """

    axis: Axis
    score_total: Floats
    parts: Mapping[str, Floats]
    weights: Mapping[str, float]
    gates: tuple[GateResult, ...]
    top: tuple[GateResult, ...]
    members: Bools
    eligible: Bools
    prediction: Floats | None = None

    def missing(self, row: int, time: int = -1) -> list[str]:
        """The score parts that have no value for a ticker, by name."""
        return [name for name, part in self.parts.items() if np.isnan(part[row, time])]

    def why_not(self, row: int, time: int = -1) -> tuple[str, float, float]:
        """(reason code, value, limit) of what stopped a ticker; ("", NaN, NaN) if none.

        In the order in which it is asked: the universe, the gates from the top, the
        parts of the score. A gate that lacks a value is `data.missing`.
        """
        nothing = float("nan")
        if not self.members[row, time]:
            return "universe", nothing, nothing
        for gate in self.top:
            if gate.passed[row, time] == 0:
                value, limit = gate.value[row, time], gate.limit[row, time]
                return f"gate.{gate.name}", float(value), float(limit)
            if gate.passed[row, time] < 0:
                return "data.missing", nothing, nothing
        if self.missing(row, time):
            return "data.missing", nothing, nothing
        return "", nothing, nothing


class SignalModel(Protocol):
    """Both answers of a model; see the module's text."""

    def fit(self, matrix: Matrix, labels: Wide | None) -> Self:
        """Learn from features and what followed them."""
        ...

    def transform(self, matrix: Matrix) -> Scores:
        """Score every ticker on every session of the matrix."""
        ...
