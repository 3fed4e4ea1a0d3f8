"""What a draft would change: in words, for whom else, and what is proved of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from packs_app import certificates
from packs_app import services as packs
from packs_app.certificates import UNPROVED, Standing
from packs_app.services import ModelView
from sigma_core.specs.diff import Change, changes

if TYPE_CHECKING:
    from sigma_core.specs.bundle import Bundle

#: part → its words in front of a change; the model's own need none
PARTS = {"model_config": "", "indicator_set": "", "policy": "policy: "}
#: changes shown; a page of them says nothing
SHOWN = 12


@dataclass(frozen=True)
class Changes:
    """The changes against what is saved.

    `said` are the changes in words, `more` how many are not shown; `others` the models
    that a change of a shared set or policy reaches too.
    """

    said: list[str] = field(default_factory=list)
    more: int = 0
    others: list[str] = field(default_factory=list)
    standing: Standing = UNPROVED


def changes_of(draft: Bundle, saved: Bundle | None) -> Changes:
    """What a draft changes against the saved model; a new one changes nothing yet.

    Of a set or policy that is on disk already, the changes are against that file, so a
    new model on a shared set says what it would do to it.
    """
    before = _saved_contents(draft, saved)
    words: list[str] = []
    changed: set[str] = set()
    for part, head in PARTS.items():
        if part not in before:
            continue
        found = changes(before[part], draft.contents[part])
        words += [f"{head}{one.words}" for one in found if _counts(one)]
        changed |= {part} if found else set()
    view = ModelView(draft.pack, draft.model_id, draft, ())
    (standing,) = certificates.of_models([view]).values()
    return Changes(
        said=words[:SHOWN],
        more=max(0, len(words) - SHOWN),
        others=_reached(draft, changed & {"indicator_set", "policy"}),
        standing=standing,
    )


def _counts(change: Change) -> bool:
    return change.path not in (("name",), ("model_id",))


def _saved_contents(draft: Bundle, saved: Bundle | None) -> Mapping[str, Any]:
    """What is on disk under the names that the draft takes."""
    found: dict[str, Any] = {}
    if saved is not None:
        found["model_config"] = saved.contents["model_config"]
        if saved.policy.name != draft.policy.name:
            found["policy"] = draft.contents["policy"]  # another one: said by its name
    for view in packs.list_models():
        bundle = view.bundle
        if bundle is None or view.pack != draft.pack:
            continue
        if bundle.indicator_set.name == draft.indicator_set.name:
            found["indicator_set"] = bundle.contents["indicator_set"]
        if bundle.policy.name == draft.policy.name:
            found.setdefault("policy", bundle.contents["policy"])
    return found


def _reached(draft: Bundle, changed: set[str]) -> list[str]:
    """The other models of the pack on a set or policy that changes."""
    return [
        view.model_id
        for view in packs.list_models()
        if view.bundle
        and view.pack == draft.pack
        and view.model_id != draft.model_id
        and any(
            getattr(view.bundle, part).name == getattr(draft, part).name
            for part in changed
        )
    ]
