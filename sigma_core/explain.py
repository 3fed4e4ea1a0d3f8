"""Why, and why not: the path of every ticker from the universe to the verdict.

`decision_paths` is one table with a row for each ticker of the dataset, chosen or not;
`funnel` counts how many survive each step; `gates_of` and `parts_of` give what one
ticker's gates and score parts were. All speak of the last session of the scores.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from sigma_core.frames import Floats
from sigma_core.policy import REASONS, Decisions
from sigma_core.signal_models import funnel as model_funnel
from sigma_core.signal_models.base import GateResult, Scores
from sigma_core.universe import CODES, Universe

Plain = dict[str, object]
Text = npt.NDArray[np.object_]


def finite(value: float) -> float | None:
    """A number for JSON: None where there is none."""
    return float(value) if math.isfinite(value) else None


def gates_of(scores: Scores, row: int) -> list[Plain]:
    """Each condition with its value, limit and distance; `passed` None if unknown.

    `distance` is how far beyond its limit the value is, as a share of the limit:
    negative if it fell short.
    """
    return [_gate(gate, row) for gate in scores.gates]


def _gate(gate: GateResult, row: int) -> Plain:
    value, limit = float(gate.value[row, -1]), float(gate.limit[row, -1])
    passed = int(gate.passed[row, -1])
    sign = -1.0 if gate.sign in ("<", "<=") else 1.0
    known = math.isfinite(value) and math.isfinite(limit) and limit != 0
    return {
        "name": gate.name,
        "group": gate.group,
        "words": gate.words,
        "passed": None if passed < 0 else bool(passed),
        "value": finite(value),
        "op": gate.sign,
        "limit": finite(limit),
        "distance": sign * (value - limit) / abs(limit) if known else None,
    }


def parts_of(scores: Scores, row: int) -> list[Plain]:
    """Each part of the score: its weight, value (0..1) and points."""
    return [
        {
            "name": name,
            "weight": scores.weights[name],
            "value": finite(part[row, -1]),
            "points": finite(scores.weights[name] * part[row, -1]),
        }
        for name, part in scores.parts.items()
    ]


def funnel(universe: Universe, scores: Scores, decisions: Decisions) -> list[Plain]:
    """Survivors of each step: universe rules, gates, whole score, policy."""
    label = "selected by the policy"
    signals = int(decisions.selected.sum())
    last: Plain = {"name": "policy", "label": label, "survivors": signals}
    return [*way(universe, scores), last]


def way(universe: Universe, scores: Scores | None) -> list[Plain]:
    """The funnel before any policy; the universe's steps alone without scores."""
    steps: list[Plain] = [
        {
            "name": f"universe.{step.name}",
            "label": step.label,
            "survivors": step.survivors,
        }
        for step in universe.steps
    ]
    return steps + (gate_steps(model_funnel.funnel(scores)[1:]) if scores else [])


def gate_steps(steps: Sequence[model_funnel.FunnelStep]) -> list[Plain]:
    """Gates and the whole score as steps of a funnel."""
    return [
        {
            "name": f"gate.{step.name}" if step.name != "score" else "score",
            "label": step.words,
            "survivors": step.survivors,
        }
        for step in steps
    ]


def gate_counts(scores: Scores) -> list[Plain]:
    """How many members pass each top-level gate whatever the others say."""
    return [
        {"name": s.name, "words": s.words, "alone": s.alone, "unknown": s.unknown}
        for s in model_funnel.funnel(scores)[1:-1]
    ]


def near_misses(
    scores: Scores, names: Mapping[str, str], *, most: int = 50
) -> list[Plain]:
    """Members that fail exactly one top-level gate, the nearest first."""
    words = {gate.name: gate.words for gate in scores.top}
    signs = {gate.name: gate.sign for gate in scores.top}
    return [
        {
            "ticker": miss.ticker,
            "name": names.get(miss.ticker, ""),
            "gate": miss.gate,
            "words": words[miss.gate],
            "value": finite(miss.value),
            "op": signs[miss.gate],
            "limit": finite(miss.limit),
            "distance": None if math.isnan(miss.shortfall) else -miss.shortfall,
            "score_total": finite(miss.score_total),
        }
        for miss in model_funnel.near_misses(scores, most=most)
    ]


