"""What is being built: a model, its indicator set and, if its own, its policy.

A draft comes from a form (`Form`), from YAML texts (`Texts`), or from what is saved.
`contents()` is what the engine's drafts take; nothing here writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from builder import fields
from builder.rows import Rows, number, rows_of
from packs_app import services as packs
from sigma_core.errors import BadInput, Problem, SpecError, UnknownName
from sigma_core.specs import naming
from sigma_core.specs.files import to_spec
from sigma_core.specs.policies import Policy
from sigma_core.specs.schema import IndicatorSet, ModelConfig
from sigma_core.specs.yaml_events import Document, parse

PARTS = ("model_config", "indicator_set", "policy")
KINDS = {"model_config": ModelConfig, "indicator_set": IndicatorSet, "policy": Policy}
#: what a new model is called before it has a name of its own
NAMELESS = naming.ModelName(naming.UNIVERSE, "eq", "swing", "daily")
Contents = dict[str, dict[str, Any]]  # Any: the plain values of a YAML file


@dataclass(frozen=True)
class Texts:
    """A draft as YAML; `policy` empty where the model takes a saved one."""

    pack: str
    model_config: str
    indicator_set: str
    policy: str = ""
    #: the model that is edited; empty for a new one
    saved: str = ""

    def documents(self) -> dict[str, Document]:
        """The parts, read; SpecError with file and line of every fault."""
        found, problems = {}, []
        for part in PARTS:
            text = getattr(self, part)
            if part == "policy" and not text.strip():
                continue
            try:
                content = text.encode("utf-8", "surrogatepass")
                found[part] = parse(content, where=part)
            except BadInput as error:
                problems += error.problems
        if problems:
            raise SpecError(problems)
        return found

    def contents(self) -> Contents:
        """The parts as plain content; SpecError, also where they are not of one model:
        what is shown would not be what the model then does."""
        documents = self.documents()
        if problems := [*self._strangers(documents)]:
            raise SpecError(problems)
        return {part: one.value for part, one in documents.items()}

    def _strangers(self, documents: Mapping[str, Document]) -> Iterator[Problem]:
        """The set or policy that is not the one the model names."""
        if "model_config" not in documents:
            return
        model = documents["model_config"]
        for part in PARTS[1:]:
            if part not in documents:
                continue
            name, wanted = documents[part].value.get("name"), model.value.get(part)
            if part == "policy" and wanted is None:
                wanted = default_policy(self.pack)
            if isinstance(name, str) and isinstance(wanted, str) and name != wanted:
                where = documents[part].at(("name",))
                words = part.replace("_", " ")
                message = f"the model takes the {words} {wanted!r}; this is {name!r}."
                hint = "Give both the same name."
                yield Problem("draft.other_name", where, message, hint)


def default_policy(pack: str) -> str | None:
    """The policy of a pack's models that name none; None where there is none."""
    try:
        manifest = packs.find_pack(pack).manifest
    except UnknownName:  # the pack itself is refused elsewhere
        return None
    return manifest.default_policy if manifest else None


