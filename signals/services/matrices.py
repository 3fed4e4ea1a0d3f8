"""Where matrices are kept, and which of them is already there.

SIGMA_HOME/matrices/<sha>/                 one matrix, named by its content
SIGMA_HOME/matrices/builds/<key>.json      what was asked → which matrix, and its
                                           summary: the same is not built twice
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from sigma_core.errors import DamagedData
from sigma_core.paths import write_atomic
from signals.jobs.base import Context
from signals.services.plain import plain

if TYPE_CHECKING:
    from sigma_core.builds import Built, Prepared
    from sigma_core.frames import Matrix


def folder() -> Path:
    """Where all matrices lie; made where it is missing."""
    home: Path = settings.SIGMA_HOME / "matrices"
    (home / "builds").mkdir(parents=True, exist_ok=True)
    return home


def known(key: str) -> tuple[dict[str, Any], Matrix] | None:
    """Summary and matrix of what was built under a key.

    None where it never was, or where a file is no longer what was stored: then it is
    built again.
    """
    from sigma_core.matrix import load  # pandas: only a job pays for it

    try:
        summary: dict[str, Any] = json.loads(_note(key).read_bytes())
        matrix = load(folder() / summary["matrix_sha"])
    except (FileNotFoundError, ValueError, KeyError, TypeError, DamagedData):
        return None
    return summary, matrix


def keep(built: Built) -> tuple[dict[str, Any], Matrix]:
    """Store a matrix and note under which key; gives its summary, and the matrix as
    it is kept.

    What lies there under its name, whole or damaged, is replaced.
    """
    from sigma_core.matrix import store  # as above

    stored = store(built.matrix, folder())
    summary: dict[str, Any] = plain({"matrix_sha": stored.sha, **built.summary()})
    # last: a note never names a matrix that is not whole
    write_atomic(_note(built.prepared.key), json.dumps(summary).encode())
    return summary, stored


def found_or_built(
    context: Context, prepared: Prepared
) -> tuple[dict[str, Any], Matrix]:
    """Summary and matrix of what was prepared; `reused` says whether they were there
    already. MissingData where a column fails."""
    from sigma_core import builds  # numba and deltalake
    from sigma_core.executor import parse

    found = known(prepared.key)
    if found is not None:
        summary, matrix = found
        context.progress("write", 0.0, f"{matrix.sha[:8]} is there already")
        return {**summary, "reused": True}, matrix
    executor = parse(settings.SIGMA_EXECUTOR, scratch=context.staging)
    built = builds.build(prepared, context.progress, executor)
    context.progress("write", 0.0, "as float32")
    summary, matrix = keep(built)
    return {**summary, "reused": False}, matrix


def _note(key: str) -> Path:
    return folder() / "builds" / f"{key}.json"
