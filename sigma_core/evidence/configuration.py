"""What was tried, as one sha: the rules of a model, and nothing that is only a name.

Two models with one `config_sha` trade alike on the same bars and universe: conditions,
score and label in terms of the indicators behind their columns, and the sections of the
policy that act, and terms of the fills that are not the standing ones. Names, words,
versions, comments, the order of gates, columns and parameters that no rule reads,
defaults written out, the universe and the run gate make no difference. Worked examples:
`docs/definitions/trials.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sigma_core import matrix
from sigma_core.backtest.inputs import Terms
from sigma_core.boosting.params import DEFAULTS
from sigma_core.expressions.parse import parse
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
from sigma_core.specs.bundle import Bundle
from sigma_core.specs.fingerprint import canonical, sha_of
from sigma_core.specs.schema import Gate, GbmConfig, ScannerConfig

Plain = Any  # Any: JSON
#: what a column of that name stands for
Meaning = Callable[[str], Plain]


def config_sha(
    bundle: Bundle,
    params: Mapping[str, float] | None = None,
    terms: Terms | None = None,
) -> str:
    """The sha of a model's configuration; `params` replace its own, as a sweep does,
    `terms` are those of the fills (None: the standing ones).

    Raises SpecError for an indicator set that can't be laid out, ExpressionError for a
    rule that can't be read.
    """
    return sha_of(configuration(bundle, params, terms))


def configuration(
    bundle: Bundle,
    params: Mapping[str, float] | None = None,
    terms: Terms | None = None,
) -> Plain:
    """What the sha is of, as plain values."""
    columns = _columns(bundle)
    model = bundle.model
    content: dict[str, Plain] = {
        "kind": model.kind,
        "ticker": model.ticker,
        "cadence": bundle.cadence,
    }
    if isinstance(model, ScannerConfig):
        content |= _rules(model, columns, {**model.params, **(params or {})})
    elif isinstance(model, GbmConfig):
        content |= _learnt(model, columns, {**model.params, **(params or {})})
    if terms is not None and terms != Terms():
        content["terms"] = asdict(terms)
    return content | {"policy": _policy(bundle, columns)}


def _columns(bundle: Bundle) -> dict[str, Plain]:
    """Column → what is computed in it, whatever it is called."""
    plan = matrix.plan(
        bundle.indicator_set,
        where=bundle.files["indicator_set"],
        cadence=bundle.cadence,
    )
    calls = [("", call) for call in plan.calls]
    calls += [(other, call) for other, some in plan.joined.items() for call in some]
    found: dict[str, Plain] = {
        column.name: [call.card.name, dict(call.params), output.key, cadence]
        for cadence, call in calls
        for column, output in zip(call.columns, call.card.outputs, strict=True)
    }
    for one in plan.derived:
        found[one.column.name] = _tree(one.expression.tree, _meaning(found, {}))
    return found


def _meaning(columns: Mapping[str, Plain], params: Mapping[str, float]) -> Meaning:
    """Of a name in an expression: a parameter is its value, a column what is in it, and
    what is neither a field of the bar."""

    def mean(name: str) -> Plain:
        if name in params:
            return float(params[name])
        return columns.get(name, name)

    return mean


def _rules(
    model: ScannerConfig, columns: Mapping[str, Plain], params: Mapping[str, float]
) -> dict[str, Plain]:
    mean = _meaning(columns, params)
    gates = model.gates
    top = [_gate(gate, mean) for gate in gates.all_of]
    top += [_group("any", gates.any_of, mean)] if gates.any_of else []
    top += [_group("none", gates.none_of, mean)] if gates.none_of else []
    whole = sum(part.weight for part in model.score.values())
    score = [
        [round(part.weight / whole, 12), _text(part.value, mean)]
        for part in model.score.values()
    ]
    return {"gates": _sorted(top), "score": _sorted(score)}


def _gate(gate: Gate, mean: Meaning) -> Plain:
    if gate.when is not None:
        return _text(gate.when, mean)
    shapes = (("all", gate.all_of), ("any", gate.any_of), ("none", gate.none_of))
    return next(_group(word, some, mean) for word, some in shapes if some is not None)


def _group(word: str, gates: Sequence[Gate], mean: Meaning) -> Plain:
    return [word, *_sorted([_gate(gate, mean) for gate in gates])]


def _learnt(
    model: GbmConfig, columns: Mapping[str, Plain], params: Mapping[str, float]
) -> dict[str, Plain]:
    return {
        "columns": _sorted(list(columns.values())),
        "label": model.label.model_dump(mode="json"),
        "train": model.train.model_dump(mode="json"),
        "params": {n: float(value) for n, value in (DEFAULTS | dict(params)).items()},
        "max_age_days": model.max_age_days,
    }


def _policy(bundle: Bundle, columns: Mapping[str, Plain]) -> Plain:
    """The sections that act, with their defaults; the run gate only judges."""
    rules = bundle.policy.rules
    content: dict[str, Plain] = rules.model_dump(mode="json", exclude={"run_gate"})
    execution = content["execution"]
    if not rules.execution.momentum_gate:
        del execution["momentum_min"], execution["momentum_column"]
    else:
        name = rules.execution.momentum_column
        execution["momentum_column"] = columns.get(name, name)
    if not rules.execution.brackets.enabled:
        execution["brackets"] = None
    return content


def _text(text: str, mean: Meaning) -> Plain:
    return _tree(parse(text), mean)


def _tree(node: Node, mean: Meaning) -> Plain:
    """An expression as plain lists; what may stand in any order is sorted."""
    match node:
        case Number():
            return float(node.value)
        case Name():
            return mean(node.name)
        case Negative():
            return ["-", _tree(node.operand, mean)]
        case Arithmetic():
            return [node.sign, _tree(node.left, mean), _tree(node.right, mean)]
        case Comparison():
            return [list(node.signs), *(_tree(one, mean) for one in node.operands)]
        case Not():
            return ["not", _tree(node.operand, mean)]
        case Logic():
            return [node.word, *_sorted([_tree(one, mean) for one in node.operands])]
        case Call():
            given = [_tree(one, mean) for one in node.arguments]
            return [f"{node.function}()", node.by, *given]


def _sorted(values: list[Plain]) -> list[Plain]:
    return sorted(values, key=canonical)
