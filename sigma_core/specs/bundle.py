"""A model with all it refers to: manifest, indicator set, policy, universe, and shas.

    packs/<pack>/pack.yaml
    packs/<pack>/indicator_sets/<name>.yaml
    packs/<pack>/model_configs/<model_id>.yaml
    packs/<pack>/policies/<name>.yaml          looked up in the pack, then in common
    packs/common/universes/<name>.yaml         central: only there

A name that came from outside is looked up among the files that are there, so it can't
lead anywhere else. Whether gates and scores name existing columns is checked where the
columns are known: `sigma_core.signal_models.rules.check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sigma_core.errors import BadInput, Problem, SpecError, UnknownName
from sigma_core.paths import safe_join
from sigma_core.specs import fingerprint, naming, universes
from sigma_core.specs.files import read_document, to_spec
from sigma_core.specs.policies import Policy
from sigma_core.specs.schema import (
    IndicatorSet,
    ModelConfig,
    PackManifest,
    Spec,
    UniverseBase,
    UniverseSpec,
)
from sigma_core.specs.universes import UniverseTree
from sigma_core.specs.yaml_events import MAX_BYTES, Document, Place

COMMON = "common"
#: folder of a pack → what its files say; `pack.yaml` stands in no folder
SPECS: Mapping[str, type[Spec]] = {
    "indicator_sets": IndicatorSet,
    "model_configs": ModelConfig,
    "policies": Policy,
    "universes": UniverseSpec,
}
FOLDERS = tuple(SPECS)
SpecT = TypeVar("SpecT", bound=Spec)


@dataclass(frozen=True)
class Bundle:
    """One model and every definition it stands on.

    `shas` has pack_sha, indicator_set_sha, model_config_sha, policy_sha, universe_sha;
    `contents` the parsed content behind each of them but the pack's, by the same word
    without `_sha`; `files` where each was read, as shown in messages; `documents` what
    was read there, with its lines.
    """

    pack: str
    model_id: str
    manifest: PackManifest
    model: ModelConfig
    indicator_set: IndicatorSet
    policy: Policy
    universe: UniverseSpec
    shas: Mapping[str, str]
    contents: Mapping[str, Mapping[str, object]]
    files: Mapping[str, str]
    #: the universes that the universe is made of; see `UniverseTree`
    parts: Mapping[str, UniverseSpec] = field(default_factory=dict)
    documents: Mapping[str, Document] = field(default_factory=dict)

    def at(self, part: str, place: Place) -> str:
        """`file:line` of a place in one of its definitions."""
        read = self.documents.get(part)
        return read.at(place) if read else self.files[part]

    def set_at(self, place: Place) -> str:
        """`file:line` of a place in its indicator set."""
        return self.at("indicator_set", place)

    @property
    def cadence(self) -> str:
        """How often the model decides: the bars it reads, by its name."""
        return naming.parse(self.model_id).cadence


def load_bundle(
    packs_root: Path,
    pack: str,
    model_id: str,
    drafts: Mapping[str, Document] | None = None,
) -> Bundle:
    """The model `model_id` of `pack` with all it refers to.

    `drafts` stand in for what is on disk: model_config, indicator_set, policy,
    universe. Raises UnknownName for a pack, model or reference that is not there,
    SpecError for a file that breaks a rule.
    """
    drafts = drafts or {}
    home = pack_folder(packs_root, pack)
    manifest_doc, manifest = _read(home, "", "pack", PackManifest)
    model_doc, model = _draft(drafts, "model_config", ModelConfig) or _pick(
        [home], "model_configs", model_id, ModelConfig, "model", pack
    )
    check_ticker(model, model_doc)
    set_doc, indicator_set = _draft(
        drafts, "indicator_set", IndicatorSet
    ) or _indicator_set(home, model, model_doc)
    policy_doc, policy = _draft(drafts, "policy", Policy) or _policy(
        packs_root, home, manifest, model, model_doc
    )
    drafted = _draft(drafts, "universe", UniverseSpec)
    tree = (
        universes.resolve(*drafted, universe_picker(packs_root))
        if drafted
        else _universe(packs_root, manifest, model, model_doc)
    )
    documents = {
        "indicator_set": set_doc,
        "model_config": model_doc,
        "policy": policy_doc,
    }
    shas = {"pack_sha": pack_sha(home), **_shas(documents), "universe_sha": tree.sha}
    documents |= {"pack": manifest_doc, "universe": tree.document}
    contents = {kind: document.value for kind, document in documents.items()}
    return Bundle(
        pack=pack,
        model_id=model.model_id,
        manifest=manifest,
        model=model,
        indicator_set=indicator_set,
        policy=policy,
        universe=tree.spec,
        shas=shas,
        contents=contents | {"universe": tree.content},
        files={kind: document.where for kind, document in documents.items()},
        parts=tree.parts,
        documents=documents,
    )


def _draft(
    drafts: Mapping[str, Document], part: str, kind: type[SpecT]
) -> tuple[Document, SpecT] | None:
    document = drafts.get(part)
    return None if document is None else (document, to_spec(document, kind))


def _shas(documents: Mapping[str, Document]) -> dict[str, str]:
    return {
        f"{kind}_sha": fingerprint.sha_of(document.value)
        for kind, document in documents.items()
    }


def _indicator_set(
    home: Path, model: ModelConfig, document: Document
) -> tuple[Document, IndicatorSet]:
    where = document.at(("indicator_set",))
    name = model.indicator_set
    return _pick([home], "indicator_sets", name, IndicatorSet, "indicator set", where)


def load_universe(packs_root: Path, name: str, where: str = "") -> UniverseTree:
    """The central universe `name` with all it is made of.

    `where` is the place that names it. Raises UnknownName, SpecError.
    """
    pick = universe_picker(packs_root)
    return universes.resolve(*pick(name, where), pick)


def universe_picker(packs_root: Path) -> universes.Pick:
    """Reads one central universe by its name."""
    pack_folder(packs_root, COMMON)

    def pick(name: str, where: str) -> tuple[Document, UniverseSpec]:
        homes = [packs_root / COMMON]
        return _pick(homes, "universes", name, UniverseSpec, "universe", where)

    return pick


def list_universes(packs_root: Path) -> tuple[list[UniverseSpec], list[Problem]]:
    """The central universes by name, and what is wrong with those left out."""
    home = packs_root / COMMON
    return _read_all(home, "universes", UniverseSpec) if home.is_dir() else ([], [])


def list_packs(packs_root: Path) -> tuple[list[PackManifest], list[Problem]]:
    """The manifests of all packs by id, and what is wrong with those left out."""
    manifests: list[PackManifest] = []
    problems: list[Problem] = []
    for pack in pack_names(packs_root):
        try:
            manifests.append(_read(packs_root / pack, "", "pack", PackManifest)[1])
        except BadInput as error:
            problems += error.problems
    return manifests, problems


def list_models(packs_root: Path) -> tuple[list[tuple[str, str]], list[Problem]]:
    """(pack, model_id) of all models, sorted, and what is wrong with those left out."""
    found: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for pack in pack_names(packs_root):
        models, faults = _read_all(packs_root / pack, "model_configs", ModelConfig)
        found += [(pack, model.model_id) for model in models]
        problems += faults
    return found, problems


def pack_sha(home: Path) -> str:
    """One sha over all definition files of a pack, without its recipes.

    A file that can't be parsed counts with its raw bytes: a fault in one model does not
    keep the others from running.
    """
    inside: list[tuple[str, ...]] = [("pack.yaml",)]
    for folder in FOLDERS:
        inside += [(folder, path.name) for path in files_in(home, folder)]
    return fingerprint.sha_of_files(
        {"/".join(parts): _content(safe_join(home, *parts)) for parts in inside}
    )


def _content(path: Path) -> object:
    try:
        return read_document(path).value
    except SpecError:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        return {"unreadable": fingerprint.sha_of_bytes(raw)}


def _policy(
    root: Path,
    home: Path,
    manifest: PackManifest,
    model: ModelConfig,
    document: Document,
) -> tuple[Document, Policy]:
    """The model's policy, else the pack's default; from the pack, else from common."""
    name = model.policy or manifest.default_policy
    if name is None:
        place = document.at(("model_id",))
        message = f"{model.model_id!r} has no policy, and its pack no default_policy."
        raise SpecError(
            Problem("pack.no_policy", place, message, "Add `policy: <name>`.")
        )
    homes = [home, root / COMMON]
    where = document.at(("policy",))
    return _pick(homes, "policies", name, Policy, "policy", where)


def _universe(
    root: Path, manifest: PackManifest, model: ModelConfig, document: Document
) -> UniverseTree:
    """The model's universe; of a single-ticker model, the list of that ticker."""
    if model.ticker is not None:
        spec = UniverseSpec(
            name=naming.parse(model.model_id).ticker,
            base=UniverseBase.model_validate({"list": [model.ticker]}),
            exclude_etfs=False,
        )
        content: dict[str, object] = {"name": spec.name, "list": [model.ticker]}
        return UniverseTree(spec, Document(document.at(("ticker",)), content))
    name = model.universe or manifest.default_universe
    if name is None:
        message = f"{model.model_id!r} has no universe, and its pack no default."
        hint = "Add `universe: <name>`."
        place = document.at(("model_id",))
        raise SpecError(Problem("pack.no_universe", place, message, hint))
    return load_universe(root, name, document.at(("universe",)))


