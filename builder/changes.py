"""What a draft would change: in words, for whom else, and what is proved of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from packs_app import certificates, definitions, usage
from packs_app.certificates import STATES, Standing
from packs_app.kinds import KINDS
from sigma_core.errors import BadInput, UnknownName
from sigma_core.specs.diff import changes

if TYPE_CHECKING:
    from sigma_core.specs.bundle import Bundle

PARTS = ("model_config", "indicator_set", "policy")
#: changes shown; a page of them says nothing
SHOWN = 12


@dataclass(frozen=True)
class Changes:
    """The changes against what is saved.

    `said` are the changes in words, `more` how many are not shown; `rewritten` if only
    the files would read otherwise; `others` the models that a change of a shared set or
    policy reaches too; `standings` what is proved of the model and of its set.
    """

    said: list[str] = field(default_factory=list)
    more: int = 0
    rewritten: bool = False
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
        if part == "policy":
            words += [f"policy: {one.removeprefix('policy.')}" for one in found]
        else:
            words += found
        if found and part != "model_config":
            name = str(getattr(draft, part).name)
            others |= set(usage.users_of(pack=draft.pack, kind=KINDS[part], name=name))
    states = certificates.of_draft(draft)
    return Changes(
        said=words[:SHOWN],
        more=max(0, len(words) - SHOWN),
        rewritten=not words and saved is not None and _reads_otherwise(draft, saved),
        others=sorted(others - {f"{draft.pack}/{draft.model_id}"}),
        standings=[
            (part.replace("_", " "), Standing(state))
            for part, state in states.items()
            if state in STATES
        ],
    )


def _changes(draft: Bundle, saved: Bundle | None, part: str) -> list[str]:
    """What one part means otherwise; what a file leaves out means its default."""
    from sigma_core.effective import effective, model_of  # pandas comes with it

    if part == "model_config":
        pair = (model_of(saved), model_of(draft)) if saved else ({}, {})
        return _words(*pair)
    kind = KINDS[part]
    try:
        name = str(getattr(draft, part).name)
        held = definitions.find(pack=draft.pack, kind=kind, name=name).content
    except UnknownName:
        return []  # a new one, or one of common
    after = draft.contents[part]
    try:
        return _words(effective(held, kind.spec), effective(after, kind.spec))
    except BadInput:  # a file that can't be used is compared as it is said
        return _words(held, after)


def _reads_otherwise(draft: Bundle, saved: Bundle) -> bool:
    return any(changes(saved.contents[part], draft.contents[part]) for part in PARTS)


def _words(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [change.words for change in changes(before, after)]
