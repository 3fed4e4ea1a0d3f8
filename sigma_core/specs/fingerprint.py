"""Canonical content → sha256: the same meaning gives the same sha.

Content is what a file says once parsed: keys in any order, comments and line endings
make no difference; a changed value, key or list order does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping


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