def check_ticker(model: ModelConfig, document: Document) -> None:
    """A name that starts with a symbol needs that `ticker`, and no other name does."""
    named = naming.parse(model.model_id)
    symbol = naming.symbol_part(model.ticker) if model.ticker else naming.UNIVERSE
    if named.ticker != symbol or (model.ticker and model.universe):
        wanted = "a universe" if named.over_universe else f"the ticker {named.ticker!r}"
        came = f"ticker {model.ticker!r}" if model.ticker else "no ticker"
        raise SpecError(
            Problem(
                "name.ticker",
                document.at(("ticker",)),
                f"the name {model.model_id!r} means {wanted}; the file has {came}.",
                "Give a single-ticker model `ticker:`, any other `universe:`.",
            )
        )


def pack_names(root: Path) -> list[str]:
    """Folders that hold a pack.yaml and have a proper name, sorted."""
    if not root.is_dir():
        return []
    return sorted(
        path.name
        for path in root.iterdir()
        if naming.fault_of_name(path.name) is None and (path / "pack.yaml").is_file()
    )


def pack_folder(root: Path, pack: str) -> Path:
    """The folder of a pack that is there. Raises UnknownName."""
    known = pack_names(root)
    if pack not in known:
        raise UnknownName("pack", pack[:100], known)
    return safe_join(root, pack)


