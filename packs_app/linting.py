"""The linter's list of a pack, for page, API and command.

Kept in this process until a file of any pack changes, as all that is read from disk.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from packs_app.services import State, current_state
from sigma_core.errors import Problem
from sigma_core.specs import bundle


def pack_names() -> list[str]:
    """Folders with a pack.yaml, by name."""
    return bundle.pack_names(settings.SIGMA_PACKS)


def problems_of(pack: str) -> tuple[Problem, ...]:
    """Everything that is wrong with a pack. Raises UnknownName."""
    return _lint(*_seen(), pack)


def report(pack: str) -> dict[str, Any]:
    """The same as a document with its counts. Raises UnknownName."""
    found = problems_of(pack)
    errors = sum(problem.severity == "error" for problem in found)
    return {
        "pack": pack,
        "ok": errors == 0,
        "errors": errors,
        "warnings": len(found) - errors,
        "problems": [located(problem) for problem in found],
    }


def report_text(report: dict[str, Any]) -> str:
    """A report as lines for people."""
    lines = [
        f"{report['pack']}: {report['errors']} errors, {report['warnings']} warnings"
    ]
    for found in report["problems"]:
        words = f"{found['message']} {found['hint']}".rstrip()
        sign = "✗" if found["severity"] == "error" else "△"
        lines.append(f"  {sign} {found['where']}: {words} [{found['code']}]")
    return "\n".join(lines)


def located(problem: Problem) -> dict[str, Any]:
    """A problem with its file and line apart (line None for a whole file)."""
    file, _, rest = problem.where.partition(":")
    line = rest.partition(":")[0]
    return {
        **problem.as_dict(),
        "file": file,
        "line": int(line) if line.isdigit() else None,
    }


def _seen() -> tuple[Path, State]:
    """All files of all packs: stray ones are among what is linted."""
    root, state = current_state()
    stray = [
        (path.relative_to(root).as_posix(), path.lstat().st_mtime_ns, 0)
        for path in sorted(root.glob("*/*"))
        if path.suffix != ".yaml"
    ]
    return root, (*state, *stray)


@lru_cache(maxsize=32)
def _lint(root: Path, state: State, pack: str) -> tuple[Problem, ...]:
    from sigma_core.lint import lint_pack  # pandas comes with the cards

    return tuple(lint_pack(root, pack))
