"""What the Builder opens with: a saved model, a copy of one, a set, or a first idea."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from builder.draft import NAMELESS, PARTS, Form, Texts, as_form, form_of
from builder.forms import default_set_name
from builder.rows import GateRow, IndicatorRow, NamedRow, Rows, rows_of
from packs_app import definitions
from packs_app import services as packs
from packs_app.kinds import KINDS, UNIVERSE
from packs_app.model_versions import ModelVersion
from packs_app.models import DefinitionVersion
from sigma_core.errors import BadInput, SpecError, UnknownName
from sigma_core.paths import safe_join
from sigma_core.specs.edit import merged
from sigma_core.specs.files import read_spec
from sigma_core.specs.schema import IndicatorSet
from sigma_core.specs.yaml_events import parse

FOLDERS = {
    "model_config": "model_configs",
    "indicator_set": "indicator_sets",
    "policy": "policies",
}


def saved(pack: str, model_id: str) -> Form | Texts:
    """A model as it is saved; as YAML where a file can't be read as rows.

    Raises UnknownName.
    """
    view = packs.find_model(pack, model_id)
    if view.bundle is None:
        text = text_of(pack, "model_config", model_id)
        return Texts(pack, text, "", saved=model_id)
    contents = {part: view.bundle.contents[part] for part in PARTS[:2]}
    return form_of(pack, contents, saved=model_id)


def as_it_was(pack: str, model_id: str, version: ModelVersion) -> Form | Texts:
    """A model, its set and its pack's policy as they were; nothing is written.

    The policy comes along where it is another today. As YAML where the texts are no
    rows.
    """
    was = {part: row for part, row in version.states.items() if row.pack == pack}
    texts = {part: _counted(row) for part, row in was.items() if part in PARTS}
    policy = was.get("policy")
    if policy and text_of(pack, "policy", policy.name) == policy.text:
        del texts["policy"]
    texts.setdefault("indicator_set", "")
    draft = Texts(pack, saved=model_id, **texts)
    try:
        return as_form(draft)
    except SpecError:
        return draft


def left_as_it_is(pack: str, version: ModelVersion) -> list[str]:
    """What a version stood on that is otherwise today and is not edited here."""
    found = []
    for row in version.states.values():
        if row.pack == pack and row.kind != UNIVERSE.name:
            continue
        kind = KINDS[row.kind]
        if definitions.text_of(pack=row.pack, kind=kind, name=row.name) != row.text:
            found.append(f"{kind.words} {row.pack}/{row.name}")
    return found


def _counted(row: DefinitionVersion) -> str:
    """The text of a state, with the version that its file has come to since."""
    kind = KINDS[row.kind]
    try:
        current = definitions.find(pack=row.pack, kind=kind, name=row.name).version
        content = parse(row.text.encode(), where="").value
    except BadInput:
        return row.text
    if current is None or "version" not in content:
        return row.text
    return merged(row.text, content | {"version": current})


def copy_of(pack: str, model_id: str) -> Form:
    """A new model that begins as another, with a set of its own. Raises BadInput."""
    bundle = packs.load(pack, model_id)
    form = form_of(pack, {part: bundle.contents[part] for part in PARTS[:2]})
    suffix = f"{form.name.variant or 'model'}_copy"
    form.name = replace(form.name, variant="" if form.name.algo else suffix)
    form.set_name = default_set_name(form.name)
    form.set_rest.pop("version", None)
    return form


def on_set(pack: str, name: str) -> Form:
    """A new scanner on a saved set. Raises BadInput."""
    from sigma_core.matrix import plan

    home = safe_join(Path(settings.SIGMA_PACKS), packs.find_pack(pack).id)
    names = packs.find_pack(pack).files["indicator_sets"]
    if name not in names:
        raise UnknownName("indicator set", name[:100], names)
    path = safe_join(home, "indicator_sets", f"{name}.yaml")
    spec = read_spec(path, IndicatorSet, where=f"{pack}/indicator_sets/{name}.yaml")
    content = spec.model_dump(by_alias=True, exclude_unset=True, mode="json")
    content["indicators"] = [_entry(one) for one in content["indicators"]]
    form = first_idea(pack)
    form.set_name, form.set_description = name, content.get("description", "")
    form.set_rest = {
        key: content[key] for key in ("version", "preview") if key in content
    }
    form.rows = rows_of({}, content)
    column = plan(spec).columns[0].name
    form.rows.part = [NamedRow("s0", "strength", f"pct_rank({column})", "100")]
    return form


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry as it stands in a file: parameters beside the name."""
    params = entry.pop("params", {})
    return {
        key: value for key, value in {**entry, **params}.items() if value is not None
    }


def first_idea(pack: str, kind: str = "scanner") -> Form:
    """A small scanner that gives signals at once: strong shares, strongest first; or a
    model to be trained on the same columns."""
    if kind == "gbm":
        return Form(
            pack=pack,
            kind=kind,
            name=replace(NAMELESS, algo=kind),
            settings={"label.kind": "fwd_ret", "label.horizon": "10"},
            rows=Rows(_first_columns()),
        )
    return Form(
        pack=pack,
        rows=Rows(
            _first_columns(),
            [
                GateRow(
                    "g0", "all", name="rsi", left="rsi_14", sign=">=", right="rsi_min"
                )
            ],
            [NamedRow("p0", "rsi_min", "60")],
            [NamedRow("s0", "momentum", "pct_rank(ret_20)", "100")],
        ),
    )


def _first_columns() -> list[IndicatorRow]:
    return [
        IndicatorRow("i0", "rsi", {"window": "14"}),
        IndicatorRow("i1", "ret", {"window": "20"}),
    ]


def text_of(pack: str, part: str, name: str) -> str:
    """A definition's file as it lies on disk; empty if it is not there."""
    root = Path(settings.SIGMA_PACKS)
    try:
        path = safe_join(root, pack, FOLDERS[part], f"{name}.yaml")
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, BadInput):
        return ""
