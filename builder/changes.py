"""What a draft would change: in words, for whom else, and what is proved of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from packs_app import certificates, definitions, usage
from packs_app.certificates import STATES, Standing
from packs_app.kinds import KINDS
from sigma_core.errors import UnknownName
from sigma_core.specs.diff import Change, changes

if TYPE_CHECKING:
    from sigma_core.specs.bundle import Bundle

PARTS = ("model_config", "indicator_set", "policy")
#: changes shown; a page of them says nothing
SHOWN = 12


@dataclass(frozen=True)
class Changes:
    """The changes against what is saved.

    `said` are the changes in words, `more` how many are not shown; `others` the models
    that a change of a shared set or policy reaches too; `standings` what is proved of
    the model and of its set.
    """

    said: list[str] = field(default_factory=list)
    more: int = 0
    others: list[str] = field(default_factory=list)
    standings: list[tuple[str, Standing]] = field(default_factory=list)


def changes_of(draft: Bundle, saved: Bundle | None) -> Changes:
    """What a draft changes against the saved model; a new one changes nothing yet.

    Of a set or policy that is on disk already, the changes are against that file, so a
    new model on a shared set says what it would do to it.
    """
    words: list[str] = []
    others: set[str] = set()
    for part in PARTS:
        found = _changes(draft, saved, part)
        words += [f"policy: {one}" if part == "policy" else one for one in found]
        if found and part != "model_config":
            name = str(getattr(draft, part).name)
            others |= set(usage.users_of(pack=draft.pack, kind=KINDS[part], name=name))
    states = certificates.of_draft(draft)
    return Changes(
        said=words[:SHOWN],
        more=max(0, len(words) - SHOWN),
        others=sorted(others - {f"{draft.pack}/{draft.model_id}"}),
        standings=[
            (part.replace("_", " "), Standing(state))
            for part, state in states.items()
            if state in STATES
        ],
    )


def _changes(draft: Bundle, saved: Bundle | None, part: str) -> list[str]:
    before = _before(draft, saved, part)
    if before is None:
        return []
    found: list[Change] = changes(before, draft.contents[part])
    return [one.words for one in found]


def _before(draft: Bundle, saved: Bundle | None, part: str) -> Mapping[str, Any] | None:
    """What is on disk under the name that the draft takes; None where nothing is."""
    if part == "model_config":
        return saved.contents[part] if saved else None
    name = str(getattr(draft, part).name)
    try:
        kind = KINDS[part]
        return definitions.find(pack=draft.pack, kind=kind, name=name).content
    except UnknownName:
        return None  # a new one, or one of common
