"""How definitions, their versions and drift read as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from packs_app import usage
from packs_app.definitions import Definition
from packs_app.journal import Drift
from packs_app.models import DefinitionVersion

Document = dict[str, Any]  # Any: JSON


def definition_document(one: Definition) -> Document:
    """A definition: what it says, its text, who uses it, what is wrong with it."""
    return {
        "kind": one.kind.name,
        "pack": one.pack,
        "name": one.name,
        "version": one.version,
        "path": one.path,
        "sha": one.sha,
        "content_sha": one.content_sha,
        "definition": one.content,
        "yaml": one.text,
        "used_by": usage.users_of(pack=one.pack, kind=one.kind, name=one.name),
        "problems": [problem.as_dict() for problem in one.problems],
    }


def version_document(row: DefinitionVersion) -> Document:
    """One state of a file."""
    return {
        "revision": row.revision,
        "version": row.version,
        "action": row.action,
        "sha": row.sha,
        "note": row.note,
        "user": row.user.get_username() if row.user else None,
        "at": row.at.isoformat().replace("+00:00", "Z"),
        "yaml": row.text,
    }


def drift_document(found: Sequence[Drift], pack: str) -> Document:
    """The files that were changed beside the site."""
    return {
        "drift": [
            {
                "kind": one.kind.name,
                "name": one.name,
                "path": one.kind.path(pack, one.name),
                "what": one.words,
            }
            for one in found
        ]
    }
