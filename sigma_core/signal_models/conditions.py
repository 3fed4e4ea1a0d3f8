"""Each condition of a scanner by itself: its values, its threshold, what it does.

A histogram of the members' values with the line that parts those who pass, for an
editor in which the line can be moved; and how many pass it alone, with all others, and
without it. All speak of one session; `docs/definitions/conditions.md` has the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sigma_core.expressions import both, either
from sigma_core.expressions.sides import Threshold, threshold
from sigma_core.frames import Bools, Floats
from sigma_core.signal_models.base import GateResult, Scores
from sigma_core.signal_models.gates import Node
from sigma_core.signal_models.rules import Scanner

BINS = 40
#: percentiles between which the bins lie
_TAILS = (1.0, 99.0)


@dataclass(frozen=True)
class Histogram:
    """How the members' values lie about a threshold.

    `axis`, `sign`, `moves`, `factor`, `mirrored` as in `expressions.sides.Threshold`.
    `line` is where the threshold lies, `low` to `high` what the bins cover, `counts`
    the members in each, from the left.
    """

    axis: Literal["value", "distance"]
    sign: str
    line: float
    moves: str
    factor: int
    mirrored: bool
    low: float
    high: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Condition:
    """One condition: members that pass it `alone`, `together` with all gates, and that
    all would pass `if_removed`; of `unknown` a value is missing. `group` is the
    top-level gate it belongs to. No histogram where it is no single comparison."""

    name: str
    group: str
    words: str
    alone: int
    together: int
    if_removed: int
    unknown: int
    histogram: Histogram | None


def conditions(
    scanner: Scanner, scores: Scores, time: int = -1, *, bins: int = BINS
) -> list[Condition]:
    """The conditions of a scanner in the file's order, as its scores found them."""
    members = scores.members[:, time]
    states = {gate.name: _known(gate.passed[:, time]) for gate in scores.gates}
    whole = members & ~np.isnan(scores.score_total[:, time])
    leaves = [leaf for gate in scanner.top for leaf in gate.leaves()]
    together = _passing(scanner, states, whole, without="")
    return [
        Condition(
            name=gate.name,
            group=gate.group,
            words=gate.words,
            alone=int((members & (gate.passed[:, time] == 1)).sum()),
            together=together,
            if_removed=_passing(scanner, states, whole, without=gate.name),
            unknown=int((members & (gate.passed[:, time] < 0)).sum()),
            histogram=_histogram(scanner, leaf, gate, members, time, bins),
        )
        for leaf, gate in zip(leaves, scores.gates, strict=True)
    ]


def _known(passed: np.ndarray) -> Floats:
    """1.0 passed, 0.0 failed, NaN unknown."""
    return np.where(passed < 0, np.nan, passed).astype(float)


def _passing(
    scanner: Scanner, states: Mapping[str, Floats], whole: Bools, *, without: str
) -> int:
    """How many of `whole` pass every gate, one condition left out."""
    found = [_state(gate, states, without) for gate in scanner.top]
    passed = [state == 1 for state in found if state is not None]
    return int(np.logical_and.reduce([whole, *passed]).sum())


def _state(node: Node, states: Mapping[str, Floats], without: str) -> Floats | None:
    """A gate from the states of its conditions; None if none of it is left."""
    if node.compiled is not None:
        return None if node.name == without else states[node.name]
    found = [_state(member, states, without) for member in node.members]
    left = [state for state in found if state is not None]
    if not left:
        return None
    if node.shape == "all":
        return both(*left)
    return either(*left) if node.shape == "any" else 1.0 - either(*left)


def _histogram(
    scanner: Scanner, leaf: Node, gate: GateResult, members: Bools, time: int, bins: int
) -> Histogram | None:
    if leaf.compiled is None or leaf.compiled.comparison is None:
        return None
    found = threshold(*leaf.compiled.comparison, scanner.config.params)
    left, right = gate.value[members, time], gate.limit[members, time]
    if found.mirrored:
        left, right = right, left
    if found.axis == "value":
        limits = right[~np.isnan(right)]
        values, line = left, float(limits[0]) if limits.size else np.nan
    else:
        values, line = _distances(found, left, right), found.line
    values = values[np.isfinite(values)]
    if not values.size or not np.isfinite(line):
        return None
    low, high = _range(values, line)
    edges = np.linspace(low, high, bins + 1)
    counts, _ = np.histogram(np.clip(values, low, high), bins=edges)
    return Histogram(
        found.axis,
        found.sign,
        line,
        found.moves,
        found.factor,
        found.mirrored,
        low,
        high,
        tuple(counts.tolist()),
    )


def _distances(found: Threshold, left: Floats, right: Floats) -> Floats:
    """How far each left side is from its base, as a share of it."""
    with np.errstate(all="ignore"):
        if not found.moves:
            distances: Floats = (left - right) / np.abs(right)
            return distances
        base = right / (1.0 + found.line)
        return np.where(base > 0, left / base - 1.0, np.nan)


def _range(values: Floats, line: float) -> tuple[float, float]:
    """What the bins cover: the percentiles and the line, never nothing."""
    first, last = np.percentile(values, _TAILS).tolist()
    low, high = min(first, line), max(last, line)
    if low == high:
        margin = 0.05 * abs(low) or 0.5
        low, high = low - margin, high + margin
    return low, high
