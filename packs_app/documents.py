"""How packs, models, universes and indicator cards read as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from packs_app.certificates import UNPROVED, Standing
from packs_app.services import ModelView, PackView

if TYPE_CHECKING:
    from sigma_core.indicators import Card


def pack_document(view: PackView) -> dict[str, Any]:
    """A pack: its manifest, files and problems."""
    manifest = view.manifest.model_dump(mode="json") if view.manifest else None
    return {
        "id": view.id,
        "name": view.manifest.name if view.manifest else view.id,
        "version": view.manifest.version if view.manifest else None,
        "description": view.manifest.description if view.manifest else "",
        "manifest": manifest,
        "sha": view.sha,
        "files": {folder: list(names) for folder, names in view.files.items()},
        "problems": [problem.as_dict() for problem in view.problems],
    }


def model_row(view: ModelView, standing: Standing = UNPROVED) -> dict[str, Any]:
    """A model as a list shows it; what a broken one lacks is null."""
    bundle = view.bundle
    return {
        "pack": view.pack,
        "model_id": view.model_id,
        "kind": bundle.model.kind if bundle else None,
        "description": bundle.model.description if bundle else "",
        "tags": list(bundle.model.tags) if bundle else [],
        "universe": bundle.universe.name if bundle else None,
        "indicator_set": bundle.indicator_set.name if bundle else None,
        "policy": bundle.policy.name if bundle else None,
        "certificate": standing.as_document(),
        "problems": [problem.as_dict() for problem in view.problems],
    }


def model_document(view: ModelView, standing: Standing = UNPROVED) -> dict[str, Any]:
    """A model with the content and the sha of every definition it stands on."""
    bundle = view.bundle
    return model_row(view, standing) | {
        "shas": dict(bundle.shas) if bundle else {},
        "contents": dict(bundle.contents) if bundle else {},
        "files": dict(bundle.files) if bundle else {},
    }


def merge_patch(content: dict[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Content with some of its keys changed (RFC 7396: null takes a key away)."""
    merged = dict(content)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            below = merged.get(key)
            merged[key] = merge_patch(below if isinstance(below, dict) else {}, value)
        else:
            merged[key] = value
    return merged


def card_document(
    card: Card, used_by: Iterable[str], standing: Standing = UNPROVED
) -> dict[str, Any]:
    """An indicator's card; `used_by` names indicator sets as `pack/set`.

    Columns, warm-up and stability are those of the default parameters.
    """
    # pandas comes with the cards: not at start-up
    from sigma_core.indicators import resolve
    from sigma_core.indicators.steps.carry import advances

    call = resolve(card.name)
    columns = call.columns
    return {
        "name": card.name,
        "group": card.group,
        "title": card.title,
        "version": card.version,
        "provider": card.provider,
        "inputs": list(card.inputs),
        "across": card.across,
        "intraday": card.intraday,
        "params": [
            {
                "name": param.name,
                "type": param.type,
                "default": param.default,
                "min": param.low,
                "max": param.high,
                "meaning": param.meaning,
            }
            for param in card.params
        ],
        "outputs": [
            {
                "name": output.key,
                "column": column.name,
                "template": output.template,
                "meaning": output.meaning,
                "degree": output.degree,
                "min": output.low,
                "max": output.high,
            }
            for output, column in zip(card.outputs, columns, strict=True)
        ],
        "warmup": card.warmup(card.defaults),
        "stable": card.stable(card.defaults) if card.stable else None,
        "anchored": card.anchored,
        "advances": advances(call),
        "formula": card.formula,
        "source": card.source,
        "docs": card.docs,
        "used_by": sorted(used_by),
        "certificate": standing.as_document(),
    }