def missing_counts(scores: Scores) -> list[Plain]:
    """How many members lack each score part, and how many a gate's value."""
    members = scores.members[:, -1]
    found = {
        f"gate {gate.name}": int((members & (gate.passed[:, -1] < 0)).sum())
        for gate in scores.top
    } | {
        f"score part {name}": int((members & np.isnan(part[:, -1])).sum())
        for name, part in scores.parts.items()
    }
    return [{"reason": name, "tickers": n} for name, n in found.items() if n]


def decision_paths(
    universe: Universe, scores: Scores, decisions: Decisions
) -> pd.DataFrame:
    """One row per ticker, chosen or not.

    ticker · reached (the last stage it came to: universe, data, gates, policy,
    selected, tradeable) · code, value, limit (what stopped it; empty and NaN for a
    tradeable one) · missing (the gate or score part without a value) · in_universe ·
    eligible · score_total · rank (among the eligible, 0 if not) · weight ·
    gate_<name> (1, 0, −1 unknown) · part_<name> (0..1).
    """
    size = len(scores.axis.tickers)
    code, reached, missing = np.full((3, size), "", dtype=object)
    value, limit = np.full((2, size), np.nan)
    _stopped_by_universe(universe, code, reached, value, limit)
    _stopped_by_model(scores, code, reached, value, limit)
    _name_missing(scores, code, missing)
    _judged_by_policy(decisions, code, reached, value, limit)
    columns: dict[str, object] = {
        "ticker": list(scores.axis.tickers),
        "reached": reached,
        "code": code,
        "value": value,
        "limit": limit,
        "missing": missing,
        "in_universe": scores.members[:, -1],
        "eligible": scores.eligible[:, -1],
        "score_total": scores.score_total[:, -1],
        "rank": decisions.rank,
        "weight": decisions.weight,
    }
    columns |= {f"gate_{gate.name}": gate.passed[:, -1] for gate in scores.gates}
    columns |= {f"part_{name}": part[:, -1] for name, part in scores.parts.items()}
    return pd.DataFrame(columns)


def _stopped_by_universe(
    universe: Universe, code: Text, reached: Text, value: Floats, limit: Floats
) -> None:
    out = universe.reason != 0
    code[out] = np.array(CODES, dtype=object)[universe.reason[out]]
    reached[out] = "universe"
    value[out], limit[out] = universe.value[out], universe.limit[out]


def _stopped_by_model(
    scores: Scores, code: Text, reached: Text, value: Floats, limit: Floats
) -> None:
    """In the order in which it is asked: the gates from the top, then the parts."""
    open_rows = scores.members[:, -1].copy()
    for gate in scores.top:
        passed = gate.passed[:, -1]
        failed = open_rows & (passed == 0)
        code[failed], reached[failed] = f"gate.{gate.name}", "gates"
        value[failed], limit[failed] = gate.value[failed, -1], gate.limit[failed, -1]
        unknown = open_rows & (passed < 0)
        code[unknown], reached[unknown] = "data.missing", "data"
        open_rows &= passed == 1
    unscored = open_rows & np.isnan(scores.score_total[:, -1])
    code[unscored], reached[unscored] = "data.missing", "data"


def _name_missing(scores: Scores, code: Text, missing: Text) -> None:
    """The first gate or part without a value, for those stopped by it."""
    lacking = code == "data.missing"
    holes = [(gate.name, gate.passed[:, -1] < 0) for gate in scores.top]
    holes += [(name, np.isnan(part[:, -1])) for name, part in scores.parts.items()]
    for name, hole in reversed(holes):
        missing[lacking & hole] = name


def _judged_by_policy(
    said: Decisions, code: Text, reached: Text, value: Floats, limit: Floats
) -> None:
    judged = said.rank > 0
    code[judged] = np.array(REASONS, dtype=object)[said.reason[judged]]
    stage = np.where(said.tradeable, "tradeable", "selected")
    reached[judged] = np.where(said.selected, stage, "policy")[judged]
    value[judged], limit[judged] = said.value[judged], said.limit[judged]
