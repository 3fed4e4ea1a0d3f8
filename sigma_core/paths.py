"""Paths below a root that is never left, and files that are whole or not there.

- `safe_join`: every path built from a name that came from outside is built here.
- `write_atomic`: a reader sees the old file or the new one, never half of one.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from sigma_core.errors import BadInput, Problem


def safe_join(root: Path, *parts: str) -> Path:
    """The path `root/part/part…`, refused unless it stays below `root`.

    Each part is one name, not a path: empty parts, `.`, `..`, separators of any
    system, NUL and drive letters are refused, and so is a symbolic link on the way
    that leads out. The path need not exist. Raises BadInput (`path.unsafe`).
    """
    for part in parts:
        if not _is_plain(part):
            raise _unsafe(part)
    path = root.joinpath(*parts)
    if not path.resolve().is_relative_to(root.resolve()):
        raise _unsafe("/".join(parts))
    return path


def _is_plain(part: str) -> bool:
    """Whether a part names one thing in one folder, on every system."""
    return part not in ("", ".", "..") and not any(sign in part for sign in "/\\:\0")


def _unsafe(part: str) -> BadInput:
    return BadInput(
        Problem(
            code="path.unsafe",
            where="path",
            message=f"{part[:100]!r} leads out of its folder.",
            hint="Give a plain name, without separators, '..' or links.",
        )
    )


def write_atomic(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write `content` to `path` so that a crash leaves the old file or the new one.

    Temporary file in the same folder, fsync, rename, fsync of the folder. The folder
    must exist. On a failure the temporary file is removed and the error passed on.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable (a folder's entries are data of the folder)."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
