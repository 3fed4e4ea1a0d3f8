"""A bundle with definitions changed in memory: what an editor asks about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from sigma_core.errors import BadInput, Problem, SpecError, UnknownName
from sigma_core.specs import fingerprint
from sigma_core.specs.bundle import Bundle
from sigma_core.specs.files import to_spec
from sigma_core.specs.policies import Policy
from sigma_core.specs.schema import IndicatorSet, ModelConfig, Spec, UniverseSpec
from sigma_core.specs.yaml_events import Document, parse

#: part of a bundle → its field and its shape
_PARTS: Mapping[str, tuple[str, type[Spec]]] = {
    "indicator_set": ("indicator_set", IndicatorSet),
    "model_config": ("model", ModelConfig),
    "policy": ("policy", Policy),
    "universe": ("universe", UniverseSpec),
}


def drafted(bundle: Bundle, changes: Mapping[str, object]) -> Bundle:
    """The bundle with whole parts replaced; the files on disk are not touched.

    `changes`: indicator_set, model_config, policy or universe, each as YAML text or as
    the plain content of its file. Their shas are those of the new content. Raises
    UnknownName for another part, SpecError with the faults of all changed parts.
    """
    problems: list[Problem] = []
    for part, content in changes.items():
        if part not in _PARTS:
            raise UnknownName("part", part[:100], _PARTS)
        try:
            bundle = _with(bundle, part, content)
        except BadInput as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return bundle


def _with(bundle: Bundle, part: str, content: object) -> Bundle:
    field, kind = _PARTS[part]
    where = f"draft {part}"
    document = _document(content, where)
    fields: dict[str, Any] = {  # Any: each part has a type of its own
        field: to_spec(document, kind),
        "shas": {**bundle.shas, f"{part}_sha": fingerprint.sha_of(document.value)},
        "contents": {**bundle.contents, part: document.value},
        "files": {**bundle.files, part: where},
    }
    if part == "model_config":
        fields["model_id"] = fields["model"].model_id
    return replace(bundle, **fields)


def _document(content: object, where: str) -> Document:
    if isinstance(content, str):
        return parse(content.encode("utf-8", "surrogatepass"), where=where)
    if isinstance(content, dict):
        return Document(where, cast("dict[str, Any]", content))
    message = "a draft is YAML text or the content of a file."
    raise SpecError(Problem("draft.shape", where, message))
