"""Canonical content → sha256: the same meaning gives the same sha.

Content is what a file says once parsed: keys in any order, comments and line endings
make no difference; a changed value, key or list order does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

#: the libraries whose version can change a number
NUMERIC = ("numpy", "numba", "llvmlite", "pandas", "pyarrow", "deltalake")


def canonical(content: object) -> bytes:
    """Plain values (dict, list, text, number, bool, None) as one spelling of JSON.

    Keys sorted, no spaces, floats as their shortest exact decimal. Raises ValueError on
    NaN or infinity and TypeError on anything that is not a plain value.
    """
    return json.dumps(
        content,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    ).encode("utf-8")


def sha_of(content: object) -> str:
    """sha256 of the canonical content, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical(content)).hexdigest()


def sha_of_bytes(content: bytes) -> str:
    """sha256 of raw bytes, for what has no canonical content."""
    return hashlib.sha256(content).hexdigest()


def sha_of_files(contents: Mapping[str, object]) -> str:
    """One sha for several files, given as path → content; the paths count too."""
    return sha_of({path: sha_of(content) for path, content in contents.items()})


@cache
def code() -> str:
    """The engine's version and the sha256 of its sources as they lie on disk.

    The sources themselves are hashed, so that it is right with uncommitted changes and
    without a version control system.
    """
    home = Path(__file__).parents[1]
    sources = {
        path.relative_to(home).as_posix(): sha_of_bytes(path.read_bytes())
        for path in sorted(home.rglob("*.py"))
    }
    return f"{metadata.version('sigma')} {sha_of(sources)}"


@cache
def libraries() -> dict[str, str]:
    """Name → version of the libraries that compute."""
    return {name: metadata.version(name) for name in NUMERIC}
