"""Whole packs: made, cloned and exported; and single definitions cloned."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from packs_app import definitions, journal
from packs_app.definitions import Action, Definition, Draft
from packs_app.kinds import KINDS, MODEL, PACK, POLICY, SET, Kind
from sigma_core.errors import BadInput, Problem, SpecError
from sigma_core.paths import safe_join
from sigma_core.specs import bundle, naming
from sigma_core.specs.edit import merged, written
from sigma_core.specs.files import to_spec
from sigma_core.specs.schema import PackManifest

if TYPE_CHECKING:
    from django.contrib.auth.models import User

#: every file of a zip bears it: the same pack gives the same bytes
_EPOCH = (1980, 1, 1, 0, 0, 0)
#: what a clone of a pack takes along; universes are central
_CLONED = (SET, MODEL, POLICY)


def create_pack(*, content: Mapping[str, Any], user: User | None) -> Definition:
    """A new pack with nothing in it but its manifest.

    Raises SpecError at JSON pointers, BadInput `definition.exists`.
    """
    document = definitions.Body("", dict(content))
    pack = to_spec(document, PackManifest).id
    change = journal.Change(PACK, pack, written(content), Action.CREATED)
    _make(pack, [change], user)
    return definitions.find(pack=pack, kind=PACK, name=pack)


def clone_pack(*, pack: str, new_id: str, user: User | None) -> Definition:
    """All sets, models and policies of a pack, under another name, as version 1."""
    source = definitions.find(pack=pack, kind=PACK, name=pack)
    _check_name(PACK, new_id)
    if source.document is None:
        raise SpecError(source.problems)
    manifest = merged(source.text, source.content | {"id": new_id})
    changes = [journal.Change(PACK, new_id, manifest, Action.CLONED)]
    for kind in _CLONED:
        for one in definitions.list_definitions(kind=kind, pack=pack):
            text = _cloned_text(one, one.name)
            changes.append(journal.Change(kind, one.name, text, Action.CLONED))
    _make(new_id, changes, user, note=f"from {pack}")
    return definitions.find(pack=new_id, kind=PACK, name=new_id)


def clone_definition(
    *,
    kind: Kind,
    pack: str,
    name: str,
    to_pack: str,
    new_name: str,
    user: User | None,
    note: str = "",
    key: str | None = None,
) -> Definition:
    """A definition under another name or in another pack, as version 1.

    A model takes its set and its policy along where the other pack lacks them. Raises
    UnknownName, SpecError for a source that can't be read or a name that may not be,
    BadInput `definition.exists`.
    """
    source = definitions.find(pack=pack, kind=kind, name=name)
    _check_name(kind, new_name)
    drafts = [_clone(source, new_name)]
    if kind is MODEL and to_pack != pack:
        drafts = [*_needed(source, to_pack), *drafts]
    saved = definitions.save(
        pack=to_pack,
        drafts=drafts,
        user=user,
        note=f"from {source.path}" + (f": {note}" if note else ""),
        key=key,
        asked=[kind.name, pack, name, new_name],
    )
    return saved[-1]


def export_pack(*, pack: str) -> bytes:
    """A zip of all definitions and recipes of a pack; equal packs give equal bytes."""
    home = bundle.pack_folder(settings.SIGMA_PACKS, pack)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for parts in _inside(home):
            with safe_join(home, *parts).open("rb") as file:
                content = file.read()
            entry = zipfile.ZipInfo("/".join([pack, *parts]), _EPOCH)
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def auto_name(*, pack: str, parts: Mapping[str, Any]) -> str:
    """The model_id of what was chosen: `spy_eq_swing_daily_gbm`.

    `parts`: ticker (else it is over a universe), asset, horizon, cadence, kind, and
    algo or variant; asset, horizon and cadence default to the pack's first, the algo to
    the kind where that is one. Raises SpecError naming the part that is wrong.
    """
    manifest = definitions.find(pack=pack, kind=PACK, name=pack).content
    chosen = [
        str(parts.get(part) or next(iter(manifest.get(f"{part}s") or ()), default))
        for part, default in (
            ("asset", "eq"),
            ("horizon", "swing"),
            ("cadence", "daily"),
        )
    ]
    kind = str(parts.get("kind") or "")
    algo = kind if kind in naming.ALGOS else ""
    suffix = str(parts.get("variant") or parts.get("algo") or algo)
    ticker = str(parts.get("ticker") or naming.UNIVERSE)
    return naming.compose(ticker, *chosen, suffix)


def _make(
    pack: str, changes: list[journal.Change], user: User | None, note: str = ""
) -> None:
    """The folder of a new pack, and all its files or none."""
    root: Path = settings.SIGMA_PACKS
    with journal.locked(root):
        home = safe_join(root, pack)
        home.mkdir(exist_ok=True)
        with journal.locked(home):
            journal.finish(home)  # a pack whose maker died becomes whole, and is there
            if any(home.iterdir()):
                message = f"there is a pack {pack!r} already."
                hint = "Choose another id."
                raise BadInput(Problem("definition.exists", "/id", message, hint))
            journal.write(home, changes, user=user, note=note)


def _clone(source: Definition, new_name: str) -> Draft:
    text = _cloned_text(source, new_name)
    return Draft(source.kind, text=text, new=True, action=Action.CLONED)


def _cloned_text(source: Definition, new_name: str) -> str:
    if source.document is None:
        raise SpecError(source.problems)
    said = source.content | {source.kind.key: new_name}
    if source.kind.has_version:
        said["version"] = 1
    return merged(source.text, said)


def _needed(model: Definition, to_pack: str) -> list[Draft]:
    """The set and the policy of a model, where the other pack has none of that name."""
    there = bundle.pack_folder(settings.SIGMA_PACKS, to_pack)
    wanted = {SET: "indicator_set", POLICY: "policy"}
    found = []
    for kind, key in wanted.items():
        name = model.content.get(key)
        own = bundle.pack_folder(settings.SIGMA_PACKS, model.pack)
        if name in definitions.names_in(own, kind) and name not in (
            definitions.names_in(there, kind)
        ):
            part = definitions.find(pack=model.pack, kind=kind, name=str(name))
            found.append(_clone(part, part.name))
    return found


def _check_name(kind: Kind, name: str) -> None:
    if fault := kind.fault_of(name):
        message = f"{name[:100]!r} can't be the name of a {kind.words}: {fault}."
        raise BadInput(Problem("spec.name", f"/{kind.key}", message))


def _inside(home: Path) -> list[list[str]]:
    """The parts of every file of a pack that an export holds."""
    found = [["pack.yaml"]]
    for kind in KINDS.values():
        if kind is not PACK:
            files = bundle.files_in(home, kind.folder)
            found += [[kind.folder, path.name] for path in files]
    recipes = sorted((home / "recipes").glob("*.json"))
    return found + [["recipes", path.name] for path in recipes]
