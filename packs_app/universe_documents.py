"""How universes, their days and what changed between two of them read as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packs_app.days import Anew, changes_between
from packs_app.models import UniverseDay
from packs_app.universes import UniverseView

if TYPE_CHECKING:
    from sigma_core.universe import Change

Document = dict[str, Any]  # Any: JSON


def universe_document(view: UniverseView) -> Document:
    """A universe: its rules, what it is made of, who uses it."""
    spec = view.tree.spec if view.tree else None
    return {
        "name": view.name,
        "kind": spec.kind if spec else None,
        "version": spec.version if spec else None,
        "description": spec.description if spec else "",
        "rules": view.rules,
        "definition": view.content,
        "parts": list(view.tree.parts) if view.tree else [],
        "sha": view.tree.sha if view.tree else None,
        "used_by": {
            "models": list(view.models),
            "universes": list(view.universes),
            "packs": list(view.packs),
        },
        "problems": [problem.as_dict() for problem in view.problems],
    }


def members_document(
    day: UniverseDay, against: UniverseDay | None, today: Anew | None
) -> Document:
    """A day's list as it is kept, what changed since another, and what computing it
    again today would give, where that differs."""
    return {
        "universe": day.universe,
        "universe_sha": day.universe_sha,
        "dataset": day.dataset,
        "session": day.session.isoformat(),
        "judged_on": day.judged_on.isoformat(),
        "revision": day.revision,
        "reason": day.get_reason_display(),
        "list_sha": day.list_sha,
        "known_by": day.known_by.isoformat().replace("+00:00", "Z"),
        "marks": day.marks,
        "steps": day.steps,
        "members": day.members,
        "changes": _changes(against, day) if against else None,
        "today": _today(today) if today else None,
    }


def _today(found: Anew) -> Document:
    return {
        "reason": found.why,
        "list_sha": found.day.sha,
        "known_by": found.known_by.isoformat().replace("+00:00", "Z"),
        "members": list(found.day.members),
        "entered": [_change(one) for one in found.changes.entered],
        "left": [_change(one) for one in found.changes.left],
    }


def _changes(before: UniverseDay, after: UniverseDay) -> Document:
    found = changes_between(before, after)
    return {
        "against": before.session.isoformat(),
        "revision": before.revision,
        "entered": [_change(one) for one in found.entered],
        "left": [_change(one) for one in found.left],
    }


def _change(change: Change) -> Document:
    return {
        "ticker": change.ticker,
        "step": change.step,
        "words": change.label,
        "value": change.value,
        "limit": change.limit,
    }
