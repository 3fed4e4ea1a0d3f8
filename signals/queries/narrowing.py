"""Narrowing lists of runs and signals by what an address asks for."""

from __future__ import annotations


def split_model(model: str | None) -> dict[str, str]:
    """`pack/model_id` as filters; a model_id alone is looked for in every pack."""
    if not model:
        return {}
    pack, slash, model_id = model.partition("/")
    return {"pack": pack, "model_id": model_id} if slash else {"model_id": model}
