"""The definitions on disk as the site shows them: packs, models, universes.

The files are the one source of truth and may be edited at any time, by the site or
beside it. What is read is kept in this process until a name, size or time of any
definition file changes; looking at those costs a stat per file. A broken file is shown
with its problems and never keeps the others from being read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings

from sigma_core.errors import BadInput, Problem, SpecError, UnknownName
from sigma_core.specs import bundle, naming
from sigma_core.specs.bundle import Bundle
from sigma_core.specs.schema import PackManifest
from sigma_core.specs.universes import UniverseTree

if TYPE_CHECKING:
    from sigma_core.indicators import Card

#: (path below the root, time in ns, size) of every definition file
State = tuple[tuple[str, int, int], ...]
T = TypeVar("T")


@dataclass(frozen=True)
class PackView:
    """One pack: its manifest (None where that is broken), files, sha and problems."""

    id: str
    manifest: PackManifest | None
    sha: str
    files: dict[str, tuple[str, ...]]
    models: tuple[ModelView, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class ModelView:
    """One model: all it stands on, or (bundle None) what is wrong with it."""

    pack: str
    model_id: str
    bundle: Bundle | None
    problems: tuple[Problem, ...]


def list_packs() -> list[PackView]:
    """Every folder with a pack.yaml, by id."""
    return list(_packs(*current_state()))


def list_models() -> list[ModelView]:
    """Every model of every pack, by pack and id, broken ones included."""
    return [model for pack in list_packs() for model in pack.models]


def find_pack(pack: str) -> PackView:
    """One pack; raises UnknownName."""
    return _find(list_packs(), lambda view: view.id, "pack", pack)


def find_model(pack: str, model_id: str) -> ModelView:
    """One model; raises UnknownName for the pack or the model."""
    models = find_pack(pack).models
    return _find(models, lambda view: view.model_id, "model", model_id)


def load(pack: str, model_id: str) -> Bundle:
    """One model with all it stands on; raises UnknownName, or SpecError if broken."""
    view = find_model(pack, model_id)
    if view.bundle is None:
        raise SpecError(view.problems)
    return view.bundle


def load_universe(name: str) -> UniverseTree:
    """A central universe with all it is made of; raises UnknownName, SpecError."""
    return bundle.load_universe(settings.SIGMA_PACKS, name)


def list_cards() -> dict[str, Card]:
    """The cards of all indicators, by name."""
    # pandas comes with the cards: not at start-up
    from sigma_core.indicators import cards

    return cards()


def find_card(name: str) -> Card:
    """The card of one indicator; raises UnknownName."""
    from sigma_core.indicators import card  # as above

    return card(name)


def sets_by_indicator() -> dict[str, set[str]]:
    """The indicator sets (`pack/set`) of all models, by the indicators they use."""
    users: dict[str, set[str]] = {}
    for view in list_models():
        if view.bundle is None:
            continue
        used = view.bundle.indicator_set
        for entry in used.indicators:
            if entry.name:
                users.setdefault(entry.name, set()).add(f"{view.pack}/{used.name}")
    return users


def _find(views: Sequence[T], key: Callable[[T], str], kind: str, name: str) -> T:
    for view in views:
        if key(view) == name:
            return view
    raise UnknownName(kind, name[:100], [key(view) for view in views])


def current_state() -> tuple[Path, State]:
    """The packs folder and the state of its files."""
    root: Path = settings.SIGMA_PACKS
    return root, tuple(_stats(root))


def _stats(root: Path) -> list[tuple[str, int, int]]:
    found = []
    for path in sorted([*root.glob("*/pack.yaml"), *root.glob("*/*/*.yaml")]):
        try:
            stat = path.stat()
        except OSError:  # renamed since the folder was read, or a link to nothing
            found.append((path.relative_to(root).as_posix(), 0, -1))
        else:
            shown = path.relative_to(root).as_posix()
            found.append((shown, stat.st_mtime_ns, stat.st_size))
    return found


@lru_cache(maxsize=4)
def _packs(root: Path, state: State) -> tuple[PackView, ...]:
    manifests, problems = bundle.list_packs(root)
    by_id = {manifest.id: manifest for manifest in manifests}
    names = [shown.split("/")[0] for shown, _, _ in state if shown.count("/") == 1]
    return tuple(
        _pack(root, name, by_id.get(name), state, problems)
        for name in names
        if naming.fault_of_name(name) is None
    )


def _pack(
    root: Path,
    name: str,
    manifest: PackManifest | None,
    state: State,
    problems: list[Problem],
) -> PackView:
    files = {
        folder: tuple(
            Path(shown).stem
            for shown, _, _ in state
            if shown.startswith(f"{name}/{folder}/")
        )
        for folder in bundle.FOLDERS
    }
    models = [_model(root, name, model_id) for model_id in files["model_configs"]]
    own = [problem for problem in problems if problem.where.startswith(f"{name}/")]
    own += [problem for model in models for problem in model.problems]
    try:
        sha = bundle.pack_sha(root / name)
    except BadInput as error:  # a link that leads out of the folder
        sha, own = "", own + error.problems
    once = tuple(dict.fromkeys(own))  # two models may stand on one broken set
    return PackView(name, manifest, sha, files, tuple(models), once)


def _model(root: Path, pack: str, model_id: str) -> ModelView:
    try:
        found = bundle.load_bundle(root, pack, model_id)
    except BadInput as error:
        return ModelView(pack, model_id, None, tuple(error.problems))
    return ModelView(pack, model_id, found, ())
