"""Who names a definition: asked before one is deleted, and shown beside it.

The files themselves are asked, so that a model with a fault elsewhere still counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from packs_app.kinds import MODEL, POLICY, SET, UNIVERSE, Kind
from packs_app.universes import find_universe
from sigma_core.errors import SpecError
from sigma_core.specs.bundle import COMMON, files_in, pack_folder, pack_names
from sigma_core.specs.files import read_document


def users_of(*, pack: str, kind: Kind, name: str) -> list[str]:
    """`pack/model`, `pack/pack.yaml` of all that stand on a definition, sorted."""
    if kind is UNIVERSE:
        return list(find_universe(name).users)
    if kind is SET:
        return _models_with(pack, "indicator_set", name)
    if kind is POLICY:
        return sorted(_users_of_policy(pack, name))
    return []


def _users_of_policy(pack: str, name: str) -> Iterator[str]:
    """Of a policy in common: also those in packs that have none of that name."""
    packs = pack_names(settings.SIGMA_PACKS) if pack == COMMON else [pack]
    for one in packs:
        home = pack_folder(settings.SIGMA_PACKS, one)
        own = [path.stem for path in files_in(home, POLICY.folder)]
        if one != pack and name in own:
            continue
        yield from _models_with(one, "policy", name)
        if _content(home / "pack.yaml").get("default_policy") == name:
            yield f"{one}/pack.yaml"


def _models_with(pack: str, key: str, name: str) -> list[str]:
    home = pack_folder(settings.SIGMA_PACKS, pack)
    return [
        f"{pack}/{path.stem}"
        for path in files_in(home, MODEL.folder)
        if _content(path).get(key) == name
    ]


def _content(path: Path) -> dict[str, Any]:
    try:
        return read_document(path).value
    except SpecError:
        return {}
