"""The name of the code behind arrays, so that those of other code are stale."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path


def code_sha(function: Callable[..., object]) -> str:
    """Hash of the source files beside a function: arrays built by other code are stale.

    Nobody has to remember to raise a version when a quality rule changes.
    """
    return _folder_sha(Path(inspect.getfile(function)).parent)


@lru_cache(maxsize=8)
def _folder_sha(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
