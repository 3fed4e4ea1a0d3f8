"""Saving a draft: its set, its policy and its model, all or none; and running it.

A file is changed only if it is still what was seen when the draft was opened. A part
that says what its file says is not written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from builder import writing
from builder.draft import Form, Texts
from packs_app import definitions
from packs_app.definitions import Action, Definition, Draft
from packs_app.kinds import KINDS, MODEL, POLICY, Kind
from sigma_core.errors import BadInput, Problem, SpecError, UnknownName
from signals.models import Run, TrainedModel
from signals.services import runs

if TYPE_CHECKING:
    from django.contrib.auth.models import User

#: what a model stands on comes before it
ORDER = ("indicator_set", "policy", "model_config")


def save_draft(
    *, draft: Form | Texts, seen: Mapping[str, str], user: User, note: str = ""
) -> Definition:
    """Write what the draft changes; the model as it is then.

    `seen` has for each part `name:sha` of the file that was opened. Raises BadInput
    with everything that is wrong: at file and line for YAML, at JSON pointers for a
    form; `etag.stale` where a file has changed since, `definition.exists` for the name
    of another one.
    """
    if isinstance(draft, Form) and not draft.saved and draft.is_nameless:
        hint = "Give it a last part, such as strong_rsi."
        message = f"{draft.model_id!r} says no more than what every model does."
        raise BadInput(
            Problem("draft.nameless", "/model_config/model_id", message, hint)
        )
    contents, texts = draft.contents(), writing.texts_of(draft)
    drafts = []
    for part in (one for one in ORDER if one in contents):
        made = _draft(draft, part, contents[part], texts.get(part), seen.get(part, ""))
        if made is not None:
            drafts.append(made)
    definitions.save(pack=draft.pack, drafts=drafts, user=user, note=note)
    model_id = str(contents["model_config"].get("model_id", ""))
    return definitions.find(pack=draft.pack, kind=MODEL, name=model_id)


def run_saved(*, saved: Definition, kind: str, user: User, page: str) -> Run:
    """Queue a scan, training or backtest of a saved model; a second click on one page
    is the same request."""
    return runs.enqueue_run(
        kind=kind,
        params={"pack": saved.pack, "model_id": saved.name},
        user=user,
        idempotency_key=f"{page}/{kind}/{saved.sha[:16]}" if page else None,
    )


def reason_against_backtest(draft: Form | Texts) -> str:
    """Why a draft can't be backtested once it is saved; nothing where it can, or where
    only its YAML would tell."""
    if isinstance(draft, Texts):
        return ""
    if draft.name.cadence != "daily":
        return (
            "Orders are filled at the opens of days: a daily model can be backtested."
        )
    if draft.kind == "gbm" and not _was_trained(draft):
        return "Train it first: a backtest trades on its predictions."
    return ""


def reason_against_scan(draft: Form | Texts) -> str:
    """Why a draft can't be scanned once it is saved; as for a backtest."""
    if isinstance(draft, Form) and draft.kind == "gbm" and not _was_trained(draft):
        return "Train it first: a scan ranks by what its trees predict."
    return ""


def reason_against_training(draft: Form | Texts) -> str:
    """Why a draft can't be trained once it is saved; as for a backtest."""
    if isinstance(draft, Form) and draft.kind != "gbm":
        return "A scanner is not trained: scan or backtest it as it is."
    return ""


def _was_trained(draft: Form) -> bool:
    trainings = TrainedModel.objects.filter(pack=draft.pack, model_id=draft.saved)
    return trainings.exists()


def seen_of(draft: Form | Texts) -> dict[str, str]:
    """`name:sha` of the files a draft begins with; a new name has none."""
    try:
        contents: Mapping[str, Mapping[str, Any]] = draft.contents()
    except SpecError:
        contents = {"model_config": {"model_id": draft.saved}}
    found = {}
    for part, content in contents.items():
        kind = KINDS[part]
        one = _find(draft.pack, kind, str(content.get(kind.key, "")))
        if one is not None and (part != "model_config" or draft.saved):
            found[part] = f"{one.name}:{one.sha}"
    return found


def seen_policy(form: Form) -> str:
    """`name:sha` of the policy a form names, if it is one of its pack."""
    one = _find(form.pack, POLICY, form.policy)
    return f"{one.name}:{one.sha}" if one else ""


def _draft(
    draft: Form | Texts,
    part: str,
    content: Mapping[str, Any],
    text: str | None,
    seen: str,
) -> Draft | None:
    """One part as it shall be written; None where its file says the same."""
    kind = KINDS[part]
    name = str(content.get(kind.key, ""))
    current = _find(draft.pack, kind, name)
    seen_name, _, sha = seen.partition(":")
    if current is not None and _says_the_same(current, content, text):
        return None
    known = current is not None and seen_name == name
    keeps_name = kind is MODEL and bool(draft.saved)
    return Draft(
        kind,
        draft.saved if keeps_name else None,
        text=text,
        content=None if text is not None else content,
        if_match=sha if known else None,
        new=not (known or keeps_name),
        action=Action.SAVED if known else Action.CREATED,
        pointer=f"/{part}",
    )


def _find(pack: str, kind: Kind, name: str) -> Definition | None:
    try:
        return definitions.find(pack=pack, kind=kind, name=name)
    except UnknownName:
        return None


def _says_the_same(
    current: Definition, content: Mapping[str, Any], text: str | None
) -> bool:
    """Whether a file says that already; of a text, with the same comments too."""
    if text is not None:
        return text == current.text
    before, after = (
        {key: one for key, one in said.items() if key != "version"}
        for said in (current.content, content)
    )
    return before == after
