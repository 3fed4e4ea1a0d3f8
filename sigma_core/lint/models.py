"""Models: names against the manifest, references, gates and scores, training."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from sigma_core.boosting import params as gbm_params
from sigma_core.errors import Problem, SpecError, did_you_mean
from sigma_core.labels import cadence_problem
from sigma_core.lint.definitions import LABEL
from sigma_core.lint.reading import Definition, Reading
from sigma_core.signal_models.rules import check_rules
from sigma_core.specs import naming
from sigma_core.specs.bundle import check_ticker
from sigma_core.specs.policies import Policy
from sigma_core.specs.schema import GbmConfig, ModelConfig, ScannerConfig
from sigma_core.specs.yaml_events import Document

_UNKNOWN_COLUMN = re.compile(r"unknown column '(\w+)'")


def check(found: Reading) -> Iterator[Problem]:
    """All problems of a pack's models."""
    for one in found.models.values():
        model, document = one.spec, one.document
        if model is None or document is None:
            continue
        yield from _name(found, model, document)
        yield from _references(found, model, document)
        if isinstance(model, ScannerConfig):
            yield from _rules(found, model, document)
        if isinstance(model, GbmConfig):
            yield from _training(model, document)


def _name(found: Reading, model: ModelConfig, document: Document) -> Iterator[Problem]:
    where, named = document.at(("model_id",)), naming.parse(model.model_id)
    if named.algo and named.algo != model.kind:
        message = f"the name says {named.algo}, the kind is {model.kind}."
        hint = "Change the name's last part, or the kind."
        yield Problem("model.kind_name", document.at(("kind",)), message, hint)
    manifest = found.manifest.spec
    if manifest is None:
        return
    parts = {
        "asset": (named.asset, manifest.assets),
        "horizon": (named.horizon, manifest.horizons),
        "cadence": (named.cadence, manifest.cadences),
    }
    for part, (came, allowed) in parts.items():
        if allowed and came not in allowed:
            message = f"the name's {part} is {came}; the pack has {', '.join(allowed)}."
            hint = f"Rename the model, or add {came} to {part}s in pack.yaml."
            yield Problem(f"model.{part}", where, message, hint)


def _references(
    found: Reading, model: ModelConfig, document: Document
) -> Iterator[Problem]:
    manifest = found.manifest.spec
    default = manifest.default_policy if manifest else None
    yield from _named(
        document, "indicator_set", model.indicator_set, [*found.sets], "indicator set"
    )
    policy = model.policy or default
    if model.policy is not None:
        names = found.policy_names
        yield from _named(document, "policy", model.policy, names, "policy")
    elif manifest is not None and default is None:
        yield _nothing(model, document, "policy")
    yield from _universe(found, model, document)
    if policy is not None and policy in found.policies:
        yield from _momentum(found, model, found.policies[policy])


def _universe(
    found: Reading, model: ModelConfig, document: Document
) -> Iterator[Problem]:
    try:
        check_ticker(model, document)
    except SpecError as error:
        yield from error.problems
        return
    manifest = found.manifest.spec
    if model.universe is not None:
        names = found.universe_names
        yield from _named(document, "universe", model.universe, names, "universe")
    elif model.ticker is None and manifest and manifest.default_universe is None:
        yield _nothing(model, document, "universe")


def _named(
    document: Document, key: str, name: str, known: list[str], kind: str
) -> Iterator[Problem]:
    if name not in known:
        code = f"unknown.{kind.replace(' ', '_')}"
        message, hint = f"unknown {kind} {name!r}.", did_you_mean(name, known)
        yield Problem(code, document.at((key,)), message, hint)


def _nothing(model: ModelConfig, document: Document, key: str) -> Problem:
    where = document.at(("model_id",))
    message = f"{model.model_id!r} has no {key}, and its pack no default_{key}."
    return Problem(f"pack.no_{key}", where, message, f"Add `{key}: <name>`.")


def _momentum(
    found: Reading, model: ModelConfig, one: Definition[Policy]
) -> Iterator[Problem]:
    """A momentum gate on a column that the model has not passes nobody."""
    plan = found.plan(model)
    if one.spec is None or one.document is None or plan is None:
        return
    execution = one.spec.rules.execution
    known = {"score_total", *(column.name for column in plan.columns)}
    if execution.momentum_gate and execution.momentum_column not in known:
        where = one.document.at(("policy", "execution", "momentum_column"))
        message = (
            f"{model.model_id} has no column {execution.momentum_column!r}: the "
            "momentum gate lets nobody pass."
        )
        hint = did_you_mean(execution.momentum_column, known)
        yield Problem("policy.momentum_column", where, message, hint)


def _rules(
    found: Reading, model: ScannerConfig, document: Document
) -> Iterator[Problem]:
    if not (model.gates.all_of or model.gates.any_of or model.gates.none_of):
        where = document.at(("gates",) if "gates" in document.value else ("model_id",))
        message = "there is no gate: everybody in the universe may enter."
        yield Problem("model.no_gates", where, message, "Add one.", "warning")
    plan = found.plan(model)
    if plan is None:
        return
    columns = {column.name: column.degree for column in plan.columns}
    for problem in check_rules(model, columns, at=document.at):
        yield _label_named(problem)


def _label_named(problem: Problem) -> Problem:
    """An unknown column that is a label, named as one."""
    named = _UNKNOWN_COLUMN.match(problem.message)
    if named is None or not LABEL.fullmatch(named[1]):
        return problem
    message = f"{named[1]!r} is a label: it is known only afterwards."
    hint = "Gates and scores read features alone."
    return replace(problem, code="model.label_column", message=message, hint=hint)


def _training(model: GbmConfig, document: Document) -> Iterator[Problem]:
    label, train = model.label, model.train
    if label.kind == "none":
        message = "a trained model needs a label; `none` is for scanners."
        yield Problem("label.none", document.at(("label", "kind")), message)
    if label.kind in ("fwd_ret", "fwd_rank") and label.horizon is None:
        message = f"a label {label.kind!r} needs a horizon."
        hint = "Write, such as, `horizon: 10` (sessions)."
        yield Problem("label.horizon", document.at(("label",)), message, hint)
    finer = cadence_problem(label, naming.parse(model.model_id).cadence)
    if finer:
        yield replace(finer, where=document.at(("label", "kind")))
    end = label.horizon or 1
    if label.kind != "none" and train.embargo < end:
        message = (
            f"embargo {train.embargo} is shorter than the label's {end} sessions: "
            "folds would share what followed."
        )
        where, hint = document.at(("train", "embargo")), f"Give {end} or more."
        yield Problem("model.embargo", where, message, hint)
    if train.start and train.end and train.start >= train.end:
        message = f"training ends on {train.end}, before it starts."
        yield Problem("model.train_range", document.at(("train", "end")), message)
    yield from _params(model, document)


def _params(model: GbmConfig, document: Document) -> Iterator[Problem]:
    for name, problem in gbm_params.problems(model.params):
        yield replace(problem, where=document.at(("params", name)))
