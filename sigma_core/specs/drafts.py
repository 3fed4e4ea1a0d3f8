"""A model with definitions changed in memory: what an editor asks about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from sigma_core.errors import BadInput, Problem, SpecError, UnknownName
from sigma_core.specs.bundle import Bundle, load_bundle
from sigma_core.specs.files import to_spec
from sigma_core.specs.policies import Policy
from sigma_core.specs.schema import IndicatorSet, ModelConfig, Spec, UniverseSpec
from sigma_core.specs.yaml_events import Document, parse

#: part of a bundle → its shape
PARTS: Mapping[str, type[Spec]] = {
    "indicator_set": IndicatorSet,
    "model_config": ModelConfig,
    "policy": Policy,
    "universe": UniverseSpec,
}


def drafted(
    packs_root: Path, pack: str, model_id: str, changes: Mapping[str, object]
) -> Bundle:
    """The model with whole parts replaced; the files on disk are not touched.

    `changes`: indicator_set, model_config, policy or universe, each as YAML text or as
    the plain content of its file. A drafted model need not be on disk, and what it
    names is looked up anew. Raises UnknownName for another part or a reference that is
    not there, SpecError with the faults of all changed parts.
    """
    problems: list[Problem] = []
    documents: dict[str, Document] = {}
    for part, content in changes.items():
        if part not in PARTS:
            raise UnknownName("part", part[:100], PARTS)
        try:
            documents[part] = _document(content, f"draft {part}")
            to_spec(documents[part], PARTS[part])
        except BadInput as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return load_bundle(packs_root, pack, model_id, documents)


def _document(content: object, where: str) -> Document:
    if isinstance(content, str):
        return parse(content.encode("utf-8", "surrogatepass"), where=where)
    if isinstance(content, dict):
        return Document(where, cast("dict[str, Any]", content))
    message = "a draft is YAML text or the content of a file."
    raise SpecError(Problem("draft.shape", where, message))