def files_in(home: Path, folder: str) -> list[Path]:
    """The YAML files of one folder of a pack, sorted by name."""
    return sorted((home / folder).glob("*.yaml"))


def _pick(
    homes: list[Path],
    folder: str,
    name: str,
    kind: type[SpecT],
    word: str,
    where: str,
) -> tuple[Document, SpecT]:
    """The definition called `name` from the first of the packs that has it."""
    known: list[str] = []
    for home in homes:
        stems = [path.stem for path in files_in(home, folder)]
        if name in stems:
            return _read(home, folder, name, kind)
        known += stems
    raise UnknownName(word, name[:200], known, where=where)


def _read(
    home: Path, folder: str, stem: str, kind: type[SpecT]
) -> tuple[Document, SpecT]:
    """One file of a pack, as content and as model; its name must be its stem."""
    inside = [folder, f"{stem}.yaml"] if folder else [f"{stem}.yaml"]
    document = read_document(
        safe_join(home, *inside), where="/".join([home.name, *inside])
    )
    spec = to_spec(document, kind)
    check_stem(document, spec, stem if folder else home.name)
    return document, spec


def name_key(kind: type[Spec]) -> str:
    """The key under which a definition of a kind says its name."""
    if issubclass(kind, ModelConfig):
        return "model_id"
    return "id" if kind is PackManifest else "name"


def check_stem(document: Document, spec: Spec, wanted: str) -> None:
    """SpecError unless the name inside a file is that of the file (or pack folder)."""
    key = name_key(type(spec))
    if getattr(spec, key) != wanted:
        message = f"{key} is {getattr(spec, key)!r}, the file says {wanted!r}."
        hint = f"Write `{key}: {wanted}` or rename the file."
        raise SpecError(Problem("pack.stem", document.at((key,)), message, hint))


def _read_all(
    home: Path, folder: str, kind: type[SpecT]
) -> tuple[list[SpecT], list[Problem]]:
    specs: list[SpecT] = []
    problems: list[Problem] = []
    for path in files_in(home, folder):
        try:
            specs.append(_read(home, folder, path.stem, kind)[1])
        except BadInput as error:
            problems += error.problems
    return specs, problems
