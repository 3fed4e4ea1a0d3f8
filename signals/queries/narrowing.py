"""Narrowing lists of runs and signals by what an address asks for."""

from __future__ import annotations

from sigma_core.errors import UnknownName
from signals.models import Backtest, SignalList
from signals.queries import bars, catalogue


def split_model(model: str | None) -> dict[str, str]:
    """`pack/model_id` as filters; a model_id alone is looked for in every pack."""
    if not model:
        return {}
    pack, slash, model_id = model.partition("/")
    return {"pack": pack, "model_id": model_id} if slash else {"model_id": model}


def require_known(
    *, model: str | None = None, pack: str | None = None, dataset: str | None = None
) -> None:
    """UnknownName, with a did-you-mean, for what neither the packs, the datasets, the
    lists in the Signals DB nor a backtest knows; no query for what the former two
    know."""
    if not (model or pack or dataset):
        return
    models = {each.key for each in catalogue.models()}
    datasets = set(bars.dataset_names())
    asked = (("model", model), ("pack", pack), ("dataset", dataset))
    wanted = [(kind, name) for kind, name in asked if name]
    if all(name in _names(kind, name, models, datasets) for kind, name in wanted):
        return
    for table in (SignalList, Backtest):
        listed = table.objects.values_list("pack", "model_id", "dataset").distinct()
        models |= {(of_pack, model_id) for of_pack, model_id, _ in listed}
        datasets |= {held for _, _, held in listed}
    for kind, name in wanted:
        known = _names(kind, name, models, datasets)
        if name not in known:
            raise UnknownName(kind, name, known)


def _names(
    kind: str, name: str, models: set[tuple[str, str]], datasets: set[str]
) -> set[str]:
    """What a filter may name; a model without its pack is named by its id."""
    if kind == "dataset":
        return datasets
    if kind == "pack":
        return {pack for pack, _ in models}
    if "/" in name:
        return {f"{pack}/{model_id}" for pack, model_id in models}
    return {model_id for _, model_id in models}
