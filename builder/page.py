"""The page's context: a draft as rows with notes, or as YAML with its problems."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.roles import may
from builder import (
    choices,
    editors,
    fields,
    histograms,
    notes,
    opening,
    previews,
    services,
    writing,
)
from builder.changes import changes_of
from builder.draft import Form, Texts
from builder.rows import MAX_DEPTH, SHAPES, GateRow, IndicatorRow
from packs_app import model_versions
from packs_app import services as packs
from packs_app.model_versions import ModelVersion
from sigma_core.errors import BadInput, Problem, SpecError, UnknownName
from sigma_core.specs import naming
from sigma_core.specs.yaml_events import parse
from signals.queries.coverage import cause_rows

if TYPE_CHECKING:
    from sigma_core.indicators import Card

#: which pack a new model goes to where nothing is said
SHIPPED = "swingsigma"


@dataclass(frozen=True)
class IndicatorView:
    """A row of the set beside its card; no card for a column of one's own, or for an
    indicator that does not exist."""

    row: IndicatorRow
    card: Card | None
    #: name, value, range in words, what it means
    params: list[tuple[str, str, str, str]]


def show(
    request: HttpRequest,
    draft: Form | Texts,
    *,
    dirty: bool = False,
    problems: Sequence[Problem] = (),
    seen: Mapping[str, str] | None = None,
    versions: list[ModelVersion] | None = None,
    taken_up: ModelVersion | None = None,
    panel: previews.Panel | None = None,
) -> HttpResponse:
    """The whole page; `dirty` if the draft is not what is saved, `seen` what its files
    were when it was opened, `taken_up` the one of `versions` it is as, `panel` what it
    gives."""
    context = context_of(draft) | {
        "dirty": dirty,
        "problems": list(problems),
        "yaml_marks": editors.marks(draft, problems),
        "may_build": may(request.user, "builder"),
        "no_backtest": services.reason_against_backtest(draft),
        "no_scan": services.reason_against_scan(draft),
        "no_training": services.reason_against_training(draft),
        "seen": seen if seen is not None else services.seen_of(draft),
        "versions": _versions(draft) if versions is None else versions,
        "taken_up": taken_up,
        "left_as_it_is": opening.left_as_it_is(draft.pack, taken_up)
        if taken_up
        else [],
        "save_note": f"as in version {taken_up.number}"
        if taken_up
        else request.POST.get("note", ""),
        "page_token": secrets.token_hex(8),
        "catalogue": choices.catalogue(),
    }
    if panel is not None:
        context |= panel_context(draft, panel)
    return render(request, "builder/builder.html", context)


def context_of(draft: Form | Texts) -> dict[str, Any]:
    """What the left side shows."""
    rows = isinstance(draft, Form)
    return {
        "draft": draft,
        "form": draft if rows else None,
        "texts": None if rows else draft,
        "choices": choices.choices_for(
            draft.pack, draft.set_name if rows else "", draft.saved
        ),
        "editors": editors.editors(draft),
        "media": editors.media(),
    } | (_rows_context(draft) if isinstance(draft, Form) else {})


def _versions(draft: Form | Texts) -> list[ModelVersion]:
    """What the model and all it stands on were before, the newest first."""
    if not draft.saved:
        return []
    try:
        return model_versions.versions_of(pack=draft.pack, model_id=draft.saved)
    except UnknownName:  # a pack that a request made up: its problems say so
        return []


def _rows_context(form: Form) -> dict[str, Any]:
    said = notes.notes_of(form)
    return {
        "notes": said,
        "intraday": form.name.cadence != "daily",
        "gates": [(shape, _gate_views(form, shape)) for shape in SHAPES],
        "indicators": [indicator_view(row) for row in form.rows.indicator],
        "weights": notes.weight_sum(form),
        "name_fault": _name_fault(form),
        "yaml": _yaml_of(form),
    }


def _yaml_of(form: Form) -> Texts | None:
    """The draft as YAML, to read; None where it is nested too deep to write."""
    try:
        return writing.as_yaml(form)
    except BadInput:
        return None


def panel_context(draft: Form | Texts, panel: previews.Panel) -> dict[str, Any]:
    """What the right side shows."""
    document = panel.document
    conditions = document["conditions"] if document else []
    return {
        "panel": panel,
        "changes": changes_of(panel.bundle, panel.saved) if document else None,
        "preview": document,
        "causes": cause_rows(document["columns"]) if document else [],
        "drawn": [(one, _histogram(draft, one)) for one in conditions],
        "yaml_marks": editors.marks(draft, panel.problems),
    }


def _histogram(draft: Form | Texts, condition: Mapping[str, Any]) -> str:
    if not condition["histogram"]:
        return ""
    handle = histograms.handle_of(draft, condition) if isinstance(draft, Form) else None
    return histograms.histogram(condition, handle)


def indicator_view(row: IndicatorRow) -> IndicatorView:
    """A row with what its card says of each parameter."""
    try:
        card = None if row.own else packs.find_card(row.name)
    except UnknownName:
        card = None
    if card is None:
        return IndicatorView(row, None, [(k, v, "", "") for k, v in row.params.items()])
    known = [
        (
            param.name,
            row.params.get(param.name, ""),
            f"{param.low:g} to {param.high:g}, default {param.default:g}",
            param.meaning,
        )
        for param in card.params
    ]
    names = {param.name for param in card.params}
    rest = [(k, v, "", "unknown") for k, v in row.params.items() if k not in names]
    return IndicatorView(row, card, [*known, *rest])


def _name_fault(form: Form) -> str:
    """What is wrong with the model's name; empty if nothing."""
    if not form.saved and form.is_nameless:
        return "It needs a name of its own before it can be saved."
    try:
        problems = naming.clashes(naming.parse(form.model_id))
    except SpecError as error:
        problems = error.problems
    return " ".join(f"{one.message} {one.hint}".strip() for one in problems[:1])


@dataclass(frozen=True)
class GateView:
    """A gate's row with what is in it."""

    row: GateRow
    members: list[GateView]


def _gate_views(form: Form, parent: str, depth: int = 0) -> list[GateView]:
    """The tree below a group, as deep as a file may nest."""
    if depth > MAX_DEPTH:
        return []
    return [
        GateView(row, _gate_views(form, row.id, depth + 1))
        for row in form.rows.children(parent)
    ]


# --- one way and the other -----------------------------------------------------------


def with_policy(form: Form) -> Form:
    """The form with the rules of the policy it names as its own."""
    text = opening.text_of(form.pack, "policy", form.policy)
    text = text or opening.text_of("common", "policy", form.policy)
    content = parse(text.encode(), where=f"policies/{form.policy}.yaml").value
    rules = content.get("policy") or {}
    found = fields.policy_fields(rules if isinstance(rules, dict) else {})
    form.settings = {
        f"policy.{one.key}": one.value for _, section in found for one in section
    }
    form.own_policy = True
    form.policy_description = str(content.get("description") or "")
    version = content.get("version")
    form.policy_version = version if isinstance(version, int) else 1
    return form


def first_pack(known: Sequence[str]) -> str:
    """The pack of a new model where none was asked for."""
    return SHIPPED if SHIPPED in known or not known else known[0]


@contextmanager
def names_in_address() -> Iterator[None]:
    """A name that is not there is a page that is not there, with the nearest one."""
    try:
        yield
    except UnknownName as error:
        problem = error.problems[0]
        raise Http404(f"{problem.message} {problem.hint}".strip()) from error
