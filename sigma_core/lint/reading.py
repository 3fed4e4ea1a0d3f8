"""What lies in a pack's folder: each definition read once, each stray file named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

from sigma_core import matrix
from sigma_core.errors import BadInput, Problem, SigmaError, SpecError, did_you_mean
from sigma_core.matrix import Plan
from sigma_core.paths import safe_join
from sigma_core.specs import naming, recipes
from sigma_core.specs.bundle import (
    COMMON,
    FOLDERS,
    SPECS,
    check_stem,
    files_in,
    pack_folder,
)
from sigma_core.specs.files import read_document, to_spec
from sigma_core.specs.policies import Policy
from sigma_core.specs.schema import IndicatorSet, ModelConfig, PackManifest, Spec
from sigma_core.specs.schema import UniverseSpec as Universe
from sigma_core.specs.yaml_events import Document

SpecT = TypeVar("SpecT", bound=Spec)
#: (folder, stem) → what would stand in that file; None: it would be gone
Drafts = Mapping[tuple[str, str], Document | None]
RECIPES = recipes.FOLDER
#: files beside the definitions that people read
_PROSE = (".md", ".txt", ".rst")
_PROSE_NAMES = ("LICENSE", "NOTICE", "Makefile")


@dataclass(frozen=True)
class Definition(Generic[SpecT]):
    """One file: its content (None: not YAML), and as a model (None: breaks a rule)."""

    stem: str
    where: str
    document: Document | None
    spec: SpecT | None


@dataclass(frozen=True)
class Reading:
    """A pack as it lies on disk, and what was wrong with reading it."""

    root: Path
    pack: str
    manifest: Definition[PackManifest]
    sets: Mapping[str, Definition[IndicatorSet]]
    models: Mapping[str, Definition[ModelConfig]]
    policies: Mapping[str, Definition[Policy]]
    universes: Mapping[str, Definition[Universe]]
    problems: tuple[Problem, ...]
    drafts: Drafts

    @property
    def is_common(self) -> bool:
        """Whether it is the pack that all others may draw on."""
        return self.pack == COMMON

    @cached_property
    def policy_names(self) -> list[str]:
        """Policies that a model of this pack may name."""
        return [*self.policies, *self._shared("policies")]

    @cached_property
    def universe_names(self) -> list[str]:
        """Universes that any model may name."""
        return self._shared("universes")

    @cached_property
    def cadences(self) -> dict[str, list[str]]:
        """Set → the cadences of the models that name it; daily where none does."""
        found: dict[str, set[str]] = {}
        for one in self.models.values():
            if one.spec is not None:
                cadence = naming.parse(one.spec.model_id).cadence
                found.setdefault(one.spec.indicator_set, set()).add(cadence)
        return {name: sorted(found.get(name, {"daily"})) for name in self.sets}

    def plan(self, model: ModelConfig) -> Plan | None:
        """The set of a model, laid out for its cadence; None for one with faults."""
        one = self.sets.get(model.indicator_set)
        if one is None or one.spec is None:
            return None
        try:
            cadence = naming.parse(model.model_id).cadence
            return matrix.plan(one.spec, cadence=cadence)
        except SigmaError:  # `definitions` lists what is wrong
            return None

    def _shared(self, folder: str) -> list[str]:
        drafts = self.drafts if self.is_common else {}
        return _stems(self.root / COMMON, folder, drafts)


def read(packs_root: Path, pack: str, drafts: Drafts) -> Reading:
    """All definitions of a pack. Raises UnknownName if there is no such pack."""
    home = pack_folder(packs_root, pack)
    reader = _Reader(home, drafts, list(_layout(home)))
    manifest = reader.definition("", "pack", PackManifest)
    read = {
        folder: {
            stem: reader.definition(folder, stem, SPECS[folder])
            for stem in _stems(home, folder, drafts)
        }
        for folder in FOLDERS
    }
    sets, models, policies, universes = (read[folder] for folder in FOLDERS)
    return Reading(
        root=packs_root,
        pack=pack,
        manifest=manifest,
        sets=sets,  # type: ignore[arg-type] # SPECS says which kind is in which folder
        models=models,  # type: ignore[arg-type]
        policies=policies,  # type: ignore[arg-type]
        universes=universes,  # type: ignore[arg-type]
        problems=tuple(reader.problems),
        drafts=drafts,
    )


def _stems(home: Path, folder: str, drafts: Drafts) -> list[str]:
    """The names of the definitions in a folder, drafts among them."""
    stems = {path.stem for path in files_in(home, folder)}
    for (inside, stem), document in drafts.items():
        if inside == folder:
            stems = stems | {stem} if document else stems - {stem}
    return sorted(stems)


@dataclass(frozen=True)
class _Reader:
    """Reads definitions of one pack, gathering what is wrong with each."""

    home: Path
    drafts: Drafts
    problems: list[Problem]

    def definition(
        self, folder: str, stem: str, kind: type[SpecT]
    ) -> Definition[SpecT]:
        inside = [folder, f"{stem}.yaml"] if folder else [f"{stem}.yaml"]
        where = "/".join([self.home.name, *inside])
        document, spec = self.drafts.get((folder, stem)), None
        try:
            if document is None:
                document = read_document(safe_join(self.home, *inside), where=where)
            spec = to_spec(document, kind)
            check_stem(document, spec, stem if folder else self.home.name)
        except BadInput as error:
            self.problems.extend(_placed(one, where) for one in error.problems)
        return Definition(stem, where, document, spec)


def _placed(problem: Problem, where: str) -> Problem:
    """A problem that knows no file, at the file that was read."""
    if problem.where.startswith((where, "/")):
        return problem
    return Problem(problem.code, where, problem.message, problem.hint, problem.severity)


def _layout(home: Path) -> Iterator[Problem]:
    """Files and folders that nothing reads, which mostly are misnamed."""
    for path in sorted(home.iterdir()):
        where = f"{home.name}/{path.name}"
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if path.name in FOLDERS or path.name == RECIPES:
                yield from _inside(path, where)
                yield from _misplaced(home, path, where)
            else:
                yield _unknown_folder(path.name, where)
        elif path.name != "pack.yaml":
            yield from _stray(path, where)


def _inside(folder: Path, where: str) -> Iterator[Problem]:
    for path in sorted(folder.iterdir()):
        here = f"{where}/{path.name}"
        if path.name.startswith("."):
            continue
        if path.is_dir():
            message = "folders inside this one are not read."
            yield Problem("pack.nested", here, message, "Move its files one level up.")
        elif folder.name == RECIPES:
            yield from _recipe(path, here)
        elif path.suffix != ".yaml":
            yield from _stray(path, here)


def _misplaced(home: Path, folder: Path, where: str) -> Iterator[Problem]:
    if folder.name == "universes" and home.name != COMMON and any(folder.iterdir()):
        message = "universes are central: those of a pack are not read."
        hint = f"Move them to {COMMON}/universes."
        yield Problem("pack.universe_folder", where, message, hint)


def _unknown_folder(name: str, where: str) -> Problem:
    message = f"a pack has no folder {name!r}; nothing in it is read."
    return Problem(
        "pack.unknown_folder", where, message, did_you_mean(name, [*FOLDERS, RECIPES])
    )


def _stray(path: Path, where: str) -> Iterator[Problem]:
    if path.suffix in _PROSE or path.name in _PROSE_NAMES:
        return
    if path.suffix.lower() in (".yml", ".yaml"):
        message = "this file is not read: definitions end in .yaml."
        yield Problem("pack.extension", where, message, "Rename it.")
        return
    message, hint = "nothing reads this file.", "Move it out of the pack."
    yield Problem("pack.stray", where, message, hint, "warning")


def _recipe(path: Path, where: str) -> Iterator[Problem]:
    if path.suffix != recipes.SUFFIX:
        yield from _stray(path, where)
        return
    try:
        found = recipes.read_recipe(path, where=where)
    except SpecError as error:
        yield from error.problems
        return
    home = path.parent.parent
    models = [one.stem for one in files_in(home, "model_configs")]
    if found.model_id not in models:
        message = f"it calibrates {found.model_id!r}, which is not in this pack."
        hint = did_you_mean(found.model_id, models)
        yield Problem("recipe.model", where, message, hint, "warning")
