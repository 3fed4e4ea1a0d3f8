"""The versions of a whole model: each state of all that it stood on at once.

1. the model's own states, and its pack's, say which set, policy and universe it named
2. a change of any of these makes a version, whoever made it and on which page
3. a file that was found on disk was there before, as far as is known

A model, its set, its policy and its universe lie in files of their own; a version is
what they said together. Nothing is stored beside the states of those files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet

from packs_app import journal
from packs_app.kinds import MODEL, PACK, POLICY, SET, UNIVERSE, Kind
from packs_app.models import DefinitionVersion
from sigma_core.errors import BadInput, SpecError
from sigma_core.specs.bundle import COMMON, pack_folder
from sigma_core.specs.yaml_events import parse

#: (pack, kind, name)
Key = tuple[str, str, str]
PARTS: Mapping[str, Kind] = {
    "model_config": MODEL,
    "indicator_set": SET,
    "policy": POLICY,
    "universe": UNIVERSE,
}


@dataclass(frozen=True)
class ModelVersion:
    """One state of a model and all it stood on.

    `number` counts from 1; `states` are the files as they were, by part, those that are
    known; `changed` the parts that were otherwise before, `made_by` the row of the
    change; `is_now` if the files on disk say the same today.
    """

    number: int
    states: Mapping[str, DefinitionVersion]
    changed: tuple[str, ...]
    made_by: DefinitionVersion
    is_now: bool

    @property
    def what(self) -> str:
        """The parts that changed, in words; empty for the first version."""
        return ", ".join(PARTS[part].words for part in self.changed)


def versions_of(*, pack: str, model_id: str) -> list[ModelVersion]:
    """A model's versions, the newest first; none while nothing of it was changed.

    Two queries; a name that can be no model's has none. Raises UnknownName for the
    pack.
    """
    home = pack_folder(settings.SIGMA_PACKS, pack)
    if MODEL.fault_of(model_id):
        return []
    today = [journal.text_on_disk(home, MODEL, model_id) or "", _manifest_text(home)]
    own = _rows(Q(pack=pack, kind=MODEL.name, name=model_id) | _of(pack, PACK, {pack}))
    files = _History(pack, [*own, *_parts(pack, own, today)])
    now = _shas_on_disk(pack, model_id, today)
    found: list[ModelVersion] = []
    before: Mapping[str, str] = {}
    for batch in _batches(files.rows):
        states = files.whole(model_id, batch[-1].pk)
        shas = {part: row.sha for part, row in states.items()}
        if shas == before or not shas:
            continue
        changed = tuple(p for p in PARTS if found and shas.get(p) != before.get(p))
        made_by = next(
            (states[p] for p in changed if states.get(p) in batch), batch[-1]
        )
        number = len(found) + 1
        is_now = all(now.get(part) == sha for part, sha in shas.items())
        found.append(ModelVersion(number, states, changed, made_by, is_now))
        before = shas
    return found[::-1]


class _History:
    """The states of some files, to be asked what each said at a moment."""

    def __init__(self, pack: str, rows: Iterable[DefinitionVersion]) -> None:
        self.pack = pack
        self.rows = sorted(rows, key=lambda row: row.pk)
        self.by_file: dict[Key, list[DefinitionVersion]] = {}
        for row in self.rows:
            self.by_file.setdefault((row.pack, row.kind, row.name), []).append(row)

    def at(self, key: Key, moment: int) -> DefinitionVersion | None:
        """The file once the row `moment` was written; None if it was not there."""
        rows = self.by_file.get(key, [])
        known = [row for row in rows if row.pk <= moment]
        if not known and rows and rows[0].action == DefinitionVersion.Action.FOUND:
            known = rows[:1]  # nobody had looked yet
        return known[-1] if known and not known[-1].is_gone else None

    def whole(self, model_id: str, moment: int) -> dict[str, DefinitionVersion]:
        """The model and all it named, as they were; empty while it was not there."""
        model = self.at((self.pack, MODEL.name, model_id), moment)
        if model is None:
            return {}
        manifest = self.at((self.pack, PACK.name, self.pack), moment)
        names = named(model.text, manifest.text if manifest else "")
        found = {"model_config": model}
        for part, name in names.items():
            for home in _homes(self.pack, part):
                row = self.at((home, PARTS[part].name, name), moment)
                if row is not None:
                    found.setdefault(part, row)
        return found


@lru_cache(maxsize=1024)
def named(model: str, manifest: str) -> Mapping[str, str]:
    """The name of each part that a model's text says, or leaves to its pack's.

    Of a text that can't be read, none.
    """
    said, own = _content(model), _content(manifest)
    names = {
        "indicator_set": said.get("indicator_set"),
        "policy": said.get("policy") or own.get("default_policy"),
        "universe": said.get("universe") or own.get("default_universe"),
    }
    if said.get("ticker"):
        del names["universe"]
    return {
        part: name
        for part, name in names.items()
        if isinstance(name, str) and PARTS[part].fault_of(name) is None
    }


def _content(text: str) -> Mapping[str, object]:
    try:
        return parse(text.encode(), where="").value
    except SpecError:  # shown where it is edited
        return {}


def _parts(
    pack: str, own: Sequence[DefinitionVersion], today: Sequence[str]
) -> list[DefinitionVersion]:
    """The states of all that the model has ever named, without their texts."""
    models = [row.text for row in own if row.kind == MODEL.name]
    manifests = [row.text for row in own if row.kind == PACK.name]
    names: dict[str, set[str]] = {}
    for model in {*models, today[0]}:
        for manifest in {*manifests, today[1]}:
            for part, name in named(model, manifest).items():
                names.setdefault(part, set()).add(name)
    asked = Q(pk__in=[])
    for part, found in names.items():
        for home in _homes(pack, part):
            asked |= _of(home, PARTS[part], found)
    return list(_rows(asked).defer("text"))


def _rows(asked: Q) -> QuerySet[DefinitionVersion]:
    return DefinitionVersion.objects.filter(asked, settled=True).select_related("user")


def _of(pack: str, kind: Kind, names: Iterable[str]) -> Q:
    return Q(pack=pack, kind=kind.name, name__in=list(names))


def _homes(pack: str, part: str) -> list[str]:
    """The packs in which a part may lie, the first first."""
    homes = {"indicator_set": [pack], "universe": [COMMON]}
    return homes.get(part, list(dict.fromkeys([pack, COMMON])))


def _batches(rows: Sequence[DefinitionVersion]) -> list[list[DefinitionVersion]]:
    """The rows by the change they belong to, in the order of the changes."""
    found: dict[object, list[DefinitionVersion]] = {}
    for row in rows:
        found.setdefault(row.batch, []).append(row)
    return list(found.values())


def _shas_on_disk(pack: str, model_id: str, today: Sequence[str]) -> dict[str, str]:
    """The sha of each part as it lies there now."""
    names = {"model_config": model_id, **named(*today)}
    found: dict[str, str] = {}
    for part, name in names.items():
        homes = [pack] if part == "model_config" else _homes(pack, part)
        shas = [_sha(home, PARTS[part], name) for home in homes]
        if known := next(filter(None, shas), ""):
            found[part] = known
    return found


def _sha(pack: str, kind: Kind, name: str) -> str:
    try:
        return journal.sha_on_disk(settings.SIGMA_PACKS / pack, kind, name)
    except BadInput:  # a link that leads out: the linter says so
        return ""


def _manifest_text(home: Path) -> str:
    return journal.text_on_disk(home, PACK, home.name) or ""
