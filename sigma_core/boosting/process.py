"""The child that fits and predicts, and the limits that it is held to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """What the child may take, and where its files lie.

    `threads` are LightGBM's: they are part of what a result depends on. `seconds` is
    of the wall clock, of each fit or prediction; `memory` in bytes of memory that
    can't be given back, None for no limit. `scratch` need not exist. `alive` is called
    about five times a second while the child works; what it raises ends the child.
    """

    scratch: Path
    threads: int = 2
    seconds: float = 3600.0
    memory: int | None = None
    alive: Callable[[], None] = lambda: None