@dataclass
class Form:
    """A draft as the fields of a form, whatever they hold.

    `name` are the parts of the model's name; `settings` the flat fields of policy,
    label and training; `seen` the shas of the files as they were when it was opened.
    """

    pack: str
    kind: str = "scanner"
    name: naming.ModelName = field(default_factory=lambda: NAMELESS)
    ticker: str = ""
    description: str = ""
    tags: str = ""
    universe: str = ""
    set_name: str = ""
    set_description: str = ""
    set_rest: dict[str, Any] = field(default_factory=dict)
    policy: str = ""
    own_policy: bool = False
    #: how the policy that is written is called; the model may leave it to its pack
    policy_name: str = ""
    policy_description: str = ""
    policy_version: int = 1
    max_age_days: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    rows: Rows = field(default_factory=Rows)
    saved: str = ""
    #: the YAML it was turned from, by part: its comments come back
    base: dict[str, str] = field(default_factory=dict)

    @property
    def is_nameless(self) -> bool:
        """Whether its name has no last part of its own."""
        return not (self.name.variant or self.name.algo)

    @property
    def model_id(self) -> str:
        """The model's name, made of its parts."""
        return str(self.name)

    @property
    def sections(self) -> list[tuple[str, list[fields.Field]]]:
        """The policy's fields as typed."""
        return [
            (name, [self._typed("policy.", one) for one in found])
            for name, found in fields.policy_fields({})
        ]

    @property
    def training(self) -> list[fields.Field]:
        """The fields of label and training as typed."""
        return [self._typed("", one) for one in fields.training_fields({})]

    def _typed(self, prefix: str, one: fields.Field) -> fields.Field:
        return replace(one, value=self.settings.get(f"{prefix}{one.key}", ""))

    def contents(self) -> Contents:
        """The parts as plain content, unchecked.

        SpecError for what no file could say: too deep a tree, one name for two rows.
        """
        if twice := self.rows.twice():
            raise SpecError(twice)
        found = {"model_config": self._model(), "indicator_set": self._set()}
        return found | ({"policy": self._policy()} if self.own_policy else {})

    def _model(self) -> dict[str, Any]:
        scanner = self.kind == "scanner"
        said: dict[str, Any] = {
            "model_id": self.model_id,
            "kind": self.kind,
            "description": self.description,
            "ticker": self.ticker,
            "universe": "" if self.ticker else self.universe,
            "indicator_set": self.set_name,
            "policy": self.policy,
        }
        said = {key: value for key, value in said.items() if value}
        if not scanner:
            said |= fields.nested(self.settings, "")
        if params := self.rows.params():
            said["params"] = params
        if scanner:
            said |= {"gates": self.rows.gates()} if self.rows.gate else {}
            said["score"] = self.rows.score()
        elif self.max_age_days:
            said["max_age_days"] = number(self.max_age_days)
        tags = self.tags.replace(",", " ").split()
        return said | ({"tags": tags} if tags else {})

    def _set(self) -> dict[str, Any]:
        said = {"name": self.set_name, **self.set_rest}
        if self.set_description:
            said["description"] = self.set_description
        return {
            key: said[key] for key in ("name", "version", "description") if key in said
        } | {
            "indicators": self.rows.indicators(),
            **{key: said[key] for key in ("preview",) if key in said},
        }

    def _policy(self) -> dict[str, Any]:
        name = self.policy_name or self.policy
        said: dict[str, Any] = {"name": name, "version": self.policy_version}
        if self.policy_description:
            said["description"] = self.policy_description
        return said | {"policy": fields.nested(self.settings, "policy.")}


def form_of(pack: str, contents: Mapping[str, Any], *, saved: str = "") -> Form:
    """The form of checked content; `contents` as in `Form.contents`."""
    model, indicator_set = contents["model_config"], contents["indicator_set"]
    policy = contents.get("policy")
    rules = (policy or {}).get("policy") or {}
    known = {
        f"policy.{one.key}": one.value
        for _, found in fields.policy_fields(rules)
        for one in found
    } | {one.key: one.value for one in fields.training_fields(model)}
    rest = ("version", "preview")
    return Form(
        pack=pack,
        kind=model["kind"],
        name=naming.parse(model["model_id"]),
        ticker=model.get("ticker") or "",
        description=model.get("description") or "",
        tags=" ".join(model.get("tags") or ()),
        universe=model.get("universe") or "",
        set_name=indicator_set["name"],
        set_description=indicator_set.get("description") or "",
        set_rest={key: indicator_set[key] for key in rest if key in indicator_set},
        policy=model.get("policy") or "",
        own_policy=policy is not None,
        policy_name=(policy or {}).get("name") or "",
        policy_description=(policy or {}).get("description") or "",
        policy_version=(policy or {}).get("version") or 1,
        max_age_days=str(model.get("max_age_days") or ""),
        settings=known,
        rows=rows_of(model, indicator_set),
        saved=saved,
    )


def as_form(texts: Texts) -> Form:
    """The YAML as rows; SpecError for what the schema refuses."""
    documents, problems = texts.documents(), []
    for part in PARTS[:2]:
        if part not in documents:
            problems.append(Problem("draft.empty", part, f"the {part} is empty."))
    for part, document in documents.items():
        try:
            to_spec(document, KINDS[part])
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    contents = {part: dict(one) for part, one in texts.contents().items()}
    form = form_of(texts.pack, contents, saved=texts.saved)
    form.base = {part: getattr(texts, part) for part in documents}
    return form
