"""What a definition means: its content with everything filled in that it leaves out.

    effective(content, Policy)   a policy that says nothing says all defaults
    model_of(bundle)             the model, with the universe and the policy that it
                                 leaves to its pack
    parts_of(bundle)             all of a model's definitions

Two contents that mean the same have one effective content, so that a change told in
words is a change of what is done. The text of a file is compared elsewhere, as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigma_core.errors import BadInput
from sigma_core.indicators import resolve
from sigma_core.specs.bundle import Bundle
from sigma_core.specs.drafts import PARTS
from sigma_core.specs.files import to_spec
from sigma_core.specs.schema import (
    IndicatorSet,
    IndicatorSpec,
    ModelConfig,
    ScannerConfig,
    Spec,
    UniverseSpec,
)
from sigma_core.specs.yaml_events import Document

Plain = Any  # Any: the values of a YAML file
#: said or not, they mean nothing
_EMPTY: tuple[Plain, ...] = (None, "", [], {})
_ROOTS = ("all", "any", "none")


def effective(content: Mapping[str, Plain], kind: type[Spec]) -> dict[str, Plain]:
    """The content with all defaults, keys in the order of the schema.

    Whole numbers are integers, whichever way they were written. Raises SpecError for
    content that breaks a rule. An indicator that is not known, or has a parameter it
    can't have, stays as it is said.
    """
    spec = to_spec(Document("", dict(content)), kind)
    found = _said(spec)
    if isinstance(spec, IndicatorSet):
        found["indicators"] = [_indicator(entry) for entry in spec.indicators]
    if isinstance(spec, ScannerConfig):
        gates = found.get("gates", {})
        found["gates"] = {root: gates.get(root, []) for root in _ROOTS}
    if isinstance(spec, UniverseSpec):
        found["exclude_etfs"] = spec.leaves_out_funds
    return found


def model_of(bundle: Bundle) -> dict[str, Plain]:
    """A bundle's model with its universe and its policy by name."""
    found = effective(bundle.contents["model_config"], ModelConfig)
    if bundle.model.ticker is None:
        found["universe"] = bundle.universe.name
    return found | {"policy": bundle.policy.name}


def parts_of(bundle: Bundle) -> dict[str, dict[str, Plain]]:
    """The effective content of a model and of all it stands on, by the word of each.

    A ticker's universe is made of the model and stays as it is; of one that is made of
    others only its own file counts.
    """
    found = {"model_config": model_of(bundle)}
    for part, kind in PARTS.items():
        content = {k: one for k, one in bundle.contents[part].items() if k != "parts"}
        made_of_model = part == "universe" and bundle.model.ticker is not None
        found.setdefault(part, content if made_of_model else effective(content, kind))
    return found


def _said(spec: Spec) -> dict[str, Plain]:
    """A spec as plain values, without what says nothing."""
    found: dict[str, Plain] = _trimmed(spec.model_dump(mode="json", by_alias=True))
    return found


def _trimmed(value: Plain) -> Plain:
    if isinstance(value, list):
        return [_trimmed(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, dict):
        return value
    inside = {key: _trimmed(one) for key, one in value.items()}
    return {key: one for key, one in inside.items() if one not in _EMPTY}


def _indicator(entry: IndicatorSpec) -> dict[str, Plain]:
    """An entry as a file would say it, with all parameters."""
    said = _said(entry)
    params = said.pop("params", {})
    name = said.pop("name", None)
    if name is None:
        return said
    try:
        full = _trimmed(resolve(name, params, entry.alias).params)
    except BadInput:  # the linter says so
        full = params
    return {"name": name, **full, **said}
