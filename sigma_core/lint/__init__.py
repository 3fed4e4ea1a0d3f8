"""A whole pack folder → everything that is wrong with it, each at its file and line.

1. `reading`     which files there are, and what each says: layout, YAML, schema
2. `manifest`    pack.yaml: what it names must be there
3. `definitions` sets, policies, universes; what nothing uses
4. `models`      names against the manifest, references, gates and scores, training

One list for the command, the API, the page and CI. Codes are stable; an error keeps a
definition from being used, a warning does not.
"""

from __future__ import annotations

from pathlib import Path

from sigma_core.errors import Problem
from sigma_core.lint import definitions, manifest, models
from sigma_core.lint.reading import Drafts, read
from sigma_core.specs.bundle import pack_names


def lint_pack(
    packs_root: Path, pack: str, drafts: Drafts | None = None
) -> list[Problem]:
    """Every problem of one pack, by file and line; empty for a sound one.

    `drafts` stand in for files, or beside them: what would be wrong if they were
    saved. Raises UnknownName if there is no folder of this name with a pack.yaml.
    """
    found = read(packs_root, pack, drafts or {})
    problems = [
        *found.problems,
        *manifest.check(found),
        *definitions.check(found),
        *models.check(found),
    ]
    return sorted(dict.fromkeys(problems), key=_place)


def lint_all(packs_root: Path) -> dict[str, list[Problem]]:
    """`lint_pack` of every pack, by its name."""
    return {pack: lint_pack(packs_root, pack) for pack in pack_names(packs_root)}


def _place(problem: Problem) -> tuple[str, int, str]:
    """File, line, and what else the place says."""
    file, _, rest = problem.where.partition(":")
    line, _, more = rest.partition(":")
    return file, int(line) if line.isdigit() else 0, more
